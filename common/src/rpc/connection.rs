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
    InterfaceName, RpcCall, RpcConfiguration, RpcError, RpcOptions, RpcPolicy, RpcRequestContext,
};
use crate::{
    ipc::{BackendError, CallResult, CodecError},
    wire::{ChannelName, EncodeError, MethodName, Payload},
};

/// A way to a backend. Clones are the same way.
#[derive(Clone)]
pub struct RpcConnection {
    inner: Arc<Inner>,
}

struct Inner {
    /// `None` once it was closed.
    configuration: Mutex<Option<Arc<dyn RpcConfiguration>>>,
    options: Arc<RpcOptions>,
    last_request: AtomicU64,
}

impl RpcConnection {
    /// A connection over `configuration`.
    #[must_use]
    pub fn new(configuration: Arc<dyn RpcConfiguration>, options: RpcOptions) -> Self {
        Self {
            inner: Arc::new(Inner {
                configuration: Mutex::new(Some(configuration)),
                options: Arc::new(options),
                last_request: AtomicU64::new(0),
            }),
        }
    }

    /// What it was told.
    #[must_use]
    pub fn options(&self) -> &RpcOptions {
        &self.inner.options
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
        let mut context = (self.inner.options.context)().or_current();
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
            arguments,
        };
        Ok(Prepared {
            configuration,
            options: Arc::clone(&self.inner.options),
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
    pub(super) options: Arc<RpcOptions>,
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
