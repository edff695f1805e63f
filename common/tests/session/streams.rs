//! Streams: order, credit, ends and errors, at both ends of a session.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures_util::{StreamExt as _, stream};
use twinbridge_common::{
    Bytes, CallError, FrontendIpc, IpcError, IpcStream,
    ipc::{
        BackendOptions, BackendSocket, HandlerGuard,
        in_process::{self, Pair},
    },
    ipc_interface,
    wire::Limits,
};

/// What the tests stream.
#[ipc_interface(channel = "flow", version = "1.0.0")]
trait Flow {
    /// The numbers below `end`.
    async fn count(&self, end: u32) -> IpcStream<u32>;
    /// The numbers below `end`, and then an error.
    async fn fail_at(&self, end: u32) -> IpcStream<u32, FlowError>;
    /// Does not begin.
    async fn refuse(&self) -> Result<IpcStream<u32>, FlowError>;
    /// Data of these lengths.
    async fn data(&self, lens: Vec<u32>) -> IpcStream<Bytes>;
    /// Never ends.
    async fn forever(&self) -> IpcStream<u32>;
    /// Panics half-way.
    async fn panic(&self) -> IpcStream<u32>;
}

#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
    IpcError,
    thiserror::Error,
)]
#[ipc_error(scope = "flow")]
enum FlowError {
    #[error("dry after {count}")]
    Dry { count: u32 },
}

#[derive(Debug, Default)]
struct Source {
    made: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
}

impl Flow for Source {
    async fn count(&self, end: u32) -> IpcStream<u32> {
        IpcStream::of(stream::iter(0..end))
    }

    async fn fail_at(&self, end: u32) -> IpcStream<u32, FlowError> {
        let failure = stream::iter([Err(FlowError::Dry { count: end })]);
        IpcStream::new(stream::iter(0..end).map(Ok).chain(failure))
    }

    async fn refuse(&self) -> Result<IpcStream<u32>, FlowError> {
        Err(FlowError::Dry { count: 0 })
    }

    async fn data(&self, lens: Vec<u32>) -> IpcStream<Bytes> {
        IpcStream::of(stream::iter(lens).map(|len| Bytes::from(vec![len as u8; len as usize])))
    }

    async fn forever(&self) -> IpcStream<u32> {
        let (made, open) = (Arc::clone(&self.made), Open::new(&self.open));
        IpcStream::of(stream::iter(0..).map(move |number| {
            let _open = &open;
            made.fetch_add(1, Ordering::Relaxed);
            number
        }))
    }

    async fn panic(&self) -> IpcStream<u32> {
        IpcStream::of(stream::iter(0..10).map(|number| {
            assert!(number < 3, "as it was told to");
            number
        }))
    }
}

struct Open(Arc<AtomicUsize>);

impl Open {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Bench {
    pair: Pair,
    source: Arc<Source>,
    flow: FlowClient,
    page: FrontendIpc,
    _guard: HandlerGuard,
}

impl Bench {
    fn new() -> Self {
        Self::with(Limits::default())
    }

    fn with(limits: Limits) -> Self {
        let options = BackendOptions::default().limits(limits);
        let pair = in_process::pair_with(BackendSocket::new(options));
        let source = Arc::new(Source::default());
        let guard = pair
            .backend()
            .handle(FlowServer(Arc::clone(&source)))
            .unwrap();
        let page = pair
            .run(FrontendIpc::startup(
                pair.connect("main"),
                twinbridge_common::ipc::Declared::default().interface::<FlowInterface>(),
            ))
            .unwrap();
        Self {
            flow: page.client().unwrap(),
            pair,
            source,
            page,
            _guard: guard,
        }
    }

    fn backend_load(&self) -> twinbridge_common::ipc::Load {
        use twinbridge_common::ipc::IpcSocketBackend as _;
        self.pair.backend().socket().unwrap().sessions()[0].load()
    }
}

async fn all<T: 'static, E: 'static>(
    mut stream: IpcStream<T, E>,
) -> (Vec<T>, Option<CallError<E>>) {
    let mut items = Vec::new();
    while let Some(item) = stream.next().await {
        match item {
            Ok(item) => items.push(item),
            Err(error) => return (items, Some(error)),
        }
    }
    (items, None)
}

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
    let ahead = bench.source.made.load(Ordering::Relaxed);
    assert_eq!(ahead, 8192);
    assert_eq!(bench.pair.run(stream.next()).unwrap().unwrap(), 0);
    bench.pair.settle();
    assert_eq!(bench.source.made.load(Ordering::Relaxed), ahead);
    assert_eq!(bench.source.open.load(Ordering::Relaxed), 1);
    drop(stream);
    bench.pair.settle();
    assert_eq!(bench.source.open.load(Ordering::Relaxed), 0);
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
