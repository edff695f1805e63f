//! What happens in the life of a request, as it is recorded for listeners.
//!
//! Names and numbers are iTwin's. Those that only a server raises are listed with the others.

use std::time::Duration;

use crate::rpc::RpcRequestStatus;

/// Something that happened to a request, and where it stood then.
#[cfg_attr(doc, doc = include_str!("../../../examples/life.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LifeEvent {
    /// What happened.
    pub what: RpcRequestEvent,
    /// Where the request stood.
    pub status: RpcRequestStatus,
}

/// What happens to a request. iTwin.js: `RpcRequestEvent`, and `RpcProtocolEvent` of clients.
#[cfg_attr(doc, doc = include_str!("../../../examples/life.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RpcRequestEvent {
    /// The request stands elsewhere than before.
    StatusChanged,
    /// The server said how far it is, again or for the first time.
    PendingUpdateReceived,
    /// A fault of the moment: the request is sent again.
    TransientErrorReceived {
        /// So long after it was sent last.
        retry_after: Duration,
    },
    /// Something happened between the two sides.
    Protocol(RpcProtocolEvent),
}

/// What happens between the two sides, with iTwin's numbers.
#[cfg_attr(doc, doc = include_str!("../../../examples/life.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[allow(missing_docs)] // Each is what its name says.
pub enum RpcProtocolEvent {
    RequestCreated = 0,
    ResponseLoaded = 1,
    ResponseLoading = 2,
    ConnectionErrorReceived = 3,
    UnknownErrorReceived = 4,
    BackendErrorReceived = 5,
    ConnectionAborted = 6,
    RequestReceived = 7,
    BackendResponseCreated = 8,
    BackendReportedPending = 9,
    BackendReportedNotFound = 10,
    BackendErrorOccurred = 11,
    BackendReportedNoContent = 12,
}

/// A handler of a not found answer sent the request again before. The text is iTwin's.
#[cfg_attr(doc, doc = include_str!("../../../examples/life.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Already resubmitted using this handler.")]
pub struct AlreadyResubmitted;
