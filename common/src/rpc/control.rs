//! Answers that are neither a result nor an error: not ready, not found, nothing to give, try
//! again.
//!
//! An impl gives them with `?`, every configuration carries them, and the client's request acts on
//! them before its caller hears of anything. iModel.js: `RpcPendingResponse`,
//! `RpcNotFoundResponse`, `NoContentError` and the transient statuses of HTTP.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{RpcRequestStatus, error::SCOPE};
use crate::{
    ipc::{BackendError, Invocation, IpcError, IpcStream, NoError, Outcome, failed, rounded_up},
    wire::{Codec, Ending, Payload, Value},
};

/// An answer that is neither a result nor an error.
///
/// ```
/// use twinbridge_common::rpc::{RpcControl, RpcFailure};
///
/// async fn tile(is_ready: bool) -> Result<String, RpcFailure> {
///     if !is_ready {
///         Err(RpcControl::pending("the tile is being made"))?;
///     }
///     Ok("a tile".to_owned())
/// }
/// ```
#[cfg_attr(doc, doc = include_str!("../../examples/requests.md"))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum RpcControl {
    /// There will be a result: the client asks again, with the same request.
    Pending {
        /// How far it is, for people.
        message: String,
        /// When to ask again, in milliseconds; `None` is the client's own interval.
        retry_after_ms: Option<u32>,
    },
    /// What the request names is not there. The client's handlers may change that and send it
    /// again; without one it is an error.
    NotFound {
        /// What the handlers need to know.
        response: Value,
    },
    /// There is nothing to give, by design: an error of its own number for the caller.
    NoContent,
    /// The server cannot answer at this moment: the client asks again, later each time, and gives
    /// up after some attempts.
    Transient {
        /// What kind of moment it is.
        status: RpcTransient,
        /// When to ask again, in milliseconds; a client that is told so never gives up.
        retry_after_ms: Option<u32>,
    },
}

/// Why a server cannot answer at this moment, by the statuses of HTTP.
#[cfg_attr(doc, doc = include_str!("../../examples/requests.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RpcTransient {
    /// What it stands on answered something that it does not understand: 502.
    BadGateway,
    /// It is overloaded or being maintained: 503.
    ServiceUnavailable,
    /// What it stands on did not answer in time: 504.
    GatewayTimeout,
    /// It waited too long for the request: 408.
    RequestTimeout,
    /// The client asked too often: 429.
    TooManyRequests,
}

impl RpcTransient {
    /// The status that a request has after it, which knows that of HTTP.
    #[must_use]
    pub const fn status(self) -> RpcRequestStatus {
        match self {
            Self::BadGateway => RpcRequestStatus::BadGateway,
            Self::ServiceUnavailable => RpcRequestStatus::ServiceUnavailable,
            Self::GatewayTimeout => RpcRequestStatus::GatewayTimeout,
            Self::RequestTimeout => RpcRequestStatus::RequestTimeout,
            Self::TooManyRequests => RpcRequestStatus::TooManyRequests,
        }
    }
}

impl RpcControl {
    /// There will be a result; `message` says how far it is.
    pub fn pending(message: impl Into<String>) -> Self {
        Self::Pending {
            message: message.into(),
            retry_after_ms: None,
        }
    }

    /// What the request names is not there; `response` is for the client's handlers.
    pub fn not_found(response: impl Into<Value>) -> Self {
        Self::NotFound {
            response: response.into(),
        }
    }

    /// The server cannot answer at this moment.
    #[must_use]
    pub const fn transient(status: RpcTransient) -> Self {
        Self::Transient {
            status,
            retry_after_ms: None,
        }
    }

    /// The same with the time after which to ask again, rounded up to milliseconds. No effect on
    /// answers that nobody asks again after.
    #[must_use]
    pub fn retry_after(mut self, time: Duration) -> Self {
        if let Self::Pending { retry_after_ms, .. } | Self::Transient { retry_after_ms, .. } =
            &mut self
        {
            *retry_after_ms = Some(rounded_up(time));
        }
        self
    }

    fn key(&self) -> &'static str {
        match self {
            Self::Pending { .. } => "pending",
            Self::NotFound { .. } => "notFound",
            Self::NoContent => "noContent",
            Self::Transient { .. } => "transient",
        }
    }

    /// The outcome that carries it: an error of a scope that is kept for this, so that it passes
    /// every pipe, and is an error to a caller that knows no RPC.
    pub(crate) fn outcome(&self, codec: Codec) -> Outcome {
        let message = match self {
            Self::Pending { message, .. } => message.clone(),
            Self::NotFound { .. } => "what the request names was not found".to_owned(),
            Self::NoContent => "No Content".to_owned(),
            Self::Transient { status, .. } => {
                format!(
                    "the server cannot answer at this moment: {}",
                    status.status().http()
                )
            }
        };
        Outcome::Failed {
            error: BackendError {
                scope: SCOPE.to_owned(),
                key: self.key().to_owned(),
                number: None,
                message,
            },
            payload: Payload::encode(codec, self).ok(),
        }
    }

    /// What an ending carries, where it carries one.
    pub(crate) fn carried(ending: &Ending) -> Option<Self> {
        match ending {
            Ending::Failed { scope, payload, .. } => Self::carried_by(scope, payload.as_ref()),
            _ => None,
        }
    }

    /// What an error of this scope carries, where it carries one.
    pub(super) fn carried_by(scope: &str, payload: Option<&Payload>) -> Option<Self> {
        payload.filter(|_| scope == SCOPE)?.decode().ok()
    }
}

/// What an operation may give instead of a result: its own error, or another answer.
///
/// As the error of an operation it is written `RpcFailure<E>`, or `RpcFailure` where the operation
/// has no error of its own; the caller gets a `CallError<E>`. Both kinds become one with `?`.
#[cfg_attr(doc, doc = include_str!("../../examples/requests.md"))]
#[derive(Clone, Debug, PartialEq)]
pub enum RpcFailure<E = NoError> {
    /// The operation's own error.
    App(E),
    /// Another answer.
    Control(RpcControl),
}

impl<E: IpcError> From<E> for RpcFailure<E> {
    fn from(error: E) -> Self {
        Self::App(error)
    }
}

impl<E> From<RpcControl> for RpcFailure<E> {
    fn from(control: RpcControl) -> Self {
        Self::Control(control)
    }
}

impl Invocation {
    /// Encodes a result, the operation's own error, or another answer. For generated code.
    #[doc(hidden)]
    #[must_use]
    pub fn done_or_rpc_failure<T, E>(&self, result: &Result<T, RpcFailure<E>>) -> Outcome
    where
        T: Serialize,
        E: IpcError + Serialize,
    {
        match result {
            Ok(value) => self.done(value),
            Err(failure) => self.rpc_failure(failure),
        }
    }

    /// Encodes a stream, the operation's own error, or another answer. For generated code.
    #[doc(hidden)]
    pub fn streaming_or_rpc_failure<T, S, E>(
        &self,
        result: Result<IpcStream<T, S>, RpcFailure<E>>,
    ) -> Outcome
    where
        T: Serialize + 'static,
        S: IpcError + Serialize + 'static,
        E: IpcError + Serialize,
    {
        match result {
            Ok(stream) => self.streaming(stream),
            Err(failure) => self.rpc_failure(&failure),
        }
    }

    fn rpc_failure<E: IpcError + Serialize>(&self, failure: &RpcFailure<E>) -> Outcome {
        match failure {
            RpcFailure::App(error) => failed(self.codec(), error),
            RpcFailure::Control(control) => control.outcome(self.codec()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_answers_on_the_wire() {
        for (control, text) in [
            (
                RpcControl::pending("half").retry_after(Duration::from_micros(1500)),
                r#"{"pending":{"message":"half","retryAfterMs":2}}"#,
            ),
            (
                RpcControl::not_found("x"),
                r#"{"notFound":{"response":"x"}}"#,
            ),
            (
                RpcControl::NoContent.retry_after(Duration::from_secs(1)),
                r#""noContent""#,
            ),
            (
                RpcControl::transient(RpcTransient::TooManyRequests),
                r#"{"transient":{"status":"tooManyRequests","retryAfterMs":null}}"#,
            ),
        ] {
            let payload = Payload::encode(Codec::Json, &control).unwrap();
            assert_eq!(payload.bytes.as_slice(), text.as_bytes());
            for codec in [Codec::Json, Codec::MessagePack] {
                let ending = control.outcome(codec).into_ending(codec);
                assert_eq!(RpcControl::carried(&ending), Some(control.clone()));
            }
        }
    }

    #[test]
    fn an_error_of_an_app_is_no_other_answer() {
        let mut ending = RpcControl::NoContent
            .outcome(Codec::Json)
            .into_ending(Codec::Json);
        if let Ending::Failed { scope, .. } = &mut ending {
            *scope = "app".into();
        }
        assert_eq!(RpcControl::carried(&ending), None);
    }
}
