//! Who hears of what happens to requests: typed events, in order.
//!
//! A connection or a server without listeners records nothing and pays one atomic read per request.
//! iModel.js: `RpcRequest.events` and `RpcProtocol.events`.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::lock::lock;
use super::{InterfaceName, RpcRequestContext, RpcRequestEvent, RpcRequestStatus};
use crate::wire::MethodName;

/// What listeners are told of.
pub(super) trait Told: 'static {
    type Event<'a>;
}

/// A listener, as those keep it whose events it hears.
pub(super) type Listener<T = OfClient> = Arc<dyn Fn(&<T as Told>::Event<'_>) + Send + Sync>;

/// That listeners are told of the requests of a connection.
pub(super) struct OfClient;

impl Told for OfClient {
    type Event<'a> = RpcEvent<'a>;
}

/// Something that happened to a request of a connection.
#[cfg_attr(doc, doc = include_str!("../../examples/requests.md"))]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RpcEvent<'a> {
    /// What happened.
    pub what: RpcRequestEvent,
    /// The request's number in its connection, the same for all its sendings.
    pub request: u64,
    /// The interface asked.
    pub interface: &'a InterfaceName,
    /// The operation asked for.
    pub operation: &'a MethodName,
    /// Whose request it is.
    pub context: &'a RpcRequestContext,
    /// Where it stood when it happened.
    pub status: RpcRequestStatus,
    /// How far the backend said last that it is; empty before.
    pub extended_status: &'a str,
    /// How often it was sent so far.
    pub attempts: u32,
    /// How long after its last sending it is sent again, where the backend said so or a fault of
    /// the moment came.
    pub retry_after: Option<Duration>,
}

/// The listeners of one connection, or of one server.
pub(super) struct Listeners<T: Told = OfClient> {
    inner: Arc<Inner<T>>,
}

struct Inner<T: Told> {
    /// Whether the list has any, for requests to look at without its lock.
    has_any: AtomicBool,
    list: Mutex<Vec<Listener<T>>>,
}

impl<T: Told> Default for Listeners<T> {
    fn default() -> Self {
        Self::of(&[])
    }
}

impl<T: Told> Listeners<T> {
    pub(super) fn of(list: &[Listener<T>]) -> Self {
        Self {
            inner: Arc::new(Inner {
                has_any: AtomicBool::new(!list.is_empty()),
                list: Mutex::new(list.to_vec()),
            }),
        }
    }

    pub(super) fn has_any(&self) -> bool {
        self.inner.has_any.load(Ordering::Acquire)
    }

    pub(super) fn add(&self, listener: Listener<T>) -> RpcListenerGuard {
        let kept = Arc::downgrade(&listener);
        let listeners = Arc::downgrade(&self.inner);
        let mut list = self.inner.list();
        list.push(listener);
        self.inner.has_any.store(true, Ordering::Release);
        drop(list);
        RpcListenerGuard {
            remove: Some(Box::new(move || {
                if let Some(listeners) = listeners.upgrade() {
                    // Kept with the guard, so that no other listener is there meanwhile.
                    listeners.remove(kept.as_ptr().cast());
                }
            })),
        }
    }

    /// Tells everybody who listens at this moment, while nothing is locked.
    pub(super) fn tell(&self, event: &T::Event<'_>) {
        let list = self.inner.list().clone();
        for listener in list {
            listener(event);
        }
    }
}

impl<T: Told> Inner<T> {
    /// The list holds no invariant that a panic between two statements could break.
    fn list(&self) -> MutexGuard<'_, Vec<Listener<T>>> {
        lock(&self.list)
    }

    /// Lets go of the listener at this address.
    fn remove(&self, address: *const ()) {
        let mut gone = Vec::new();
        let mut list = self.list();
        list.extract_if(.., |one| std::ptr::addr_eq(Arc::as_ptr(one), address))
            .for_each(|one| gone.push(one));
        self.has_any.store(!list.is_empty(), Ordering::Release);
        // What a listener holds is dropped while nothing is locked.
        drop(list);
    }
}

/// Keeps a listener. Dropping it ends the listening; what is being told may still arrive.
#[cfg_attr(doc, doc = include_str!("../../examples/requests.md"))]
#[must_use = "the listener is removed when this guard is dropped"]
pub struct RpcListenerGuard {
    remove: Option<Box<dyn FnOnce() + Send + Sync>>,
}

impl Drop for RpcListenerGuard {
    fn drop(&mut self) {
        if let Some(remove) = self.remove.take() {
            remove();
        }
    }
}

impl fmt::Debug for RpcListenerGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RpcListenerGuard").finish_non_exhaustive()
    }
}
