//! A whole client over HTTP but for its transport: one exchange after another, in the codec that
//! the server takes.
//!
//! It asks once per request and never again: that is the business of every configuration's life of
//! a request. A server that is not known yet is asked what it offers first, by its control channel;
//! from its answer on, each side speaks what the other understands.

use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Either, Shared, WeakShared, select};
use http::HeaderMap;

use super::client_options::{Speech, WebClientOptions};
use super::client_reply::Coming;
use super::{
    Activity, Caching, HttpTransport, OperationName, PROTOCOL, Peer, Request, RequestHeaders,
    Routing, Service, describe_endpoints,
};
use crate::ipc::{PipeError, TransportCause, TransportError};
use crate::rpc::lock::lock;
use crate::rpc::{
    RpcCaching, RpcClock, RpcControl, RpcReply, RpcRequest, RpcRequestContext, RpcResultKind,
    RpcUnanswered,
};
use crate::wire::{Codec, Payload, Value};

/// Asks one server, over one transport. Clones are the same client.
#[cfg_attr(doc, doc = include_str!("../../../examples/web.md"))]
pub struct RpcClient<T> {
    inner: Arc<Inner<T>>,
}

struct Inner<T> {
    transport: T,
    service: Service,
    clock: Box<dyn RpcClock>,
    options: WebClientOptions,
    peer: Mutex<Peer>,
    /// The first question, while it is asked: requests that come meanwhile wait for its answer.
    meeting: Mutex<Option<WeakShared<Meeting>>>,
    /// Until when it is not asked again, since it said nothing of itself.
    silent_until: Mutex<Option<Duration>>,
}

/// How long a server that says nothing of itself is not asked what it speaks. What it answers
/// meanwhile may still say so.
const SILENCE: Duration = Duration::from_secs(5 * 60);

type Meeting = BoxFuture<'static, Result<Peer, Unmet>>;

/// Why nobody knows what the server speaks.
#[derive(Clone, Debug)]
enum Unmet {
    /// It cannot answer now; the request is told so in place of the question.
    Later(RpcControl),
    Unanswered(RpcUnanswered),
}

impl<T: HttpTransport> RpcClient<T> {
    /// A client of the server at `service`. By `clock` it gives up its first question.
    pub fn new(
        transport: T,
        service: Service,
        clock: impl RpcClock,
        options: WebClientOptions,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                transport,
                service,
                clock: Box::new(clock),
                options,
                peer: Mutex::default(),
                meeting: Mutex::default(),
                silent_until: Mutex::default(),
            }),
        }
    }

    /// Where the server is.
    #[must_use]
    pub fn service(&self) -> &Service {
        &self.inner.service
    }

    /// The clock that it was given.
    pub(super) fn clock(&self) -> &dyn RpcClock {
        &*self.inner.clock
    }

    /// What it knows of the server.
    #[must_use]
    pub fn peer(&self) -> Peer {
        *lock(&self.inner.peer)
    }

    /// The codec in which arguments are best encoded at this moment. Those in another are
    /// encoded anew.
    #[must_use]
    pub fn codec(&self) -> Codec {
        match self.inner.options.speech {
            Speech::ITwinJson => Codec::ITwinJson,
            // It loses nothing, so that it can still become the other.
            Speech::Negotiated => self.peer().codec().unwrap_or(Codec::MessagePack),
        }
    }

    /// Sends a request once, and reads the answer.
    ///
    /// # Errors
    /// [`RpcUnanswered`] where there is none.
    ///
    /// # Cancellation
    /// Dropping the future aborts the request.
    pub async fn exchange(&self, request: &RpcRequest) -> Result<RpcReply, RpcUnanswered> {
        let codec = match self.speak(request).await {
            Ok(codec) => codec,
            Err(Unmet::Later(control)) => return Ok(RpcReply::Control(control)),
            Err(Unmet::Unanswered(error)) => return Err(error),
        };
        let operation = OperationName {
            interface: request.interface.to_string(),
            version: request.version.to_owned(),
            operation: request.operation.to_string(),
        };
        let token = request.token().unwrap_or_default();
        let routing = Routing {
            itwin_id: token.i_twin_id.unwrap_or_default(),
            imodel_id: token.i_model_id.unwrap_or_default(),
            changeset_id: token.changeset.unwrap_or_default().id,
        };
        let arguments = in_codec(&request.arguments, codec)?;
        let caching = match request.policy.caching {
            RpcCaching::None => Caching::None,
            RpcCaching::Immutable => Caching::Immutable,
        };
        let coming = self.ask(&operation, &routing, &arguments, &request.context, caching);
        let coming = coming.await?;
        self.read(coming, request.result).await
    }

    /// Asks the control channel which interfaces the server exposes; `known` are those of the
    /// client, by name and version.
    ///
    /// # Errors
    /// [`RpcUnanswered`] where there is no answer.
    pub async fn describe_endpoints<'a>(
        &self,
        known: impl IntoIterator<Item = (&'a str, &'a str)>,
        context: &RpcRequestContext,
    ) -> Result<RpcReply, RpcUnanswered> {
        let coming = self
            .ask_control(&describe_endpoints(known), context)
            .await?;
        self.read(coming, RpcResultKind::Value).await
    }

    /// The codec that the server takes, found out first where it is not known.
    async fn speak(&self, request: &RpcRequest) -> Result<Codec, Unmet> {
        if self.inner.options.speech == Speech::ITwinJson {
            return Ok(Codec::ITwinJson);
        }
        if let Some(codec) = self.peer().codec() {
            return Ok(codec);
        }
        let silent_until = *lock(&self.inner.silent_until);
        if silent_until.is_some_and(|end| self.clock().now() < end) {
            return Ok(Codec::ITwinJson);
        }
        // A server that says nothing of itself is spoken to in what all servers take.
        let peer = self.meeting(request).await?;
        Ok(peer.codec().unwrap_or(Codec::ITwinJson))
    }

    fn meeting(&self, request: &RpcRequest) -> Shared<Meeting> {
        let mut meeting = lock(&self.inner.meeting);
        let running = meeting.as_ref().and_then(WeakShared::upgrade);
        if let Some(running) = running.filter(|running| running.peek().is_none()) {
            return running;
        }
        let begun = self.clone().meet_in_time(request.clone());
        let begun = begun.boxed().shared();
        *meeting = begun.downgrade();
        begun
    }

    /// A question that is never answered must not hold back what waits for its answer.
    async fn meet_in_time(self, request: RpcRequest) -> Result<Peer, Unmet> {
        let limit = self.inner.options.first_question;
        let clock = self.clock();
        let late = clock.sleep_until(clock.now().saturating_add(limit));
        let answer = match select(pin!(self.meet(request)), late).await {
            Either::Left((met, _)) => Some(met),
            Either::Right(_) => None,
        };
        let met = answer.unwrap_or_else(|| {
            tracing::warn!(?limit, "a server does not say what it speaks");
            Ok(self.peer())
        });
        if let Ok(Peer::Unknown) = met {
            let end = clock.now().saturating_add(SILENCE);
            *lock(&self.inner.silent_until) = Some(end);
        }
        met
    }

    async fn meet(&self, request: RpcRequest) -> Result<Peer, Unmet> {
        let known = [(request.interface.as_str(), request.version)];
        let unanswered = |error: RpcUnanswered| Unmet::Unanswered(error);
        let control = describe_endpoints(known);
        let coming = self.ask_control(&control, &request.context).await;
        let coming = coming.map_err(unanswered)?;
        // Read in any case, so that the connection can be used again.
        let answer = self.read(coming, RpcResultKind::Value).await;
        match answer {
            _ if self.peer() != Peer::Unknown => Ok(self.peer()),
            Ok(RpcReply::Control(later @ RpcControl::Transient { .. })) => Err(Unmet::Later(later)),
            Err(RpcUnanswered::Pipe(error)) => Err(unanswered(error.into())),
            _ => Ok(Peer::Unknown),
        }
    }

    async fn ask_control(
        &self,
        operation: &OperationName,
        context: &RpcRequestContext,
    ) -> Result<Coming, RpcUnanswered> {
        // As iTwin.js sends no arguments: an array without any.
        let arguments = super::request::itwin(b"[]".as_slice().into());
        let routing = Routing::control();
        self.ask(operation, &routing, &arguments, context, Caching::None)
            .await
    }

    /// Sends, waits for the head of the answer, and learns from it.
    async fn ask(
        &self,
        operation: &OperationName,
        routing: &Routing,
        arguments: &Payload,
        context: &RpcRequestContext,
        caching: Caching,
    ) -> Result<Coming, RpcUnanswered> {
        let inner = &*self.inner;
        let csrf = (inner.options.csrf)();
        let request = Request {
            service: &inner.service,
            routing,
            operation,
            arguments,
            headers: &headers(context, inner.options.speech),
            csrf: csrf.as_ref(),
            caching,
        };
        let outgoing = request.write().map_err(unsendable)?;
        let mut request = http::Request::new(outgoing.body.into_bytes());
        *request.method_mut() = outgoing.method;
        *request.uri_mut() = outgoing.address.parse().map_err(unsendable)?;
        *request.headers_mut() = outgoing.headers;
        let answer = inner.transport.send(request).await;
        let (head, body) = answer.map_err(PipeError::Transport)?.into_parts();
        self.learn(&head.headers);
        Ok(Coming {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
        })
    }

    async fn read(&self, coming: Coming, kind: RpcResultKind) -> Result<RpcReply, RpcUnanswered> {
        let now = self.inner.transport.unix_now();
        coming.read(kind, &self.inner.options, now).await
    }

    fn learn(&self, headers: &HeaderMap) {
        lock(&self.inner.peer).learn(headers);
    }
}

fn headers(context: &RpcRequestContext, speech: Speech) -> RequestHeaders {
    RequestHeaders {
        activity: Activity {
            id: context.activity_id.clone(),
            application_id: context.application_id.clone(),
            application_version: context.application_version.clone(),
            session_id: context.session_id.clone(),
            authorization: context.authorization.clone(),
            user_id: String::new(),
        },
        protocol: PROTOCOL,
        takes_message_pack: speech == Speech::Negotiated,
    }
}

/// Arguments in the codec that is spoken. Through values, so that bytes stay what they are.
fn in_codec(arguments: &Payload, codec: Codec) -> Result<Payload, RpcUnanswered> {
    if arguments.codec == codec {
        return Ok(arguments.clone());
    }
    let values: Vec<Value> = arguments.decode().map_err(unsendable)?;
    Ok(Payload::encode(codec, &values).map_err(unsendable)?)
}

fn unsendable(cause: impl std::error::Error + Send + Sync + 'static) -> PipeError {
    let cause = TransportCause::new(cause);
    PipeError::Transport(TransportError::BadRequest(cause))
}

impl<T> Clone for RpcClient<T> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

impl<T: HttpTransport> fmt::Debug for RpcClient<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RpcClient")
            .field("transport", &self.inner.transport)
            .field("service", &self.inner.service)
            .field("options", &self.inner.options)
            .field("peer", &self.peer())
            .finish_non_exhaustive()
    }
}
