//! `ProbeRpc`: the interface that is called between ours and iTwin.js's, in both directions.
//!
//! `tests/interop/probe_rpc.cjs` declares the same for iTwin.js, and `oracle_server.cjs` has its impl
//! there; where the two are to differ, a row of the tests says so. Used by the interop tests, the
//! server that they and the benchmark start, and the benchmark.

#![forbid(unsafe_code)]

mod prober;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use twinbridge_common::{Bytes, IpcError, IpcStream, rpc::RpcFailure, rpc_interface, wire::Value};

pub use prober::{Answerer, Prober};

/// Asks for every kind of value, answer and error.
#[rpc_interface(name = "ProbeRpc", version = "1.2.3")]
pub trait Probe {
    /// The sum.
    async fn num(&self, left: f64, right: f64) -> f64;
    /// The same again, whatever it is.
    async fn echo(&self, value: Value) -> Value;
    /// What it was given, as text.
    async fn optional(&self, first: u32, second: Option<u32>, third: Option<String>) -> String;
    /// Gives nothing.
    async fn nothing(&self);
    /// Gives null.
    async fn nul(&self) -> Option<u32>;
    /// The bytes in the other order.
    async fn reverse(&self, data: Bytes) -> Bytes;
    /// The parts in the other order.
    async fn swap(&self, parts: Vec<Part>) -> Vec<Part>;
    /// Both halves of the bytes.
    async fn halves(&self, data: Bytes) -> Vec<Bytes>;
    /// How many bytes there are, after a label.
    async fn labelled(&self, data: Bytes, label: String) -> String;
    /// No bytes.
    async fn empty(&self) -> Bytes;
    /// So many bytes, each of them 7.
    async fn give(&self, size: u32) -> Bytes;
    /// How many bytes there are.
    async fn size(&self, data: Bytes) -> u32;
    /// So many pieces, one after another.
    async fn streamed(&self, count: u32) -> IpcStream<Bytes>;
    /// Never changes.
    #[caching(immutable)]
    async fn cached(&self, key: String) -> String;
    /// The token as it arrived.
    async fn token(&self, token: Value) -> Value;
    /// Whose request this is.
    async fn who(&self) -> Who;
    /// Is pending so many times, for each key; then gives how often it was asked.
    #[retry_interval(ms = 20)]
    async fn slow(&self, key: String, times: u32) -> Result<u32, RpcFailure>;
    /// Cannot answer so many times, for each key; then gives how often it was asked.
    async fn transient(
        &self,
        key: String,
        status: u16,
        times: u32,
        retry_after_ms: Option<u32>,
    ) -> Result<u32, RpcFailure>;
    /// What is stored under a name.
    async fn find(&self, name: String) -> Result<String, RpcFailure>;
    /// Stores something.
    async fn store(&self, name: String);
    /// Has nothing to give, by design.
    async fn no_content(&self) -> Result<u32, RpcFailure>;
    /// Fails in one way or another.
    async fn fail(&self, way: Way) -> Result<u32, ProbeError>;
    /// Fails with an error that has a scope, a key and a member.
    async fn fail_twin(&self) -> Result<u32, TwinError>;
    /// Fails with an error of this number.
    async fn fail_number(&self, number: u32) -> Result<u32, NumberedError>;
    /// Panics.
    async fn panics(&self);
    /// Answers when so many calls with one key are waiting.
    async fn together(&self, key: String, count: u32) -> u32;
}

/// What a client of another version asks.
#[rpc_interface(name = "VersionedRpc", version = "1.3.0")]
pub trait Versioned {
    /// The answer.
    async fn answer(&self) -> u32;
}

/// What no real server has.
#[rpc_interface(name = "UnknownRpc", version = "1.0.0")]
pub trait Unknown {
    /// The answer.
    async fn answer(&self) -> u32;
}

/// Bytes within values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Part {
    /// A name.
    pub name: String,
    /// Some data.
    pub data: Bytes,
    /// One more.
    pub inner: Option<Box<Self>>,
}

/// What an impl learns of the one who asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Who {
    /// The activity that the request belongs to.
    pub activity: String,
    /// Its session.
    pub session: String,
    /// Its application and that one's version.
    pub application: String,
    /// What proves it.
    pub authorization: String,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Way {
    /// It succeeds.
    Well,
    /// An error with a number.
    Numbered,
    /// An error without one.
    ByName,
}

/// Errors as iTwin.js knows them, by number or by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
pub enum ProbeError {
    /// `IModelStatus.NotFound`.
    #[error("no such thing")]
    NotFound,
    /// An error of the language.
    #[error("plain bad")]
    TypeError,
}

// By hand: iTwin.js's names have spaces, which the derived keys have not.
impl IpcError for ProbeError {
    fn scope(&self) -> &'static str {
        "bentley-error"
    }

    fn key(&self) -> &'static str {
        match self {
            Self::NotFound => "Not Found",
            Self::TypeError => "TypeError",
        }
    }

    fn number(&self) -> Option<u32> {
        match self {
            Self::NotFound => Some(65_574),
            Self::TypeError => None,
        }
    }
}

/// An error with a member of its own.
#[derive(
    Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error, IpcError,
)]
#[ipc_error(scope = "probe", key = "oops")]
#[error("twin bad")]
pub struct TwinError {
    /// The member.
    pub left: u32,
}

/// An error whose number its caller chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[error("by number")]
pub struct NumberedError {
    number: u32,
}

impl IpcError for NumberedError {
    fn scope(&self) -> &'static str {
        "bentley-error"
    }

    fn key(&self) -> &'static str {
        match self.number {
            65_542 => "Bad Request",
            65_564 => "Lock Not Held",
            65_547 => "Duplicate Code",
            65_574 => "Not Found",
            65_579 => "Nothing to undo",
            _ => "Error",
        }
    }

    fn number(&self) -> Option<u32> {
        Some(self.number)
    }
}
