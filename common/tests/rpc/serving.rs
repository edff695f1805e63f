//! What a server tells of the requests that reach it, in every configuration.

use std::{
    sync::{Arc, Mutex},
    task::Poll,
    time::Duration,
};

use futures_util::FutureExt as _;
use twinbridge_common::rpc::{RpcLoad, RpcServerEvent};

use crate::{
    probe::Way,
    world::{World, told},
};

#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    fn hear(&self, event: &RpcServerEvent<'_>) {
        assert_eq!(event.interface.as_str(), "ProbeRpc");
        assert_eq!(event.context.session_id, "sess-1");
        let line = format!("{} {:?}", event.operation, event.what);
        self.0.lock().unwrap().push(line);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// Polls a call until nothing more happens, and leaves it there.
fn begin<F: Future + Unpin>(world: &World, future: &mut F) {
    for _ in 0..2 {
        world.pair.run(std::future::poll_fn(|cx| {
            assert!(future.poll_unpin(cx).is_pending(), "it is done already");
            Poll::Ready(())
        }));
        world.pair.settle();
    }
}

#[test]
fn a_server_tells_of_requests_and_answers_in_the_order_of_itwin() {
    for world in World::all() {
        let heard = Heard::default();
        let listener = heard.clone();
        let guard = world.server.listen(move |event| listener.hear(event));
        let (probe, run) = (world.probe(), &world.pair);
        let expect = |operation: &str, events: &[&str]| {
            let expected: Vec<_> = events
                .iter()
                .map(|event| format!("{operation} {event}"))
                .collect();
            assert_eq!(heard.take(), expected, "{}", world.name);
        };
        let plain = ["RequestReceived", "BackendResponseCreated"];
        let and = |what| [plain[0], what, plain[1]];

        assert_eq!(told(&run.run(probe.add(1, 2))), "3");
        expect("add", &plain);
        run.run(probe.busy(1, None)).unwrap();
        expect("busy", &[plain, plain].concat());
        run.run(probe.slower(1, Some(30))).unwrap();
        let pending = and("BackendReportedPending");
        expect("slower", &[&pending[..], &plain].concat());
        run.run(probe.find("anything".to_owned())).unwrap_err();
        expect("find", &and("BackendReportedNotFound"));
        run.run(probe.empty()).unwrap_err();
        expect("empty", &and("BackendReportedNoContent"));
        run.run(probe.fail(Way::Gone)).unwrap_err();
        expect("fail", &and("BackendErrorOccurred"));
        let panicked = run.run(probe.fail(Way::Panic));
        assert!(told(&panicked).contains("panicked"), "{panicked:?}");
        expect("fail", &and("BackendErrorOccurred"));
        run.run(probe.panic_in_pool()).unwrap_err();
        expect("panicInPool", &and("BackendErrorOccurred"));
        if !world.is_json() {
            drop(run.run(probe.below(3)).unwrap());
            expect("below", &plain);
        }

        // What is refused before the impl sees it was not received, as in iTwin.js.
        let refused = ["BackendErrorOccurred", "BackendResponseCreated"];
        run.run(world.by_name::<()>("unheardOf", &[0; 0]))
            .unwrap_err();
        expect("unheardOf", &refused);
        run.run(world.in_version::<u32>("2.0.0", "add", &(1, 2)))
            .unwrap_err();
        expect("add", &refused);

        let mut never = probe.never();
        begin(&world, &mut never);
        drop(never);
        run.settle();
        expect("never", &["RequestReceived"]);

        drop(guard);
        run.run(probe.add(1, 2)).unwrap();
        expect("add", &[]);
    }
}

#[test]
fn a_server_knows_when_it_was_last_asked_and_answered_from_the_first_look_on() {
    for world in World::all() {
        let wait = |ms| {
            let at = world.pair.now() + Duration::from_millis(ms);
            world.pair.run(world.pair.executor().sleep_until(at));
            at
        };
        wait(100);
        world.pair.run(world.probe().nothing()).unwrap();
        let none = world.server.aggregate_load();
        assert_eq!(none, RpcLoad::default());
        let answered = wait(100);
        world.pair.run(world.probe().nothing()).unwrap();
        let asked = wait(100);
        let mut never = world.probe().never();
        begin(&world, &mut never);
        let load = world.server.aggregate_load();
        assert_eq!(load.last_request, asked, "{}", world.name);
        assert_eq!(load.last_response, answered, "{}", world.name);
    }
}
