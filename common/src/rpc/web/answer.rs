//! An answer on a server: what a call came to, as status, headers and body.
//!
//! By default errors answer 500 with the error as JSON, whatever their number: clients of iTwin.js
//! show it then, and lose it with most other statuses.

use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::body::{Body, OCTETS, TEXT, TEXT_IN_UTF_8};
use super::category;
use super::header::{
    PROTOCOL_TEXT, PROTOCOL_VERSION, PROTOCOL_WITH_NO_CONTENT, PROTOCOL_WITH_WRAPPER,
    RequestHeaders,
};
use super::negotiation::{self, ACCEPT_POST, MESSAGE_PACK};
use super::request::{Caching, itwin};
use super::stream::write_ending;
use super::{RetryAfter, ThrownError, json_text};
use crate::rpc::{RpcError, RpcRequestStatus, RpcTransient};
use crate::wire::{Bytes, Codec, Ending, Payload};

/// What a call came to. iTwin.js: `RpcRequestFulfillment`.
#[cfg_attr(doc, doc = include_str!("../../../examples/web_wire.md"))]
#[derive(Clone, Debug, PartialEq)]
pub enum Fulfillment {
    /// A result, in the codec of the arguments. [`Payload::unit`] is `undefined` in iTwin's JSON.
    Resolved(Payload),
    /// A stream of bytes, which the shell sends as the body.
    Bytes,
    /// A stream of items, which the shell sends piece by piece.
    Stream,
    /// No result, as a reply of a session says it.
    Failed(Ending),
    /// An error that iTwin's protocol itself has.
    Thrown(ThrownError),
    /// The implementation works on it; the client is to ask again. iTwin.js: `RpcPendingResponse`.
    Pending {
        /// How far it is.
        message: String,
    },
    /// What the call is about is not there; the client may make it be. iTwin.js:
    /// `RpcNotFoundResponse`, whose members are the payload.
    NotFound(Payload),
    /// There is nothing to answer. iTwin.js: `NoContentError`.
    NoContent,
    /// A fault of the moment; the client tries again.
    Transient(RpcTransient),
}

/// How a server answers. `AnswerSettings::default()` suits clients of every generation.
#[cfg_attr(doc, doc = include_str!("../../../examples/web.md"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AnswerSettings {
    /// Which status an error answers with. Default [`ErrorStatus::Always500`].
    pub errors: ErrorStatus,
    /// Whether clients learn where an error was thrown. Default [`Stacks::Hidden`].
    pub stacks: Stacks,
}

/// Which status an error answers with.
#[cfg_attr(doc, doc = include_str!("../../../examples/web.md"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ErrorStatus {
    /// 500, so that every client shows the error.
    #[default]
    Always500,
    /// That of its number, to clients of 5.x, as iTwin's own servers do.
    ByCategory,
}

/// Whether clients learn where an error was thrown.
#[cfg_attr(doc, doc = include_str!("../../../examples/web.md"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stacks {
    /// They do not.
    #[default]
    Hidden,
    /// They do. For development.
    Shown,
}

/// An answer to be sent.
#[cfg_attr(doc, doc = include_str!("../../../examples/web_wire.md"))]
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers, `Content-Type` among them.
    pub headers: HeaderMap,
    /// The body; of a stream, what the shell sends instead.
    pub body: Body,
}

/// What is answered.
#[cfg_attr(doc, doc = include_str!("../../../examples/web_wire.md"))]
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The request's headers.
    pub headers: &'a RequestHeaders,
    /// Whether the answer may be kept.
    pub caching: Caching,
    /// Name of the operation.
    pub operation: &'a str,
    /// The codec of the arguments.
    pub codec: Codec,
}

impl Answer {
    /// The answer to a request. `retry_after` is when a client is to ask again that is told to.
    #[must_use]
    pub fn write(
        asked: &Asked<'_>,
        fulfillment: Fulfillment,
        retry_after: Option<RetryAfter>,
        settings: AnswerSettings,
    ) -> Self {
        let is_result = matches!(fulfillment, Fulfillment::Resolved(_) | Fulfillment::Bytes);
        let (status, body) = write_body(asked, fulfillment, settings);
        let mut headers = HeaderMap::new();
        headers.insert(PROTOCOL_VERSION, HeaderValue::from_static(PROTOCOL_TEXT));
        if asked.headers.takes_message_pack {
            headers.insert(ACCEPT_POST, negotiation::accept_post());
        }
        match &*body.content_type {
            "" => {}
            // What most answers are is not put together anew.
            TEXT => put_static(&mut headers, TEXT_IN_UTF_8),
            OCTETS => put_static(&mut headers, OCTETS),
            MESSAGE_PACK => put_static(&mut headers, MESSAGE_PACK),
            other => put(&mut headers, CONTENT_TYPE, other),
        }
        if is_result && asked.caching != Caching::None {
            let kept = kept(asked.caching, asked.operation, body.len());
            headers.insert(CACHE_CONTROL, HeaderValue::from_static(kept));
        }
        if let Some(retry_after) = retry_after {
            put(&mut headers, RETRY_AFTER, &retry_after.to_string());
        }
        Self {
            status,
            headers,
            body,
        }
    }

    /// What a server says to a request that it does not take, without the protocol's version.
    #[must_use]
    pub fn refuse(status: u16, body: String) -> Self {
        let json = HeaderValue::from_static("application/json");
        Self {
            status,
            headers: HeaderMap::from_iter([(CONTENT_TYPE, json)]),
            body: Body::of("application/json", body.into_bytes().into()),
        }
    }
}

impl From<&super::BadRequest> for Answer {
    fn from(request: &super::BadRequest) -> Self {
        let mut answer = Self::refuse(request.status(), request.body());
        if request.status() == 405 {
            let methods = HeaderValue::from_static(super::ALLOWED_METHODS);
            answer.headers.insert(http::header::ALLOW, methods);
        }
        answer
    }
}

fn put(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}

fn put_static(headers: &mut HeaderMap, content_type: &'static str) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
}

fn write_body(
    asked: &Asked<'_>,
    fulfillment: Fulfillment,
    settings: AnswerSettings,
) -> (u16, Body) {
    let protocol = asked.headers.protocol;
    let is_message_pack = asked.codec == Codec::MessagePack;
    match fulfillment {
        Fulfillment::Resolved(result) => (200, Body::of_result(&result)),
        Fulfillment::Bytes => (
            200,
            Body {
                content_type: OCTETS.to_owned(),
                pieces: Vec::new(),
            },
        ),
        Fulfillment::Stream => {
            let content_type = negotiation::STREAM.to_owned();
            (
                200,
                Body {
                    content_type,
                    pieces: Vec::new(),
                },
            )
        }
        // Another half of ours reads the error as it is.
        Fulfillment::Failed(ending) if is_message_pack => (500, failure(ending)),
        Fulfillment::Thrown(error) if is_message_pack => (500, failure(Ending::from(&error))),
        Fulfillment::Failed(ending) => thrown(&ThrownError::from(&ending), protocol, settings),
        Fulfillment::Thrown(error) => thrown(&error, protocol, settings),
        Fulfillment::Pending { message } => {
            let text = if protocol >= PROTOCOL_WITH_WRAPPER {
                wrapped("pending", &message)
            } else {
                message
            };
            (RpcRequestStatus::Pending.http(), text_body(text))
        }
        Fulfillment::NotFound(response) if response.codec == Codec::MessagePack => (
            RpcRequestStatus::NotFound.http(),
            Body::of_result(&response),
        ),
        Fulfillment::NotFound(response) => {
            let body = if protocol >= PROTOCOL_WITH_WRAPPER {
                let text = String::from_utf8_lossy(&response.bytes);
                let text = wrapped("notFound", &text).into_bytes().into();
                Body::of_result(&Payload {
                    attachments: response.attachments,
                    ..itwin(text)
                })
            } else {
                Body::of_result(&response)
            };
            (RpcRequestStatus::NotFound.http(), body)
        }
        Fulfillment::NoContent if protocol >= PROTOCOL_WITH_NO_CONTENT => {
            (RpcRequestStatus::NoContent.http(), Body::none())
        }
        // Clients of generations before know no such thing.
        Fulfillment::NoContent => thrown(&no_content(), protocol, settings),
        Fulfillment::Transient(fault) => (fault.status().http(), text_body(String::new())),
    }
}

fn failure(ending: Ending) -> Body {
    Body::of(MESSAGE_PACK, write_ending(ending))
}

fn thrown(error: &ThrownError, protocol: u32, settings: AnswerSettings) -> (u16, Body) {
    let by_category =
        settings.errors == ErrorStatus::ByCategory && protocol >= PROTOCOL_WITH_WRAPPER;
    let status = if by_category {
        category::http_status(error.number)
    } else {
        RpcRequestStatus::Rejected.http()
    };
    let hidden = ThrownError {
        stack: None,
        ..error.clone()
    };
    let shown = match settings.stacks {
        Stacks::Hidden => &hidden,
        Stacks::Shown => error,
    };
    let body = Body::of_result(&shown.payload());
    (status, if status == 204 { Body::none() } else { body })
}

/// What a request is told that has no content and cannot be told so.
pub(super) fn no_content() -> ThrownError {
    let name = format!("Error ({})", category::NO_CONTENT);
    ThrownError::numbered(category::NO_CONTENT, &name, RpcError::NoContent.to_string())
}

/// What tells a managed answer from a gateway's since the protocol's generation 2.
fn wrapped(status: &str, value: &str) -> String {
    let value = json_text(value);
    format!(r#"{{"iTwinRpcCoreResponse":true,"managedStatus":"{status}","responseValue":{value}}}"#)
}

fn text_body(text: String) -> Body {
    Body::of(TEXT, Bytes::from(text.into_bytes()))
}

/// What caches are told of a result.
fn kept(caching: Caching, operation: &str, len: usize) -> &'static str {
    let shared = cache_control(operation, len);
    match caching {
        Caching::None | Caching::NoStore => NO_STORE,
        Caching::Immutable => shared,
        Caching::Private => match operation {
            _ if shared == NO_STORE => NO_STORE,
            "getConnectionProps" => "private, max-age=1, immutable",
            "getTileCacheContainerUrl" => "private, max-age=82800, immutable",
            _ => "private, max-age=172800, immutable",
        },
    }
}

/// No cache keeps it.
const NO_STORE: &str = "no-store";

/// How long an answer may be kept, as iTwin.js 5.x says it of its own operations.
fn cache_control(operation: &str, len: usize) -> &'static str {
    /// Answers above it are not to be stored, in bytes.
    const MAX_STORED: usize = 500_000_000;
    match operation {
        "generateTileContent" => NO_STORE,
        _ if len > MAX_STORED => NO_STORE,
        "getConnectionProps" => "s-maxage=86400, max-age=1, immutable",
        "getTileCacheContainerUrl" => "s-maxage=82800, max-age=82800, immutable",
        _ => "s-maxage=86400, max-age=172800, immutable",
    }
}
