//! What a manager knows: which interfaces are initialised, and what implements them.
//!
//! Shared with everything that answers for the manager, so that a change counts from the next
//! call on. iModel.js: `RpcRegistry`.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use super::lock::lock;
use super::{InterfaceName, RpcInterfaceInfo};
use crate::ipc::IpcHandler;

/// Clones are the same registry.
#[derive(Clone, Default)]
pub(super) struct Registry {
    state: Arc<Mutex<State>>,
}

/// Few interfaces, looked up at every request: comparing names is faster than hashing one.
#[derive(Default)]
struct State {
    definitions: BTreeMap<InterfaceName, Arc<Definition>>,
    impls: BTreeMap<InterfaceName, Arc<Impl>>,
}

/// An interface that is initialised.
pub(super) struct Definition {
    pub(super) info: &'static RpcInterfaceInfo,
    is_over: AtomicBool,
}

impl Definition {
    /// Whether the interface was terminated: clients of that time call nothing any more.
    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }
}

/// Makes what implements an interface.
pub(super) type Make = Box<dyn Fn() -> Arc<dyn IpcHandler> + Send + Sync>;

/// What implements an interface: made at the first call, unless it was supplied before.
#[derive(Default)]
struct Impl {
    make: Option<Make>,
    supplied: Mutex<Option<Arc<dyn IpcHandler>>>,
    instance: OnceLock<Arc<dyn IpcHandler>>,
}

impl Impl {
    fn supplied(&self) -> MutexGuard<'_, Option<Arc<dyn IpcHandler>>> {
        lock(&self.supplied)
    }
}

impl Registry {
    /// Adds an interface; one that is there stays as it is.
    pub(super) fn initialize(&self, info: &'static RpcInterfaceInfo) {
        let mut state = self.lock();
        state
            .definitions
            .entry(info.name.clone())
            .or_insert_with(|| {
                Arc::new(Definition {
                    info,
                    is_over: AtomicBool::new(false),
                })
            });
    }

    pub(super) fn terminate(&self, name: &InterfaceName) {
        let (definition, _implementation) = {
            let mut state = self.lock();
            (state.definitions.remove(name), state.impls.remove(name))
        };
        if let Some(definition) = definition {
            definition.is_over.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn definition(&self, name: &str) -> Option<Arc<Definition>> {
        self.lock().definitions.get(name).cloned()
    }

    pub(super) fn register(&self, name: InterfaceName, make: Make) {
        let new = Arc::new(Impl {
            make: Some(make),
            ..Impl::default()
        });
        // Bound, so that it is dropped when nothing is locked: it is the app's.
        let _before = self.lock().impls.insert(name, new);
    }

    pub(super) fn unregister(&self, name: &InterfaceName) {
        let _before = self.lock().impls.remove(name);
    }

    pub(super) fn supply(&self, name: InterfaceName, instance: Arc<dyn IpcHandler>) {
        let known = Arc::clone(self.lock().impls.entry(name).or_default());
        let _before = known.supplied().replace(instance);
    }

    /// What implements an interface that is initialised; `None` where it is not.
    pub(super) fn find(&self, name: &str) -> Option<Found> {
        let state = self.lock();
        state.definitions.get(name)?;
        Some(Found(state.impls.get(name).cloned()))
    }

    /// The map holds no invariant that a panic between two statements could break.
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// What implements an interface, if anything does.
pub(super) struct Found(Option<Arc<Impl>>);

impl Found {
    /// The impl; made where this is the first call of it.
    pub(super) fn instance(self) -> Option<Arc<dyn IpcHandler>> {
        let known = self.0?;
        if let Some(instance) = known.instance.get() {
            return Some(Arc::clone(instance));
        }
        let supplied = known.supplied().clone();
        if supplied.is_none() && known.make.is_none() {
            return None;
        }
        // The app's code, while nothing but this one implementation is locked.
        let instance = known.instance.get_or_init(|| {
            supplied
                .or_else(|| known.make.as_ref().map(|make| make()))
                .expect("one of the two is there, as was seen above")
        });
        Some(Arc::clone(instance))
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("Registry")
            .field("initialized", &state.definitions.keys())
            .field("implemented", &state.impls.keys())
            .finish()
    }
}
