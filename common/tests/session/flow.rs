//! What the tests of streams use: a contract that streams, and a backend with one page.
//!
//! The source remembers how many items it has made and how many of its streams are open, so that
//! a test sees what a dropped end costs.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::{StreamExt as _, stream};
use twinbridge_common::{
    Bytes, CallContext, CallError, FrontendIpc, IpcError, IpcStream,
    ipc::{
        BackendOptions, BackendSocket, Declared, Endpoint, HandlerGuard, IpcSocketBackend as _,
        Load, StreamSender,
        in_process::{self, Pair},
    },
    ipc_interface,
    wire::{Frame, HelloBody, Limits, PROTOCOL},
};

use crate::support::{Raw, hello};

/// What the tests stream.
#[ipc_interface(channel = "flow", version = "1.0.0")]
pub(crate) trait Flow {
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
    /// What the test feeds under this number.
    async fn fed(&self, number: u32) -> IpcStream<u32>;
    /// The method that the stream is polled in, and whether it has a deadline.
    async fn context(&self) -> IpcStream<(String, bool)>;
    /// The numbers below `end`, each made where blocking harms nobody.
    async fn work(&self, end: u32) -> IpcStream<u32>;
    /// Items that do not encode, or panic instead.
    async fn bad(&self, panics: bool) -> IpcStream<Bad>;
    /// Cancels itself, before its stream or in it.
    async fn give_up(&self, at_once: bool) -> IpcStream<u32>;
    /// This many bytes at once, for comparison.
    async fn sized(&self, len: u32) -> Bytes;
    /// An error with a text of this length.
    async fn long_error(&self, len: u32) -> IpcStream<u32, FlowError>;
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
pub(crate) enum FlowError {
    #[error("dry after {count}")]
    Dry { count: u32 },
    #[error("{text}")]
    Long { text: String },
}

#[derive(Debug, Default)]
pub(crate) struct Source {
    /// Items that `forever` has made.
    pub(crate) made: Arc<AtomicUsize>,
    /// Streams of `forever`, `fed` and `data` that are not dropped.
    pub(crate) open: Arc<AtomicUsize>,
    fed: Mutex<HashMap<u32, StreamSender<u32>>>,
}

impl Source {
    pub(crate) fn made(&self) -> usize {
        self.made.load(Ordering::Relaxed)
    }

    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// What feeds the stream under this number.
    pub(crate) fn feeder(&self, number: u32) -> StreamSender<u32> {
        self.fed.lock().unwrap().remove(&number).unwrap()
    }
}

/// Has no form on the wire.
#[derive(Clone, Copy, Debug, schemars::JsonSchema)]
pub(crate) struct Bad {
    panics: bool,
}

impl serde::Serialize for Bad {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        assert!(!self.panics, "while it was encoded");
        Err(serde::ser::Error::custom("no form"))
    }
}

impl<'de> serde::Deserialize<'de> for Bad {
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom("no form"))
    }
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
        let open = Open::new(&self.open);
        IpcStream::of(stream::iter(lens).map(move |len| {
            let _open = &open;
            Bytes::from(vec![len as u8; len as usize])
        }))
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

    async fn fed(&self, number: u32) -> IpcStream<u32> {
        let (sender, items) = IpcStream::<_>::channel(4);
        self.fed.lock().unwrap().insert(number, sender);
        let open = Open::new(&self.open);
        IpcStream::of(items.map(move |item| {
            let _open = &open;
            item.unwrap()
        }))
    }

    async fn context(&self) -> IpcStream<(String, bool)> {
        IpcStream::of(stream::iter(0..2).map(|_| {
            let context = CallContext::current().unwrap();
            (context.method().to_owned(), context.time_left().is_some())
        }))
    }

    async fn work(&self, end: u32) -> IpcStream<u32> {
        IpcStream::of(stream::iter(0..end).then(|number| {
            let context = CallContext::current().unwrap();
            let work = context.blocking(move || {
                assert_eq!(CallContext::current().unwrap().method(), "work");
                number
            });
            async { work.await.unwrap() }
        }))
    }

    async fn bad(&self, panics: bool) -> IpcStream<Bad> {
        IpcStream::of(stream::iter([Bad { panics }]))
    }

    async fn give_up(&self, at_once: bool) -> IpcStream<u32> {
        let token = CallContext::current().unwrap().cancellation().clone();
        if at_once {
            token.cancel();
            std::future::pending().await
        }
        IpcStream::of(stream::iter(0..).map(move |number| {
            if number == 3 {
                token.cancel();
            }
            number
        }))
    }

    async fn sized(&self, len: u32) -> Bytes {
        Bytes::from(vec![7; len as usize])
    }

    async fn long_error(&self, len: u32) -> IpcStream<u32, FlowError> {
        let text = "x".repeat(len as usize);
        IpcStream::new(stream::iter([Ok(7), Err(FlowError::Long { text })]))
    }
}

/// Counted while it lives.
pub(crate) struct Open(Arc<AtomicUsize>);

impl Open {
    pub(crate) fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A backend that streams, and a page.
pub(crate) struct Bench {
    pub(crate) pair: Pair,
    pub(crate) source: Arc<Source>,
    pub(crate) flow: FlowClient,
    pub(crate) page: FrontendIpc,
    _guard: HandlerGuard,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(Limits::default())
    }

    /// The backend has these limits.
    pub(crate) fn with(limits: Limits) -> Self {
        let options = BackendOptions::default().limits(limits);
        let pair = in_process::pair_with(BackendSocket::new(options));
        let source = Arc::new(Source::default());
        let server = FlowServer(Arc::clone(&source));
        let guard = pair.backend().handle(server).unwrap();
        let declared = Declared::default().interface::<FlowInterface>();
        let page = pair
            .run(FrontendIpc::startup(pair.connect("main"), declared))
            .unwrap();
        Self {
            flow: page.client().unwrap(),
            pair,
            source,
            page,
            _guard: guard,
        }
    }

    /// The backend's end of the page's session.
    pub(crate) fn back(&self) -> Endpoint {
        self.pair.backend().socket().unwrap().sessions()[0].clone()
    }

    pub(crate) fn backend_load(&self) -> Load {
        self.back().load()
    }

    /// A page that sends frames as it likes, and has said what it takes.
    pub(crate) fn raw(&self, limits: Limits) -> Raw {
        let raw = Raw::connect(&self.pair);
        let Frame::Hello(mut greeting) = hello(PROTOCOL) else {
            unreachable!("it is a greeting");
        };
        greeting.body = HelloBody {
            limits,
            ..HelloBody::default()
        };
        raw.send(&Frame::Hello(greeting));
        let frames = raw.frames(&self.pair);
        assert!(matches!(frames[..], [Frame::Welcome(_)]), "{frames:?}");
        raw
    }
}

/// Nothing is open, runs or waits in this session.
pub(crate) fn is_idle(load: &Load) -> bool {
    let calls = load.running_calls + load.pending_calls + load.overrunning_calls;
    calls + load.open_streams + load.consumed_streams + load.queued_bytes == 0
}

/// All items, and the error behind them.
pub(crate) async fn all<T: 'static, E: 'static>(
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
