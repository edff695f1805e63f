//! The interface that the tests serve, and its impl.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    time::Duration,
};

use futures_util::{StreamExt as _, stream};
use twinbridge::{
    Bytes, CallContext, IpcError,
    common::{
        IpcStream,
        rpc::{RpcControl, RpcFailure, RpcRequestContext, RpcTransient},
        wire::Value,
    },
    rpc_interface,
};

/// Asks what a server over HTTP can be asked.
#[rpc_interface(name = "ProbeRpc", version = "1.2.3")]
pub(crate) trait Probe {
    /// The sum.
    async fn num(&self, left: f64, right: f64) -> f64;
    /// The same text.
    async fn str(&self, text: String) -> String;
    /// The same again.
    async fn obj(&self, value: Value) -> Value;
    /// What it was given.
    async fn undef(&self, first: Option<u32>, second: Option<u32>) -> String;
    /// Nothing.
    async fn nothing(&self);
    /// Other bytes.
    async fn bin(&self, bytes: Bytes) -> Bytes;
    /// The same again, with bytes in it.
    #[wire(name = "binNested")]
    async fn bin_nested(&self, value: Value) -> Value;
    /// How many bytes there were.
    async fn count(&self, bytes: Bytes) -> u32;
    /// As many bytes.
    async fn fill(&self, len: u32) -> Bytes;
    /// Never changes.
    #[caching(immutable)]
    async fn cached(&self, key: String) -> String;
    /// Is pending so often.
    async fn pend(&self, times: u32) -> Result<String, RpcFailure>;
    /// Gives another answer than a result.
    async fn other(&self, kind: String) -> Result<u32, RpcFailure<ProbeError>>;
    /// Panics.
    async fn panic(&self);
    /// Is never done, and tells when it begins and ends.
    async fn never(&self);
    /// Blocks until it sees that it was cancelled, and tells when it begins and ends.
    #[blocking]
    fn block(&self);
    /// Data without end; tells when it ends.
    async fn endless(&self) -> IpcStream<Bytes>;
    /// Data, which fails half-way.
    async fn half(&self) -> IpcStream<Bytes, ProbeError>;
    /// Some numbers.
    async fn below(&self, end: u32) -> IpcStream<u32>;
    /// Whose request it is.
    async fn who(&self) -> String;
}

#[derive(
    Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema, thiserror::Error, IpcError,
)]
#[ipc_error(scope = "probe")]
pub(crate) enum ProbeError {
    #[error("no such thing")]
    #[ipc_error(number = 65_574)]
    Gone,
}

/// The impl, which tells a test what happens to it.
#[derive(Clone, Debug)]
pub(crate) struct Prober {
    asked: Arc<AtomicU32>,
    events: Sender<&'static str>,
}

/// What happens to the impl.
#[derive(Debug)]
pub(crate) struct Events(Mutex<Receiver<&'static str>>);

impl Events {
    /// Waits for what happens next.
    pub(crate) fn next(&self) -> &'static str {
        let events = self.0.lock().unwrap();
        events
            .recv_timeout(Duration::from_secs(30))
            .expect("something happens")
    }
}

impl Prober {
    pub(crate) fn new() -> (Self, Events) {
        let (events, heard) = channel();
        let asked = Arc::default();
        (Self { asked, events }, Events(Mutex::new(heard)))
    }

    /// Tells of a beginning now, and of the end when the guard is dropped.
    fn begin(&self) -> Ends {
        self.events.send("begins").unwrap();
        Ends(self.events.clone())
    }
}

struct Ends(Sender<&'static str>);

impl Drop for Ends {
    fn drop(&mut self) {
        // The test may be over.
        let _ = self.0.send("ends");
    }
}

impl Probe for Prober {
    async fn num(&self, left: f64, right: f64) -> f64 {
        left + right
    }

    async fn str(&self, text: String) -> String {
        text
    }

    async fn obj(&self, value: Value) -> Value {
        value
    }

    async fn undef(&self, first: Option<u32>, second: Option<u32>) -> String {
        format!("{first:?} {second:?}")
    }

    async fn nothing(&self) {}

    async fn bin(&self, bytes: Bytes) -> Bytes {
        bytes.iter().map(|byte| !byte).collect::<Vec<_>>().into()
    }

    async fn bin_nested(&self, value: Value) -> Value {
        value
    }

    async fn count(&self, bytes: Bytes) -> u32 {
        bytes.len().try_into().unwrap()
    }

    async fn fill(&self, len: u32) -> Bytes {
        (0..len)
            .map(|at| (at.wrapping_mul(at) >> 7) as u8)
            .collect::<Vec<_>>()
            .into()
    }

    async fn cached(&self, key: String) -> String {
        format!("c:{key}")
    }

    async fn pend(&self, times: u32) -> Result<String, RpcFailure> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        if asked < times {
            Err(RpcControl::pending(format!("step {}", asked + 1)))?;
        }
        Ok("ready".to_owned())
    }

    async fn other(&self, kind: String) -> Result<u32, RpcFailure<ProbeError>> {
        let busy = RpcControl::transient(RpcTransient::ServiceUnavailable);
        Err(match kind.as_str() {
            "busy" => busy.retry_after(Duration::from_secs(2)),
            "none" => RpcControl::NoContent,
            "missing" => RpcControl::not_found("Not found"),
            _ => return Err(ProbeError::Gone.into()),
        })?
    }

    async fn panic(&self) {
        panic!("as it was told to");
    }

    async fn never(&self) {
        let _ends = self.begin();
        std::future::pending().await
    }

    fn block(&self) {
        let _ends = self.begin();
        let context = CallContext::current().unwrap();
        let cancelled = context.cancellation().cancelled();
        tokio::runtime::Handle::current().block_on(cancelled);
    }

    async fn endless(&self) -> IpcStream<Bytes> {
        let ends = self.begin();
        IpcStream::of(stream::repeat_with(move || {
            let _held = &ends;
            Bytes::from(vec![7; 1024])
        }))
    }

    async fn half(&self) -> IpcStream<Bytes, ProbeError> {
        let one = stream::iter([Ok(Bytes::from_static(b"one"))]);
        IpcStream::new(one.chain(stream::iter([Err(ProbeError::Gone)])))
    }

    async fn below(&self, end: u32) -> IpcStream<u32> {
        IpcStream::of(stream::iter(0..end))
    }

    async fn who(&self) -> String {
        let who = RpcRequestContext::current().unwrap();
        format!(
            "{} {} {} {} {}",
            who.activity_id,
            who.session_id,
            who.application_id,
            who.application_version,
            who.authorization
        )
    }
}
