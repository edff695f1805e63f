//! The life of a request as plain data, with a clock that the tests move. The sequences were
//! captured from iTwin.js 5.13, over HTTP.

use std::time::Duration;

use twinbridge_common::rpc::{
    RpcProtocolEvent, RpcRequestEvent, RpcRequestStatus, RpcTransient,
    life::{Arrived, Layers, LifeSettings, Next, NotFoundHandlers, RequestLife, WhenBroken},
};

fn at(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn web() -> LifeSettings {
    LifeSettings::default().layers(Layers::Http)
}

fn request(settings: LifeSettings) -> RequestLife {
    RequestLife::new(settings)
}

/// The events so far, in the words of the captures; those of the protocol in parentheses.
fn events(life: &mut RequestLife) -> String {
    let mut words = Vec::new();
    while let Some(event) = life.next_event() {
        words.push(match event.what {
            RpcRequestEvent::StatusChanged => format!("{:?}", event.status),
            RpcRequestEvent::PendingUpdateReceived => {
                format!("PendingUpdate({})", life.extended_status())
            }
            RpcRequestEvent::TransientErrorReceived { retry_after } => {
                format!("TransientError({})", retry_after.as_millis())
            }
            RpcRequestEvent::Protocol(event) => format!("({event:?})"),
            other => format!("{other:?}"),
        });
    }
    words.join(" ")
}

fn pending(message: &str) -> Arrived {
    Arrived::Pending {
        message: message.to_owned(),
        retry_after: None,
    }
}

fn fault(fault: RpcTransient) -> Arrived {
    Arrived::Transient {
        fault,
        retry_after: None,
    }
}

const LOADED: &str = "(ResponseLoading) (ResponseLoaded) (ResponseLoaded)";

#[test]
fn a_request_that_succeeds() {
    let mut life = request(web());
    let sent = life.submit(at(1)).unwrap();
    assert!(life.is_connecting());
    assert_eq!(life.submit(at(2)), None, "it is on its way");
    assert_eq!(life.arrived(sent, Arrived::Result, at(9)), Next::Tell);
    assert_eq!(
        events(&mut life),
        format!("Created Submitted (RequestCreated) {LOADED} Resolved Disposed")
    );
    assert_eq!(life.elapsed(), at(8));
    assert_eq!(life.submit(at(10)), None, "it is over");
}

#[test]
fn without_http_an_answer_is_loaded_once() {
    let mut life = request(LifeSettings::default());
    let sent = life.submit(at(1)).unwrap();
    let _ = life.arrived(sent, Arrived::Result, at(9));
    assert_eq!(
        events(&mut life),
        "Created Submitted (RequestCreated) (ResponseLoading) (ResponseLoaded) Resolved Disposed"
    );
}

#[test]
fn a_pending_request_is_sent_again_after_its_interval() {
    let mut life = request(web().retry_interval(at(20)));
    let sent = life.submit(at(0)).unwrap();
    assert_eq!(life.arrived(sent, pending("step 1"), at(5)), Next::Wait);
    assert_eq!(
        events(&mut life),
        format!("Created Submitted (RequestCreated) {LOADED} Pending PendingUpdate(step 1)")
    );
    assert_eq!(life.due_at(), Some(at(20)), "counted from the sending");
    assert_eq!(life.poll(at(19)), None);
    let sent = life.poll(at(20)).unwrap();
    assert_eq!(life.due_at(), None);
    let _ = life.arrived(sent, pending("step 2"), at(25));
    assert_eq!(
        events(&mut life),
        format!("(RequestCreated) {LOADED} PendingUpdate(step 2)")
    );
    let sent = life.poll(at(40)).unwrap();
    let _ = life.arrived(sent, Arrived::Result, at(45));
    assert_eq!(
        events(&mut life),
        format!("(RequestCreated) {LOADED} Resolved Disposed")
    );
    assert_eq!((life.attempts(), life.extended_status()), (3, "step 2"));
}

#[test]
fn a_pending_answer_may_say_when_to_ask_again() {
    let mut life = request(web());
    assert_eq!(web().retry_interval, Duration::from_secs(10));
    let sent = life.submit(at(0)).unwrap();
    let pending = Arrived::Pending {
        message: String::new(),
        retry_after: Some(at(250)),
    };
    let _ = life.arrived(sent, pending, at(5));
    assert_eq!(life.due_at(), Some(at(250)));
}

#[test]
fn faults_are_borne_with_growing_patience_and_the_fifth_ends_the_request() {
    let mut life = request(web());
    let mut now = 0;
    let mut sent = life.submit(at(now)).unwrap();
    events(&mut life);
    for (wait, first) in [(500, true), (750, false), (1250, false), (2250, false)] {
        let _ = life.arrived(sent, fault(RpcTransient::GatewayTimeout), at(now + 1));
        let status = if first { " GatewayTimeout" } else { "" };
        assert_eq!(
            events(&mut life),
            format!("{LOADED}{status} TransientError({wait})")
        );
        assert_eq!(life.poll(at(now + wait - 1)), None);
        now += wait;
        sent = life.poll(at(now)).unwrap();
        assert_eq!(events(&mut life), "(RequestCreated)");
    }
    assert_eq!(now, 4750);
    let next = life.arrived(sent, fault(RpcTransient::GatewayTimeout), at(now));
    assert_eq!(next, Next::TooManyFaults);
    assert_eq!(events(&mut life), format!("{LOADED} Rejected Disposed"));
}

#[test]
fn faults_that_say_when_to_try_again_do_not_count() {
    let mut life = request(web().transient_fault_limit(1));
    let mut sent = life.submit(at(0)).unwrap();
    for (retry_after, due) in [
        (None, 500),
        (Some(at(1500)), 2000),
        (None, 2500),
        (Some(at(500)), 3000),
        (None, 3500),
        // Whatever it says, it is not asked without a pause.
        (Some(at(0)), 3600),
        (Some(at(99)), 3700),
    ] {
        let last = life.last_submitted();
        let fault = RpcTransient::TooManyRequests;
        let _ = life.arrived(sent, Arrived::Transient { fault, retry_after }, last);
        assert_eq!(life.due_at(), Some(at(due)), "{retry_after:?}");
        sent = life.poll(at(due)).unwrap();
    }
    assert!(!life.is_over());
}

#[test]
fn a_server_that_names_a_time_is_asked_without_end() {
    let mut life = request(web());
    let mut sent = life.submit(at(0)).unwrap();
    for second in 1..=100 {
        let fault = RpcTransient::BadGateway;
        let retry_after = Some(at(1000));
        let _ = life.arrived(sent, Arrived::Transient { fault, retry_after }, at(0));
        sent = life.poll(at(second * 1000)).unwrap();
    }
}

#[test]
fn an_operation_that_was_pending_for_long_is_asked_again_soon_after_a_fault() {
    let mut life = request(web().retry_interval(at(1000)));
    let mut sent = life.submit(at(0)).unwrap();
    for second in 1..=100 {
        let _ = life.arrived(sent, pending("wait"), at((second - 1) * 1000));
        sent = life.poll(at(second * 1000)).unwrap();
    }
    let _ = life.arrived(sent, fault(RpcTransient::BadGateway), at(100_000));
    assert_eq!(life.due_at(), Some(at(100_500)));
}

#[test]
fn the_patience_has_a_bound() {
    let mut life = request(web().transient_fault_limit(u32::MAX));
    let mut now = Duration::ZERO;
    for _ in 0..200 {
        let sent = life.submit(now).unwrap();
        let _ = life.arrived(sent, fault(RpcTransient::BadGateway), now);
        now = life.due_at().unwrap();
    }
    assert!(now < Duration::from_secs(200 * 60 * 60 * 24 * 4));
}

#[test]
fn what_is_no_result_ends_a_request_each_in_its_own_way() {
    for (arrived, expected) in [
        (
            Arrived::Failure,
            format!("{LOADED} (BackendErrorReceived) Rejected Disposed"),
        ),
        (Arrived::NoContent, format!("{LOADED} Rejected Disposed")),
        (
            Arrived::UnknownStatus,
            "(ResponseLoading) Rejected Disposed".to_owned(),
        ),
        (
            Arrived::UnknownBody,
            "(ResponseLoading) (ConnectionErrorReceived) Rejected Disposed".to_owned(),
        ),
        (
            Arrived::Lost,
            "(ConnectionErrorReceived) Rejected Disposed".to_owned(),
        ),
        (
            Arrived::Broken,
            "(ConnectionErrorReceived) Rejected Disposed".to_owned(),
        ),
        (
            Arrived::NotFound,
            format!("{LOADED} (BackendErrorReceived) Rejected Disposed NotFound"),
        ),
    ] {
        let mut life = request(web());
        let sent = life.submit(at(0)).unwrap();
        events(&mut life);
        assert_eq!(life.arrived(sent, arrived.clone(), at(1)), Next::Tell);
        assert_eq!(events(&mut life), expected, "{arrived:?}");
        assert!(life.is_over());
        assert!(life.resubmit(at(2)).is_err());
    }
}

#[test]
fn what_may_run_twice_is_sent_once_more_when_its_connection_broke() {
    let mut life = request(web().when_broken(WhenBroken::SendOnceMore));
    let sent = life.submit(at(0)).unwrap();
    events(&mut life);
    assert_eq!(life.arrived(sent, Arrived::Broken, at(1)), Next::SendAgain);
    let sent = life.submit(at(1)).unwrap();
    assert_eq!(
        events(&mut life),
        "(ConnectionErrorReceived) (RequestCreated)"
    );
    assert_eq!(life.arrived(sent, Arrived::Broken, at(2)), Next::Tell);
    assert_eq!(
        events(&mut life),
        "(ConnectionErrorReceived) Rejected Disposed"
    );
}

#[test]
fn what_is_not_found_may_be_made_and_asked_for_again_once() {
    let mut life = request(web().not_found(NotFoundHandlers::Listening));
    let sent = life.submit(at(0)).unwrap();
    events(&mut life);
    assert_eq!(
        life.arrived(sent, Arrived::NotFound, at(1)),
        Next::AskHandlers
    );
    assert_eq!(events(&mut life), format!("{LOADED} NotFound"));
    assert_eq!(life.due_at(), None, "it waits for a handler");
    let sent = life.resubmit(at(2)).unwrap();
    assert_eq!(
        life.resubmit(at(3)).unwrap_err().to_string(),
        "Already resubmitted using this handler."
    );
    assert_eq!(events(&mut life), "Submitted (RequestCreated)");
    // Not there again: the handler may try once more.
    let _ = life.arrived(sent, Arrived::NotFound, at(4));
    let sent = life.resubmit(at(5)).unwrap();
    assert_eq!(life.arrived(sent, Arrived::Result, at(6)), Next::Tell);
}

#[test]
fn a_handler_may_give_up() {
    let mut life = request(web().not_found(NotFoundHandlers::Listening));
    let sent = life.submit(at(0)).unwrap();
    let _ = life.arrived(sent, Arrived::NotFound, at(1));
    events(&mut life);
    life.give_up(at(2));
    assert_eq!(
        events(&mut life),
        "(BackendErrorReceived) Rejected Disposed"
    );
    life.give_up(at(3));
    assert_eq!(events(&mut life), "");
}

#[test]
fn a_cancelled_request_ignores_its_answer_and_may_be_sent_again() {
    let mut life = request(web());
    let first = life.submit(at(0)).unwrap();
    assert!(life.cancel());
    assert!(!life.is_connecting());
    assert!(!life.cancel());
    assert_eq!(life.arrived(first, Arrived::Result, at(1)), Next::Ignore);
    assert_eq!(
        events(&mut life),
        "Created Submitted (RequestCreated) Cancelled"
    );
    let second = life.submit(at(2)).unwrap();
    assert_eq!(life.arrived(first, Arrived::Lost, at(3)), Next::Ignore);
    let _ = life.arrived(second, Arrived::Result, at(4));
    assert_eq!(
        events(&mut life),
        format!("Submitted (RequestCreated) {LOADED} Resolved Disposed")
    );
    assert!(!life.cancel());
    assert_eq!(life.status(), RpcRequestStatus::Disposed);
}

#[test]
fn a_request_that_waits_can_be_cancelled_too() {
    let mut life = request(web());
    let sent = life.submit(at(0)).unwrap();
    let _ = life.arrived(sent, pending("x"), at(1));
    assert!(life.cancel());
    assert_eq!(
        (life.status(), life.due_at()),
        (RpcRequestStatus::Cancelled, None)
    );
}

#[test]
fn statuses_and_events_have_the_numbers_of_itwin() {
    for (number, status) in RpcRequestStatus::ALL.into_iter().enumerate() {
        assert_eq!(status as usize, number);
    }
    assert_eq!(RpcProtocolEvent::RequestCreated as u8, 0);
    assert_eq!(RpcProtocolEvent::BackendErrorReceived as u8, 5);
    assert_eq!(RpcProtocolEvent::BackendReportedNoContent as u8, 12);
}

#[test]
fn the_page_states_times_and_the_order_of_events() {
    let page = include_str!("../../../docs/rpc.md");
    let settings = LifeSettings::default();
    for row in [
        format!(
            "| pending: sent again after | {} s |",
            settings.retry_interval.as_secs()
        ),
        format!(
            "| faults that are borne | {} |",
            settings.transient_fault_limit
        ),
    ] {
        assert!(page.contains(&row), "{row}");
    }
    for (arrived, case) in [
        (Arrived::Result, "success"),
        (Arrived::Failure, "an error"),
        (Arrived::NoContent, "no content"),
        (Arrived::UnknownStatus, "an unknown status"),
        (Arrived::UnknownBody, "an answer that is none"),
        (Arrived::Lost, "no connection"),
        (Arrived::NotFound, "not found, no handler"),
    ] {
        let mut life = request(LifeSettings::default());
        let sent = life.submit(at(0)).unwrap();
        let _ = life.arrived(sent, arrived, at(1));
        let events = events(&mut life);
        let row = page.split(&format!("\n| {case} | `")).nth(1).unwrap();
        let stated = row.split('`').next().unwrap();
        let end = stated.strip_prefix("… ").unwrap_or(stated);
        assert!(events.ends_with(end), "{case}: {events}");
    }
}
