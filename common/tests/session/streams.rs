//! Streams: order, credit, ends and errors, at both ends of a session.

use twinbridge_common::CallError;

use crate::flow::{Bench, FlowError, all};

#[test]
fn all_items_come_in_order_and_then_the_end() {
    let bench = Bench::new();
    let (items, error) = bench.pair.run(async {
        let stream = bench.flow.count(100_000).await.unwrap();
        all(stream).await
    });
    assert_eq!(items, (0..100_000).collect::<Vec<_>>());
    assert!(error.is_none());
    bench.pair.settle();
    assert_eq!(bench.backend_load().open_streams, 0);
    assert_eq!(bench.page.socket().unwrap().load().consumed_streams, 0);
}

#[test]
fn an_error_comes_behind_the_items_and_as_its_type() {
    let bench = Bench::new();
    let (items, error) = bench.pair.run(async {
        let stream = bench.flow.fail_at(20_000).await.unwrap();
        all(stream).await
    });
    assert_eq!(items.len(), 20_000);
    assert!(matches!(
        error,
        Some(CallError::App(FlowError::Dry { count: 20_000 }))
    ));
    let refused = bench.pair.run(bench.flow.refuse()).unwrap_err();
    assert!(matches!(
        refused,
        CallError::App(FlowError::Dry { count: 0 })
    ));
}

#[test]
fn large_and_small_items_keep_their_order() {
    let bench = Bench::new();
    let lens = vec![10, 3_000_000, 5, 200_000, 0, 131_072, 131_073, 9_000_000, 1];
    let (items, error) = bench.pair.run(async {
        let stream = bench.flow.data(lens.clone()).await.unwrap();
        all(stream).await
    });
    assert!(error.is_none());
    let got: Vec<_> = items.iter().map(|item| item.len() as u32).collect();
    assert_eq!(got, lens);
}

#[test]
fn a_consumer_that_takes_nothing_stops_the_producer_and_one_that_drops_ends_it() {
    let bench = Bench::new();
    let mut stream = bench.pair.run(bench.flow.forever()).unwrap();
    bench.pair.settle();
    let ahead = bench.source.made();
    assert_eq!(ahead, 8192);
    assert_eq!(bench.pair.run(stream.next()).unwrap().unwrap(), 0);
    bench.pair.settle();
    assert_eq!(bench.source.made(), ahead);
    assert_eq!(bench.source.open(), 1);
    drop(stream);
    bench.pair.settle();
    assert_eq!(bench.source.open(), 0);
    assert_eq!(bench.backend_load().open_streams, 0);
}

#[test]
fn a_panic_in_a_stream_is_its_end_and_says_so() {
    let bench = Bench::new();
    let (items, error) = bench.pair.run(async {
        let stream = bench.flow.panic().await.unwrap();
        all(stream).await
    });
    assert_eq!(items, [0, 1, 2]);
    assert_eq!(
        error.unwrap().to_string(),
        "the handler of flow.panic panicked"
    );
}
