//! What listeners hear of a request's life.
//!
//! Names and numbers are iTwin's. Those that only a server raises are listed with the others.

use std::time::Duration;

use super::status::RequestStatus;

/// Something that listeners hear. iTwin.js: `RpcRequestEvent`, and `RpcProtocolEvent` of clients.
#[derive(Clone, Debug, PartialEq)]
pub enum LifeEvent {
    /// The request stands elsewhere than before.
    Status(RequestStatus),
    /// The server said how far it is, again or for the first time.
    PendingUpdate,
    /// A fault of the moment; the request is sent again after so long.
    TransientError {
        /// How long.
        retry_after: Duration,
    },
    /// Something happened between the two sides.
    Protocol(ProtocolEvent),
}

/// What happens between the two sides, with iTwin's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[allow(missing_docs)] // Each is what its name says.
pub enum ProtocolEvent {
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Already resubmitted using this handler.")]
pub struct AlreadyResubmitted;
