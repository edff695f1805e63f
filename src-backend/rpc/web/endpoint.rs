//! One request from its head to its answer, as a tower service.
//!
//! The order is: where it comes from, whether it is one, who asks, its body, the call. Each step
//! may be the last, and what was not read then stays unread.

use std::{
    convert::Infallible,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header,
    request::Parts,
};
use http_body::Body;
use tokio::{sync::OwnedSemaphorePermit, time::timeout};
use twinbridge_common::rpc::web::{
    ACCEPT_POST, Caching, PROTOCOL_VERSION, WebAnswer, WebBody, WebRpcService, accept_post_for,
    cors_headers, first_contact,
};

use super::{
    Access, AccessRequest, Compression, ReplyBody, WebRpcOptions,
    compress::Encoding,
    read_body::{self, NoBody},
    room::{NoRoom, Room, busy},
    visitor::{SEC_FETCH_SITE, Stranger, Visitor},
};

/// Tells whether the server is there.
const PING: &str = "/ping";

/// Describes all operations for tools of OpenAPI.
const DESCRIPTION: &str = "/v3/swagger.json";

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Answers requests: what [`router`](super::router) mounts, for servers without one. Clones are
/// the same.
#[cfg_attr(doc, doc = include_str!("../../examples/service.md"))]
#[derive(Clone)]
pub struct WebRpc {
    inner: Arc<Inner>,
}

struct Inner {
    service: WebRpcService,
    options: WebRpcOptions,
    room: Room,
}

impl WebRpc {
    /// Answers with what `service` says.
    #[must_use]
    pub fn new(service: WebRpcService, options: WebRpcOptions) -> Self {
        let room = Room::new(options.max_bytes, options.max_calls);
        Self {
            inner: Arc::new(Inner {
                service,
                options,
                room,
            }),
        }
    }

    /// What it answers with.
    #[must_use]
    pub fn service(&self) -> &WebRpcService {
        &self.inner.service
    }

    /// Whom it answers.
    #[must_use]
    pub fn options(&self) -> &WebRpcOptions {
        &self.inner.options
    }

    /// Whether a path is one of those that are no operations.
    pub(crate) fn is_public(path: &str) -> bool {
        path == PING || path == DESCRIPTION
    }

    /// The answer to a request that is not looked at.
    pub(crate) fn refuse(&self, stranger: &Stranger, headers: &HeaderMap) -> Response<ReplyBody> {
        tracing::warn!(?stranger, "a request was refused");
        self.inner.finish(stranger.answer(), headers, &Visitor::Own)
    }

    /// The same for another reason.
    pub(crate) fn refuse_as(
        &self,
        status: u16,
        sentence: &str,
        headers: &HeaderMap,
    ) -> Response<ReplyBody> {
        tracing::warn!(status, sentence, "a request was refused");
        let refusal = WebAnswer::refuse(status, sentence);
        self.inner.finish(refusal, headers, &Visitor::Own)
    }

    /// Answers a request.
    ///
    /// # Cancellation
    /// Dropping the future cancels the call; dropping the body of a stream, the stream.
    pub fn answer<B: Body + Send + 'static>(
        &self,
        request: Request<B>,
    ) -> impl Future<Output = Response<ReplyBody>> + Send + 'static + use<B>
    where
        B::Data: Send,
        B::Error: Send,
    {
        let inner = Arc::clone(&self.inner);
        inner.options.count.add_one();
        async move {
            let (parts, body) = request.into_parts();
            match Visitor::judge(&parts.uri, &parts.headers, &inner.options) {
                Err(stranger) => Self { inner }.refuse(&stranger, &parts.headers),
                Ok(visitor) => {
                    let mut held = None;
                    let answer = inner.to(&parts, &visitor, body, &mut held).await;
                    let mut response = inner.finish(answer, &parts.headers, &visitor);
                    if let Some(held) = held {
                        response.body_mut().hold(held);
                    }
                    response
                }
            }
        }
    }
}

impl Inner {
    async fn to<B: Body>(
        &self,
        parts: &Parts,
        visitor: &Visitor,
        body: B,
        held: &mut Option<OwnedSemaphorePermit>,
    ) -> WebAnswer {
        let path = parts.uri.path();
        let is_reading = parts.method == Method::GET || parts.method == Method::HEAD;
        match path {
            _ if parts.method == Method::OPTIONS => self.first_contact(visitor),
            PING if is_reading => text("Success"),
            DESCRIPTION if is_reading => self.description(&parts.headers).await,
            _ => match self.call(parts, path, body, held).await {
                Ok(answer) | Err(answer) => answer,
            },
        }
    }

    fn first_contact(&self, visitor: &Visitor) -> WebAnswer {
        let mut answer = WebAnswer::empty(200);
        // A page of another origin is told the same with every answer.
        if *visitor == Visitor::Own
            && let Ok(headers) = first_contact(self.csrf())
        {
            answer.headers = headers;
        }
        answer
    }

    fn csrf(&self) -> Option<&str> {
        self.options.csrf_header.as_ref().map(HeaderName::as_str)
    }

    /// The refusal of what a browser sends without the header that no page of another site can send.
    fn check_csrf(&self, parts: &Parts) -> Option<WebAnswer> {
        let headers = &parts.headers;
        let is_browser =
            headers.contains_key(header::ORIGIN) || headers.contains_key(SEC_FETCH_SITE);
        match &self.options.csrf_header {
            Some(name)
                if is_browser
                    && parts.method != Method::GET
                    && headers.get(name).is_none_or(HeaderValue::is_empty) =>
            {
                tracing::warn!(%name, "a browser's request without this header was refused");
                let sentence = format!("The request has no `{name}`.");
                Some(WebAnswer::refuse(403, &sentence))
            }
            _ => None,
        }
    }

    async fn description(&self, headers: &HeaderMap) -> WebAnswer {
        let authorization = headers.get(header::AUTHORIZATION);
        let authorization = authorization.and_then(|value| value.to_str().ok());
        let asked = AccessRequest::of_description(authorization.unwrap_or_default());
        if let Err(refused) = self.authorize(&asked).await {
            return refused;
        }
        let document = serde_json::to_vec(&self.service.open_api()).unwrap_or_default();
        let mut answer = WebAnswer::empty(200);
        let json = HeaderValue::from_static("application/json; charset=utf-8");
        answer.headers.insert(header::CONTENT_TYPE, json);
        answer.body = whole(document);
        answer
    }

    async fn call<B: Body>(
        &self,
        parts: &Parts,
        path: &str,
        body: B,
        held: &mut Option<OwnedSemaphorePermit>,
    ) -> Result<WebAnswer, WebAnswer> {
        if let Some(refused) = self.check_csrf(parts) {
            return Err(refused);
        }
        let query = parts.uri.query();
        let mut head = self
            .service
            .head(&parts.method, path, query, &parts.headers)
            .map_err(|bad| WebAnswer::from(&bad))?;
        if self.options.authorizer.is_some() {
            self.authorize(&AccessRequest::of(&head)).await?;
            // It was for this caller that it was allowed.
            if head.caching == Caching::Immutable {
                head.caching = Caching::Private;
            }
        }
        // The room of the body is held until there is an answer.
        let (body, _taken) = if head.has_body() {
            let limits = &self.service.options().limits;
            let body = read_body::read(body, limits, &self.options, &self.room).await;
            body.map_err(|none: NoBody| none.answer())?
        } else {
            Default::default()
        };
        *held = Some(self.room.call().map_err(NoRoom::answer)?);
        Ok(self.service.answer(head, path, body).await)
    }

    async fn authorize(&self, asked: &AccessRequest<'_>) -> Result<(), WebAnswer> {
        let Some(authorizer) = &self.options.authorizer else {
            return Ok(());
        };
        let judged = timeout(self.options.authorizer_time, authorizer.judge(asked));
        let Ok(judged) = judged.await else {
            tracing::error!(?asked, "the authorizer did not answer in time");
            return Err(busy("The server could not judge the request in time."));
        };
        match judged {
            Some(Access::Allowed) => Ok(()),
            Some(Access::Unauthorized { reason }) => {
                let mut answer = WebAnswer::refuse(401, &reason);
                let scheme = HeaderValue::from_static("Bearer");
                answer.headers.insert(header::WWW_AUTHENTICATE, scheme);
                Err(answer)
            }
            Some(Access::Forbidden { reason }) => Err(WebAnswer::refuse(403, &reason)),
            None => {
                tracing::error!(?asked, "the authorizer panicked");
                let sentence = "The server failed to judge the request.";
                Err(WebAnswer::refuse(500, sentence))
            }
        }
    }

    /// By which headers of requests answers differ.
    fn varies(&self, is_kept: bool, asked: &HeaderMap) -> Option<&'static str> {
        let by_caller =
            self.options.authorizer.is_some() || asked.contains_key(header::AUTHORIZATION);
        match (is_kept, !self.options.origins.is_empty(), by_caller) {
            (false, false, _) => None,
            (false, true, _) => Some("Origin"),
            (true, false, false) => Some("Accept-Encoding"),
            (true, true, false) => Some("Accept-Encoding, Origin"),
            (true, false, true) => Some("Accept-Encoding, Authorization"),
            (true, true, true) => Some("Accept-Encoding, Authorization, Origin"),
        }
    }

    /// What browsers and caches need to know, and the compressed body.
    fn finish(
        &self,
        mut answer: WebAnswer,
        asked: &HeaderMap,
        visitor: &Visitor,
    ) -> Response<ReplyBody> {
        // What is no answer of the protocol is short, and sent as it is.
        let is_compressed = self.options.compression == Compression::AsAccepted
            && answer.status != 204
            && answer.headers.contains_key(PROTOCOL_VERSION);
        let encoding = is_compressed.then(|| Encoding::accepted(asked));
        let headers = &mut answer.headers;
        let is_kept = headers.contains_key(header::CACHE_CONTROL);
        let mut policy = "same-origin";
        if let Visitor::Page { origin } = visitor
            && let Ok(origin) = origin.to_str()
            && let Ok(cors) = cors_headers(origin, self.csrf())
        {
            headers.extend(cors);
            policy = "cross-origin";
        }
        if let Some(varies) = self.varies(is_kept, asked) {
            headers.insert(header::VARY, HeaderValue::from_static(varies));
        }
        // A page that loads an answer without reading it, such as by a script, gets none.
        headers.insert(RESOURCE_POLICY, HeaderValue::from_static(policy));
        let nosniff = HeaderValue::from_static("nosniff");
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
        // Refusals are answers of ours, too.
        if let Some(takes) = accept_post_for(asked) {
            headers.insert(ACCEPT_POST, takes);
        }
        respond(answer, encoding.flatten())
    }
}

fn respond(answer: WebAnswer, encoding: Option<Encoding>) -> Response<ReplyBody> {
    let WebAnswer {
        status,
        mut headers,
        body,
    } = answer;
    let body = match encoding {
        Some(encoding) => {
            headers.insert(header::CONTENT_ENCODING, encoding.header());
            ReplyBody::encoded(body, encoding)
        }
        None => ReplyBody::plain(body),
    };
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *response.headers_mut() = headers;
    response
}

fn text(text: &'static str) -> WebAnswer {
    let mut answer = WebAnswer::empty(200);
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers.insert(header::CONTENT_TYPE, plain);
    answer.body = whole(text.as_bytes().to_vec());
    answer
}

fn whole(bytes: Vec<u8>) -> WebBody {
    WebBody::of(bytes.into())
}

impl<B: Body + Send + 'static> tower_service::Service<Request<B>> for WebRpc
where
    B::Data: Send,
    B::Error: Send,
{
    type Response = Response<ReplyBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let answer = self.answer(request);
        Box::pin(async move { Ok(answer.await) })
    }
}

impl fmt::Debug for WebRpc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebRpc")
            .field("service", &self.inner.service)
            .field("options", &self.inner.options)
            .finish()
    }
}
