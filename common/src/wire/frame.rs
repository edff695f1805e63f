//! The frames of a session.
//!
//! Plain values; [`read`](super::frame_read) and [`write`](super::frame_write) give their bytes,
//! which `docs/wire.md` spells out and literal tests pin. A pipe carries frames and does not
//! look into them.

use serde::{Deserialize, Serialize};

use super::{Bytes, ChannelName, Limits, Metadata, MethodName, Payload, Stamps};
use crate::ipc::Fingerprint;

/// The version of this protocol. It grows when a frame changes in a way that an older peer
/// cannot read.
pub const PROTOCOL: u16 = 1;

/// One frame.
#[cfg_attr(doc, doc = include_str!("../../examples/frames.md"))]
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// The first frame of a frontend. Its layout never changes.
    Hello(Hello),
    /// The backend's answer to `Hello`.
    Welcome(Welcome),
    /// A call.
    Request(Request),
    /// How a call ended.
    Reply(Reply),
    /// A one-way message, of either side.
    Notification(Notification),
    /// The caller no longer waits for this call.
    Cancel {
        /// The call.
        call: u32,
    },
    /// One item of the stream that a call resulted in.
    StreamItem {
        /// The call.
        call: u32,
        /// The item.
        item: Payload,
    },
    /// The receiver of a stream takes this much more.
    StreamCredit {
        /// The call.
        call: u32,
        /// Items.
        items: u32,
        /// Bytes.
        bytes: u32,
    },
    /// The stream of a call is over; sent after its last item, without credit.
    StreamEnd {
        /// The call.
        call: u32,
        /// Its error, if it ended with one.
        failure: Option<Ending>,
    },
    /// A piece of a frame that is too large to go in one.
    Part(Part),
    /// The last frame of a session.
    Bye(Bye),
    /// When a call was where; before its reply, and only to a caller that asked.
    Stamps {
        /// The call.
        call: u32,
        /// The times.
        stamps: Stamps,
    },
}

/// What a frontend says of itself.
#[cfg_attr(doc, doc = include_str!("../../examples/frames.md"))]
#[derive(Clone, Debug, PartialEq)]
pub struct Hello {
    /// [`PROTOCOL`] of the sender.
    pub protocol: u16,
    /// The rest, which may grow.
    pub body: HelloBody,
}

/// The part of `Hello` that may grow: a JSON object whose unknown members are ignored.
#[cfg_attr(doc, doc = include_str!("../../examples/frames.md"))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HelloBody {
    /// What kind of code speaks.
    pub client: ClientKind,
    /// What it takes.
    pub limits: Limits,
    /// The interfaces it was built against.
    pub interfaces: Vec<DeclaredInterface>,
}

/// Whether a frontend was compiled against the contract.
#[cfg_attr(doc, doc = include_str!("../../examples/frames.md"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ClientKind {
    /// Rust, compiled against the contract crate.
    Rust,
    /// Code that declares only what it chooses to: JavaScript, tools.
    #[default]
    #[serde(other)]
    Dynamic,
}

/// An interface as a frontend knows it.
#[cfg_attr(doc, doc = include_str!("../../examples/handshake.md"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeclaredInterface {
    /// Its channel.
    pub channel: ChannelName,
    /// The version the frontend was built with.
    pub version: String,
    /// The fingerprint the frontend was built with.
    pub fingerprint: Fingerprint,
}

/// The backend's answer to `Hello`.
#[cfg_attr(doc, doc = include_str!("../../examples/frames.md"))]
#[derive(Clone, Debug, PartialEq)]
pub struct Welcome {
    /// [`PROTOCOL`] of the sender.
    pub protocol: u16,
    /// The rest, which may grow.
    pub body: WelcomeBody,
}

/// The part of `Welcome` that may grow.
#[cfg_attr(doc, doc = include_str!("../../examples/frames.md"))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WelcomeBody {
    /// Number of the session.
    pub session: u64,
    /// What the backend takes.
    pub limits: Limits,
    /// One verdict per declared interface, in the order declared.
    pub verdicts: Vec<Verdict>,
}

/// Whether the two halves agree on one interface.
#[cfg_attr(doc, doc = include_str!("../../examples/handshake.md"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// The interface's channel.
    pub channel: ChannelName,
    /// What the frontend was built with.
    pub frontend: Build,
    /// What the backend was built with; `None` if it has no handler there.
    pub backend: Option<Build>,
    /// Whether calls go through.
    pub fits: bool,
}

/// Version and fingerprint of an interface in one half.
#[cfg_attr(doc, doc = include_str!("../../examples/handshake.md"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Build {
    /// The version.
    pub version: String,
    /// The fingerprint; `None` for a handler without a contract.
    pub fingerprint: Option<Fingerprint>,
}

/// A call.
#[cfg_attr(doc, doc = include_str!("../../examples/frames.md"))]
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Chosen by the caller, unique among its calls of this session.
    pub call: u32,
    /// Milliseconds from arrival until the call is refused; 0 is never.
    pub deadline_ms: u32,
    /// The channel called.
    pub channel: ChannelName,
    /// The method called.
    pub method: MethodName,
    /// What travels beside the arguments.
    pub metadata: Metadata,
    /// The arguments: one array.
    pub arguments: Payload,
}

/// How a call ended.
#[cfg_attr(doc, doc = include_str!("../../examples/frames.md"))]
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The call.
    pub call: u32,
    /// Its end.
    pub ending: Ending,
}

/// How a call or a stream ended, on the wire.
#[cfg_attr(doc, doc = include_str!("../../examples/frames.md"))]
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// With a result.
    Done(Payload),
    /// With the method's own error.
    Failed {
        /// Namespace of the error.
        scope: Box<str>,
        /// Name of the error.
        key: Box<str>,
        /// Number of the error; 0 is none.
        number: u32,
        /// Text for people.
        message: Box<str>,
        /// The error itself.
        payload: Option<Payload>,
    },
    /// Not run to its end; the payload is a `Refusal`, the text is for peers that do not know
    /// this one.
    Refused {
        /// The refusal in words.
        text: Box<str>,
        /// The refusal itself.
        payload: Payload,
    },
    /// With a stream, whose items follow.
    Streaming,
}

/// A one-way message.
#[cfg_attr(doc, doc = include_str!("../../examples/frames.md"))]
#[derive(Clone, Debug, PartialEq)]
pub struct Notification {
    /// Its channel.
    pub channel: ChannelName,
    /// Its name on that channel.
    pub name: MethodName,
    /// Its arguments: one array.
    pub arguments: Payload,
}

/// A piece of a frame.
#[cfg_attr(doc, doc = include_str!("../../examples/frames.md"))]
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Which message, unique among the sender's unfinished ones.
    pub message: u32,
    /// Length of the whole frame, in bytes; 0 says that the rest will not come.
    pub total: u32,
    /// The next piece.
    pub piece: Bytes,
}

/// The last frame of a session.
#[cfg_attr(doc, doc = include_str!("../../examples/frames.md"))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bye {
    /// Why.
    pub code: ByeCode,
    /// In words; may be empty.
    pub text: Box<str>,
}

/// Why a session ends, as a number.
#[cfg_attr(doc, doc = include_str!("../../examples/frames.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByeCode {
    /// In order.
    Closed = 0,
    /// The sender panicked.
    Panicked = 1,
    /// The receiver broke the protocol.
    Protocol = 2,
    /// The sender gave up on the pipe.
    Pipe = 3,
}

impl Frame {
    /// Bytes of the payload it carries.
    #[must_use]
    pub fn payload_len(&self) -> usize {
        match self {
            Self::Request(request) => request.arguments.len(),
            Self::Reply(reply) => reply.ending.len(),
            Self::Notification(notification) => notification.arguments.len(),
            Self::StreamItem { item, .. } => item.len(),
            Self::StreamEnd { failure, .. } => failure.as_ref().map_or(0, Ending::len),
            Self::Part(part) => part.piece.len(),
            Self::Hello(_)
            | Self::Welcome(_)
            | Self::Cancel { .. }
            | Self::StreamCredit { .. }
            | Self::Bye(_)
            | Self::Stamps { .. } => 0,
        }
    }
}

impl Frame {
    /// Takes the value out of the payload it carries. Written after that, the frame is all that
    /// stands before the value's bytes.
    pub(crate) fn take_value(&mut self) -> Bytes {
        let payload = match self {
            Self::Request(request) => Some(&mut request.arguments),
            Self::Notification(notification) => Some(&mut notification.arguments),
            Self::StreamItem { item, .. } => Some(item),
            Self::Reply(reply) => reply.ending.payload_mut(),
            Self::StreamEnd { failure, .. } => failure.as_mut().and_then(Ending::payload_mut),
            _ => None,
        };
        payload.map_or_else(Bytes::default, |payload| std::mem::take(&mut payload.bytes))
    }
}

impl Ending {
    fn payload_mut(&mut self) -> Option<&mut Payload> {
        match self {
            Self::Done(payload) | Self::Refused { payload, .. } => Some(payload),
            Self::Failed { payload, .. } => payload.as_mut(),
            Self::Streaming => None,
        }
    }

    /// Bytes that it takes on the wire, lengths of fixed size apart.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Done(payload) => payload.encoded_len(),
            Self::Refused { text, payload } => text.len() + payload.encoded_len(),
            Self::Failed {
                scope,
                key,
                message,
                payload,
                ..
            } => {
                let payload = payload.as_ref().map_or(0, Payload::encoded_len);
                scope.len() + key.len() + message.len() + payload
            }
            Self::Streaming => 0,
        }
    }

    /// Whether there is nothing in it but the fact.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
