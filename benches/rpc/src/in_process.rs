//! One call within the process, by RPC in two configurations, and by their peers.
//!
//! All run on one runtime, carry the same bytes and check the answer. The desktop configuration and
//! IPC share one session, so that they differ in RPC alone.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use twinbridge::{
    Bytes, FrontendIpc, RpcManager, TokioExecutor,
    common::{
        ipc::{BackendSocket, Declared, IpcSocket as _, VersionPolicy, in_process},
        rpc::{
            DesktopRpcConfiguration, InProcessRpcConfiguration, RpcInterfaces, RpcOptions,
            RpcRoutingToken,
        },
    },
    ipc_interface, rpc_interface,
};

use crate::{
    Problem,
    tarpc_echo::{self, LEN},
};

/// Gives back what it gets, over IPC.
#[ipc_interface(channel = "echo", version = "1.0.0", crate = ::twinbridge::common)]
trait Echo {
    /// The same bytes.
    async fn echo(&self, bytes: Bytes) -> Bytes;
}

/// Gives back what it gets, over RPC.
#[rpc_interface(name = "EchoRpc", version = "1.0.0", crate = ::twinbridge::common)]
trait RpcEcho {
    /// The same bytes.
    async fn echo(&self, bytes: Bytes) -> Bytes;
}

struct Impl;

impl Echo for Impl {
    async fn echo(&self, bytes: Bytes) -> Bytes {
        bytes
    }
}

impl RpcEcho for Impl {
    async fn echo(&self, bytes: Bytes) -> Bytes {
        bytes
    }
}

/// Time per call, by round.
#[derive(Debug, Default)]
pub(crate) struct InProcess {
    pub(crate) in_process: Vec<Duration>,
    pub(crate) tarpc: Vec<Duration>,
    pub(crate) desktop: Vec<Duration>,
    pub(crate) ipc: Vec<Duration>,
}

/// Measures all in turns.
pub(crate) fn measure(rounds: u32, calls: u32) -> Result<InProcess, Problem> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    // On a worker, as an app's own tasks are: a call from outside the runtime would measure how
    // threads wake each other.
    runtime.block_on(runtime.spawn(in_turns(rounds, calls)))?
}

async fn in_turns(rounds: u32, calls: u32) -> Result<InProcess, Problem> {
    let executor: Arc<TokioExecutor> =
        Arc::new(TokioExecutor::new(tokio::runtime::Handle::current()));
    let interfaces = RpcInterfaces::default().interface::<RpcEchoInterface>();
    let backend = RpcManager::default();
    backend.register_impl(|| RpcEchoServer(Impl));
    let server = backend.expose(&interfaces);

    let socket = BackendSocket::default();
    let _echo = socket.handle(Arc::new(EchoServer(Impl)), VersionPolicy::Exact)?;
    let _rpc = DesktopRpcConfiguration::serve(&server, Arc::new(socket.clone()))?;
    let on: Arc<dyn in_process::Executor> = executor.clone();
    let page = in_process::connect(&socket, "main", &on, None);
    let declared = Declared::default()
        .interface::<EchoInterface>()
        .interface::<RpcEchoInterface>();
    let ipc = FrontendIpc::startup(page, declared).await?;
    let by_ipc: EchoClient = ipc.client()?;

    let frontend = RpcManager::default();
    let local = RpcRoutingToken::generate("in-process");
    let options = RpcOptions::default().routing(local.clone());
    let configuration = InProcessRpcConfiguration::new(server, on.clone());
    let _local = frontend.connect(Arc::new(configuration), &interfaces, options)?;
    let configuration = DesktopRpcConfiguration::new(Arc::new(ipc.socket()?), on);
    let _desktop = frontend.connect(Arc::new(configuration), &interfaces, RpcOptions::default())?;
    let in_process: RpcEchoClient = frontend.get_client_for_interface(&local)?;
    let desktop: RpcEchoClient = frontend.get_client_for_interface(&RpcRoutingToken::DEFAULT)?;
    let tarpc = tarpc_echo::start();

    let mut measured = InProcess::default();
    // The first round is for first use, and does not count.
    for round in 0..=rounds {
        let times = [
            timed(calls, |bytes| in_process.echo(bytes)).await?,
            tarpc_echo::call(&tarpc, calls).await?,
            timed(calls, |bytes| desktop.echo(bytes)).await?,
            timed(calls, |bytes| by_ipc.echo(bytes)).await?,
        ];
        if round > 0 {
            let [in_process, tarpc, desktop, ipc] = times.map(|time| time / calls);
            measured.in_process.push(in_process);
            measured.tarpc.push(tarpc);
            measured.desktop.push(desktop);
            measured.ipc.push(ipc);
        }
    }
    Ok(measured)
}

/// Calls one after another, checks each answer, and gives the time of all.
async fn timed<F, E>(calls: u32, echo: impl Fn(Bytes) -> F) -> Result<Duration, Problem>
where
    F: Future<Output = Result<Bytes, E>>,
    E: std::error::Error + Send + Sync + 'static,
{
    let started = Instant::now();
    for call in 0..calls {
        let mut bytes = vec![0x5A; LEN];
        bytes[..4].copy_from_slice(&call.to_le_bytes());
        let sent = Bytes::from(bytes);
        if echo(sent.clone()).await? != sent {
            return Err(format!("call {call} came back changed").into());
        }
    }
    Ok(started.elapsed())
}
