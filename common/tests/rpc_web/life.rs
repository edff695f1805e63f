//! What a client does over time, with a clock that the tests move.

use std::time::Duration;

use twinbridge_common::{
    rpc::web::{
        LifeEvent, LifeSettings, Moment, NotFoundHandlers, ProtocolEvent, Reply, RequestError,
        RequestLife, RequestStatus, RequestTable, RetryAfter, Transient,
    },
    wire::Payload,
};

use super::json;

fn at(ms: u64) -> Moment {
    // The two clocks differ, so that none is taken for the other.
    let now = Duration::from_millis(ms);
    Moment {
        now,
        unix: Duration::from_secs(1_700_000_000) + now,
    }
}

fn request(settings: LifeSettings) -> RequestLife {
    RequestLife::new("act-1".to_owned(), settings, at(0))
}

/// The events so far, in the words of the captures; those of the protocol in parentheses.
fn events(life: &mut RequestLife) -> String {
    let mut words = Vec::new();
    while let Some(event) = life.next_event() {
        words.push(match event {
            LifeEvent::Status(status) => format!("{status:?}"),
            LifeEvent::PendingUpdate => format!("PendingUpdate({})", life.extended_status()),
            LifeEvent::TransientError { retry_after } => {
                format!("TransientError({})", retry_after.as_millis())
            }
            LifeEvent::Protocol(event) => format!("({event:?})"),
        });
    }
    words.join(" ")
}

fn pending(message: &str) -> Reply {
    Reply::Pending {
        message: message.to_owned(),
        retry_after: None,
    }
}

fn fault(fault: Transient) -> Reply {
    Reply::Transient {
        fault,
        retry_after: None,
    }
}

fn rejection(life: &mut RequestLife) -> RequestError {
    life.take_outcome().unwrap().unwrap_err()
}

fn not_found() -> Payload {
    json(r#"{"message":"Not found"}"#, &[])
}

const LOADED: &str = "(ResponseLoading) (ResponseLoaded) (ResponseLoaded)";

#[test]
fn a_request_that_succeeds() {
    let mut life = request(LifeSettings::default());
    let sent = life.submit(at(1)).unwrap();
    assert!(life.is_connecting());
    assert_eq!(life.submit(at(2)), None, "it is on its way");
    life.answered(sent, Reply::Resolved(json("5", &[])), at(9));
    assert_eq!(
        events(&mut life),
        format!("Created Submitted (RequestCreated) {LOADED} Resolved Disposed")
    );
    assert_eq!(life.take_outcome().unwrap().unwrap(), json("5", &[]));
    assert!(life.take_outcome().is_none());
    assert_eq!(life.elapsed(), Duration::from_millis(9));
    assert_eq!(life.submit(at(10)), None, "it is over");
}

#[test]
fn a_pending_request_is_sent_again_after_its_interval_under_its_id() {
    let interval = Duration::from_millis(20);
    let mut life = request(LifeSettings::default().retry_interval(interval));
    let sent = life.submit(at(0)).unwrap();
    life.answered(sent, pending("step 1"), at(5));
    assert_eq!(
        events(&mut life),
        format!("Created Submitted (RequestCreated) {LOADED} Pending PendingUpdate(step 1)")
    );
    assert_eq!(
        life.due_at(),
        Some(Duration::from_millis(20)),
        "counted from the sending"
    );
    assert_eq!(life.poll(at(19)), None);
    let sent = life.poll(at(20)).unwrap();
    assert_eq!(life.due_at(), None);
    life.answered(sent, pending("step 2"), at(25));
    assert_eq!(
        events(&mut life),
        format!("(RequestCreated) {LOADED} PendingUpdate(step 2)")
    );
    let sent = life.poll(at(40)).unwrap();
    life.answered(sent, Reply::Resolved(json("\"ready\"", &[])), at(45));
    assert_eq!(
        events(&mut life),
        format!("(RequestCreated) {LOADED} Resolved Disposed")
    );
    assert_eq!((life.id(), life.extended_status()), ("act-1", "step 2"));
}

#[test]
fn a_pending_answer_may_say_when_to_ask_again() {
    let mut life = request(LifeSettings::default());
    assert_eq!(
        LifeSettings::default().retry_interval,
        Duration::from_secs(10)
    );
    let sent = life.submit(at(0)).unwrap();
    let retry_after = Some(RetryAfter::In(Duration::from_millis(250)));
    life.answered(
        sent,
        Reply::Pending {
            message: String::new(),
            retry_after,
        },
        at(5),
    );
    assert_eq!(life.due_at(), Some(Duration::from_millis(250)));
}

#[test]
fn faults_are_borne_with_growing_patience_and_the_fifth_ends_the_request() {
    let mut life = request(LifeSettings::default());
    let mut now = 0;
    let mut sent = life.submit(at(now)).unwrap();
    events(&mut life);
    for (wait, first) in [(500, true), (750, false), (1250, false), (2250, false)] {
        life.answered(sent, fault(Transient::GatewayTimeout), at(now + 1));
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
    life.answered(sent, fault(Transient::GatewayTimeout), at(now));
    assert_eq!(events(&mut life), format!("{LOADED} Rejected Disposed"));
    let error = rejection(&mut life);
    assert_eq!(error.to_string(), "Exceeded transient fault limit.");
    assert_eq!((error.name().as_str(), error.number()), ("Error", 32_768));
}

#[test]
fn faults_that_say_when_to_try_again_do_not_count() {
    let mut life = request(LifeSettings::default().transient_fault_limit(1));
    let mut sent = life.submit(at(0)).unwrap();
    let date = RetryAfter::At(Duration::from_secs(1_700_000_003));
    for (retry_after, due) in [
        (None, 500),
        (Some(RetryAfter::In(Duration::from_millis(1500))), 2000),
        (None, 2000 + 500),
        (Some(date), 3000),
        (None, 3000 + 500),
    ] {
        let last = life.last_submitted();
        let reply = Reply::Transient {
            fault: Transient::TooManyRequests,
            retry_after,
        };
        life.answered(
            sent,
            reply,
            Moment {
                now: last,
                unix: at(last.as_millis() as u64).unix,
            },
        );
        assert_eq!(
            life.due_at(),
            Some(Duration::from_millis(due)),
            "{retry_after:?}"
        );
        sent = life.poll(at(due)).unwrap();
    }
    assert!(!life.is_over());
}

#[test]
fn an_operation_that_was_pending_for_long_is_asked_again_soon_after_a_fault() {
    let interval = Duration::from_secs(1);
    let mut life = request(LifeSettings::default().retry_interval(interval));
    let mut sent = life.submit(at(0)).unwrap();
    for second in 1..=100 {
        life.answered(sent, pending("wait"), at((second - 1) * 1000));
        sent = life.poll(at(second * 1000)).unwrap();
    }
    life.answered(sent, fault(Transient::BadGateway), at(100_000));
    assert_eq!(life.due_at(), Some(Duration::from_millis(100_500)));
}

#[test]
fn the_patience_has_a_bound() {
    let mut life = request(LifeSettings::default().transient_fault_limit(u32::MAX));
    let mut now = Duration::ZERO;
    for _ in 0..200 {
        let moment = Moment { now, unix: now };
        let sent = life.submit(moment).unwrap();
        life.answered(sent, fault(Transient::BadGateway), moment);
        now = life.due_at().unwrap();
    }
    assert!(now < Duration::from_secs(200 * 60 * 60 * 24 * 4));
}

#[test]
fn an_error_of_the_backend() {
    let mut life = request(LifeSettings::default());
    let sent = life.submit(at(0)).unwrap();
    let text = r#"{"message":"no","errorNumber":65574,"name":"Not Found","isError":true}"#;
    let headers = super::headers(&[("x-protocol-version", "2")]);
    life.answered(
        sent,
        Reply::read(500, &headers, &text.as_bytes().to_vec().into()),
        at(1),
    );
    assert_eq!(
        events(&mut life),
        format!(
            "Created Submitted (RequestCreated) {LOADED} (BackendErrorReceived) Rejected Disposed"
        )
    );
    assert_eq!(rejection(&mut life).number(), 65_574);
}

#[test]
fn a_connection_that_breaks() {
    let mut life = request(LifeSettings::default());
    let sent = life.submit(at(0)).unwrap();
    life.failed(sent, "reset".to_owned(), at(1));
    assert_eq!(
        events(&mut life),
        "Created Submitted (RequestCreated) (ConnectionErrorReceived) Rejected Disposed"
    );
    assert_eq!(rejection(&mut life).number(), -1);
}

#[test]
fn an_answer_that_means_nothing() {
    for (reply, expected) in [
        (
            RequestError::UnknownStatus {
                status: 403,
                message: String::new(),
            },
            "(ResponseLoading) Rejected Disposed",
        ),
        (
            RequestError::UnknownBody { status: 200 },
            "(ResponseLoading) (ConnectionErrorReceived) Rejected Disposed",
        ),
    ] {
        let mut life = request(LifeSettings::default());
        let sent = life.submit(at(0)).unwrap();
        events(&mut life);
        life.answered(sent, Reply::Rejected(reply), at(1));
        assert_eq!(events(&mut life), expected);
    }
}

#[test]
fn no_content_is_an_error_that_nobody_threw() {
    let mut life = request(LifeSettings::default());
    let sent = life.submit(at(0)).unwrap();
    events(&mut life);
    life.answered(sent, Reply::NoContent, at(1));
    assert_eq!(events(&mut life), format!("{LOADED} Rejected Disposed"));
    assert_eq!(rejection(&mut life), RequestError::NoContent);
}

#[test]
fn what_is_not_found_is_an_error_where_nobody_listens() {
    let mut life = request(LifeSettings::default());
    let sent = life.submit(at(0)).unwrap();
    events(&mut life);
    life.answered(sent, Reply::NotFound(not_found()), at(1));
    assert_eq!(
        events(&mut life),
        format!("{LOADED} (BackendErrorReceived) Rejected Disposed NotFound")
    );
    let error = rejection(&mut life);
    assert_eq!(
        (error.name().as_str(), error.to_string().as_str()),
        ("", "")
    );
    let RequestError::Thrown { payload, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(payload, &not_found());
    assert_eq!(
        life.resubmit(at(2)).unwrap_err().to_string(),
        "Already resubmitted using this handler."
    );
}

#[test]
fn what_is_not_found_may_be_made_and_asked_for_again_once() {
    let listening = LifeSettings::default().not_found(NotFoundHandlers::Listening);
    let mut life = request(listening);
    let sent = life.submit(at(0)).unwrap();
    events(&mut life);
    life.answered(sent, Reply::NotFound(not_found()), at(1));
    assert_eq!(events(&mut life), format!("{LOADED} NotFound"));
    assert_eq!(life.missing(), Some(&not_found()));
    assert_eq!(life.due_at(), None, "it waits for a handler");
    let sent = life.resubmit(at(2)).unwrap();
    assert!(life.resubmit(at(3)).is_err());
    assert_eq!(events(&mut life), "Submitted (RequestCreated)");
    // Not there again: the handler may try once more.
    life.answered(sent, Reply::NotFound(not_found()), at(4));
    let sent = life.resubmit(at(5)).unwrap();
    life.answered(sent, Reply::Resolved(json("1", &[])), at(6));
    assert!(life.take_outcome().unwrap().is_ok());
}

#[test]
fn a_handler_may_give_up_in_its_own_words_or_the_servers() {
    for (reason, text) in [(Some("no way".to_owned()), "no way"), (None, "")] {
        let listening = LifeSettings::default().not_found(NotFoundHandlers::Listening);
        let mut life = request(listening);
        let sent = life.submit(at(0)).unwrap();
        life.answered(sent, Reply::NotFound(not_found()), at(1));
        life.give_up(reason, at(2));
        let error = rejection(&mut life);
        assert_eq!((error.to_string().as_str(), error.number()), (text, 32_768));
        life.give_up(None, at(3));
        assert!(life.take_outcome().is_none());
    }
}

#[test]
fn a_cancelled_request_ignores_its_answer_and_may_be_sent_again() {
    let mut life = request(LifeSettings::default());
    let first = life.submit(at(0)).unwrap();
    life.cancel();
    assert!(!life.is_connecting());
    life.cancel();
    life.answered(first, Reply::Resolved(json("1", &[])), at(1));
    assert_eq!(
        events(&mut life),
        "Created Submitted (RequestCreated) Cancelled"
    );
    let second = life.submit(at(2)).unwrap();
    life.failed(first, "late".to_owned(), at(3));
    life.answered(second, Reply::Resolved(json("2", &[])), at(4));
    assert_eq!(
        events(&mut life),
        format!("Submitted (RequestCreated) {LOADED} Resolved Disposed")
    );
    assert_eq!(life.take_outcome().unwrap().unwrap(), json("2", &[]));
    life.cancel();
    assert_eq!(life.status(), RequestStatus::Disposed);
}

#[test]
fn a_request_that_waits_can_be_cancelled_too() {
    let mut life = request(LifeSettings::default());
    let sent = life.submit(at(0)).unwrap();
    life.answered(sent, pending("x"), at(1));
    life.cancel();
    assert_eq!(
        (life.status(), life.due_at()),
        (RequestStatus::Cancelled, None)
    );
}

#[test]
fn the_table_tells_what_runs_what_is_due_and_how_busy_it_is() {
    let mut table = RequestTable::default();
    let (one, two) = (
        table.insert("same".to_owned(), LifeSettings::default(), at(0)),
        table.insert("same".to_owned(), LifeSettings::default(), at(0)),
    );
    let drain = |table: &mut RequestTable, number| while table.next_event(number).is_some() {};
    let sent_one = table.get_mut(one).unwrap().submit(at(3)).unwrap();
    let sent_two = table.get_mut(two).unwrap().submit(at(4)).unwrap();
    drain(&mut table, one);
    drain(&mut table, two);
    assert_eq!(table.active().count(), 2);
    assert_eq!(table.load().last_request, Duration::from_millis(4));
    table
        .get_mut(one)
        .unwrap()
        .answered(sent_one, pending("x"), at(7));
    drain(&mut table, one);
    assert_eq!(table.load().last_response, Duration::from_millis(7));
    assert_eq!(table.next_due(), Some(Duration::from_millis(10_003)));
    assert_eq!(table.due(Duration::from_millis(10_002)).count(), 0);
    assert_eq!(
        table.due(Duration::from_millis(10_003)).collect::<Vec<_>>(),
        [one]
    );
    assert_eq!(table.active().count(), 1);
    assert!(table.current().unwrap().is_connecting());
    table
        .get_mut(two)
        .unwrap()
        .answered(sent_two, Reply::NoContent, at(9));
    drain(&mut table, two);
    assert!(table.current().is_none(), "the last one is over");
    assert!(table.remove(two).unwrap().take_outcome().unwrap().is_err());
    assert!(table.get(two).is_none() && table.get(one).is_some());
}

#[test]
fn statuses_and_events_have_the_numbers_of_itwin() {
    for (number, status) in RequestStatus::ALL.into_iter().enumerate() {
        assert_eq!(status as usize, number);
    }
    assert_eq!(ProtocolEvent::RequestCreated as u8, 0);
    assert_eq!(ProtocolEvent::BackendErrorReceived as u8, 5);
    assert_eq!(ProtocolEvent::BackendReportedNoContent as u8, 12);
}
