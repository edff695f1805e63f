//! The server half over HTTP without a socket: heads and bodies in, answers out.
//!
//! A shell reads heads and bodies off its connections and sends what comes out; whom it serves,
//! how long it waits and what it compresses is its business. The impl runs inside the future that
//! the shell polls: dropping that cancels the call.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use http::{HeaderMap, Method};

use super::answer::{Answer, AnswerSettings};
use super::header::content_length;
use super::open_api::OpenApi;
use super::path::{OperationName, Service};
use super::request::{RequestHead, RequestLimits};
use super::service_body::WebAnswer;
use super::service_call::Prepared;
use super::{BadRequest, cors_headers, first_contact};
use crate::rpc::{RpcHost, RpcServer};
use crate::wire::Bytes;

/// How a server over HTTP answers. `WebServiceOptions::default()` suits clients of every
/// generation.
#[cfg_attr(doc, doc = include_str!("../../../examples/web.md"))]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WebServiceOptions {
    /// Which status errors have, and whether they say where they were thrown.
    pub answers: AnswerSettings,
    /// What is taken of a body.
    pub limits: RequestLimits,
    /// What becomes of a request whose arguments name another model than its address does.
    /// Default [`TokenMismatch::Corrected`].
    pub token_mismatch: TokenMismatch,
    /// Milliseconds after which a request is refused whose operation has no deadline of its own;
    /// 0, the default, is never. A stream that has begun has no deadline.
    pub deadline_ms: u32,
    /// How the service is called in its OpenAPI description. Requests are answered whatever their
    /// address names.
    pub identity: Service,
}

/// What becomes of a request whose arguments name another model than its address does.
#[cfg_attr(doc, doc = include_str!("../../../examples/web.md"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenMismatch {
    /// The address is believed, and a warning logged. Arguments in MessagePack, which only clients
    /// of ours send, are refused all the same.
    #[default]
    Corrected,
    /// It is an error. iTwin.js: `RpcConfiguration.throwOnTokenMismatch`.
    Refused,
}

impl WebServiceOptions {
    /// Sets [`answers`](Self::answers).
    #[must_use]
    pub fn answers(mut self, answers: AnswerSettings) -> Self {
        self.answers = answers;
        self
    }

    /// Sets [`limits`](Self::limits).
    #[must_use]
    pub fn limits(mut self, limits: RequestLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets [`token_mismatch`](Self::token_mismatch).
    #[must_use]
    pub fn token_mismatch(mut self, mismatch: TokenMismatch) -> Self {
        self.token_mismatch = mismatch;
        self
    }

    /// Sets [`deadline_ms`](Self::deadline_ms).
    #[must_use]
    pub fn deadline_ms(mut self, milliseconds: u32) -> Self {
        self.deadline_ms = milliseconds;
        self
    }

    /// Sets [`identity`](Self::identity).
    #[must_use]
    pub fn identity(mut self, identity: Service) -> Self {
        self.identity = identity;
        self
    }
}

/// A backend's interfaces, answered over HTTP. Clones are the same.
///
/// ```
/// # use std::sync::Arc;
/// use http::{HeaderMap, HeaderName, HeaderValue, Method};
/// use twinbridge_common::{
///     ipc::in_process,
///     rpc::{RpcHost, RpcInterfaces, RpcManager, web::{WebRpcService, WebServiceOptions}},
///     rpc_interface,
/// };
///
/// /// Adds.
/// #[rpc_interface(name = "AdderRpc", version = "1.0.0")]
/// trait Adder {
///     /// The sum.
///     async fn add(&self, left: u32, right: u32) -> u32;
/// }
///
/// struct Impl;
///
/// impl Adder for Impl {
///     async fn add(&self, left: u32, right: u32) -> u32 {
///         left + right
///     }
/// }
///
/// let backend = RpcManager::default();
/// backend.register_impl(|| AdderServer(Impl));
/// let server = backend.expose(&RpcInterfaces::default().interface::<AdderInterface>());
/// let pair = in_process::pair(); // an executor with a clock; a server has one of its own
/// let host = RpcHost::new(pair.executor(), "web");
/// let service = WebRpcService::new(server, host, WebServiceOptions::default());
///
/// let id = HeaderName::from_static("x-correlation-id");
/// let headers = HeaderMap::from_iter([(id, HeaderValue::from_static("act-1"))]);
/// let path = "/sums/v1.0/mode/1/context//imodel//changeset/0/AdderRpc-1.0.0-add";
/// let head = service.head(&Method::POST, path, None, &headers)?;
/// let answer = pair.run(service.answer(head, path, b"[2,3]".to_vec().into()));
/// assert_eq!(answer.status, 200);
/// assert_eq!(answer.body.into_bytes().unwrap().as_slice(), b"5");
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[cfg_attr(doc, doc = include_str!("../../../examples/web.md"))]
#[derive(Clone)]
pub struct WebRpcService {
    pub(super) server: RpcServer,
    pub(super) host: RpcHost,
    pub(super) options: Arc<WebServiceOptions>,
}

impl WebRpcService {
    /// Answers for `server`; its calls run on `host`.
    #[must_use]
    pub fn new(server: RpcServer, host: RpcHost, options: WebServiceOptions) -> Self {
        Self {
            server,
            host,
            options: Arc::new(options),
        }
    }

    /// How it answers.
    #[must_use]
    pub fn options(&self) -> &WebServiceOptions {
        &self.options
    }

    /// Reads a request's head, so that it can be judged before its body is read. `path` is
    /// without the query.
    ///
    /// # Errors
    ///
    /// [`BadRequest`], of which a [`WebAnswer`] can be made.
    pub fn head(
        &self,
        method: &Method,
        path: &str,
        query: Option<&str>,
        headers: &HeaderMap,
    ) -> Result<RequestHead, BadRequest> {
        let head = RequestHead::read(method, path, query, headers)?;
        if let Some(len) = content_length(headers) {
            self.options.limits.admit(len)?;
        }
        Ok(head)
    }

    /// Answers a request; whatever happens, there is an answer. `body` is of no meaning for a
    /// head without one.
    ///
    /// # Cancellation
    /// Dropping the future drops the impl's, and blocking work sees its cancellation token.
    /// Dropping the body of a stream cancels the stream.
    pub fn answer(
        &self,
        head: RequestHead,
        path: &str,
        body: Bytes,
    ) -> impl Future<Output = WebAnswer> + Send + 'static + use<> {
        let prepared = self.prepare(head, path, body);
        async move {
            match prepared {
                Prepared::Ready(answer) => answer,
                Prepared::Running(call) => call.finish().await,
            }
        }
    }

    /// The answer to `OPTIONS`, which runs nothing: to a page of `origin`, which is allowed, or to
    /// one who names none.
    ///
    /// # Errors
    ///
    /// [`BadHeader`](super::BadHeader) if `origin` cannot be in a header.
    pub fn first_contact(&self, origin: Option<&str>) -> Result<WebAnswer, super::BadHeader> {
        let headers = match origin {
            Some(origin) => cors_headers(origin, None)?,
            None => first_contact(None)?,
        };
        Ok(WebAnswer {
            headers,
            ..WebAnswer::empty(200)
        })
    }

    /// The service for OpenAPI tools: the interfaces that are exposed at this moment.
    #[must_use]
    pub fn open_api(&self) -> OpenApi {
        let interfaces = self.server.interfaces();
        let operations = interfaces.iter().flat_map(|info| {
            info.operations.iter().map(|operation| OperationName {
                interface: info.name.to_string(),
                version: info.version.to_owned(),
                operation: operation.name.to_string(),
            })
        });
        OpenApi::new(self.options.identity.clone(), operations.collect())
    }
}

impl fmt::Debug for WebRpcService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebRpcService")
            .field("server", &self.server)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl From<&BadRequest> for WebAnswer {
    fn from(request: &BadRequest) -> Self {
        Answer::from(request).into()
    }
}
