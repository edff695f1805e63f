//! An answer on a client: what status, headers and body make of a request.
//!
//! Every answer makes something of it, whoever sent it: the server, one of another kind, or a
//! gateway between. Nothing is decoded but errors.

use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue};
use serde::Deserialize;

use super::body::is_octets;
use super::header::{PROTOCOL_WITH_WRAPPER, protocol};
use super::multipart::{MultipartLimits, Parts, is_multipart};
use super::negotiation::{self, MESSAGE_PACK, STREAM};
use super::request::{itwin, octets};
use super::stream::read_ending;
use super::{RequestError, RetryAfter, ThrownError};
use crate::rpc::{RpcRequestStatus, RpcTransient};
use crate::wire::{Bytes, Codec, Ending, Payload};

/// Fewer bytes than a part with its boundary and its headers has.
const MIN_PART_BYTES: usize = 64;

/// What an answer says.
#[cfg_attr(doc, doc = include_str!("../../../examples/web_wire.md"))]
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// A result. An empty one in iTwin's JSON is `undefined`.
    Resolved(Payload),
    /// The call failed.
    Rejected(RequestError),
    /// The server works on it.
    Pending {
        /// How far it is.
        message: String,
        /// When to ask again, where it says so.
        retry_after: Option<RetryAfter>,
    },
    /// What the call is about is not there; the payload says what the server said.
    NotFound(Payload),
    /// There is no content.
    NoContent,
    /// A fault of the moment.
    Transient {
        /// Which.
        fault: RpcTransient,
        /// When to try again, where it says so.
        retry_after: Option<RetryAfter>,
    },
}

/// What kind of body an answer has, by its head: a stream is read while it comes.
#[cfg_attr(doc, doc = include_str!("../../../examples/web_wire.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyBody {
    /// To be read whole, and given to [`Reply::read`].
    Whole,
    /// Pieces of a stream, for a [`StreamReader`](super::StreamReader).
    Stream,
}

impl ReplyBody {
    /// The kind of body that follows this head.
    #[must_use]
    pub fn of(status: u16, headers: &HeaderMap) -> Self {
        match status == 200 && negotiation::is(&content_type(headers), STREAM) {
            true => Self::Stream,
            false => Self::Whole,
        }
    }
}

impl Reply {
    /// Reads an answer. An answer of an unknown status, or whose body is none, is a rejection.
    #[must_use]
    pub fn read(status: u16, headers: &HeaderMap, body: &Bytes) -> Self {
        let standing = RpcRequestStatus::from_http(status);
        let retry_after = || {
            let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
            RetryAfter::read(text)
        };
        if let Some(fault) = standing.transient() {
            return Self::Transient {
                fault,
                retry_after: retry_after(),
            };
        }
        match standing {
            RpcRequestStatus::NoContent => return Self::NoContent,
            RpcRequestStatus::Unknown => {
                return Self::Rejected(categorized(headers, body).unwrap_or_else(|| {
                    RequestError::UnknownStatus {
                        status,
                        message: refusal_text(body),
                    }
                }));
            }
            _ => {}
        }
        let Some(payload) = payload(headers, body) else {
            return Self::Rejected(RequestError::UnknownBody { status });
        };
        if standing == RpcRequestStatus::Resolved {
            return Self::Resolved(payload);
        }
        let is_managed = standing != RpcRequestStatus::Rejected;
        let managed = is_managed.then(|| Managed::read(&payload)).flatten();
        match (standing, managed) {
            (_, Some(managed)) => {
                let value = managed.value.into_bytes();
                if managed.status == "pending" {
                    let message = String::from_utf8_lossy(&value).into_owned();
                    let retry_after = retry_after();
                    return Self::Pending {
                        message,
                        retry_after,
                    };
                }
                let attachments = payload.attachments;
                Self::NotFound(Payload {
                    attachments,
                    ..itwin(value.into())
                })
            }
            (RpcRequestStatus::NotFound, None) if payload.codec == Codec::MessagePack => {
                Self::NotFound(payload)
            }
            // From generation 2 on, only what is wrapped is managed; the rest are errors.
            _ if protocol(headers) >= PROTOCOL_WITH_WRAPPER => Self::rejected(&payload),
            (RpcRequestStatus::Pending, None) => Self::Pending {
                message: String::from_utf8_lossy(&payload.bytes).into_owned(),
                retry_after: retry_after(),
            },
            (RpcRequestStatus::NotFound, None) => Self::NotFound(payload),
            _ => Self::rejected(&payload),
        }
    }

    /// The same, with a result that is no JSON, or lacks binary data, as a rejection.
    ///
    /// Reads the text once more; a caller who decodes the result finds out by that.
    #[must_use]
    pub fn checked(self) -> Self {
        match self {
            Self::Resolved(result) if ThrownError::unreadable(&result).is_some() => {
                Self::Rejected(RequestError::unreadable(&result))
            }
            reply => reply,
        }
    }

    fn rejected(payload: &Payload) -> Self {
        if payload.codec == Codec::MessagePack {
            return Self::Rejected(match read_ending(&payload.bytes) {
                Ok(ending @ (Ending::Failed { .. } | Ending::Refused { .. })) => {
                    RequestError::Failed(Box::new(ending))
                }
                _ => RequestError::UnknownBody {
                    status: RpcRequestStatus::Rejected.http(),
                },
            });
        }
        Self::Rejected(RequestError::thrown(payload))
    }
}

/// A pending or not found answer, so that it is not taken for a gateway's.
#[derive(Deserialize)]
struct Managed {
    #[serde(rename = "iTwinRpcCoreResponse")]
    _is_managed: bool,
    #[serde(rename = "managedStatus")]
    status: String,
    #[serde(rename = "responseValue")]
    value: String,
}

impl Managed {
    fn read(payload: &Payload) -> Option<Self> {
        let managed: Self = match payload.codec {
            Codec::ITwinJson => payload.decode().ok()?,
            Codec::MessagePack | Codec::Json => return None,
        };
        matches!(managed.status.as_str(), "pending" | "notFound").then_some(managed)
    }
}

pub(super) fn content_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    String::from_utf8_lossy(value.unwrap_or_default()).into_owned()
}

/// The body as a payload; `None` if it is not what its content type says.
fn payload(headers: &HeaderMap, body: &Bytes) -> Option<Payload> {
    let content_type = content_type(headers);
    if negotiation::is(&content_type, MESSAGE_PACK) {
        return Some(Payload {
            codec: Codec::MessagePack,
            bytes: body.clone(),
            attachments: Vec::new(),
        });
    }
    if is_multipart(&content_type) {
        // Many parts are a server's right, but each costs more than a few bytes of memory. None
        // is shorter than its headers.
        let limits = MultipartLimits {
            max_parts: body.len() / MIN_PART_BYTES + 1,
            ..MultipartLimits::default()
        };
        let parts = Parts::read(&content_type, body, limits).ok()?;
        let objects = parts.objects.unwrap_or_default();
        return Some(Payload {
            attachments: parts.data,
            ..itwin(objects)
        });
    }
    if is_octets(&content_type) {
        return Some(octets(body.clone()));
    }
    // Everything else is text, whatever it calls itself.
    Some(itwin(body.clone()))
}

/// The error of an impl to which iTwin's server gave a status by its category. A gateway's refusal
/// has no version of the protocol, or no name.
fn categorized(headers: &HeaderMap, body: &Bytes) -> Option<RequestError> {
    if protocol(headers) < PROTOCOL_WITH_WRAPPER {
        return None;
    }
    let payload = payload(headers, body)?;
    let is_named = ThrownError::read(&payload).is_ok_and(|error| !error.name.is_empty());
    is_named.then(|| RequestError::thrown(&payload))
}

/// The sentence in the body of a server's refusal; empty in other bodies.
fn refusal_text(body: &Bytes) -> String {
    ThrownError::read(&itwin(body.clone())).map_or_else(
        |_| String::new(),
        |error| match error.members.get("message") {
            Some(crate::wire::Value::String(message)) => message.clone(),
            _ => error.message,
        },
    )
}
