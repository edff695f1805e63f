//! How streams end: by either side, in every state, and with nothing left over.

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt as _, stream};
use twinbridge_common::{
    Bytes, CallError, IpcStream,
    ipc::{Answer, Caller, Invocation, StreamClosed, VersionPolicy},
    wire::{Ending, Frame, Limits, Part, Payload, Reply},
};

use crate::{
    flow::{Bench, FlowClient, all, is_idle},
    support::{Link, NOTHING, Raw, arguments, handler_fn, request, words},
};

fn streaming(call: u32) -> Frame {
    let ending = Ending::Streaming;
    Frame::Reply(Reply { call, ending })
}

fn item(call: u32, number: u32) -> Frame {
    let item = arguments(&number);
    Frame::StreamItem { call, item }
}

fn end(call: u32) -> Frame {
    let failure = None;
    Frame::StreamEnd { call, failure }
}

#[test]
fn a_stream_may_be_dropped_before_its_reply_and_before_its_first_item() {
    let bench = Bench::new();
    let raw = bench.raw(Limits::default());
    let never = handler_fn("slow", |_| -> Answer { Box::pin(std::future::pending()) });
    let _slow = bench
        .pair
        .backend()
        .handle_dynamic(never, VersionPolicy::Exact)
        .unwrap();
    raw.send(&request(1, "slow", "stream", arguments(&NOTHING)));
    raw.send(&request(2, "flow", "fed", arguments(&(2,))));
    assert_eq!(raw.frames(&bench.pair), [streaming(2)]);
    assert_eq!(bench.source.open(), 1);
    for call in [1, 2] {
        raw.send(&Frame::Cancel { call });
    }
    assert_eq!(raw.frames(&bench.pair)[..], []);
    assert_eq!(bench.source.open(), 0);
    let mut feeder = bench.source.feeder(2);
    assert!(feeder.is_closed());
    assert_eq!(feeder.send(1).now_or_never(), Some(Err(StreamClosed)));
    assert!(is_idle(&raw.endpoint.load()));
}

#[test]
fn a_stream_that_is_dropped_with_a_large_item_half_sent_takes_the_rest_back() {
    let bench = Bench::new();
    let raw = bench.raw(Limits::default());
    raw.send(&request(
        1,
        "flow",
        "data",
        arguments(&(vec![8_000_000_u32],)),
    ));
    bench.pair.settle();
    let frames = raw.some_frames(1);
    let [reply, Frame::Part(Part { message, .. })] = &frames[..] else {
        panic!("{frames:?}");
    };
    assert_eq!(*reply, streaming(1));
    raw.send(&Frame::Cancel { call: 1 });
    let rest_is_lost = Frame::Part(Part {
        message: *message,
        total: 0,
        piece: Bytes::new(),
    });
    assert_eq!(raw.frames(&bench.pair), [rest_is_lost]);
    assert_eq!(bench.source.open(), 0);
    assert!(is_idle(&raw.endpoint.load()));
}

#[test]
fn a_stream_that_is_dropped_when_its_producer_is_done_sends_no_more_of_it() {
    let bench = Bench::new();
    let raw = bench.raw(Limits::default());
    raw.send(&request(
        1,
        "flow",
        "data",
        arguments(&(vec![3_000_000_u32, 1],)),
    ));
    bench.pair.settle();
    while raw.endpoint.load().open_streams > 0 {
        raw.some_frames(1);
        bench.pair.settle();
    }
    assert!(raw.endpoint.load().queued_bytes > 1_000_000);
    raw.send(&Frame::Cancel { call: 1 });
    // Under the same number the next stream begins, and nothing of the first is in it.
    raw.send(&request(1, "flow", "count", arguments(&(2,))));
    let frames = raw.frames(&bench.pair);
    assert!(matches!(frames[0], Frame::Part(Part { total: 0, .. })));
    assert_eq!(frames[1..], [streaming(1), item(1, 0), item(1, 1), end(1)]);
}

#[test]
fn a_call_that_is_dropped_between_its_reply_and_its_next_poll_ends_the_stream() {
    let bench = Bench::new();
    let mut call = bench.flow.forever();
    assert!((&mut call).now_or_never().is_none());
    bench.pair.settle();
    assert_eq!(bench.source.open(), 1);
    assert_eq!(bench.page.socket().unwrap().load().consumed_streams, 1);
    drop(call);
    bench.pair.settle();
    assert_eq!(bench.source.open(), 0);
    assert!(is_idle(&bench.backend_load()));
    assert!(is_idle(&bench.page.socket().unwrap().load()));
}

#[test]
fn a_session_that_ends_ends_its_streams_at_both_sides_behind_what_has_come() {
    let bench = Bench::new();
    let mut stream = bench.pair.run(bench.flow.forever()).unwrap();
    let mut silent = bench.pair.run(bench.flow.fed(1)).unwrap();
    bench.pair.settle();
    let back = bench.back();
    bench.page.shutdown();
    bench.pair.settle();
    assert_eq!(bench.source.open(), 0);
    assert!(bench.source.feeder(1).is_closed());
    assert!(is_idle(&back.load()));
    for number in 0..8192 {
        assert_eq!(
            stream.next().now_or_never().unwrap().unwrap().unwrap(),
            number
        );
    }
    for stream in [&mut stream, &mut silent] {
        let error = stream.next().now_or_never().unwrap().unwrap().unwrap_err();
        assert_eq!(
            error.to_string(),
            "the session ended: the peer said goodbye"
        );
        assert!(stream.next().now_or_never().unwrap().is_none());
    }
}

#[test]
fn a_deadline_ends_a_call_that_has_not_begun_to_stream_and_no_stream() {
    let bench = Bench::new();
    let deadline = Duration::from_millis(5);
    let raw = Raw::connect(&bench.pair);
    let mut stream = bench
        .pair
        .run(bench.flow.fed(1).deadline(deadline))
        .unwrap();
    let mut feeder = bench.source.feeder(1);
    raw.wait(&bench.pair, Duration::from_secs(3600));
    bench.pair.run(feeder.send(7)).unwrap();
    assert_eq!(bench.pair.run(stream.next()).unwrap().unwrap(), 7);
    let contexts = bench
        .pair
        .run(async { all(bench.flow.context().deadline(deadline).await.unwrap()).await });
    // The context says the same: no time runs out.
    assert_eq!(
        contexts.0,
        [("context".to_owned(), false), ("context".to_owned(), false)]
    );
    let never = handler_fn("slow", |_| -> Answer { Box::pin(std::future::pending()) });
    let _slow = bench
        .pair
        .backend()
        .handle_dynamic(never, VersionPolicy::Exact)
        .unwrap();
    let caller = bench.page.caller().unwrap().with_deadline(deadline);
    let call = caller.call::<()>("slow".parse().unwrap(), "stream".parse().unwrap(), &NOTHING);
    assert_eq!(words(bench.pair.run(call)), "the deadline of 5 ms passed");
}

#[test]
fn an_item_that_does_not_encode_ends_its_stream_and_so_does_one_that_panics() {
    let bench = Bench::new();
    for (panics, text) in [
        (
            false,
            "the reply of flow.bad could not be encoded: value refuses to be serialized: no form",
        ),
        (true, "the handler of flow.bad panicked"),
    ] {
        let (items, error) = bench
            .pair
            .run(async { all(bench.flow.bad(panics).await.unwrap()).await });
        assert!(items.is_empty());
        assert_eq!(error.unwrap().to_string(), text);
    }
    assert!(is_idle(&bench.backend_load()));
}

#[test]
fn a_handler_that_cancels_itself_leaves_no_caller_waiting() {
    let bench = Bench::new();
    let error = bench.pair.run(bench.flow.give_up(true)).unwrap_err();
    assert_eq!(error.to_string(), "the call was cancelled");
    let stream = bench.flow.give_up(false);
    let (items, error) = bench.pair.run(async { all(stream.await.unwrap()).await });
    assert!(items.starts_with(&[0, 1, 2, 3]));
    assert_eq!(error.unwrap().to_string(), "the call was cancelled");
    bench.pair.settle();
    assert!(is_idle(&bench.backend_load()));
}

/// A raw page that answers a call of the backend, and the stream that the backend gets.
fn answered_by_hand(bench: &Bench) -> (Raw, IpcStream<u32>) {
    let mut limits = Limits::default();
    limits.stream_items = 2;
    let raw = bench.raw(limits);
    let flow = FlowClient::new(Caller::new(Arc::new(raw.endpoint.clone())));
    let mut call = flow.count(9);
    assert!((&mut call).now_or_never().is_none());
    let frames = raw.frames(&bench.pair);
    assert!(matches!(frames[..], [Frame::Request(_)]), "{frames:?}");
    raw.send(&streaming(1));
    let stream = call.now_or_never().unwrap().unwrap();
    (raw, stream)
}

#[test]
fn what_comes_behind_the_end_of_a_stream_gets_nothing() {
    let bench = Bench::new();
    let (raw, stream) = answered_by_hand(&bench);
    raw.send(&item(1, 0));
    // A second reply is none.
    raw.send(&streaming(1));
    raw.send(&Frame::Reply(Reply {
        call: 1,
        ending: Ending::Done(arguments(&7)),
    }));
    raw.send(&item(1, 1));
    raw.send(&end(1));
    raw.send(&end(1));
    raw.send(&item(1, 2));
    raw.send(&streaming(1));
    let (items, error) = all(stream).now_or_never().unwrap();
    assert_eq!(items, [0, 1]);
    assert!(error.is_none());
    assert_eq!(raw.frames(&bench.pair)[..], []);
    assert!(is_idle(&raw.endpoint.load()));
    assert_eq!(raw.endpoint.ended(), None);
}

#[test]
fn an_item_without_credit_ends_the_session() {
    let mut limits = Limits::default();
    limits.stream_items = 2;
    let bench = Bench::with(limits);
    let (raw, mut stream) = answered_by_hand(&bench);
    for number in 0..3 {
        raw.send(&item(1, number));
    }
    raw.was_ended(&bench.pair, "an item of stream 1 came without credit");
    let mut next = || stream.next().now_or_never().unwrap().unwrap();
    assert_eq!([next().unwrap(), next().unwrap()], [0, 1]);
    assert_eq!(
        next().unwrap_err().to_string(),
        "the session ended: the peer broke the protocol: an item of stream 1 came without credit"
    );
}

#[test]
fn a_consumer_gives_back_what_it_has_taken_in_steps_of_half() {
    let mut limits = Limits::default();
    limits.stream_items = 4;
    let bench = Bench::with(limits);
    let (raw, mut stream) = answered_by_hand(&bench);
    for number in 0..4 {
        raw.send(&item(1, number));
    }
    let mut granted = Vec::new();
    for _ in 0..4 {
        stream.next().now_or_never().unwrap().unwrap().unwrap();
        granted.extend(raw.frames(&bench.pair));
    }
    let grant = Frame::StreamCredit {
        call: 1,
        items: 2,
        bytes: 2 * u32::try_from(arguments(&0).len()).unwrap(),
    };
    assert_eq!(granted, [grant.clone(), grant]);
}

#[test]
fn an_item_of_another_type_is_an_error_and_cancels_the_stream() {
    let bench = Bench::new();
    let (raw, mut stream) = answered_by_hand(&bench);
    raw.send(&item(1, 0));
    raw.send(&Frame::StreamItem {
        call: 1,
        item: arguments("seven"),
    });
    let mut next = || stream.next().now_or_never().unwrap().unwrap();
    assert_eq!(next().unwrap(), 0);
    assert!(matches!(next(), Err(CallError::Codec(_))));
    assert_eq!(raw.frames(&bench.pair), [Frame::Cancel { call: 1 }]);
    assert!(is_idle(&raw.endpoint.load()));
}

#[test]
fn the_end_of_a_stream_that_is_no_error_is_said_to_be_none() {
    let bench = Bench::new();
    let (raw, mut stream) = answered_by_hand(&bench);
    raw.send(&Frame::StreamEnd {
        call: 1,
        failure: Some(Ending::Done(arguments(&7))),
    });
    let error = stream.next().now_or_never().unwrap().unwrap().unwrap_err();
    assert_eq!(error.to_string(), "the reply says no error");
}

#[test]
fn a_stream_in_place_of_a_value_and_a_value_in_place_of_a_stream_are_told_apart() {
    let bench = Bench::new();
    let handler = handler_fn("flow2", |call: Invocation| -> Answer {
        let outcome = match call.method.as_str() {
            "value" => call.done(&7),
            _ => call.streaming::<u32, twinbridge_common::ipc::NoError>(IpcStream::of(
                stream::repeat(7),
            )),
        };
        Box::pin(std::future::ready(outcome))
    });
    let _guard = bench
        .pair
        .backend()
        .handle_dynamic(handler, VersionPolicy::Exact)
        .unwrap();
    let call = |method: &str| {
        let (channel, method) = ("flow2".parse().unwrap(), method.parse().unwrap());
        bench.page.call_backend::<u32>(channel, method, &NOTHING)
    };
    assert_eq!(bench.pair.run(call("value").unwrap()).unwrap(), 7);
    assert_eq!(
        words(bench.pair.run(call("stream").unwrap())),
        "the reply is a stream, the contract says it is a value"
    );
    bench.pair.settle();
    assert!(is_idle(&bench.backend_load()));
    let raw = bench.raw(Limits::default());
    let flow = FlowClient::new(Caller::new(Arc::new(raw.endpoint.clone())));
    let mut call = flow.count(9);
    assert!((&mut call).now_or_never().is_none());
    raw.send(&Frame::Reply(Reply {
        call: 1,
        ending: Ending::Done(arguments(&7)),
    }));
    let error = call.now_or_never().unwrap().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the reply is a value, the contract says it is a stream"
    );
}

#[test]
fn a_goodbye_comes_behind_the_large_frames_that_wait() {
    let bench = Bench::new();
    let (link, page) = Link::started(&bench.pair);
    let flow: FlowClient = page.client().unwrap();
    let mut large = flow.sized(1_000_000);
    assert!((&mut large).now_or_never().is_none());
    link.up(usize::MAX);
    bench.pair.settle();
    link.back
        .endpoint
        .close(twinbridge_common::wire::ByeCode::Closed, "that was it");
    let mut frames = link.down(1);
    while link.back.endpoint.has_frames() {
        frames.extend(link.down(1));
    }
    assert!(matches!(frames.last(), Some(Frame::Bye(_))));
    assert_eq!(large.now_or_never().unwrap().unwrap().len(), 1_000_000);
}

#[test]
fn a_payload_without_bytes_is_no_item() {
    let bench = Bench::new();
    let (raw, mut stream) = answered_by_hand(&bench);
    raw.send(&Frame::StreamItem {
        call: 1,
        item: Payload {
            bytes: Bytes::new(),
            ..arguments(&7)
        },
    });
    let error = stream.next().now_or_never().unwrap().unwrap().unwrap_err();
    assert!(matches!(error, CallError::Codec(_)));
}
