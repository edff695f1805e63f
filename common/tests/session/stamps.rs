//! Stamps of calls: who gets them, and what they say.

use std::time::Duration;

use twinbridge_common::{
    CallError,
    ipc::{Refusal, StampSlot},
    wire::{Ending, Frame, Reply, Stamps},
};

use crate::support::{Bench, Link, NOTHING, Raw, WorkClient, arguments, by_name, request, send};

#[test]
fn a_caller_that_asks_learns_when_its_call_was_where() {
    let bench = Bench::new();
    let work: WorkClient = bench.other.client().unwrap();
    let slot = StampSlot::default();
    let mut call = work.gate(1).stamped(&slot);
    let executor = bench.pair.executor();
    let wait = |milliseconds| {
        let at = bench.pair.now() + Duration::from_millis(milliseconds);
        bench.pair.run(executor.sleep_until(at));
    };
    wait(3);
    send(&mut call);
    bench.pair.settle();
    assert_eq!(slot.get(), None, "it is not answered yet");
    wait(5);
    bench.worker.open(1);
    assert_eq!(bench.pair.run(call).unwrap(), 1);
    let stamps = slot.get().unwrap();
    assert_eq!(stamps.arrived_us, 3000);
    assert_eq!(stamps.queued(), Duration::ZERO);
    assert_eq!(stamps.handled(), Duration::from_millis(5));
    assert_eq!(stamps.returned(), Duration::ZERO);
    assert_eq!(stamps.total(), Duration::from_millis(5));
}

#[test]
fn a_call_that_does_not_ask_is_as_short_as_ever_both_ways() {
    let bench = Bench::new();
    let raw = Raw::greeted(&bench.pair);
    raw.send(&request(7, "work", "add", arguments(&(1, 2))));
    let frames = raw.frames(&bench.pair);
    assert!(
        matches!(&frames[..], [Frame::Reply(Reply { call: 7, .. })]),
        "{frames:?}"
    );
    let (link, page) = Link::started(&bench.pair);
    let mut call = by_name::<u32>(&page, "work", "add", &(1, 2));
    send(&mut call);
    match &link.up(usize::MAX)[..] {
        [Frame::Request(request)] => assert_eq!(request.metadata.iter().len(), 0),
        frames => panic!("{frames:?}"),
    }
}

#[test]
fn the_stamps_come_right_before_the_reply_and_are_no_refusals() {
    let bench = Bench::new();
    let raw = Raw::greeted(&bench.pair);
    let asking = |call, method: &str| {
        let Frame::Request(mut request) = request(call, "work", method, arguments(&NOTHING)) else {
            panic!("a request is one");
        };
        assert!(request.metadata.insert(Stamps::ASKED, "anything"));
        Frame::Request(request)
    };
    raw.send(&asking(1, "panic"));
    let frames = raw.frames(&bench.pair);
    assert!(
        matches!(
            &frames[..],
            [
                Frame::Stamps { call: 1, .. },
                Frame::Reply(Reply {
                    call: 1,
                    ending: Ending::Refused { .. }
                })
            ]
        ),
        "the handler ran: {frames:?}"
    );
    raw.send(&asking(2, "getVersion"));
    let frames = raw.frames(&bench.pair);
    assert!(
        matches!(&frames[..], [Frame::Reply(Reply { call: 2, .. })]),
        "no handler ran: {frames:?}"
    );
}

#[test]
fn stamps_of_a_call_that_nobody_waits_for_are_dropped() {
    let bench = Bench::new();
    let raw = Raw::greeted(&bench.pair);
    raw.send(&Frame::Stamps {
        call: 99,
        stamps: Stamps::default(),
    });
    assert_eq!(raw.endpoint.ended(), None);
    assert_eq!(raw.frames(&bench.pair), []);
}

#[test]
fn a_backend_that_knows_no_stamps_leaves_the_slot_empty() {
    let bench = Bench::new();
    let (link, page) = Link::started(&bench.pair);
    let slot = StampSlot::default();
    let mut call = by_name::<u32>(&page, "work", "add", &(1, 2)).stamped(&slot);
    send(&mut call);
    let frames = link.up(usize::MAX);
    let [Frame::Request(request)] = &frames[..] else {
        panic!("{frames:?}");
    };
    assert_eq!(request.metadata.get(Stamps::ASKED), Some(""));
    // It answers as one of before stamps does: with the reply alone.
    let down = link.back.frames(&bench.pair);
    assert!(matches!(down[0], Frame::Stamps { .. }), "{down:?}");
    for frame in &down[1..] {
        link.page.receive(&frame.to_bytes().into());
    }
    assert_eq!(bench.pair.run(call).unwrap(), 3);
    assert_eq!(slot.get(), None);
}

#[test]
fn a_refused_call_has_no_stamps() {
    let bench = Bench::new();
    let slot = StampSlot::default();
    let call = by_name::<u32>(&bench.other, "nobody", "add", &NOTHING).stamped(&slot);
    let refused = bench.pair.run(call).unwrap_err();
    assert!(
        matches!(refused, CallError::Refused(Refusal::UnknownChannel { .. })),
        "{refused:?}"
    );
    assert_eq!(slot.get(), None);
}
