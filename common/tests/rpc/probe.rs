//! The interface that every configuration serves in the tests, and its impl.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use twinbridge_common::{
    Bytes, CallContext, IpcError, IpcStream,
    rpc::{IModelRpcProps, RpcControl, RpcFailure, RpcRequestContext, RpcTransient},
    rpc_interface,
    wire::Value,
};

/// Asks everything that can be asked.
#[rpc_interface(name = "ProbeRpc", version = "1.2.3")]
pub(crate) trait Probe {
    /// The sum.
    async fn add(&self, left: u32, right: u32) -> u32;
    /// The same again, whatever it is.
    async fn echo(&self, value: Value) -> Value;
    /// The parts in the other order.
    async fn swap(&self, parts: Vec<Part>) -> Vec<Part>;
    /// The same number.
    async fn wide(&self, number: u64) -> u64;
    /// The same number.
    async fn real(&self, number: f64) -> f64;
    /// Takes and gives nothing.
    async fn nothing(&self);
    /// What it was given.
    async fn optional(&self, first: u32, second: Option<u32>, third: Option<String>) -> String;
    /// Fails in one way or another.
    async fn fail(&self, way: Way) -> Result<u32, ProbeError>;
    /// Runs where blocking harms nobody.
    #[blocking]
    fn hash(&self, text: String) -> String;
    /// Panics there.
    #[blocking]
    fn panic_in_pool(&self);
    /// The numbers below `end`.
    async fn below(&self, end: u32) -> IpcStream<u32>;
    /// Some data; it may not begin, fail half-way, or panic there.
    async fn data(&self, way: Way) -> Result<IpcStream<Bytes, ProbeError>, ProbeError>;
    /// Items that never come.
    async fn silence(&self) -> IpcStream<u32>;
    /// Is pending so many times before it is done.
    #[retry_interval(ms = 250)]
    async fn slow(&self, times: u32) -> Result<u32, RpcFailure>;
    /// The same, with the interval of the configuration, or a time that the backend names.
    async fn slower(&self, times: u32, retry_after_ms: Option<u32>) -> Result<u32, RpcFailure>;
    /// What is stored under a name.
    async fn find(&self, name: String) -> Result<String, RpcFailure<ProbeError>>;
    /// Stores something.
    async fn store(&self, name: String);
    /// Has nothing to give, by design.
    async fn empty(&self) -> Result<u32, RpcFailure<ProbeError>>;
    /// Cannot answer so many times.
    async fn busy(&self, times: u32, retry_after_ms: Option<u32>) -> Result<u32, RpcFailure>;
    /// A stream that is pending once.
    #[retry_interval(ms = 100)]
    async fn late_stream(&self) -> Result<IpcStream<u32>, RpcFailure<ProbeError>>;
    /// Is never done.
    async fn never(&self);
    /// Is never done, and has a deadline.
    #[deadline(ms = 500)]
    async fn never_in_time(&self);
    /// Whose request this is.
    async fn who(&self) -> Who;
    /// Never changes.
    #[caching(immutable)]
    #[idempotent]
    #[wire(name = "readCached")]
    async fn cached(&self, other: Value, #[token] token: IModelRpcProps) -> String;
}

/// Bytes within values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) data: Bytes,
    pub(crate) inner: Option<Box<Self>>,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Way {
    Well,
    Gone,
    Half,
    Panic,
}

#[derive(
    Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, thiserror::Error, IpcError,
)]
#[ipc_error(scope = "probe")]
pub(crate) enum ProbeError {
    #[error("no such thing")]
    #[ipc_error(number = 65_574)]
    Gone,
    #[error("{left} are left")]
    Stopped { left: u64 },
}

/// What an impl learns of the one who asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Who {
    pub(crate) activity: String,
    pub(crate) session: String,
    pub(crate) application: String,
    pub(crate) authorization: String,
}

/// The impl. It counts what runs.
#[derive(Debug, Default)]
pub(crate) struct Prober {
    calls: AtomicU32,
    stored: Mutex<HashSet<String>>,
    running: Arc<AtomicUsize>,
}

impl Prober {
    /// Calls of what is never done that are not over.
    pub(crate) fn running(&self) -> usize {
        self.running.load(Ordering::Relaxed)
    }

    /// Counts calls of one operation; gives the count when it has reached `times`.
    fn nth(&self, times: u32) -> Option<u32> {
        let before = self.calls.fetch_add(1, Ordering::Relaxed);
        (before >= times).then(|| self.calls.swap(0, Ordering::Relaxed))
    }

    fn begin(&self) -> Running {
        self.running.fetch_add(1, Ordering::Relaxed);
        Running(Arc::clone(&self.running))
    }
}

struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Probe for Prober {
    async fn add(&self, left: u32, right: u32) -> u32 {
        left + right
    }

    async fn echo(&self, value: Value) -> Value {
        value
    }

    async fn swap(&self, mut parts: Vec<Part>) -> Vec<Part> {
        parts.reverse();
        parts
    }

    async fn wide(&self, number: u64) -> u64 {
        number
    }

    async fn real(&self, number: f64) -> f64 {
        number
    }

    async fn nothing(&self) {}

    async fn optional(&self, first: u32, second: Option<u32>, third: Option<String>) -> String {
        format!("{first} {second:?} {third:?}")
    }

    async fn fail(&self, way: Way) -> Result<u32, ProbeError> {
        match way {
            Way::Well => Ok(1),
            Way::Gone => Err(ProbeError::Gone),
            Way::Half => Err(ProbeError::Stopped { left: u64::MAX }),
            Way::Panic => panic!("as it was told to"),
        }
    }

    fn hash(&self, text: String) -> String {
        let context = CallContext::current().expect("a call runs");
        format!("{text} in {}", context.method())
    }

    fn panic_in_pool(&self) {
        panic!("as it was told to, on the pool");
    }

    async fn below(&self, end: u32) -> IpcStream<u32> {
        IpcStream::of(stream::iter(0..end))
    }

    async fn data(&self, way: Way) -> Result<IpcStream<Bytes, ProbeError>, ProbeError> {
        let data = |text: &'static str| Ok(Bytes::from_static(text.as_bytes()));
        match way {
            Way::Well => Ok(IpcStream::new(stream::iter([data("one"), data("two")]))),
            Way::Gone => Err(ProbeError::Gone),
            Way::Half => {
                let end = Err(ProbeError::Stopped { left: 7 });
                Ok(IpcStream::new(stream::iter([data("one"), end])))
            }
            Way::Panic => {
                let mut count = 0;
                Ok(IpcStream::new(stream::poll_fn(move |_| {
                    count += 1;
                    assert!(count < 2, "as it was told to, in a stream");
                    std::task::Poll::Ready(Some(data("one")))
                })))
            }
        }
    }

    async fn silence(&self) -> IpcStream<u32> {
        let running = self.begin();
        IpcStream::of(stream::poll_fn(move |_| {
            let _held = &running;
            std::task::Poll::Pending
        }))
    }

    async fn slow(&self, times: u32) -> Result<u32, RpcFailure> {
        match self.nth(times) {
            Some(calls) => Ok(calls),
            None => Err(RpcControl::pending("not yet"))?,
        }
    }

    async fn slower(&self, times: u32, retry_after_ms: Option<u32>) -> Result<u32, RpcFailure> {
        let pending = RpcControl::pending("not yet");
        match (self.nth(times), retry_after_ms) {
            (Some(calls), _) => Ok(calls),
            (None, None) => Err(pending)?,
            (None, Some(ms)) => Err(pending.retry_after(Duration::from_millis(ms.into())))?,
        }
    }

    async fn find(&self, name: String) -> Result<String, RpcFailure<ProbeError>> {
        if name == "gone" {
            Err(ProbeError::Gone)?;
        }
        if !self.stored.lock().unwrap().contains(&name) {
            Err(RpcControl::not_found(name.as_str()))?;
        }
        Ok(format!("here is {name}"))
    }

    async fn store(&self, name: String) {
        self.stored.lock().unwrap().insert(name);
    }

    async fn empty(&self) -> Result<u32, RpcFailure<ProbeError>> {
        Err(RpcControl::NoContent)?
    }

    async fn busy(&self, times: u32, retry_after_ms: Option<u32>) -> Result<u32, RpcFailure> {
        let busy = RpcControl::transient(RpcTransient::ServiceUnavailable);
        match (self.nth(times), retry_after_ms) {
            (Some(calls), _) => Ok(calls),
            (None, None) => Err(busy)?,
            (None, Some(ms)) => Err(busy.retry_after(Duration::from_millis(ms.into())))?,
        }
    }

    async fn late_stream(&self) -> Result<IpcStream<u32>, RpcFailure<ProbeError>> {
        match self.nth(1) {
            Some(_) => Ok(IpcStream::of(stream::iter([1, 2]))),
            None => Err(RpcControl::pending("not yet"))?,
        }
    }

    async fn never(&self) {
        let _running = self.begin();
        std::future::pending().await
    }

    async fn never_in_time(&self) {
        self.never().await;
    }

    async fn who(&self) -> Who {
        let context = RpcRequestContext::current().expect("a call runs");
        Who {
            activity: context.activity_id,
            session: context.session_id,
            application: format!("{} {}", context.application_id, context.application_version),
            authorization: context.authorization,
        }
    }

    async fn cached(&self, _other: Value, token: IModelRpcProps) -> String {
        token.i_model_id.unwrap_or_default()
    }
}
