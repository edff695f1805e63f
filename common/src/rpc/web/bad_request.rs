//! What a server says to a request that is none.
//!
//! Each has a status and iTwin's form of a JSON body. Errors of operations are not among them:
//! those are answers.

use super::{MultipartError, NoActivity, json_text};

/// Longest text that says who asks, in bytes: metadata of a call holds no longer one.
pub(super) const MAX_TEXT: usize = u16::MAX as usize;

/// Why a request was not taken. Trying the same again cannot succeed.
#[cfg_attr(doc, doc = include_str!("../../../examples/web_wire.md"))]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadRequest {
    /// It has no `X-Correlation-Id`. 400.
    #[error(transparent)]
    NoActivity(#[from] NoActivity),
    /// A header that says who asks is longer than calls carry. 431.
    #[error("`{name}` has more than {MAX_TEXT} bytes.")]
    LongHeader {
        /// The header.
        name: &'static str,
    },
    /// Its path names no operation. 400.
    #[error("Malformed URL path detected.")]
    BadPath,
    /// The arguments in its address are not base64. 400.
    #[error(transparent)]
    BadParameters(#[from] super::BadParameters),
    /// Its body in parts is broken. 400.
    #[error("Malformed multipart body: {0}.")]
    BadMultipart(#[source] MultipartError),
    /// It has more parts, or longer headers of parts, than the server takes. 413.
    #[error("Too many parts: {0}.")]
    TooManyParts(#[source] MultipartError),
    /// Its body is larger than the server takes. 413.
    #[error("Body exceeds the limit of {max} bytes.")]
    TooLarge {
        /// The limit, in bytes.
        max: usize,
    },
    /// Its method is neither POST nor GET. 405.
    #[error("Method `{method}` is not allowed.")]
    WrongMethod {
        /// The method.
        method: String,
    },
    /// Its body is of a kind that carries no arguments. 415.
    #[error("Content type `{content_type}` is not supported.")]
    WrongContent {
        /// What it says it is.
        content_type: String,
    },
    /// Its body did not come within the time that the server waits. 408.
    #[error("The body did not arrive in time.")]
    TooSlow,
}

impl BadRequest {
    /// The HTTP status of the answer.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::NoActivity(_)
            | Self::BadPath
            | Self::BadParameters(_)
            | Self::BadMultipart(_) => 400,
            Self::WrongMethod { .. } => 405,
            Self::TooSlow => 408,
            Self::LongHeader { .. } => 431,
            Self::TooLarge { .. } | Self::TooManyParts(_) => 413,
            Self::WrongContent { .. } => 415,
        }
    }

    /// The answer's body: `{"message":"Error: Invalid request: …","isError":true}`.
    #[must_use]
    pub fn body(&self) -> String {
        refusal(&format!("Invalid request: {self}"))
    }
}

/// The body of an answer to a request that a server did not let through, such as with 401.
#[must_use]
pub fn refusal(sentence: &str) -> String {
    let message = json_text(&format!("Error: {sentence}"));
    format!(r#"{{"message":{message},"isError":true}}"#)
}

impl From<MultipartError> for BadRequest {
    fn from(error: MultipartError) -> Self {
        match error {
            MultipartError::TooManyParts { .. } | MultipartError::LongHeader { .. } => {
                Self::TooManyParts(error)
            }
            error => Self::BadMultipart(error),
        }
    }
}
