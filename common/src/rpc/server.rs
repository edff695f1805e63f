//! What a backend exposes through one configuration, and how it answers a request.
//!
//! Every configuration ends here, so that all of them answer alike: is the interface exposed, is
//! the operation known, does the version fit, is there an impl. iModel.js: `RpcInvocation`.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, Weak},
};

use super::{
    FeatureGates, RpcError, RpcInterface, RpcInterfaceEndpoints, RpcInterfaceInfo, RpcInterfaces,
    RpcListenerGuard, RpcLoad, RpcServerEvent, context,
    lock::lock,
    registry::{Found, Registry},
    span,
    watching::Watching,
};
use crate::{
    ipc::{Answer, InterfaceInfo, Invocation, IpcHandler, is_compatible},
    wire::ChannelName,
};

/// The interfaces that a backend exposes through one configuration. Clones are the same.
///
/// A configuration serves it: over sessions, within the process, on the web.
#[cfg_attr(doc, doc = include_str!("../../examples/rpc.md"))]
#[derive(Clone)]
pub struct RpcServer {
    inner: Arc<Inner>,
}

struct Inner {
    registry: Registry,
    exposed: Mutex<Vec<Exposed>>,
    /// Who serves it over something where each interface has a place of its own.
    places: Mutex<Vec<Weak<dyn Places>>>,
    watching: Arc<Watching>,
}

/// One interface, and what decides whether it is there.
#[derive(Clone)]
struct Exposed {
    info: &'static RpcInterfaceInfo,
    gate: Option<Gate>,
    /// Added after the configuration was chosen: not part of what it says of itself.
    is_attached: bool,
}

#[derive(Clone)]
struct Gate {
    gates: FeatureGates,
    feature: Arc<str>,
    default: bool,
}

impl Gate {
    fn is_open(&self) -> bool {
        self.gates.check(&self.feature, self.default)
    }
}

/// Where interfaces have a place each that is taken and given up.
pub(super) trait Places: Send + Sync {
    /// What is exposed may have changed.
    fn refresh(&self);
}

impl RpcServer {
    pub(super) fn new(registry: Registry, interfaces: &RpcInterfaces) -> Self {
        let exposed = interfaces.iter().map(|info| {
            registry.initialize(info);
            Exposed {
                info,
                gate: None,
                is_attached: false,
            }
        });
        Self {
            inner: Arc::new(Inner {
                exposed: Mutex::new(exposed.collect()),
                registry,
                places: Mutex::new(Vec::new()),
                watching: Arc::default(),
            }),
        }
    }

    /// Exposes the interface while a gate is open, and whenever it is opened; while it is shut,
    /// the interface is unknown. `default` is for a gate that nobody set. No effect on an
    /// interface that the server does not have.
    #[must_use]
    pub fn gated<I: RpcInterface>(
        self,
        gates: &FeatureGates,
        feature: &str,
        default: bool,
    ) -> Self {
        for exposed in &mut *self.exposed_mut() {
            if exposed.info.name == I::NAME {
                exposed.gate = Some(Gate {
                    gates: gates.clone(),
                    feature: feature.into(),
                    default,
                });
            }
        }
        let inner = Arc::downgrade(&self.inner);
        gates.follow(feature, move || {
            let inner = inner.upgrade();
            inner.map(|inner| Self { inner }.refresh()).is_some()
        });
        self.refresh();
        self
    }

    /// Exposes one more interface, after the configuration was chosen. The control channel does
    /// not tell of it. iModel.js: `RpcConfiguration.attach`.
    pub fn attach<I: RpcInterface>(&self) {
        let info = I::rpc_info();
        self.inner.registry.initialize(info);
        let mut exposed = self.exposed_mut();
        if exposed.iter().all(|known| known.info.name != info.name) {
            exposed.push(Exposed {
                info,
                gate: None,
                is_attached: true,
            });
        }
        drop(exposed);
        self.refresh();
    }

    /// Tells `listener` what becomes of the requests that reach this server from here on, in every
    /// configuration that serves it, while the guard lives. iModel.js: `RpcProtocol.events`.
    ///
    /// A request for an interface that the server does not expose reaches nothing that could be
    /// told of. One that is cancelled, or whose deadline passes, is not told of any more. The
    /// listener runs where the requests do, so it must not block.
    pub fn listen(
        &self,
        listener: impl Fn(&RpcServerEvent<'_>) + Send + Sync + 'static,
    ) -> RpcListenerGuard {
        self.inner.watching.add(listener)
    }

    /// When a request last came and was last answered, by the clock of the configuration that it
    /// came through. Kept from the first look at it on, so that a server at which nobody looks
    /// pays nothing; zero before. iModel.js: `RpcRequest.aggregateLoad` of its backend.
    #[must_use]
    pub fn aggregate_load(&self) -> RpcLoad {
        self.inner.watching.read_load()
    }

    /// What the control channel tells: what was chosen and is exposed at this moment.
    #[must_use]
    pub fn endpoints(&self) -> Vec<RpcInterfaceEndpoints> {
        let exposed = self.open();
        let chosen = exposed.iter().filter(|(_, is_attached)| !is_attached);
        chosen
            .map(|(info, _)| RpcInterfaceEndpoints::of(info))
            .collect()
    }

    /// The interfaces that are exposed at this moment.
    #[must_use]
    pub fn interfaces(&self) -> Vec<&'static RpcInterfaceInfo> {
        self.open().into_iter().map(|(info, _)| info).collect()
    }

    /// What answers the requests for one interface.
    pub(super) fn handler(&self, info: &'static RpcInterfaceInfo) -> Arc<dyn IpcHandler> {
        Arc::new(Serving {
            server: self.clone(),
            info,
        })
    }

    /// An interface that was chosen, by its name; whether it is exposed at this moment is asked
    /// where a request is judged, and once, since gates cost something.
    pub(super) fn chosen(&self, name: &str) -> Option<&'static RpcInterfaceInfo> {
        let exposed = self.exposed_mut();
        let found = exposed.iter().find(|one| one.info.name.as_str() == name)?;
        Some(found.info)
    }

    /// An exposed interface by its name, and what implements it.
    pub(super) fn exposed(&self, name: &str) -> Option<(&'static RpcInterfaceInfo, Found)> {
        let exposed = self.exposed_mut();
        let found = exposed.iter().find(|one| one.info.name.as_str() == name)?;
        let (info, gate) = (found.info, found.gate.clone());
        drop(exposed);
        // Looked at while nothing is locked.
        if gate.is_some_and(|gate| !gate.is_open()) {
            return None;
        }
        Some((info, self.inner.registry.find(name)?))
    }

    pub(super) fn add_places(&self, places: &Arc<impl Places + 'static>) {
        let places: Weak<dyn Places> = Arc::downgrade(places) as Weak<dyn Places>;
        let mut known = self.places();
        known.retain(|one| one.strong_count() > 0);
        known.push(places);
    }

    fn refresh(&self) {
        let places: Vec<_> = self.places().iter().filter_map(Weak::upgrade).collect();
        for places in places {
            places.refresh();
        }
    }

    fn open(&self) -> Vec<(&'static RpcInterfaceInfo, bool)> {
        let exposed = self.exposed_mut().clone();
        let open = exposed.into_iter().filter(|one| {
            let is_known = self.inner.registry.find(one.info.name.as_str()).is_some();
            is_known && one.gate.as_ref().is_none_or(Gate::is_open)
        });
        open.map(|one| (one.info, one.is_attached)).collect()
    }

    fn exposed_mut(&self) -> MutexGuard<'_, Vec<Exposed>> {
        lock(&self.inner.exposed)
    }

    fn places(&self) -> MutexGuard<'_, Vec<Weak<dyn Places>>> {
        lock(&self.inner.places)
    }

    /// The impl that is to answer, if the request is one that it should see.
    fn judge(
        &self,
        info: &'static RpcInterfaceInfo,
        call: &Invocation,
    ) -> Result<Arc<dyn IpcHandler>, RpcError> {
        let name = info.name.as_str();
        let Some((_, found)) = self.exposed(name) else {
            return Err(RpcError::not_initialized(name));
        };
        let operation = call.method.as_str();
        if info.operation(operation).is_none() {
            return Err(RpcError::UnknownOperation {
                interface: name.to_owned(),
                operation: operation.to_owned(),
            });
        }
        // A caller that knows the interface by name only has no version that could differ.
        if let Some(frontend) = call.context.metadata().get(context::VERSION)
            && !is_compatible(info.version, frontend)
        {
            return Err(RpcError::IncompatibleVersion {
                backend: info.version.to_owned(),
                frontend: frontend.to_owned(),
                operation: operation.to_owned(),
            });
        }
        found.instance().ok_or_else(|| RpcError::NotRegistered {
            interface: name.to_owned(),
        })
    }
}

impl fmt::Debug for RpcServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.open().into_iter().map(|(info, _)| info.name.as_str());
        f.debug_struct("RpcServer")
            .field("interfaces", &names.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// Answers the requests for one interface.
struct Serving {
    server: RpcServer,
    info: &'static RpcInterfaceInfo,
}

impl IpcHandler for Serving {
    fn channel_name(&self) -> ChannelName {
        self.info.interface.channel.clone()
    }

    fn version(&self) -> &str {
        self.info.version
    }

    fn interface(&self) -> Option<&'static InterfaceInfo> {
        Some(self.info.interface)
    }

    fn call(self: Arc<Self>, call: Invocation) -> Answer {
        let watching = &self.server.inner.watching;
        let watched = || {
            let is_watched = watching.is_watched();
            is_watched.then(|| watching.begin(self.info, &call))
        };
        match self.server.judge(self.info, &call) {
            Ok(handler) => match watched() {
                Some(watched) => watched.around(self.info, handler, call),
                None => span::around(self.info, handler, call),
            },
            Err(error) => {
                tracing::warn!(error = error.to_string(), "a request was refused");
                let is_there = !matches!(error, RpcError::NotInitialized { .. });
                let outcome = error.outcome();
                if is_there && let Some(watched) = watched() {
                    watched.answered(&outcome);
                }
                Box::pin(std::future::ready(outcome))
            }
        }
    }
}
