//! Requests while they run: what listeners hear, what handles show and do, how busy a client is.

use std::{
    sync::{Arc, Mutex},
    task::Poll,
    time::Duration,
};

use futures_util::FutureExt as _;
use twinbridge_common::rpc::{
    RpcCaller, RpcConnection, RpcEvent, RpcOptions, RpcRequestEvent, RpcRequestStatus,
};

use crate::{
    probe::ProbeClient,
    world::{World, told},
};

/// What was heard, in the words of iTwin.js; events of the protocol in parentheses.
#[derive(Clone, Default)]
pub(crate) struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    pub(crate) fn hear(&self, event: &RpcEvent<'_>) {
        let words = match event.what {
            RpcRequestEvent::StatusChanged => format!("{:?}", event.status),
            RpcRequestEvent::PendingUpdateReceived => {
                format!("PendingUpdate({})", event.extended_status)
            }
            RpcRequestEvent::TransientErrorReceived { retry_after } => {
                assert_eq!(event.retry_after, Some(retry_after));
                format!("TransientError({})", retry_after.as_millis())
            }
            RpcRequestEvent::Protocol(event) => format!("({event:?})"),
            other => format!("{other:?}"),
        };
        self.0.lock().unwrap().push(words);
    }

    pub(crate) fn take(&self) -> String {
        std::mem::take(&mut *self.0.lock().unwrap()).join(" ")
    }
}

/// A client over the way of this world that has no handlers of what is not found.
fn heard_client(world: &World) -> (ProbeClient, RpcConnection, Heard) {
    let heard = Heard::default();
    let listener = heard.clone();
    let options = RpcOptions::default().on_event(move |event| listener.hear(event));
    let connection = RpcConnection::new(Arc::clone(&world.configuration), options);
    let client = ProbeClient::new(RpcCaller::new(connection.clone()));
    (client, connection, heard)
}

fn loaded(world: &World) -> &'static str {
    match world.configuration.is_web() {
        true => "(ResponseLoading) (ResponseLoaded) (ResponseLoaded)",
        false => "(ResponseLoading) (ResponseLoaded)",
    }
}

/// Polls a call until nothing more happens, and leaves it there.
fn begin<F: Future + Unpin>(world: &World, future: &mut F) {
    world.pair.run(std::future::poll_fn(|cx| {
        assert!(future.poll_unpin(cx).is_pending(), "it is done already");
        Poll::Ready(())
    }));
    world.pair.settle();
    assert!(future.now_or_never().is_none(), "it is done already");
}

#[test]
fn listeners_hear_of_a_request_in_the_order_of_itwin() {
    for world in World::all() {
        let (probe, _connection, heard) = heard_client(&world);
        let loaded = loaded(&world);
        let run = |call: &mut dyn FnMut() -> String| {
            call();
            heard.take()
        };
        for (events, mut call) in [
            (
                format!("Created Submitted (RequestCreated) {loaded} Resolved Disposed"),
                Box::new(|| told(&world.pair.run(probe.add(1, 2)))) as Box<dyn FnMut() -> String>,
            ),
            (
                format!(
                    "Created Submitted (RequestCreated) {loaded} Pending PendingUpdate(not yet) \
                     (RequestCreated) {loaded} PendingUpdate(not yet) \
                     (RequestCreated) {loaded} Resolved Disposed"
                ),
                Box::new(|| told(&world.pair.run(probe.slow(2)))),
            ),
            (
                format!(
                    "Created Submitted (RequestCreated) {loaded} ServiceUnavailable \
                     TransientError(500) (RequestCreated) {loaded} TransientError(750) \
                     (RequestCreated) {loaded} Resolved Disposed"
                ),
                Box::new(|| told(&world.pair.run(probe.busy(2, None)))),
            ),
            (
                format!(
                    "Created Submitted (RequestCreated) {loaded} ServiceUnavailable \
                     TransientError(170) (RequestCreated) {loaded} Resolved Disposed"
                ),
                Box::new(|| told(&world.pair.run(probe.busy(1, Some(170))))),
            ),
            (
                format!(
                    "Created Submitted (RequestCreated) {loaded} (BackendErrorReceived) Rejected \
                     Disposed"
                ),
                Box::new(|| told(&world.pair.run(probe.fail(crate::probe::Way::Gone)))),
            ),
            (
                format!("Created Submitted (RequestCreated) {loaded} Rejected Disposed"),
                Box::new(|| told(&world.pair.run(probe.empty()))),
            ),
            (
                format!(
                    "Created Submitted (RequestCreated) {loaded} (BackendErrorReceived) Rejected \
                     Disposed NotFound"
                ),
                Box::new(|| told(&world.pair.run(probe.find("anything".into())))),
            ),
        ] {
            assert_eq!(run(&mut *call), events, "{}", world.name);
        }
    }
}

#[test]
fn listeners_come_and_go_while_requests_run_and_hear_of_handlers() {
    for world in World::all() {
        let heard = Heard::default();
        let listener = heard.clone();
        let connection = world.connection.connection();
        let guard = connection.listen(move |event| {
            if event.operation.as_str() == "find" {
                assert_eq!(event.interface.as_str(), "ProbeRpc");
                assert_eq!(event.context.session_id, "sess-1");
                listener.hear(event);
            }
        });
        let found = world.pair.run(world.probe().find("to be stored".into()));
        assert_eq!(told(&found), "\"here is to be stored\"", "{}", world.name);
        let loaded = loaded(&world);
        assert_eq!(
            heard.take(),
            format!(
                "Created Submitted (RequestCreated) {loaded} NotFound Submitted (RequestCreated) \
                 {loaded} Resolved Disposed"
            ),
            "{}",
            world.name
        );
        drop(guard);
        let again = world.pair.run(world.probe().find("to be stored".into()));
        assert!(again.is_ok());
        assert_eq!(heard.take(), "");
    }
}

#[test]
fn a_handle_shows_how_far_a_request_is() {
    for world in World::all() {
        let mut call = world.probe().slower(1, Some(30));
        let handle = call.handle().unwrap();
        assert_eq!(
            (handle.status(), handle.attempts()),
            (RpcRequestStatus::Created, 0)
        );
        begin(&world, &mut call);
        assert_eq!(handle.status(), RpcRequestStatus::Pending, "{}", world.name);
        assert_eq!(handle.extended_status(), "not yet");
        assert_eq!(handle.retry_after(), Some(Duration::from_millis(30)));
        let active = world.frontend.active_requests();
        let ids: Vec<_> = active.iter().map(|one| one.id()).collect();
        assert_eq!(ids, [handle.id()]);
        assert_eq!(told(&world.pair.run(call)), "2");
        assert_eq!(
            (handle.status(), handle.attempts()),
            (RpcRequestStatus::Disposed, 2)
        );
        assert_eq!(handle.elapsed(), Duration::from_millis(30));
        assert!(world.frontend.active_requests().is_empty());
    }
}

#[test]
fn a_cancelled_request_ends_on_the_other_side_and_may_be_sent_again_for_the_same_call() {
    for world in World::all() {
        let mut call = world.probe().never();
        let handle = call.handle().unwrap();
        assert!(!handle.submit(), "nothing was cancelled");
        begin(&world, &mut call);
        assert_eq!(world.prober.running(), 1, "{}", world.name);
        handle.cancel();
        begin(&world, &mut call);
        assert_eq!(world.prober.running(), 0, "{}", world.name);
        assert_eq!(handle.status(), RpcRequestStatus::Cancelled);
        assert!(handle.submit());
        begin(&world, &mut call);
        assert_eq!(world.prober.running(), 1, "{}", world.name);
        assert_eq!(
            (handle.status(), handle.attempts()),
            (RpcRequestStatus::Submitted, 2)
        );
        drop(call);
        world.pair.settle();
        assert_eq!(world.prober.running(), 0, "{}", world.name);
        assert_eq!(handle.status(), RpcRequestStatus::Disposed);
        handle.cancel();
        assert!(!handle.submit(), "it is over");
    }
}

#[test]
fn the_last_word_of_a_handle_holds_when_nothing_ran_in_between() {
    for world in World::all() {
        let mut call = world.probe().never();
        let handle = call.handle().unwrap();
        begin(&world, &mut call);
        handle.cancel();
        begin(&world, &mut call);
        assert!(handle.submit());
        handle.cancel();
        begin(&world, &mut call);
        assert_eq!(
            (handle.status(), handle.attempts()),
            (RpcRequestStatus::Cancelled, 1),
            "{}",
            world.name
        );
        assert_eq!(world.prober.running(), 0);
        handle.submit();
        begin(&world, &mut call);
        assert_eq!(handle.attempts(), 2);
    }
}

#[test]
fn a_cancelled_call_ends_when_nobody_can_send_it_again() {
    for world in World::all() {
        let mut call = world.probe().slower(1, None);
        let handle = call.handle().unwrap();
        begin(&world, &mut call);
        handle.cancel();
        drop(handle);
        assert_eq!(
            told(&world.pair.run(call)),
            "refused: the call was cancelled",
            "{}",
            world.name
        );
        // It was asked once, and is this call's second.
        assert_eq!(told(&world.pair.run(world.probe().slower(1, None))), "2");
    }
}

#[test]
fn a_cancelled_call_waits_for_its_deadline_at_most() {
    for world in World::all() {
        let mut call = world.probe().never().deadline(Duration::from_millis(40));
        let handle = call.handle().unwrap();
        begin(&world, &mut call);
        handle.cancel();
        let before = world.pair.now();
        assert_eq!(
            told(&world.pair.run(call)),
            "refused: the deadline of 40 ms passed",
            "{}",
            world.name
        );
        assert_eq!(world.pair.now() - before, Duration::from_millis(40));
    }
}

#[test]
fn a_call_that_is_dropped_is_told_to_listeners() {
    for world in World::all() {
        let (probe, _connection, heard) = heard_client(&world);
        let mut call = probe.never();
        begin(&world, &mut call);
        drop(call);
        assert_eq!(
            heard.take(),
            "Created Submitted (RequestCreated) Cancelled Disposed",
            "{}",
            world.name
        );
    }
}

#[test]
fn a_listener_may_do_something_to_the_request_it_hears_of() {
    for world in World::all() {
        let (probe, connection, heard) = heard_client(&world);
        let inner = connection.clone();
        let _guard = connection.listen(move |event| {
            if event.what == RpcRequestEvent::PendingUpdateReceived {
                for request in inner.active_requests() {
                    request.cancel();
                }
            }
        });
        let call = probe.slower(5, None);
        assert_eq!(
            told(&world.pair.run(call)),
            "refused: the call was cancelled",
            "{}",
            world.name
        );
        let loaded = loaded(&world);
        assert_eq!(
            heard.take(),
            format!(
                "Created Submitted (RequestCreated) {loaded} Pending PendingUpdate(not yet) \
                 Cancelled Rejected Disposed"
            )
        );
    }
}

#[test]
fn a_manager_knows_when_it_last_asked_and_was_answered() {
    for world in World::all() {
        assert_eq!(world.frontend.aggregate_load().last_request, Duration::ZERO);
        world.pair.run(world.probe().slower(1, Some(30))).unwrap();
        let load = world.frontend.aggregate_load();
        assert_eq!(load.last_request, Duration::from_millis(30));
        assert_eq!(load.last_response, Duration::from_millis(30));
        let mut never = world.probe().never();
        world
            .pair
            .run(world.pair.executor().sleep_until(Duration::from_secs(1)));
        begin(&world, &mut never);
        let load = world.frontend.aggregate_load();
        assert_eq!(load.last_request, Duration::from_secs(1), "{}", world.name);
        assert_eq!(load.last_response, Duration::from_millis(30));
    }
}
