//! Many streams at once: each gets its share, and none keeps a call waiting.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures_util::{FutureExt as _, StreamExt as _, stream};
use twinbridge_common::{
    Bytes, FrontendIpc, IpcStream,
    ipc::{Answer, HandlerGuard, Invocation, NoError, VersionPolicy},
    wire::Frame,
};

use crate::{
    flow::{Bench, FlowClient, is_idle},
    support::{Link, NOTHING, handler_fn},
};

/// What one round of the pipe carries.
const ROUND: usize = 64 * 1024;

/// Serves `flood.LEN`: items of LEN bytes without an end.
fn flood(bench: &Bench) -> HandlerGuard {
    let handler = handler_fn("flood", |call: Invocation| -> Answer {
        let len: usize = call.method.as_str().parse().unwrap();
        let item = Bytes::from(vec![7; len]);
        let items = IpcStream::<Bytes, NoError>::of(stream::repeat(item));
        Box::pin(std::future::ready(call.streaming(items)))
    });
    let backend = bench.pair.backend();
    backend
        .handle_dynamic(handler, VersionPolicy::Exact)
        .unwrap()
}

/// Streams of items of these lengths, taken as they come, and how many bytes each has got.
fn take(bench: &Bench, link: &Link, page: &FrontendIpc, lens: &[usize]) -> Vec<Arc<AtomicUsize>> {
    let begin = |len: &usize| {
        let (channel, method) = ("flood".parse().unwrap(), len.to_string().parse().unwrap());
        let call = page.call_backend::<IpcStream<Bytes>>(channel, method, &NOTHING);
        let got = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&got);
        bench.pair.executor().spawn(Box::pin(async move {
            let mut items = call.unwrap().await.unwrap();
            while let Some(item) = items.next().await {
                let Ok(item) = item else { return };
                count.fetch_add(item.len(), Ordering::Relaxed);
            }
        }));
        got
    };
    let got = lens.iter().map(begin).collect();
    bench.pair.settle();
    link.up(usize::MAX);
    bench.pair.settle();
    got
}

/// Carries about this many bytes to the page, in rounds, and what it says back.
fn carry(bench: &Bench, link: &Link, bytes: usize) {
    for _ in 0..bytes / ROUND {
        link.down(ROUND);
        bench.pair.settle();
        link.up(usize::MAX);
        bench.pair.settle();
    }
}

fn shares_are_fair(lens: &[usize], bytes: usize) {
    let bench = Bench::new();
    let _flood = flood(&bench);
    let (link, page) = Link::started(&bench.pair);
    let got = take(&bench, &link, &page, lens);
    carry(&bench, &link, bytes);
    let got: Vec<_> = got.iter().map(|got| got.load(Ordering::Relaxed)).collect();
    let mean = got.iter().sum::<usize>() / got.len();
    assert!(
        mean > bytes / got.len() / 2,
        "the pipe was not used: {mean}"
    );
    for (got, len) in got.iter().zip(lens) {
        assert!(
            (mean / 2..=mean * 2).contains(got),
            "items of {len} bytes: {got}, the mean is {mean}"
        );
    }
    page.shutdown();
    bench.pair.settle();
    assert!(is_idle(&bench.backend_load()));
}

#[test]
fn ten_streams_of_small_items_get_equal_shares() {
    shares_are_fair(&[100; 10], 32 * 1024 * 1024);
}

#[test]
fn fifty_streams_of_middling_items_get_equal_shares() {
    shares_are_fair(&[4000; 50], 128 * 1024 * 1024);
}

#[test]
fn twenty_streams_of_large_items_get_equal_shares() {
    shares_are_fair(&[300 * 1024; 20], 256 * 1024 * 1024);
}

#[test]
fn streams_of_small_and_of_large_items_get_comparable_shares() {
    let lens: Vec<_> = [2000, 20_000, 60_000].repeat(5);
    shares_are_fair(&lens, 128 * 1024 * 1024);
}

#[test]
fn a_call_among_ten_floods_is_answered_within_what_may_be_queued() {
    let bench = Bench::new();
    let _flood = flood(&bench);
    let (link, page) = Link::started(&bench.pair);
    let flow: FlowClient = page.client().unwrap();
    take(&bench, &link, &page, &[1000, 200_000].repeat(5));
    carry(&bench, &link, 16 * 1024 * 1024);
    for _ in 0..20 {
        let mut call = flow.sized(10);
        assert!((&mut call).now_or_never().is_none());
        link.up(usize::MAX);
        bench.pair.settle();
        let mut before = 0;
        loop {
            let frames = link.down(1);
            let is_reply = |frame: &Frame| matches!(frame, Frame::Reply(_));
            before += frames.iter().map(Frame::payload_len).sum::<usize>();
            if frames.iter().any(is_reply) {
                break;
            }
            bench.pair.settle();
            link.up(usize::MAX);
            bench.pair.settle();
        }
        // What streams may queue, an item each beyond it, and a piece.
        assert!(before < 5 * 1024 * 1024, "{before} bytes came before it");
        assert_eq!(call.now_or_never().unwrap().unwrap().len(), 10);
    }
}

#[test]
fn a_cancel_passes_the_large_items_that_go_the_same_way() {
    let bench = Bench::new();
    let _flood = flood(&bench);
    let (link, page) = Link::started(&bench.pair);
    let streams = handler_fn("flood", |call: Invocation| -> Answer {
        let item = Bytes::from(vec![7; 64 * 1024 * 1024]);
        let items = IpcStream::<Bytes, NoError>::of(stream::iter([item]));
        Box::pin(std::future::ready(call.streaming(items)))
    });
    let _page_streams = {
        use twinbridge_common::ipc::IpcSocket as _;
        link.page.handle(streams, VersionPolicy::Exact).unwrap()
    };
    let flow: FlowClient = page.client().unwrap();
    let mut endless = Box::pin(flow.forever());
    assert!((&mut endless).now_or_never().is_none());
    link.up(usize::MAX);
    bench.pair.settle();
    link.down(usize::MAX);
    let stream = endless.now_or_never().unwrap().unwrap();
    let call = bench.pair.backend().invoke::<IpcStream<Bytes>>(
        "raw",
        "flood".parse().unwrap(),
        "up".parse().unwrap(),
        &NOTHING,
    );
    let mut call = call.unwrap();
    assert!((&mut call).now_or_never().is_none());
    link.down(usize::MAX);
    bench.pair.settle();
    assert!(matches!(link.up(1)[..], [Frame::Reply(_), Frame::Part(_)]));
    assert_eq!(bench.source.open(), 1);
    drop(stream);
    let next = link.up(1);
    let is_cancel = |frame: &Frame| matches!(frame, Frame::Cancel { .. });
    assert!(next.iter().any(is_cancel), "{next:?}");
    bench.pair.settle();
    assert_eq!(bench.source.open(), 0);
    assert!(link.page.load().queued_bytes > 63 * 1024 * 1024);
    let items = call.now_or_never().unwrap().unwrap();
    link.up(usize::MAX);
    let items: Vec<_> = items.take(1).collect::<Vec<_>>().now_or_never().unwrap();
    assert_eq!(items[0].as_ref().unwrap().len(), 64 * 1024 * 1024);
}
