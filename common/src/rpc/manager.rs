//! What an app knows of RPC: its interfaces, their impls, and the ways to backends.
//!
//! A value that the app owns, one for each side; a process may have several. iModel.js:
//! `RpcManager`, which is one per process there.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, Weak},
};

use futures_util::future::join_all;

use super::{
    RpcCaller, RpcClientStub, RpcConfiguration, RpcConnection, RpcError, RpcInterface,
    RpcInterfaceEndpoints, RpcInterfaceInfo, RpcInterfaces, RpcLoad, RpcOptions, RpcRequestHandle,
    RpcRoutingToken, RpcServer, lock::lock, registry::Registry,
};
use crate::ipc::{BackendError, CallError, IntoIpcHandler, is_compatible};

/// Interfaces, impls and connections. Clones are the same manager.
#[cfg_attr(doc, doc = include_str!("../../examples/rpc.md"))]
#[derive(Clone, Default)]
pub struct RpcManager {
    registry: Registry,
    connected: Arc<Mutex<Vec<Connected>>>,
}

/// A way to a backend, and what it is used for.
struct Connected {
    connection: RpcConnection,
    interfaces: Vec<&'static RpcInterfaceInfo>,
}

impl Connected {
    fn has(&self, name: &str) -> bool {
        self.interfaces
            .iter()
            .any(|info| info.name.as_str() == name)
    }
}

impl RpcManager {
    /// Makes an interface known. Exposing it or connecting to it does so, too; one that is known
    /// stays as it is.
    pub fn initialize_interface<I: RpcInterface>(&self) {
        self.registry.initialize(I::rpc_info());
    }

    /// Forgets an interface: what implements it, and its clients, whose calls fail from here on.
    /// It may be initialised again.
    pub fn terminate_interface<I: RpcInterface>(&self) {
        self.registry.terminate(&I::NAME);
        for connected in &mut *self.connected() {
            connected.interfaces.retain(|info| info.name != I::NAME);
        }
    }

    /// Says what makes the impl of an interface, in place of what was said before. It is made at
    /// the first call, and once: `register_impl(|| NotesServer(NotesImpl::new()))`.
    pub fn register_impl<I: RpcInterface, S: IntoIpcHandler<I>>(
        &self,
        make: impl Fn() -> S + Send + Sync + 'static,
    ) {
        let make = Box::new(move || make().into_ipc_handler());
        self.registry.register(I::NAME, make);
    }

    /// Forgets the impl of an interface. Calls that it is running go on.
    pub fn unregister_impl<I: RpcInterface>(&self) {
        self.registry.unregister(&I::NAME);
    }

    /// Gives an impl that exists already, to be used at the first call instead of one that would
    /// be made then. No effect once an impl has been called, until another is registered.
    pub fn supply_impl_instance<I: RpcInterface>(&self, instance: impl IntoIpcHandler<I>) {
        self.registry.supply(I::NAME, instance.into_ipc_handler());
    }

    /// Chooses the interfaces that a configuration exposes to clients.
    ///
    /// iModel.js: `initializeImpl` of the configurations' managers.
    #[must_use]
    pub fn expose(&self, interfaces: &RpcInterfaces) -> RpcServer {
        RpcServer::new(self.registry.clone(), interfaces)
    }

    /// Chooses the interfaces that are called over `configuration`, while the guard lives.
    ///
    /// iModel.js: `initializeClient` of the configurations' managers.
    ///
    /// # Errors
    /// [`RpcError::AlreadyAssociated`] where one of them is called over another configuration with the
    /// same routing.
    pub fn connect(
        &self,
        configuration: Arc<dyn RpcConfiguration>,
        interfaces: &RpcInterfaces,
        options: RpcOptions,
    ) -> Result<RpcConnectionGuard, RpcError> {
        let mut connected = self.connected();
        let interfaces: Vec<_> = interfaces.iter().collect();
        for info in &interfaces {
            find(&connected, &options.routing, info.name.as_str()).map_or(Ok(()), |_| {
                Err(RpcError::AlreadyAssociated {
                    interface: info.name.to_string(),
                })
            })?;
        }
        for info in &interfaces {
            self.registry.initialize(info);
        }
        let connection = RpcConnection::new(configuration, options);
        connected.push(Connected {
            connection: connection.clone(),
            interfaces,
        });
        Ok(RpcConnectionGuard {
            connection,
            registry: self.registry.clone(),
            connected: Arc::downgrade(&self.connected),
        })
    }

    /// The client of an interface over the connection of this routing.
    ///
    /// # Errors
    /// [`RpcError::NotInitialized`] where the interface is not known, or no connection is for it.
    pub fn get_client_for_interface<C: RpcClientStub>(
        &self,
        routing: &RpcRoutingToken,
    ) -> Result<C, RpcError> {
        let name = C::Interface::NAME;
        let definition = self.registry.definition(name.as_str());
        let connected = self.connected();
        let connection = find(&connected, routing, name.as_str());
        match (definition, connection) {
            (Some(definition), Some(connection)) => {
                Ok(C::over(RpcCaller::of_manager(connection, definition)))
            }
            _ => Err(RpcError::not_initialized(&name)),
        }
    }

    /// Asks every backend which interfaces it exposes, and says which of them this side knows in a
    /// version that fits.
    ///
    /// # Errors
    /// The first that a backend answered with, or met on the way to one.
    pub async fn describe_available_endpoints(
        &self,
    ) -> Result<Vec<RpcInterfaceEndpoints>, CallError<BackendError>> {
        let configurations: Vec<_> = {
            let connected = self.connected();
            let configurations = connected.iter();
            configurations
                .filter_map(|connected| connected.connection.configuration())
                .collect()
        };
        let described = configurations
            .iter()
            .map(|configuration| configuration.describe_endpoints());
        let mut all = Vec::new();
        for described in join_all(described).await {
            all.extend(described?);
        }
        for endpoints in &mut all {
            let known = self.registry.definition(&endpoints.interface_name);
            endpoints.compatible = known.is_some_and(|known| {
                is_compatible(&endpoints.interface_version, known.info.version)
            });
        }
        Ok(all)
    }

    /// The requests that are under way over any connection. iModel.js: `RpcRequest.activeRequests`.
    #[must_use]
    pub fn active_requests(&self) -> Vec<RpcRequestHandle> {
        let connected = self.connected();
        let all = connected.iter();
        all.flat_map(|one| one.connection.active_requests())
            .collect()
    }

    /// When a request was last sent and answered, over any connection. The configurations of a
    /// process have one clock. iModel.js: `RpcRequest.aggregateLoad`.
    #[must_use]
    pub fn aggregate_load(&self) -> RpcLoad {
        let connected = self.connected();
        let all = connected.iter();
        all.map(|one| one.connection.aggregate_load())
            .fold(RpcLoad::default(), RpcLoad::later)
    }

    fn connected(&self) -> MutexGuard<'_, Vec<Connected>> {
        lock(&self.connected)
    }
}

fn find(connected: &[Connected], routing: &RpcRoutingToken, name: &str) -> Option<RpcConnection> {
    let mut fitting = connected.iter().filter(|connected| {
        connected.connection.options().routing == *routing && connected.has(name)
    });
    fitting.next().map(|connected| connected.connection.clone())
}

impl fmt::Debug for RpcManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RpcManager")
            .field("registry", &self.registry)
            .field("connections", &self.connected().len())
            .finish()
    }
}

/// Keeps a connection. Dropping it closes the connection: calls that its clients make later fail.
#[cfg_attr(doc, doc = include_str!("../../examples/rpc.md"))]
#[must_use = "the connection is closed when this guard is dropped"]
pub struct RpcConnectionGuard {
    connection: RpcConnection,
    registry: Registry,
    connected: Weak<Mutex<Vec<Connected>>>,
}

impl RpcConnectionGuard {
    /// The connection, for calls by name.
    #[must_use]
    pub fn connection(&self) -> &RpcConnection {
        &self.connection
    }

    /// Adds an interface to those that are called over this connection.
    ///
    /// iModel.js: `RpcConfiguration.attach`.
    ///
    /// # Errors
    /// [`RpcError::AlreadyAssociated`] where it is called over another connection with the same
    /// routing.
    pub fn attach<I: RpcInterface>(&self) -> Result<(), RpcError> {
        let Some(connected) = self.connected.upgrade() else {
            return Err(RpcError::not_initialized(&I::NAME));
        };
        let mut connected = lock(&connected);
        let routing = &self.connection.options().routing;
        if find(&connected, routing, I::NAME.as_str())
            .is_some_and(|found| !found.is(&self.connection))
        {
            return Err(RpcError::AlreadyAssociated {
                interface: I::NAME.to_string(),
            });
        }
        let own = connected
            .iter_mut()
            .find(|one| one.connection.is(&self.connection));
        if let Some(own) = own
            && !own.has(I::NAME.as_str())
        {
            own.interfaces.push(I::rpc_info());
            self.registry.initialize(I::rpc_info());
        }
        Ok(())
    }
}

impl Drop for RpcConnectionGuard {
    fn drop(&mut self) {
        // The manager may be gone first.
        if let Some(connected) = self.connected.upgrade() {
            lock(&connected).retain(|one| !one.connection.is(&self.connection));
        }
        self.connection.close();
    }
}

impl fmt::Debug for RpcConnectionGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RpcConnectionGuard")
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}
