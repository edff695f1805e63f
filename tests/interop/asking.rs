//! Our own client over HTTP, on sockets, with what it sent on record.
//!
//! Which method and content type a request had, and what status came back, is looked at where the
//! transport is called: nothing else of the client is different from an app's.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use twinbridge::{
    Bytes, RpcManager, TokioExecutor,
    common::{
        ipc::in_process::Executor,
        rpc::{
            RpcConnectionGuard, RpcEvent, RpcInterfaces, RpcOptions, RpcRequestContext,
            RpcRequestEvent, RpcRoutingToken,
            web::{HttpSent, HttpTransport, Service, WebClientOptions, WebRpcConfiguration},
        },
    },
    rpc::ReqwestTransport,
};
use twinbridge_interop_probe::{ProbeInterface, UnknownInterface, VersionedInterface};

use crate::process::Server;

/// A client of one server.
pub(crate) struct Asking {
    pub(crate) manager: RpcManager,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
    events: Arc<Mutex<Vec<String>>>,
    _connection: RpcConnectionGuard,
}

/// A request that was sent, and the status of its answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Exchange {
    pub(crate) method: String,
    /// Of the request; empty where it has no body.
    pub(crate) kind: String,
    pub(crate) status: u16,
}

impl Asking {
    /// Connects to a server, as iTwin.js's clients in these tests do.
    pub(crate) fn of(server: &Server) -> Self {
        Self::with(server, RpcOptions::default())
    }

    pub(crate) fn with(server: &Server, options: RpcOptions) -> Self {
        let interfaces = RpcInterfaces::default()
            .interface::<ProbeInterface>()
            .interface::<VersionedInterface>()
            .interface::<UnknownInterface>();
        Self::for_interfaces(server, options, &interfaces)
    }

    /// The same for other interfaces.
    pub(crate) fn for_interfaces(
        server: &Server,
        options: RpcOptions,
        interfaces: &RpcInterfaces,
    ) -> Self {
        let exchanges = Arc::<Mutex<Vec<Exchange>>>::default();
        let events = Arc::<Mutex<Vec<String>>>::default();
        let transport = Recording {
            inner: ReqwestTransport::new().unwrap(),
            exchanges: Arc::clone(&exchanges),
        };
        let service = Service {
            prefix: server.address().to_owned(),
            title: "probe".to_owned(),
            version: "v1.0".to_owned(),
        };
        let clock: Arc<dyn Executor> =
            Arc::new(TokioExecutor::new(tokio::runtime::Handle::current()));
        let web = WebClientOptions::default();
        let configuration = WebRpcConfiguration::new(transport, service, interfaces, clock, web);
        let happened = Arc::clone(&events);
        let options = options
            .request_context(|| {
                RpcRequestContext::default()
                    .application("app9", "0.1.0")
                    .session_id("sess-1")
                    .activity_id("act-1")
                    .authorization("Bearer tok")
            })
            .on_event(move |event| happened.lock().unwrap().extend(words(event)));
        let manager = RpcManager::default();
        let connection = manager
            .connect(Arc::new(configuration), interfaces, options)
            .unwrap();
        Self {
            manager,
            exchanges,
            events,
            _connection: connection,
        }
    }

    /// The client of an interface.
    pub(crate) fn client<C: twinbridge::common::rpc::RpcClientStub>(&self) -> C {
        self.manager
            .get_client_for_interface(&RpcRoutingToken::DEFAULT)
            .unwrap()
    }

    /// What went over HTTP since this was asked last.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        std::mem::take(&mut *self.exchanges.lock().unwrap())
    }

    /// What happened to requests since this was asked last, those between the two sides apart.
    pub(crate) fn events(&self) -> Vec<String> {
        std::mem::take(&mut *self.events.lock().unwrap())
    }
}

/// An event in the words of the scripts.
fn words(event: &RpcEvent<'_>) -> Option<String> {
    match event.what {
        RpcRequestEvent::StatusChanged => Some(format!("{:?}", event.status)),
        RpcRequestEvent::PendingUpdateReceived => {
            Some(format!("PendingUpdateReceived: {}", event.extended_status))
        }
        RpcRequestEvent::TransientErrorReceived { retry_after } => Some(format!(
            "TransientErrorReceived: {:?}, again in {} ms",
            event.status,
            retry_after.as_millis()
        )),
        _ => None,
    }
}

/// The transport of an app, with a list.
#[derive(Debug)]
struct Recording {
    inner: ReqwestTransport,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
}

impl HttpTransport for Recording {
    fn send(&self, request: http::Request<Bytes>) -> HttpSent {
        let kind = request.headers().get("content-type");
        let kind = kind.map_or("", |kind| kind.to_str().unwrap());
        let mut exchange = Exchange {
            method: request.method().to_string(),
            kind: kind.split(';').next().unwrap().to_owned(),
            status: 0,
        };
        let exchanges = Arc::clone(&self.exchanges);
        let sent = self.inner.send(request);
        Box::pin(async move {
            let answer = sent.await?;
            exchange.status = answer.status().as_u16();
            exchanges.lock().unwrap().push(exchange);
            Ok(answer)
        })
    }

    fn unix_now(&self) -> Duration {
        self.inner.unix_now()
    }
}
