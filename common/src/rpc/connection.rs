//! One configuration of a client at work: how it reaches its backend, its options, and whether it
//! is still in use.
//!
//! What a manager keeps and callers share. It can be made without a manager, for a program that
//! calls one service. iModel.js: an instance of `RpcConfiguration` on the client's side.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use serde::Serialize;

use super::{
    InterfaceName, RpcCall, RpcConfiguration, RpcError, RpcEvent, RpcListenerGuard, RpcLoad,
    RpcOptions, RpcPolicy, RpcRequestContext, RpcRequestHandle, RpcResultKind,
    listener::{Listeners, OfClient},
    load::LoadTimes,
    running::Active,
};
use crate::{
    ipc::{BackendError, CallResult, CodecError},
    wire::{ChannelName, EncodeError, MethodName, Payload},
};

/// A way to a backend. Clones are the same way.
#[cfg_attr(doc, doc = include_str!("../../examples/rpc.md"))]
#[derive(Clone)]
pub struct RpcConnection {
    inner: Arc<Inner>,
}

struct Inner {
    /// `None` once it was closed.
    configuration: Mutex<Option<Arc<dyn RpcConfiguration>>>,
    options: RpcOptions,
    last_request: AtomicU64,
    listeners: Listeners,
    active: Active,
    load: LoadTimes,
}

impl RpcConnection {
    /// A connection over `configuration`.
    #[must_use]
    pub fn new(configuration: Arc<dyn RpcConfiguration>, options: RpcOptions) -> Self {
        Self {
            inner: Arc::new(Inner {
                configuration: Mutex::new(Some(configuration)),
                listeners: Listeners::<OfClient>::of(options.listeners.as_slice()),
                options,
                last_request: AtomicU64::new(0),
                active: Active::default(),
                load: LoadTimes::default(),
            }),
        }
    }

    /// What it was told.
    #[must_use]
    pub fn options(&self) -> &RpcOptions {
        &self.inner.options
    }

    /// Tells `listener` what happens to the requests of this connection from here on, while the
    /// guard lives. Those that its options name are told first.
    ///
    /// It runs where the requests do, so it must not block; it may do anything to the request.
    pub fn listen(
        &self,
        listener: impl Fn(&RpcEvent<'_>) + Send + Sync + 'static,
    ) -> RpcListenerGuard {
        self.inner.listeners.add(Arc::new(listener))
    }

    /// The requests that are under way, in the order they were made: sent, waiting to be sent
    /// again, or cancelled and held. iModel.js: `RpcRequest.activeRequests`.
    #[must_use]
    pub fn active_requests(&self) -> Vec<RpcRequestHandle> {
        self.inner.active.all()
    }

    /// When a request was last sent and answered over this connection, by the clock of its
    /// configuration. iModel.js: `RpcRequest.aggregateLoad`.
    #[must_use]
    pub fn aggregate_load(&self) -> RpcLoad {
        self.inner.load.read()
    }

    pub(super) fn listeners(&self) -> &Listeners {
        &self.inner.listeners
    }

    pub(super) fn active(&self) -> &Active {
        &self.inner.active
    }

    pub(super) fn load(&self) -> &LoadTimes {
        &self.inner.load
    }

    /// Lets go of the configuration. Requests that are made later fail; those under way go on.
    pub fn close(&self) {
        // Bound, so that it is dropped when nothing is locked: it may be the last of a session.
        let _configuration = self.lock().take();
    }

    /// Calls an operation by name, of an interface that this side knows by name only, in the
    /// version that the caller says. `arguments` encodes to an array.
    pub fn call<T: CallResult<BackendError>>(
        &self,
        interface: &InterfaceName,
        version: &'static str,
        operation: MethodName,
        arguments: &(impl Serialize + ?Sized),
    ) -> RpcCall<T, BackendError> {
        let asked = Asked {
            interface: interface.clone(),
            channel: interface.channel(),
            version,
            operation,
            policy: RpcPolicy::default(),
        };
        let encode = |codec| Payload::encode(codec, arguments);
        RpcCall::prepared(self.request(asked, encode))
    }

    /// Makes a request, ready to be sent.
    pub(super) fn request(
        &self,
        asked: Asked,
        encode: impl FnOnce(crate::wire::Codec) -> Result<Payload, EncodeError>,
    ) -> Result<Prepared, Unprepared> {
        let Some(configuration) = self.configuration() else {
            return Err(RpcError::not_initialized(&asked.interface).into());
        };
        let arguments = encode(configuration.codec()).map_err(CodecError::Arguments)?;
        let options = &self.inner.options;
        let mut context = (options.context)().or_current(options.passes_authorization_on);
        let id = self.inner.last_request.fetch_add(1, Ordering::Relaxed) + 1;
        if context.activity_id.is_empty() {
            context.activity_id = format!("rpc-{id}");
        }
        let request = super::RpcRequest {
            id,
            interface: asked.interface,
            channel: asked.channel,
            version: asked.version,
            operation: asked.operation,
            policy: asked.policy,
            deadline_ms: asked.policy.deadline_ms,
            context: Arc::new(context),
            result: RpcResultKind::Value,
            arguments,
        };
        Ok(Prepared {
            configuration,
            connection: self.clone(),
            request,
        })
    }

    /// Whether `other` is a clone of this.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    pub(super) fn configuration(&self) -> Option<Arc<dyn RpcConfiguration>> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Arc<dyn RpcConfiguration>>> {
        let lock = self.inner.configuration.lock();
        lock.unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for RpcConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RpcConnection")
            .field("configuration", &*self.lock())
            .field("options", &self.inner.options)
            .finish()
    }
}

/// What is asked for, without its arguments.
pub(super) struct Asked {
    pub(super) interface: InterfaceName,
    pub(super) channel: ChannelName,
    pub(super) version: &'static str,
    pub(super) operation: MethodName,
    pub(super) policy: RpcPolicy,
}

/// A request and what sends it.
pub(super) struct Prepared {
    pub(super) configuration: Arc<dyn RpcConfiguration>,
    pub(super) connection: RpcConnection,
    pub(super) request: super::RpcRequest,
}

impl Prepared {
    pub(super) fn context_mut(&mut self) -> &mut RpcRequestContext {
        Arc::make_mut(&mut self.request.context)
    }
}

/// Why a request was not made.
pub(super) enum Unprepared {
    Rpc(RpcError),
    Codec(CodecError),
}

impl From<RpcError> for Unprepared {
    fn from(error: RpcError) -> Self {
        Self::Rpc(error)
    }
}

impl From<CodecError> for Unprepared {
    fn from(error: CodecError) -> Self {
        Self::Codec(error)
    }
}
