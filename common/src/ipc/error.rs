//! What can go wrong with a call, by layer: the application's own error, a refusal by the other
//! side, a failure that no type describes, the pipe, the codec.
//!
//! A caller matches on the layer first, since each wants another answer: an application error
//! is shown, a refusal is a mistake of one half, a closed pipe ends the session. Used by both
//! halves; each edge (Electron, HTTP) makes its own form from these.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use super::{TransportError, session::INSPECTOR_CHANNEL};
use crate::wire::{ByeCode, DecodeError, EncodeError, Verdict};

/// What an error type of a contract tells edges that cannot carry the type itself.
///
/// Derived with `#[derive(IpcError)]`. iTwin.js: `ITwinError` (scope and key) and
/// `BentleyError` (number).
#[cfg_attr(doc, doc = include_str!("../../examples/refusals.md"))]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an error of a contract",
    note = "put `#[derive(IpcError)]` on an error type of your own"
)]
pub trait IpcError: std::error::Error {
    /// Namespace of the error, usually the interface's name.
    fn scope(&self) -> &'static str;
    /// Name of this error within its scope.
    fn key(&self) -> &'static str;
    /// Number for peers that know errors by number; `None` where there is none.
    fn number(&self) -> Option<u32> {
        None
    }
}

/// The error type of methods that cannot fail on their own account. It has no values.
#[cfg_attr(doc, doc = include_str!("../../examples/calls.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum NoError {}

impl IpcError for NoError {
    fn scope(&self) -> &'static str {
        match *self {}
    }

    fn key(&self) -> &'static str {
        match *self {}
    }
}

/// A failure on the other side that does not fit the method's own error type.
///
/// iModel.js: `BackendError`.
#[cfg_attr(doc, doc = include_str!("../../examples/refusals.md"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackendError {
    /// Namespace of the error.
    pub scope: String,
    /// Name of the error within its scope.
    pub key: String,
    /// Number of the error, where it has one.
    pub number: Option<u32>,
    /// Text for people.
    pub message: String,
}

impl fmt::Display for BackendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}: {}", self.scope, self.key, self.message)
    }
}

impl std::error::Error for BackendError {}

/// The other side understood the frame and will not run the call.
///
/// Refusals say what the caller did or met; none of them ran the handler to its end.
#[cfg_attr(doc, doc = include_str!("../../examples/refusals.md"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Refusal {
    /// No handler is registered on the channel.
    #[error("no handler is registered on channel `{channel}`")]
    UnknownChannel {
        /// The channel asked for.
        channel: String,
    },
    /// The channel's interface has no such method.
    #[error("interface `{channel}` has no method `{method}`")]
    UnknownMethod {
        /// The channel asked for.
        channel: String,
        /// The method asked for.
        method: String,
    },
    /// An argument is missing, or does not decode as its type, or there are too many.
    #[error("{channel}.{method}: {problem}")]
    BadArgument {
        /// The channel called.
        channel: String,
        /// The method called.
        method: String,
        /// Which argument, and what is wrong with it.
        problem: String,
    },
    /// The call came before the handshake ended.
    #[error("channel `{channel}` was called before the handshake ended")]
    NotReady {
        /// The channel asked for.
        channel: String,
    },
    /// The two halves were built against different versions of the interface.
    ///
    /// The text is the one that iModel.js applications throw.
    #[error("{channel} version wrong: backend({backend}) vs. frontend({frontend})")]
    VersionMismatch {
        /// The channel asked for.
        channel: String,
        /// The backend's version, with its fingerprint where the versions are equal.
        backend: String,
        /// The frontend's version, likewise.
        frontend: String,
    },
    /// The session runs as many calls as it may.
    #[error("{running} calls are running, the limit is {limit}")]
    Busy {
        /// Calls running when this one came.
        running: u32,
        /// What the session allows.
        limit: u32,
    },
    /// The session has as many streams open as it may. The handler ran; its stream was dropped.
    #[error("{open} streams are open, the limit is {limit}")]
    TooManyStreams {
        /// Streams open when this one was to begin.
        open: u32,
        /// What the session allows.
        limit: u32,
    },
    /// The caller does not read its replies, and more of them wait than may.
    #[error("{queued} bytes of replies wait to be read, the limit is {limit}")]
    NotRead {
        /// Bytes waiting.
        queued: u64,
        /// What the session allows.
        limit: u32,
    },
    /// The call's deadline passed before its handler was done.
    #[error("the deadline of {after_ms} ms passed")]
    Deadline {
        /// The deadline, counted from the arrival of the call.
        after_ms: u32,
    },
    /// The call was cancelled.
    #[error("the call was cancelled")]
    Cancelled,
    /// The handler panicked. The text of the panic is in the log of the side it happened on.
    #[error("the handler of {channel}.{method} panicked")]
    Panicked {
        /// The channel called.
        channel: String,
        /// The method called.
        method: String,
    },
    /// The window may not call this interface.
    #[error(
        "window `{window}` may not call `{channel}`; {}",
        how_to_allow(window, channel)
    )]
    NotAllowed {
        /// The channel asked for.
        channel: String,
        /// Label of the window that asked.
        window: String,
    },
    /// A message is larger than the receiver takes.
    #[error("a message of {len} bytes exceeds the limit of {max} bytes")]
    TooLarge {
        /// Length of the message, in bytes.
        len: u64,
        /// The receiver's limit, in bytes.
        max: u64,
    },
    /// The reply could not be encoded: a fault of the handler's types.
    #[error("the reply of {channel}.{method} could not be encoded: {problem}")]
    BadReply {
        /// The channel called.
        channel: String,
        /// The method called.
        method: String,
        /// What the encoder said.
        problem: String,
    },
    /// A refusal that this build does not know: the peer is newer.
    #[error("{text}")]
    Unrecognized {
        /// The peer's words.
        text: String,
    },
}

impl Refusal {
    /// Number of `VersionMismatch` in iModel.js (`IModelStatus.BadArg`).
    pub const VERSION_MISMATCH_NUMBER: u32 = 65_539;

    /// Number of `UnknownMethod` in iTwin.js (`IModelStatus.FunctionNotFound`).
    pub const FUNCTION_NOT_FOUND_NUMBER: u32 = 65_606;

    /// The number that iModel.js gives this failure, where it has one.
    #[must_use]
    pub fn number(&self) -> Option<u32> {
        match self {
            Self::VersionMismatch { .. } | Self::BadArgument { .. } => {
                Some(Self::VERSION_MISMATCH_NUMBER)
            }
            Self::UnknownMethod { .. } => Some(Self::FUNCTION_NOT_FOUND_NUMBER),
            _ => None,
        }
    }

    /// Whether the same call may succeed when it is made again.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::NotReady { .. }
                | Self::Busy { .. }
                | Self::TooManyStreams { .. }
                | Self::NotRead { .. }
                | Self::Deadline { .. }
        )
    }
}

/// Why a session ended. Sent to the peer in `Bye` where the pipe still carries it.
#[cfg_attr(doc, doc = include_str!("../../examples/refusals.md"))]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndReason {
    /// This side shut down in order.
    #[error("the peer said goodbye")]
    Closed,
    /// The page was replaced by another, or its window closed.
    #[error("the page went away")]
    PageGone,
    /// The peer's code panicked.
    #[error("the peer panicked")]
    PeerPanicked,
    /// The peer sent something that no well-behaved peer sends.
    #[error("the peer broke the protocol: {what}")]
    Protocol {
        /// What it sent.
        what: String,
    },
    /// Bytes were lost on the way, and did not come again in time.
    #[error("the pipe lost batch {sequence}: it did not arrive within {waited_ms} ms")]
    Gap {
        /// Number of the batch that is missing.
        sequence: u64,
        /// How long it was waited for.
        waited_ms: u64,
    },
    /// The peer did not finish the handshake in time.
    #[error("the handshake was not finished within {after:?}")]
    HandshakeTimeout {
        /// The time allowed.
        after: Duration,
    },
    /// The pipe itself failed.
    #[error("the pipe failed: {what}")]
    Pipe {
        /// What the pipe said.
        what: String,
    },
}

impl EndReason {
    /// Code and words that tell the peer.
    pub(crate) fn as_bye(&self) -> (ByeCode, String) {
        match self {
            Self::Closed | Self::PageGone => (ByeCode::Closed, self.to_string()),
            Self::PeerPanicked => (ByeCode::Panicked, String::new()),
            Self::Protocol { what } => (ByeCode::Protocol, what.clone()),
            Self::Pipe { what } => (ByeCode::Pipe, what.clone()),
            Self::Gap { .. } | Self::HandshakeTimeout { .. } => (ByeCode::Pipe, self.to_string()),
        }
    }

    /// Whether sessions end so in the ordinary course of things.
    pub(crate) fn is_ordinary(&self) -> bool {
        matches!(self, Self::Closed | Self::PageGone)
    }
}

/// Why a socket did not carry a call or a message.
#[cfg_attr(doc, doc = include_str!("../../examples/refusals.md"))]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PipeError {
    /// No socket was given at startup, or it was shut down: the app runs without IPC.
    #[error("IPC is not valid: it was not started, or was shut down")]
    NotValid,
    /// The window shows no page that is connected. It may be loading, or closed.
    #[error("window `{window}` shows no page that is connected")]
    NoPage {
        /// Label of the window.
        window: String,
    },
    /// The session is over. No later call on it can succeed.
    #[error("the session ended: {0}")]
    Ended(EndReason),
    /// More bytes wait to be sent than the queue takes. Later the same call may succeed.
    #[error("{queued} bytes wait to be sent, the limit is {limit}")]
    Full {
        /// Bytes waiting.
        queued: usize,
        /// What the session allows.
        limit: usize,
    },
    /// A frame that may not be split is larger than the peer takes.
    #[error("a message of {len} bytes exceeds the limit of {max} bytes")]
    TooLarge {
        /// Length of the message, in bytes.
        len: usize,
        /// The peer's limit, in bytes.
        max: usize,
    },
    /// What carries requests over HTTP failed.
    #[error(transparent)]
    Transport(TransportError),
}

impl PipeError {
    /// Whether trying the same again may help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Full { .. } => true,
            Self::Transport(error) => error.is_transient(),
            _ => false,
        }
    }
}

/// Bytes that do not encode or decode.
#[cfg_attr(doc, doc = include_str!("../../examples/refusals.md"))]
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// An argument could not be encoded, so nothing was sent.
    #[error("the arguments could not be encoded")]
    Arguments(#[source] EncodeError),
    /// The reply came and does not decode as the method's result. The call did run.
    #[error("the reply could not be decoded")]
    Reply(#[source] DecodeError),
}

/// Why a call gave no result.
#[cfg_attr(doc, doc = include_str!("../../examples/calls.md"))]
#[derive(Clone, Debug, thiserror::Error)]
pub enum CallError<E = NoError> {
    /// The handler ran and returned its own error.
    #[error(transparent)]
    App(E),
    /// The other side refused to run the call, or stopped it.
    #[error(transparent)]
    Refused(Refusal),
    /// The other side failed in a way that the method's error type does not describe.
    #[error(transparent)]
    Backend(BackendError),
    /// The call did not get through. Whether the handler ran is unknown unless it is `Full`,
    /// `TooLarge` or `NotValid`.
    #[error(transparent)]
    Pipe(PipeError),
    /// An argument or the reply is not what the contract says.
    #[error(transparent)]
    Codec(CodecError),
}

impl<E> CallError<E> {
    /// Whether trying the same call again may help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.is_transient(),
            Self::Pipe(error) => error.is_transient(),
            Self::App(_) | Self::Backend(_) | Self::Codec(_) => false,
        }
    }
}

impl<E> From<PipeError> for CallError<E> {
    fn from(error: PipeError) -> Self {
        Self::Pipe(error)
    }
}

impl<E> From<Refusal> for CallError<E> {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Why an app could not start.
#[cfg_attr(doc, doc = include_str!("../../examples/refusals.md"))]
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartupError {
    /// The two halves were built against different contracts. Every interface is listed, those
    /// that fit too.
    #[error("the frontend does not fit the backend:{}", list(verdicts))]
    Mismatch {
        /// One verdict per interface that the frontend declares.
        verdicts: Vec<Verdict>,
    },
    /// The handshake did not come to its end.
    #[error("the handshake failed")]
    Pipe(#[source] PipeError),
}

impl From<PipeError> for StartupError {
    fn from(error: PipeError) -> Self {
        Self::Pipe(error)
    }
}

fn list(verdicts: &[Verdict]) -> String {
    verdicts
        .iter()
        .filter_map(Verdict::advice)
        .map(|advice| format!("\n  {advice}"))
        .collect()
}

/// What to do about a window that may not call a channel.
fn how_to_allow(window: &str, channel: &str) -> String {
    if channel == INSPECTOR_CHANNEL {
        "only the inspector's own window may".to_owned()
    } else {
        format!("list it with `Host::builder().window(\"{window}\", […])`")
    }
}
