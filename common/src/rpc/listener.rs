//! Who hears of what happens to requests: typed events, in order.
//!
//! A connection without listeners records nothing and pays one atomic read per request. iModel.js:
//! `RpcRequest.events` and `RpcProtocol.events`.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::{InterfaceName, RpcRequestContext, RpcRequestEvent, RpcRequestStatus};
use crate::wire::MethodName;

/// A listener, as options and connections keep it.
pub(super) type Listener = Arc<dyn Fn(&RpcEvent<'_>) + Send + Sync>;

/// Something that happened to a request of a connection.
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

/// The listeners of one connection.
#[derive(Clone, Default)]
pub(super) struct Listeners {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    /// Whether the list has any, for requests to look at without its lock.
    has_any: AtomicBool,
    list: Mutex<Vec<Listener>>,
}

impl Listeners {
    pub(super) fn of(list: &[Listener]) -> Self {
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

    pub(super) fn add(&self, listener: Listener) -> RpcListenerGuard {
        let kept = Arc::downgrade(&listener);
        let mut list = self.inner.list();
        list.push(listener);
        self.inner.has_any.store(true, Ordering::Release);
        drop(list);
        RpcListenerGuard {
            listener: kept,
            listeners: Arc::downgrade(&self.inner),
        }
    }

    /// Tells everybody who listens at this moment, while nothing is locked.
    pub(super) fn tell(&self, event: &RpcEvent<'_>) {
        let list = self.inner.list().clone();
        for listener in list {
            listener(event);
        }
    }
}

impl Inner {
    /// The list holds no invariant that a panic between two statements could break.
    fn list(&self) -> MutexGuard<'_, Vec<Listener>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps a listener. Dropping it ends the listening; what is being told may still arrive.
#[must_use = "the listener is removed when this guard is dropped"]
pub struct RpcListenerGuard {
    listener: Weak<dyn Fn(&RpcEvent<'_>) + Send + Sync>,
    listeners: Weak<Inner>,
}

impl Drop for RpcListenerGuard {
    fn drop(&mut self) {
        let Some(listeners) = self.listeners.upgrade() else {
            return;
        };
        let mut gone = Vec::new();
        let mut list = listeners.list();
        list.extract_if(.., |one| {
            std::ptr::addr_eq(Arc::as_ptr(one), self.listener.as_ptr())
        })
        .for_each(|one| gone.push(one));
        listeners.has_any.store(!list.is_empty(), Ordering::Release);
        // What a listener holds is dropped while nothing is locked.
        drop(list);
    }
}

impl fmt::Debug for RpcListenerGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RpcListenerGuard").finish_non_exhaustive()
    }
}
