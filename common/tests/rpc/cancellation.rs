//! Nobody waits any more: what happens to calls and streams in every configuration.

use std::{task::Poll, time::Duration};

use futures_util::{FutureExt as _, StreamExt as _};
use twinbridge_common::CallError;

use crate::world::{World, timed, told};

/// Polls a call until nothing more happens, and leaves it there.
fn begin<F: Future + Unpin>(world: &World, future: &mut F) {
    world.pair.run(std::future::poll_fn(|cx| {
        assert!(future.poll_unpin(cx).is_pending(), "it is done already");
        Poll::Ready(())
    }));
    world.pair.settle();
    // Over a session the call begins only now.
    assert!(future.now_or_never().is_none(), "it is done already");
}

#[test]
fn a_dropped_call_drops_its_impls_future() {
    for world in World::all() {
        let mut never = world.probe().never();
        begin(&world, &mut never);
        assert_eq!(world.prober.running(), 1, "{}", world.name);
        drop(never);
        world.pair.settle();
        assert_eq!(world.prober.running(), 0, "{}", world.name);
    }
}

#[test]
fn a_call_that_was_never_polled_is_never_sent() {
    for world in World::all() {
        drop(world.probe().store("unsent".to_owned()));
        world.pair.settle();
        let found = world.pair.run(world.probe().find("unsent".to_owned()));
        assert!(
            matches!(found, Err(CallError::Backend(_))),
            "{}",
            world.name
        );
    }
}

#[test]
fn a_call_that_is_dropped_while_it_waits_is_not_asked_again() {
    for world in World::all() {
        let mut slow = world.probe().slower(100, None);
        begin(&world, &mut slow);
        drop(slow);
        let second = world.pair.run(timed(&world, world.probe().slower(1, None)));
        // The first question was the dropped call's, this one is done at once.
        assert_eq!(told(&second.0), "2", "{}", world.name);
        assert_eq!(second.1, Duration::ZERO);
    }
}

#[test]
fn a_dropped_stream_drops_its_producer() {
    for world in World::all() {
        // Items have no form in JSON.
        if world.is_json() {
            continue;
        }
        let mut silence = world.pair.run(world.probe().silence()).unwrap();
        assert!(silence.next().now_or_never().is_none());
        world.pair.settle();
        assert_eq!(world.prober.running(), 1, "{}", world.name);
        drop(silence);
        world.pair.settle();
        assert_eq!(world.prober.running(), 0, "{}", world.name);
    }
}

#[test]
fn a_deadline_ends_the_call_on_both_sides() {
    for world in World::all() {
        let late = [
            (world.probe().never_in_time(), 500),
            (
                world.probe().never().deadline(Duration::from_millis(20)),
                20,
            ),
        ];
        for (call, ms) in late {
            let (result, time) = world.pair.run(timed(&world, call));
            let expected = format!("refused: the deadline of {ms} ms passed");
            assert_eq!(told(&result), expected, "{}", world.name);
            assert_eq!(time, Duration::from_millis(ms));
            world.pair.settle();
            assert_eq!(world.prober.running(), 0, "{}", world.name);
        }
    }
}

#[test]
fn a_stream_that_has_begun_outlives_the_deadline_of_its_call() {
    for world in World::all() {
        // Items have no form in JSON.
        if world.is_json() {
            continue;
        }
        let call = world.probe().below(3).deadline(Duration::from_millis(10));
        let stream = world.pair.run(call).unwrap();
        let wait = world.pair.executor().sleep_until(Duration::from_secs(1));
        world.pair.run(wait);
        assert_eq!(world.pair.run(stream.count()), 3, "{}", world.name);
    }
}
