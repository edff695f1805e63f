//! One call within the process, encode to decode, against `tarpc` over its in-memory channel.
//!
//! Both sides run on one runtime, carry the same bytes and check the answer. `tarpc` moves its
//! values as they are; ours go through frames and MessagePack, as on every other pipe.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use twinbridge::{
    Bytes, FrontendIpc, TokioExecutor,
    common::ipc::{BackendSocket, Declared, IpcHandler, IpcSocket as _, VersionPolicy, in_process},
};

use crate::{
    echo::{EchoClient, EchoHandler, EchoInterface, EchoServer},
    tarpc_echo::{self, LEN},
};

/// Time per call of both sides, by round, and allocations per call of ours and of theirs.
pub(crate) struct InProcess {
    pub(crate) ours: Vec<Duration>,
    pub(crate) tarpc: Vec<Duration>,
    pub(crate) our_allocations: u64,
    pub(crate) tarpc_allocations: u64,
}

/// Measures both in turns.
pub(crate) fn measure(rounds: u32, calls: u32) -> Result<InProcess, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    // On a worker, as an app's own tasks are: a call from outside the runtime would measure how
    // threads wake each other.
    let measured = runtime.spawn(async move {
        let (_backend, client) = ours().await?;
        let theirs = tarpc_echo::start();
        // Once over, so that no round pays for first use.
        call_ours(&client, 1000).await?;
        tarpc_echo::call(&theirs, 1000).await?;
        let (mut our_rounds, mut tarpc_rounds) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            our_rounds.push(call_ours(&client, calls).await? / calls);
            tarpc_rounds.push(tarpc_echo::call(&theirs, calls).await? / calls);
        }
        Ok::<_, String>((our_rounds, tarpc_rounds))
    });
    let (ours, tarpc) = runtime
        .block_on(measured)
        .map_err(|error| error.to_string())??;
    let (our_allocations, tarpc_allocations) = allocations(calls)?;
    Ok(InProcess {
        ours,
        tarpc,
        our_allocations,
        tarpc_allocations,
    })
}

/// Counted on one thread, where all of both sides runs.
fn allocations(calls: u32) -> Result<(u64, u64), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let local = runtime.block_on(async {
        let (backend, client) = ours().await?;
        let theirs = tarpc_echo::start();
        call_ours(&client, 1000).await?;
        tarpc_echo::call(&theirs, 1000).await?;
        Ok::<_, String>((backend, client, theirs))
    })?;
    let (_backend, client, theirs) = local;
    let mut problem = Ok(());
    let mut count = |side: &mut dyn FnMut() -> Result<(), String>| {
        let counted = allocation_counter::measure(|| {
            if let Err(error) = side() {
                problem = Err(error);
            }
        });
        counted.count_total / u64::from(calls)
    };
    let ours = count(&mut || runtime.block_on(call_ours(&client, calls)).map(drop));
    let tarpc = count(&mut || runtime.block_on(tarpc_echo::call(&theirs, calls)).map(drop));
    problem.map(|()| (ours, tarpc))
}

async fn ours() -> Result<(BackendSocket, EchoClient), String> {
    let socket = BackendSocket::default();
    let handler: Arc<dyn IpcHandler> = Arc::new(EchoServer(EchoHandler));
    let guard = socket
        .handle(handler, VersionPolicy::Exact)
        .map_err(|error| error.to_string())?;
    // For as long as the process runs.
    std::mem::forget(guard);
    let executor: Arc<dyn in_process::Executor> =
        Arc::new(TokioExecutor::new(tokio::runtime::Handle::current()));
    let page = in_process::connect(&socket, "main", &executor, None);
    let declared = Declared::default().interface::<EchoInterface>();
    let ipc = FrontendIpc::startup(page, declared)
        .await
        .map_err(|error| error.to_string())?;
    let client = ipc
        .client::<EchoClient>()
        .map_err(|error| error.to_string())?;
    Ok((socket, client))
}

async fn call_ours(client: &EchoClient, calls: u32) -> Result<Duration, String> {
    let started = Instant::now();
    for call in 0..calls {
        let mut bytes = vec![0x5A; LEN];
        bytes[..4].copy_from_slice(&call.to_le_bytes());
        let sent = Bytes::from(bytes);
        if client
            .echo(sent.clone())
            .await
            .map_err(|error| error.to_string())?
            != sent
        {
            return Err(format!("call {call} came back changed"));
        }
    }
    Ok(started.elapsed())
}
