//! Why an answer gives the caller no result.
//!
//! Texts, names and numbers are those that callers of iTwin.js see. What the far side says about
//! itself is kept whole, as iTwin.js keeps it in an error's metadata.

use super::ThrownError;
use super::category::ERROR;
use crate::ipc::BackendError;
use crate::wire::{Ending, Payload};

/// Why an answer is no result.
#[cfg_attr(doc, doc = include_str!("../../../examples/web_wire.md"))]
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The implementation threw. iTwin.js: `BackendError`, whose metadata is the payload.
    #[error("{}", error.message)]
    Thrown {
        /// The error.
        error: Box<ThrownError>,
        /// As it came.
        payload: Payload,
    },
    /// A server of ours said how the call ended: `Failed` or `Refused`.
    #[error("{}", ThrownError::from(&**_0).message)]
    Failed(Box<Ending>),
    /// The answer has a status that says nothing about a request, such as 401 or 413.
    #[error("Unknown server response code.")]
    UnknownStatus {
        /// The HTTP status.
        status: u16,
        /// What the body says, where it is one of our refusals or looks like one.
        message: String,
    },
    /// The answer's body is not what its headers say.
    #[error("Unknown server response error.")]
    UnknownBody {
        /// The HTTP status.
        status: u16,
    },
    /// The answer is no JSON, or lacks binary data.
    #[error("{}", _0.message)]
    Unreadable(Box<ThrownError>),
}

impl RequestError {
    /// The error in the body of a failed request.
    pub(super) fn thrown(payload: &Payload) -> Self {
        match ThrownError::read(payload) {
            Ok(error) => Self::Thrown {
                error: Box::new(error),
                payload: payload.clone(),
            },
            Err(_) => Self::unreadable(payload),
        }
    }

    /// A payload that cannot be read.
    pub(super) fn unreadable(payload: &Payload) -> Self {
        let error = ThrownError::unreadable(payload);
        Self::Unreadable(Box::new(error.unwrap_or_default()))
    }

    /// iTwin's number of the error. Those of answers are the HTTP status, and -1 without one.
    #[must_use]
    pub fn number(&self) -> i64 {
        match self {
            Self::Thrown { error, .. } | Self::Unreadable(error) => error.number.unwrap_or(ERROR),
            Self::Failed(ending) => ThrownError::from(&**ending).number.unwrap_or(ERROR),
            Self::UnknownStatus { status, .. } | Self::UnknownBody { status } => (*status).into(),
        }
    }

    /// iTwin's name of the error.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Thrown { error, .. } => error.name.clone(),
            Self::Failed(ending) => ThrownError::from(&**ending).name,
            Self::UnknownStatus { .. } | Self::UnknownBody { .. } => {
                format!("Server error ({})", self.number())
            }
            Self::Unreadable(_) => "Error".to_owned(),
        }
    }
}

/// What a caller sees that knows nothing of HTTP.
impl From<&RequestError> for BackendError {
    fn from(error: &RequestError) -> Self {
        match error {
            RequestError::Thrown { error, .. } | RequestError::Unreadable(error) => {
                (&**error).into()
            }
            RequestError::Failed(ending) => (&ThrownError::from(&**ending)).into(),
            RequestError::UnknownStatus { message, .. } if !message.is_empty() => {
                (&ThrownError::numbered(error.number(), &error.name(), message.clone())).into()
            }
            other => {
                (&ThrownError::numbered(other.number(), &other.name(), other.to_string())).into()
            }
        }
    }
}
