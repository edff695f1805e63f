//! The configuration within one process: client and backend meet without a session.
//!
//! Values are encoded and decoded as on any wire, so that neither side sees what the other changes
//! later, and what works here works elsewhere. The seed's mobile configuration.

use std::{fmt, sync::Arc};

use super::{
    RpcArrival, RpcClock, RpcConfiguration, RpcDescribed, RpcHost, RpcRequest, RpcServer,
    RpcSubmitted,
};
use crate::{ipc::in_process::Executor, wire::Codec};

/// Carries requests to a server of this process.
///
/// ```
/// # use std::sync::Arc;
/// use twinbridge_common::{
///     ipc::in_process,
///     rpc::{InProcessRpcConfiguration, RpcInterfaces, RpcManager, RpcOptions, RpcRoutingToken},
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
/// let interfaces = RpcInterfaces::default().interface::<AdderInterface>();
/// let backend = RpcManager::default();
/// backend.register_impl(|| AdderServer(Impl));
/// let server = backend.expose(&interfaces);
///
/// let pair = in_process::pair(); // an executor with a clock; an app has one of its own
/// let configuration = InProcessRpcConfiguration::new(server, pair.executor());
/// let frontend = RpcManager::default();
/// let _guard = frontend.connect(Arc::new(configuration), &interfaces, RpcOptions::default())?;
/// let adder: AdderClient = frontend.get_client_for_interface(&RpcRoutingToken::DEFAULT)?;
/// assert_eq!(pair.run(adder.add(2, 3))?, 5);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[cfg_attr(doc, doc = include_str!("../../examples/rpc.md"))]
pub struct InProcessRpcConfiguration {
    server: RpcServer,
    host: RpcHost,
    clock: Arc<dyn Executor>,
}

impl InProcessRpcConfiguration {
    /// Carries requests to `server`, whose blocking work and timers run on `executor`.
    #[must_use]
    pub fn new(server: RpcServer, executor: Arc<dyn Executor>) -> Self {
        let host = RpcHost::new(executor, "in-process");
        Self {
            server,
            clock: Arc::clone(host.executor()),
            host,
        }
    }
}

impl RpcConfiguration for InProcessRpcConfiguration {
    fn codec(&self) -> Codec {
        Codec::MessagePack
    }

    fn submit(&self, request: RpcRequest) -> RpcSubmitted {
        let arrival = RpcArrival {
            metadata: request.context.to_metadata(request.version),
            interface: request.interface.to_string(),
            operation: request.operation.to_string(),
            arguments: request.arguments,
            deadline_ms: request.deadline_ms,
        };
        let reply = self.server.invoke(&self.host, arrival);
        Box::pin(async move { Ok(reply.await) })
    }

    fn describe_endpoints(&self) -> RpcDescribed {
        let endpoints = self.server.endpoints();
        Box::pin(std::future::ready(Ok(endpoints)))
    }

    fn clock(&self) -> &dyn RpcClock {
        &self.clock
    }
}

impl fmt::Debug for InProcessRpcConfiguration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcessRpcConfiguration")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}
