//! Why something that carries requests over HTTP gave no answer.
//!
//! Plain data around what the platform said, which is kept as the source. Transports make it, and
//! callers find it in a [`PipeError`](super::PipeError).

use std::{error::Error, fmt, sync::Arc};

/// Why a transport gave no answer.
#[cfg_attr(doc, doc = include_str!("../../examples/refusals.md"))]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The request cannot be sent: its address or a header is none. The same request fails again.
    #[error("the request cannot be sent")]
    BadRequest(#[source] TransportCause),
    /// No connection was made, and nothing was sent. Later the same request may succeed.
    #[error("the server was not reached")]
    NotReached(#[source] TransportCause),
    /// The connection broke before an answer began. Whether the request ran is unknown.
    #[error("the connection broke before an answer came")]
    Broken(#[source] TransportCause),
    /// The answer began and was cut off. The request did run.
    #[error("the answer was cut off")]
    CutOff(#[source] TransportCause),
    /// The answer is larger than the client takes, so it was not read to its end.
    #[error("an answer of more than {max} bytes was not taken")]
    TooLarge {
        /// What the client takes, in bytes.
        max: usize,
    },
}

impl TransportError {
    /// Whether trying the same request again may help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::NotReached(_) | Self::Broken(_))
    }
}

/// What the platform said about it. Clones are equal; two failures are not.
#[cfg_attr(doc, doc = include_str!("../../examples/refusals.md"))]
#[derive(Clone)]
pub struct TransportCause(Arc<dyn Error + Send + Sync>);

impl TransportCause {
    /// Keeps what the platform said.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into().into())
    }
}

impl PartialEq for TransportCause {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for TransportCause {}

impl fmt::Display for TransportCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for TransportCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for TransportCause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}
