//! iTwin's RPC over HTTP, as plain data: what goes over the wire, written and read.
//!
//! A server reads a [`RequestHead`], then its arguments, runs the call, and writes an [`Answer`].
//! A client writes a [`Request`] and reads a [`Reply`]; what it does next is the business of every
//! configuration's [`RequestLife`](super::life::RequestLife). A [`WebRpcService`] is a whole server
//! but for its sockets, an [`RpcClient`] a whole client but for its [`HttpTransport`]: nothing here
//! does I/O, compresses or reads a clock. `docs/rpc-web.md` is the wire, and where it differs from
//! iTwin's own code.

mod answer;
mod bad_request;
mod body;
mod category;
mod client;
mod client_options;
mod client_reply;
mod configuration;
mod control;
mod cors;
mod header;
mod multipart;
mod negotiation;
mod open_api;
mod outgoing;
mod parameters;
mod path;
mod reply;
mod request;
mod request_error;
mod retry_after;
mod service;
mod service_body;
mod service_call;
mod stream;
mod thrown;
mod token;
mod transport;

pub use answer::{Answer, AnswerSettings, Asked, ErrorStatus, Fulfillment, Stacks};
pub use bad_request::{BadRequest, refusal};
pub use body::Body;
pub use category::{ERROR, INCOMPATIBLE_VERSION, NO_CONTENT, http_status};
pub use client::RpcClient;
pub use client_options::{Speech, WebClientOptions};
pub use configuration::WebRpcConfiguration;
pub use control::{CONTROL_VERSION, DESCRIBE_ENDPOINTS, describe_endpoints};
pub use cors::{ALLOWED_HEADERS, ALLOWED_METHODS, EXPOSED_HEADERS, cors_headers, first_contact};
pub use header::{
    APPLICATION_ID, APPLICATION_VERSION, Activity, BadHeader, CORRELATION_ID, CsrfToken,
    NoActivity, PROTOCOL, PROTOCOL_VERSION, RequestHeaders, SESSION_ID, USER_ID,
};
pub use multipart::{MultipartError, MultipartLimits, Parts};
pub use negotiation::{ACCEPT_POST, MESSAGE_PACK, Peer, STREAM, accept_post_for};
pub use open_api::OpenApi;
pub use outgoing::{Outgoing, Request};
pub use parameters::{BadParameters, MAX_PARAMETERS, read_query, write_query};
pub use path::{OperationName, PathRouting, Routing, Service};
pub use reply::{Reply, ReplyBody};
pub use request::{Caching, RequestHead, RequestLimits};
pub use request_error::RequestError;
pub use retry_after::RetryAfter;
pub use service::{TokenMismatch, WebRpcService, WebServiceOptions};
pub use service_body::{CutOff, WebAnswer, WebBody};
pub use stream::{StreamError, StreamPiece, StreamReader};
pub use thrown::{ErrorId, ThrownError};
pub use token::{CheckedArguments, TOKEN_MISMATCH, check_tokens};
pub use transport::{HttpBody, HttpSent, HttpTransport};

/// Text as JSON, quotes and all.
fn json_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
