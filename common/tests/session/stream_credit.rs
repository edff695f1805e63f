//! Credit, room and the limits of streams, as a page that is not honest meets them.

use std::time::Duration;

use futures_util::FutureExt as _;
use twinbridge_common::{
    Bytes,
    ipc::{Delivery, IpcSocket as _},
    wire::{Ending, Frame, Limits, Payload, Reply},
};

use crate::{
    flow::{Bench, FlowError, all, is_idle},
    support::{NOTHING, Raw, arguments, method, request},
};

/// Begins the stream that a method gives, and takes its reply.
fn begin(bench: &Bench, raw: &Raw, call: u32, method: &str, values: &impl serde::Serialize) {
    raw.send(&request(call, "flow", method, arguments(values)));
    bench.pair.settle();
    let reply = Frame::Reply(Reply {
        call,
        ending: Ending::Streaming,
    });
    assert_eq!(raw.some_frames(1), [reply]);
}

fn credit(call: u32, items: u32, bytes: u32) -> Frame {
    Frame::StreamCredit { call, items, bytes }
}

fn items(frames: &[Frame]) -> usize {
    let is_item = |frame: &&Frame| matches!(frame, Frame::StreamItem { .. });
    frames.iter().filter(is_item).count()
}

fn limits(stream_items: u32, stream_bytes: u32) -> Limits {
    let mut limits = Limits::default();
    (limits.stream_items, limits.stream_bytes) = (stream_items, stream_bytes);
    limits
}

#[test]
fn a_producer_sends_what_its_consumer_announced_and_then_what_it_grants() {
    let bench = Bench::new();
    let raw = bench.raw(limits(3, 1000));
    begin(&bench, &raw, 1, "forever", &NOTHING);
    assert_eq!(items(&raw.frames(&bench.pair)), 3);
    assert_eq!(bench.source.made(), 3);
    raw.send(&credit(1, 2, 0));
    assert_eq!(items(&raw.frames(&bench.pair)), 2);
    raw.send(&credit(1, 0, 1000));
    assert_eq!(items(&raw.frames(&bench.pair)), 0);
    assert_eq!(bench.source.made(), 5);
}

#[test]
fn the_last_item_may_overdraw_the_bytes_and_the_next_waits_until_they_are_repaid() {
    let bench = Bench::new();
    let raw = bench.raw(limits(100, 10));
    begin(&bench, &raw, 1, "data", &(vec![4_u32, 300, 1, 1],));
    // A byte string has two or three bytes before it: 6 and then 303, which is 299 too many.
    assert_eq!(items(&raw.frames(&bench.pair)), 2);
    raw.send(&credit(1, 0, 299));
    assert_eq!(items(&raw.frames(&bench.pair)), 0);
    raw.send(&credit(1, 0, 1));
    assert_eq!(items(&raw.frames(&bench.pair)), 1);
    raw.send(&credit(1, 0, 6));
    let rest = raw.frames(&bench.pair);
    assert!(
        matches!(
            rest[..],
            [Frame::StreamItem { .. }, Frame::StreamEnd { .. }]
        ),
        "{rest:?}"
    );
    assert!(is_idle(&raw.endpoint.load()));
}

#[test]
fn an_endless_credit_costs_no_more_than_what_may_be_queued() {
    let bench = Bench::new();
    let raw = bench.raw(Limits::default());
    begin(&bench, &raw, 1, "forever", &NOTHING);
    for _ in 0..1000 {
        raw.send(&credit(1, u32::MAX, u32::MAX));
    }
    bench.pair.settle();
    let queued = raw.endpoint.load().queued_bytes;
    assert!(queued < 2 * 1024 * 1024 + 128 * 1024, "{queued}");
    let made = bench.source.made();
    bench.pair.settle();
    assert_eq!(bench.source.made(), made);
    // It goes on as the page takes.
    raw.some_frames(1024 * 1024);
    bench.pair.settle();
    assert!(bench.source.made() > made);
}

#[test]
fn stream_frames_of_no_stream_get_nothing_before_the_greeting_and_after_it() {
    let bench = Bench::new();
    let raw = Raw::connect(&bench.pair);
    let strangers = || {
        raw.send(&credit(7, 1, 1));
        raw.send(&Frame::StreamItem {
            call: 7,
            item: arguments(&7),
        });
        raw.send(&Frame::Cancel { call: 7 });
        for failure in [None, Some(Ending::Streaming)] {
            raw.send(&Frame::StreamEnd { call: 7, failure });
        }
        raw.send(&Frame::Reply(Reply {
            call: 7,
            ending: Ending::Streaming,
        }));
        assert_eq!(raw.frames(&bench.pair)[..], []);
    };
    strangers();
    raw.send(&crate::support::hello(twinbridge_common::wire::PROTOCOL));
    assert_eq!(raw.frames(&bench.pair).len(), 1);
    strangers();
    assert!(is_idle(&raw.endpoint.load()));
    assert_eq!(raw.endpoint.ended(), None);
}

#[test]
fn a_call_under_the_number_of_an_open_stream_ends_the_session() {
    let bench = Bench::new();
    let raw = bench.raw(Limits::default());
    begin(&bench, &raw, 1, "forever", &NOTHING);
    raw.send(&request(1, "flow", "count", arguments(&(1,))));
    raw.was_ended(&bench.pair, "call 1 was asked for twice");
    bench.pair.settle();
    assert_eq!(bench.source.open(), 0);
}

#[test]
fn as_many_streams_may_be_open_as_the_limit_says_and_the_next_is_refused() {
    let bench = Bench::new();
    let raw = bench.raw(limits(1, 1));
    for call in 0..1024 {
        raw.send(&request(call, "flow", "forever", arguments(&NOTHING)));
    }
    bench.pair.settle();
    let load = raw.endpoint.load();
    assert_eq!((load.open_streams, load.running_calls), (1024, 0));
    assert_eq!(items(&raw.frames(&bench.pair)), 1024);
    let next = request(2000, "flow", "forever", arguments(&NOTHING));
    assert_eq!(
        raw.refusal(&bench.pair, &next),
        "1024 streams are open, the limit is 1024"
    );
    assert_eq!(raw.endpoint.load().counts.refused, 1);
    assert_eq!(bench.source.open(), 1024);
    raw.send(&Frame::Cancel { call: 5 });
    begin(&bench, &raw, 2001, "forever", &NOTHING);
    // An honest page has the same words, and is told that it may try again.
    let mut limits = Limits::default();
    limits.max_open_streams = 0;
    let bench = Bench::with(limits);
    let error = bench.pair.run(bench.flow.forever()).unwrap_err();
    assert_eq!(error.to_string(), "0 streams are open, the limit is 0");
    assert!(error.is_transient());
    bench.pair.settle();
    assert_eq!(bench.source.open(), 0);
}

#[test]
fn a_large_reply_and_a_full_line_of_messages_do_not_stop_a_stream() {
    let bench = Bench::new();
    let raw = bench.raw(Limits::default());
    begin(&bench, &raw, 1, "fed", &(1,));
    let mut feeder = bench.source.feeder(1);
    let large = Bytes::from(vec![0; 16 * 1024 * 1024]);
    raw.send(&request(2, "flow", "sized", arguments(&(large.len(),))));
    bench.pair.settle();
    let note = arguments(&[Bytes::from(vec![0; 200 * 1024])]);
    let (news, came) = ("news".parse().unwrap(), method("came"));
    while raw
        .endpoint
        .send(&news, &came, note.clone(), Delivery::Reliable)
        .is_ok()
    {}
    assert!(raw.endpoint.load().queued_bytes > 24 * 1024 * 1024);
    feeder.send(7).now_or_never().unwrap().unwrap();
    bench.pair.settle();
    // It was taken out of its source, and is behind the others in line.
    for item in 0..5 {
        assert!(feeder.send(item).now_or_never().is_some(), "item {item}");
        bench.pair.settle();
    }
    assert_eq!(items(&raw.frames(&bench.pair)), 6);
}

#[test]
fn the_others_go_on_when_the_stream_that_kept_them_waiting_is_dropped() {
    let bench = Bench::new();
    let raw = bench.raw(Limits::default());
    for (call, method, values) in [
        (1, "data", arguments(&(vec![3_000_000_u32, 1],))),
        (2, "forever", arguments(&NOTHING)),
    ] {
        raw.send(&request(call, "flow", method, values));
        bench.pair.settle();
    }
    assert_eq!(raw.endpoint.load().open_streams, 2);
    assert_eq!(bench.source.made(), 0);
    raw.send(&Frame::Cancel { call: 1 });
    // The page has taken nothing: it is the drop that makes room.
    bench.pair.settle();
    assert_eq!(bench.source.made(), 8192);
}

#[test]
fn an_item_or_an_error_larger_than_the_consumer_takes_ends_the_stream_with_a_sentence() {
    let bench = Bench::new();
    let mut small = Limits::default();
    small.max_message_bytes = 200_000;
    let raw = bench.raw(small);
    let sentence = |frames: &[Frame]| match frames {
        [.., Frame::StreamEnd { failure, .. }] => match failure {
            Some(Ending::Refused { text, .. }) => text.to_string(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    begin(&bench, &raw, 1, "data", &(vec![10_u32, 200_000, 1],));
    let frames = raw.frames(&bench.pair);
    assert_eq!(items(&frames), 1);
    assert_eq!(
        sentence(&frames),
        "a message of 200005 bytes exceeds the limit of 200000 bytes"
    );
    begin(&bench, &raw, 2, "longError", &(200_000,));
    let frames = raw.frames(&bench.pair);
    assert_eq!(items(&frames), 1);
    let text = sentence(&frames);
    assert!(
        text.ends_with("bytes exceeds the limit of 200000 bytes"),
        "{text}"
    );
    assert!(is_idle(&raw.endpoint.load()));
    // What fits arrives as it is.
    let long = bench.flow.long_error(100_000);
    let (_, error) = bench.pair.run(async { all(long.await.unwrap()).await });
    assert!(matches!(
        error,
        Some(twinbridge_common::CallError::App(FlowError::Long { text })) if text.len() == 100_000
    ));
}

#[test]
fn a_page_that_never_takes_anything_costs_bounded_memory() {
    let bench = Bench::new();
    let raw = bench.raw(Limits::default());
    for call in 0..200 {
        raw.send(&request(call, "flow", "forever", arguments(&NOTHING)));
        raw.send(&credit(call, u32::MAX, u32::MAX));
        // It opens, grants and drops, and never reads.
        raw.send(&request(
            1000 + call,
            "flow",
            "forever",
            arguments(&NOTHING),
        ));
        bench.pair.settle();
        raw.send(&Frame::Cancel { call: 1000 + call });
    }
    bench.pair.settle();
    let load = raw.endpoint.load();
    assert_eq!(load.open_streams, 200);
    assert!(load.queued_bytes < 3 * 1024 * 1024, "{load:?}");
    assert_eq!(bench.source.open(), 200);
    raw.wait(&bench.pair, Duration::from_secs(3600));
    assert_eq!(raw.endpoint.load(), load);
}

#[test]
fn an_item_counts_its_attachments_and_their_lengths() {
    let bench = Bench::new();
    let raw = bench.raw(limits(100, 1000));
    let mut call = request(1, "flow", "data", arguments(&NOTHING));
    let Frame::Request(data) = &mut call else {
        unreachable!("it is a call");
    };
    let codec = twinbridge_common::wire::Codec::Json;
    data.arguments = Payload::encode(codec, &(vec![400_u32, 800, 1],)).unwrap();
    raw.send(&call);
    let frames = raw.frames(&bench.pair);
    let sizes: Vec<usize> = frames
        .iter()
        .filter_map(|frame| match frame {
            Frame::StreamItem { item, .. } => Some(item.len() + 4 * item.attachments.len()),
            _ => None,
        })
        .collect();
    let [first, second] = sizes[..] else {
        panic!("{sizes:?}");
    };
    let owed = u32::try_from(first + second - 1000).unwrap();
    raw.send(&credit(1, 0, owed));
    assert_eq!(raw.frames(&bench.pair)[..], []);
    raw.send(&credit(1, 0, 1));
    assert_eq!(items(&raw.frames(&bench.pair)), 1);
}
