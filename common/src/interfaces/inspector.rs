//! `inspector`: what happens in all sessions, for the one window that may see it.
//!
//! The same happenings make up a recording. Names, sizes and times; payloads and metadata only
//! where they were asked for, since they hold what users type.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{IpcStream, ipc_interface};

/// The traffic of every session but the inspector's own.
///
/// Only the window that the host opens as the inspector reaches it: no window can be listed with
/// it, and a session that runs cannot be given it.
#[cfg_attr(doc, doc = include_str!("../../examples/inspector.md"))]
#[ipc_interface(
    channel = "inspector",
    version = "1.0.0",
    fingerprint = "2302e4006c8f69da"
)]
pub trait Inspector {
    /// The sessions that are open, oldest first.
    async fn sessions(&self) -> Vec<InspectedSession>;

    /// What happens from now on, oldest first, in batches. A reader that is too slow misses some,
    /// and is told how many.
    async fn watch(&self, payloads: bool) -> IpcStream<Vec<Happening>>;
}

/// A session, as the inspector knows it.
#[cfg_attr(doc, doc = include_str!("../../examples/inspector.md"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InspectedSession {
    /// Its number, counted from 1.
    pub session: u64,
    /// Label of its window.
    pub window: String,
}

/// Something that happened.
#[cfg_attr(doc, doc = include_str!("../../examples/inspector.md"))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Happening {
    /// When, in microseconds since 1970.
    pub at_us: u64,
    /// In which session; 0 is none.
    pub session: u64,
    /// What it was.
    pub what: What,
}

/// What happened.
#[cfg_attr(doc, doc = include_str!("../../examples/inspector.md"))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum What {
    /// A page greeted.
    Began {
        /// Label of its window.
        window: String,
    },
    /// The session ended.
    Ended {
        /// Why, in words.
        reason: String,
    },
    /// A call.
    Call(CallMade),
    /// How a call ended, or that a stream answers it.
    Reply(CallAnswered),
    /// The caller waits no longer for a call, or its stream.
    Cancel {
        /// Who gave it up.
        by: Half,
        /// The call.
        call: u32,
    },
    /// An item of a call's stream.
    Item {
        /// Who sent it.
        by: Half,
        /// The call.
        call: u32,
        /// Its length in bytes.
        bytes: u64,
        /// The item, where payloads are wanted.
        payload: Option<EncodedPayload>,
    },
    /// The end of a call's stream.
    StreamEnd {
        /// Who sent it.
        by: Half,
        /// The call.
        call: u32,
        /// What it failed with, if it did.
        failure: Option<Ended>,
    },
    /// A one-way message.
    Message {
        /// Who sent it.
        by: Half,
        /// Its channel.
        channel: String,
        /// Its name.
        name: String,
        /// Length of its arguments, in bytes.
        bytes: u64,
        /// Its arguments, where payloads are wanted.
        payload: Option<EncodedPayload>,
    },
    /// A line of the backend's log.
    Log(LogLine),
    /// So many happenings are missing here: there was no room for them.
    Dropped {
        /// How many.
        count: u64,
    },
}

/// One half of a session.
#[cfg_attr(doc, doc = include_str!("../../examples/inspector.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Half {
    /// The frontend.
    Page,
    /// The backend.
    Backend,
}

/// A call, as it was asked for.
#[cfg_attr(doc, doc = include_str!("../../examples/inspector.md"))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallMade {
    /// Who called.
    pub by: Half,
    /// Its number, of its caller's running ones.
    pub call: u32,
    /// The channel called.
    pub channel: String,
    /// The method called.
    pub method: String,
    /// Milliseconds after which it is refused; 0 is never.
    pub deadline_ms: u32,
    /// Length of its arguments, in bytes.
    pub bytes: u64,
    /// Its arguments, where payloads are wanted.
    pub payload: Option<EncodedPayload>,
    /// What travelled beside them, names and values in turns; empty where payloads are not wanted.
    pub metadata: Vec<String>,
}

/// How a call was answered.
#[cfg_attr(doc, doc = include_str!("../../examples/inspector.md"))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallAnswered {
    /// Who answered.
    pub by: Half,
    /// The call.
    pub call: u32,
    /// How it ended.
    pub ended: Ended,
    /// How long it was where; `None` where no handler answered.
    pub times: Option<CallTimes>,
}

/// How long a call was where, in microseconds.
#[cfg_attr(doc, doc = include_str!("../../examples/inspector.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallTimes {
    /// From its arrival to the handler's start.
    pub queued_us: u64,
    /// In the handler.
    pub handled_us: u64,
    /// From the handler's end to the reply's place in line.
    pub returned_us: u64,
}

/// An ending, of a call or a stream.
#[cfg_attr(doc, doc = include_str!("../../examples/inspector.md"))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ended {
    /// Which kind.
    pub kind: EndKind,
    /// In words; empty for a result.
    pub text: String,
    /// Namespace and name of an error of the app's, and its number, 0 if none.
    pub error: Option<ErrorName>,
    /// Length of what came with it, in bytes.
    pub bytes: u64,
    /// What came with it, where payloads are wanted: the result, the error.
    pub payload: Option<EncodedPayload>,
}

/// Kinds of endings.
#[cfg_attr(doc, doc = include_str!("../../examples/inspector.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum EndKind {
    /// With a result.
    Done,
    /// With the method's own error.
    Failed,
    /// Not run to its end.
    Refused,
    /// With a stream.
    Streaming,
}

/// What an error is called across all edges.
#[cfg_attr(doc, doc = include_str!("../../examples/inspector.md"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorName {
    /// Namespace.
    pub scope: String,
    /// Name.
    pub key: String,
    /// Number; 0 is none.
    pub number: u32,
}

/// A payload as it was on the wire: its bytes, not its value, so that nothing is lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EncodedPayload {
    /// Number of the codec: 1 is MessagePack, 2 JSON, 3 JSON of iTwin.js.
    pub codec: u8,
    /// The value, in base64.
    pub value: String,
    /// Binary data beside the value, in base64.
    pub attachments: Vec<String>,
}

/// A line of the backend's log.
#[cfg_attr(doc, doc = include_str!("../../examples/inspector.md"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogLine {
    /// How grave it is.
    pub level: LogLevel,
    /// The module that wrote it.
    pub target: String,
    /// What it says, fields included; cut after 4 KiB.
    pub text: String,
}

/// How grave a line of the log is, gravest first.
#[cfg_attr(doc, doc = include_str!("../../examples/inspector.md"))]
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum LogLevel {
    /// Something failed.
    Error,
    /// Something is not as it should be.
    Warn,
    /// Something happened.
    Info,
    /// For whoever looks for a mistake.
    Debug,
    /// For whoever looks very closely.
    Trace,
}

impl LogLevel {
    /// Its name, in small letters.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}
