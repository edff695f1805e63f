//! A backend and a frontend, with one configuration between them.

use std::{fmt, sync::Arc, time::Duration};

use serde::Serialize;
use twinbridge_common::{
    CallError, FrontendIpc, RpcInterface, RpcManager,
    ipc::{
        Answer, BackendError, CallResult, Declared, IntoIpcHandler, Invocation, IpcHandler,
        Outcome, Refusal,
        in_process::{self, Pair},
    },
    rpc::{
        DesktopRpcConfiguration, InProcessRpcConfiguration, RpcClientStub, RpcConfiguration,
        RpcConnectionGuard, RpcHost, RpcInterfaces, RpcNotFoundAnswer, RpcOptions,
        RpcRequestContext, RpcRoutingToken, RpcServer,
        web::{
            Service, Speech, WebClientOptions, WebRpcConfiguration, WebRpcService,
            WebServiceOptions,
        },
    },
    rpc_interface,
    wire::{ChannelName, Codec, Payload, Value},
};

use crate::memory::InMemory;
use crate::probe::{ProbeClient, ProbeInterface, ProbeServer, Prober};

/// An interface whose impl was not generated from it, and says what no generated one would.
#[rpc_interface(name = "OddRpc", version = "0.1.0")]
pub(crate) trait Odd {
    /// An error of another service, of which only the words came through.
    async fn foreign(&self) -> u32;
    /// A refusal of its own.
    async fn refuse(&self) -> u32;
    /// A result of another type.
    async fn text(&self) -> u32;
}

/// Exposed, and nobody implements it.
#[rpc_interface(name = "HollowRpc", version = "1.0.0")]
pub(crate) trait Hollow {
    /// Is never run.
    async fn run(&self);
}

/// Not exposed.
#[rpc_interface(name = "UnknownRpc", version = "1.0.0")]
pub(crate) trait Unknown {
    /// Is never run.
    async fn run(&self);
}

struct OddHandler;

impl IpcHandler for OddHandler {
    fn channel_name(&self) -> ChannelName {
        ChannelName::literal("rpc/OddRpc")
    }

    fn version(&self) -> &str {
        "0.1.0"
    }

    fn call(self: Arc<Self>, call: Invocation) -> Answer {
        let outcome = match call.method.as_str() {
            "foreign" => Outcome::Failed {
                error: BackendError {
                    scope: "elsewhere".to_owned(),
                    key: "lost".to_owned(),
                    number: Some(7),
                    message: "it was lost elsewhere".to_owned(),
                },
                payload: None,
            },
            "refuse" => Refusal::Busy {
                running: 2,
                limit: 1,
            }
            .into(),
            _ => call.done(&"a text"),
        };
        Box::pin(std::future::ready(outcome))
    }
}

impl IntoIpcHandler<OddInterface> for OddHandler {
    fn into_ipc_handler(self) -> Arc<dyn IpcHandler> {
        Arc::new(self)
    }
}

/// One configuration with both of its sides.
pub(crate) struct World {
    pub(crate) name: &'static str,
    pub(crate) pair: Pair,
    pub(crate) prober: Arc<Prober>,
    pub(crate) backend: RpcManager,
    pub(crate) frontend: RpcManager,
    pub(crate) connection: RpcConnectionGuard,
    pub(crate) configuration: Arc<dyn RpcConfiguration>,
    pub(crate) server: RpcServer,
    /// What the configuration itself keeps on the backend's side.
    kept: Box<dyn std::any::Any>,
}

/// How to reach a server: the part that differs between configurations.
pub(crate) type Reach =
    fn(&Pair, &RpcServer) -> (Arc<dyn RpcConfiguration>, Box<dyn std::any::Any>);

/// Every configuration.
pub(crate) fn all() -> [(&'static str, Reach); 4] {
    [
        ("in-process", in_process),
        ("desktop", desktop),
        ("web, MessagePack", web),
        ("web, JSON", web_json),
    ]
}

fn web(pair: &Pair, server: &RpcServer) -> (Arc<dyn RpcConfiguration>, Box<dyn std::any::Any>) {
    over_http(pair, server, WebClientOptions::default())
}

/// As an iTwin.js client speaks to our server, and ours to one of iTwin.js.
fn web_json(
    pair: &Pair,
    server: &RpcServer,
) -> (Arc<dyn RpcConfiguration>, Box<dyn std::any::Any>) {
    let options = WebClientOptions::default().speech(Speech::ITwinJson);
    over_http(pair, server, options)
}

fn over_http(
    pair: &Pair,
    server: &RpcServer,
    options: WebClientOptions,
) -> (Arc<dyn RpcConfiguration>, Box<dyn std::any::Any>) {
    let transport = InMemory::new(web_service(pair, server));
    let configuration = WebRpcConfiguration::new(
        transport.clone(),
        service_address(),
        &interfaces(),
        pair.executor(),
        options,
    );
    (Arc::new(configuration), Box::new(transport))
}

/// The server half over HTTP.
pub(crate) fn web_service(pair: &Pair, server: &RpcServer) -> WebRpcService {
    let host = RpcHost::new(pair.executor(), "web");
    WebRpcService::new(server.clone(), host, WebServiceOptions::default())
}

pub(crate) fn service_address() -> Service {
    Service {
        prefix: "http://service.example".to_owned(),
        title: "probe".to_owned(),
        version: "v1.0".to_owned(),
    }
}

fn in_process(
    pair: &Pair,
    server: &RpcServer,
) -> (Arc<dyn RpcConfiguration>, Box<dyn std::any::Any>) {
    let configuration = InProcessRpcConfiguration::new(server.clone(), pair.executor());
    (Arc::new(configuration), Box::new(()))
}

fn desktop(pair: &Pair, server: &RpcServer) -> (Arc<dyn RpcConfiguration>, Box<dyn std::any::Any>) {
    let socket = pair.backend().socket().unwrap();
    let guard = DesktopRpcConfiguration::serve(server, Arc::new(socket)).unwrap();
    let page = FrontendIpc::startup(pair.connect("main"), Declared::default());
    let page = pair.run(page).unwrap();
    let socket = Arc::new(page.socket().unwrap());
    let configuration = DesktopRpcConfiguration::new(socket, pair.executor());
    (Arc::new(configuration), Box::new((guard, page)))
}

/// What both sides choose. `UnknownRpc` is the frontend's wish alone.
pub(crate) fn interfaces() -> RpcInterfaces {
    RpcInterfaces::default()
        .interface::<ProbeInterface>()
        .interface::<OddInterface>()
        .interface::<HollowInterface>()
}

impl World {
    /// A world of each configuration.
    pub(crate) fn all() -> Vec<Self> {
        all()
            .into_iter()
            .map(|(name, reach)| Self::new(name, reach))
            .collect()
    }

    /// A world over HTTP, as our own halves speak.
    pub(crate) fn web() -> Self {
        Self::new("web, MessagePack", web)
    }

    /// A world over HTTP, as it is spoken with others.
    pub(crate) fn web_json() -> Self {
        Self::new("web, JSON", web_json)
    }

    /// A world over HTTP, with settings of the client.
    pub(crate) fn web_with(options: WebClientOptions) -> Self {
        let pair = in_process::pair();
        Self::over(pair, "web", |pair, server| over_http(pair, server, options))
    }

    fn new(name: &'static str, reach: Reach) -> Self {
        Self::over(in_process::pair(), name, reach)
    }

    fn over(
        pair: Pair,
        name: &'static str,
        reach: impl FnOnce(&Pair, &RpcServer) -> (Arc<dyn RpcConfiguration>, Box<dyn std::any::Any>),
    ) -> Self {
        let prober = Arc::new(Prober::default());
        let backend = RpcManager::default();
        let shared = Arc::clone(&prober);
        backend.register_impl(move || ProbeServer(Arc::clone(&shared)));
        backend.register_impl::<OddInterface, _>(|| OddHandler);
        let server = backend.expose(&interfaces());
        let (configuration, kept) = reach(&pair, &server);
        let frontend = RpcManager::default();
        let wanted = interfaces().interface::<UnknownInterface>();
        let connection = frontend
            .connect(Arc::clone(&configuration), &wanted, options(&frontend))
            .unwrap();
        Self {
            name,
            pair,
            prober,
            backend,
            frontend,
            connection,
            configuration,
            server,
            kept,
        }
    }

    pub(crate) fn client<C: RpcClientStub>(&self) -> C {
        self.frontend
            .get_client_for_interface(&RpcRoutingToken::DEFAULT)
            .unwrap()
    }

    pub(crate) fn probe(&self) -> ProbeClient {
        self.client()
    }

    /// Whether its values are JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.configuration.codec() == Codec::ITwinJson
    }

    /// The transport of a configuration over HTTP.
    pub(crate) fn transport(&self) -> &InMemory {
        self.kept.downcast_ref().expect("it is over HTTP")
    }

    /// Calls an operation of the probe by name.
    pub(crate) fn by_name<T: CallResult<BackendError>>(
        &self,
        operation: &str,
        arguments: &(impl Serialize + ?Sized),
    ) -> impl Future<Output = Result<T, CallError<BackendError>>> {
        self.in_version("1.2.3", operation, arguments)
    }

    /// The same, as one who was built against another version.
    pub(crate) fn in_version<T: CallResult<BackendError>>(
        &self,
        version: &'static str,
        operation: &str,
        arguments: &(impl Serialize + ?Sized),
    ) -> impl Future<Output = Result<T, CallError<BackendError>>> {
        let operation = operation.parse().unwrap();
        let connection = self.connection.connection();
        connection.call(&ProbeInterface::NAME, version, operation, arguments)
    }
}

/// A handler that stores what is missing once, and then sends the request again.
fn options(frontend: &RpcManager) -> RpcOptions {
    let context = || {
        RpcRequestContext::default()
            .session_id("sess-1")
            .application("app9", "0.1.0")
            .authorization("Bearer tok")
    };
    let frontend = frontend.clone();
    RpcOptions::default()
        .request_context(context)
        .on_not_found(|_| async { RpcNotFoundAnswer::Pass })
        .on_not_found(move |asked| {
            let frontend = frontend.clone();
            async move {
                let Value::String(name) = asked.response else {
                    return RpcNotFoundAnswer::Pass;
                };
                match name.as_str() {
                    "to be stored" if asked.attempt == 1 => {
                        let probe: ProbeClient = frontend
                            .get_client_for_interface(&RpcRoutingToken::DEFAULT)
                            .unwrap();
                        probe.store(name).await.unwrap();
                        RpcNotFoundAnswer::Resubmit
                    }
                    "misspelt" => {
                        let arguments = Payload::encode(Codec::MessagePack, &("to be stored",));
                        RpcNotFoundAnswer::ResubmitWith(arguments.unwrap())
                    }
                    "forbidden" => RpcNotFoundAnswer::Reject(BackendError {
                        scope: "app".to_owned(),
                        key: "forbidden".to_owned(),
                        number: None,
                        message: "nobody may look for it".to_owned(),
                    }),
                    _ => RpcNotFoundAnswer::Pass,
                }
            }
        })
}

/// What a caller is told, in words that are the same wherever it comes from.
pub(crate) fn told<T: fmt::Debug, E: fmt::Debug>(result: &Result<T, CallError<E>>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(CallError::App(error)) => format!("its own error {error:?}"),
        Err(CallError::Refused(refusal)) => format!("refused: {refusal}"),
        Err(CallError::Backend(BackendError {
            scope,
            key,
            number,
            message,
        })) => format!("{scope}/{key} {}: {message}", number.unwrap_or(0)),
        Err(CallError::Pipe(error)) => format!("pipe: {error}"),
        Err(CallError::Codec(error)) => format!("codec: {error}"),
    }
}

/// How long something takes, by the clock of a world.
pub(crate) async fn timed<T>(world: &World, future: impl Future<Output = T>) -> (T, Duration) {
    let begin = world.pair.now();
    let value = future.await;
    (value, world.pair.now() - begin)
}
