//! `host`: what the backend says of itself. Answers before the handshake, and to every window.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ipc_interface, wire::Limits};

/// What runs at the other end: the app, its interfaces, its load.
#[cfg_attr(doc, doc = include_str!("../../examples/host.md"))]
#[ipc_interface(channel = "host", version = "1.1.0", fingerprint = "8e75e544688d1c6a")]
pub trait AppHost {
    /// Name, version and surroundings of the app.
    async fn app_info(&self) -> AppInfo;

    /// Every registered interface, by channel, with its methods and their JSON Schemas.
    async fn interfaces(&self) -> Vec<InterfaceDescription>;

    /// How busy the backend is.
    async fn statistics(&self) -> Statistics;
}

/// Name, version and surroundings of the app.
#[cfg_attr(doc, doc = include_str!("../../examples/host.md"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AppInfo {
    /// Name of the app.
    pub name: String,
    /// Version of the app.
    pub version: String,
    /// Version of Twinbridge it was built on.
    pub twinbridge: String,
    /// Version of the protocol between the halves.
    pub protocol: u16,
    /// Operating system and processor, as `linux x86_64`.
    pub platform: String,
    /// Name and version of the webview; `None` for a headless backend.
    pub webview: Option<String>,
    /// Folder for the app's data.
    pub data_dir: String,
    /// Number of the session that asks, counted from 1.
    pub session: u64,
    /// Label of the window that asks.
    pub window: String,
}

/// One registered interface.
#[cfg_attr(doc, doc = include_str!("../../examples/host.md"))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InterfaceDescription {
    /// Its channel.
    pub channel: String,
    /// Its version.
    pub version: String,
    /// Name of its Rust trait; empty for a handler without a contract.
    pub name: String,
    /// Its documentation, Markdown.
    pub docs: String,
    /// Its fingerprint, 16 hexadecimal digits; `None` for a handler without a contract.
    pub fingerprint: Option<String>,
    /// Its methods, in the order of the contract.
    pub methods: Vec<MethodDescription>,
}

/// One method of an interface.
#[cfg_attr(doc, doc = include_str!("../../examples/host.md"))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MethodDescription {
    /// Name on the wire.
    pub name: String,
    /// Signature in Rust.
    pub signature: String,
    /// Its documentation, Markdown.
    pub docs: String,
    /// Its arguments, in order.
    pub arguments: Vec<ArgumentDescription>,
    /// JSON Schema of the result, as text; `None` for a method that returns nothing or a stream.
    pub result: Option<String>,
    /// JSON Schema of the method's own error, as text; `None` if it has none.
    pub error: Option<String>,
    /// The stream that is its result; `None` for any other result.
    pub stream: Option<StreamDescription>,
    /// Deadline that the contract gives it, in milliseconds; 0 is none.
    pub deadline_ms: u32,
}

/// The stream that a method results in.
#[cfg_attr(doc, doc = include_str!("../../examples/host.md"))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StreamDescription {
    /// JSON Schema of one item, as text.
    pub item: String,
    /// JSON Schema of the error that may end it, as text; `None` if it has none.
    pub error: Option<String>,
}

/// One argument of a method.
#[cfg_attr(doc, doc = include_str!("../../examples/host.md"))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArgumentDescription {
    /// Its name.
    pub name: String,
    /// JSON Schema of what is accepted, as text.
    pub schema: String,
}

/// How busy the backend is.
#[cfg_attr(doc, doc = include_str!("../../examples/host.md"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Statistics {
    /// One entry per open session, oldest first.
    pub sessions: Vec<SessionStatistics>,
    /// What every session takes from its page, and may keep for it.
    pub limits: Limits,
    /// Resident memory of the backend process, in bytes; `None` where the system does not tell.
    pub resident_bytes: Option<u64>,
}

/// How busy one session is, and what happened in it so far.
#[cfg_attr(doc, doc = include_str!("../../examples/host.md"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionStatistics {
    /// Number of the session, counted from 1.
    pub session: u64,
    /// Label of its window.
    pub window: String,
    /// Calls of the page that are running; at `maxRunningCalls` the next is refused.
    pub running_calls: u32,
    /// Blocking work that goes on after its call was over. It counts as running calls do.
    pub overrunning_calls: u32,
    /// Calls of the backend that the page has not answered.
    pub pending_calls: u32,
    /// Streams that the page receives; at `maxOpenStreams` the next is refused.
    pub open_streams: u32,
    /// Streams that the backend receives from the page.
    pub consumed_streams: u32,
    /// Bytes that wait to be sent to the page.
    pub queued_bytes: u64,
    /// Bytes that were sent and that the page has not acknowledged.
    pub in_flight_bytes: u64,
    /// Bytes that may be so: the pipe's window; 0 for a pipe without one.
    pub window_bytes: u64,
    /// Calls that the page has made.
    pub calls: u64,
    /// Calls and messages of the page that were refused.
    pub refused: u64,
    /// One-way messages sent to the page.
    pub messages: u64,
    /// Those of them that gave their place to a later one, since only the latest counts.
    pub replaced: u64,
    /// Blocking work that went on after its call was over.
    pub overruns: u64,
}
