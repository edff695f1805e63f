//! The frontend's half: one socket to the backend, checked at startup.
//!
//! `FrontendIpc` is a value that the page owns. iModel.js: `FrontendIpc`, with the version check
//! that its documents recommend done for every declared interface at once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::{
    BackendError, Call, CallResult, Caller, Endpoint, HandlerGuard, IntoIpcHandler,
    IntoNotificationListener, IpcInterface, IpcSocket as _, Listener, Message, PipeError,
    RegisterError, StartupError, VersionPolicy, notification::listen_fn, verdict,
};
use crate::wire::{
    ByeCode, ChannelName, ClientKind, DeclaredInterface, HelloBody, MethodName, Verdict,
};

/// A client that an interface's macro generated.
#[cfg_attr(doc, doc = include_str!("../../examples/calls.md"))]
pub trait IpcClient: Sized {
    /// The contract it was generated from.
    type Interface: IpcInterface;

    /// The client over `caller`.
    fn over(caller: Caller) -> Self;
}

/// The frontend's half of the app's IPC. Clones are the same half.
#[cfg_attr(doc, doc = include_str!("../../examples/calls.md"))]
#[derive(Clone, Debug, Default)]
pub struct FrontendIpc {
    socket: Arc<Mutex<Option<Endpoint>>>,
    verdicts: Arc<[Verdict]>,
}

/// The interfaces that a frontend was built against.
#[cfg_attr(doc, doc = include_str!("../../examples/calls.md"))]
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// Rust, unless it was said otherwise.
    is_dynamic: bool,
    interfaces: Vec<DeclaredInterface>,
}

impl Declared {
    /// What code in another language was generated from, which need not be all that it calls.
    #[must_use]
    pub fn dynamic() -> Self {
        Self {
            is_dynamic: true,
            ..Self::default()
        }
    }

    /// Adds an interface.
    #[must_use]
    pub fn interface<I: IpcInterface>(mut self) -> Self {
        self.interfaces.push(DeclaredInterface {
            channel: I::CHANNEL,
            version: I::VERSION.to_owned(),
            fingerprint: I::fingerprint(),
        });
        self
    }

    /// Adds an interface as another build would have it: for tests of the mismatch screen.
    #[must_use]
    pub fn raw(mut self, interface: DeclaredInterface) -> Self {
        self.interfaces.push(interface);
        self
    }
}

impl FrontendIpc {
    /// Greets the backend over `socket` and compares all declared interfaces, in one round trip.
    ///
    /// # Errors
    /// [`StartupError::Mismatch`] with all verdicts where an interface does not fit: the socket
    /// is closed then. [`StartupError::Pipe`] where the backend did not answer.
    pub async fn startup(socket: Endpoint, declared: Declared) -> Result<Self, StartupError> {
        let started = Self::startup_any(socket, declared).await?;
        if let Err(error) = verdict::all_fit(&started.verdicts) {
            started.shutdown();
            return Err(error);
        }
        Ok(started)
    }

    /// Like [`Self::startup`], but starts also where interfaces do not fit; calls on those are
    /// refused one by one. For pages that show the mismatch themselves.
    ///
    /// # Errors
    /// [`StartupError::Pipe`] where the backend did not answer.
    pub async fn startup_any(socket: Endpoint, declared: Declared) -> Result<Self, StartupError> {
        let hello = HelloBody {
            client: match declared.is_dynamic {
                true => ClientKind::Dynamic,
                false => ClientKind::Rust,
            },
            interfaces: declared.interfaces,
            ..HelloBody::default()
        };
        let welcome = socket
            .greet(hello)
            .await
            .unwrap_or(Err(PipeError::NotValid))?;
        Ok(Self {
            socket: Arc::new(Mutex::new(Some(socket))),
            verdicts: welcome.verdicts.into(),
        })
    }

    /// Whether there is a socket: code may be written to work with or without IPC.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.socket().is_ok_and(|socket| socket.ended().is_none())
    }

    /// The socket.
    ///
    /// # Errors
    /// [`PipeError::NotValid`] without one.
    pub fn socket(&self) -> Result<Endpoint, PipeError> {
        self.lock().clone().ok_or(PipeError::NotValid)
    }

    /// What the backend said of each declared interface.
    #[must_use]
    pub fn verdicts(&self) -> &[Verdict] {
        &self.verdicts
    }

    /// The client of an interface.
    ///
    /// # Errors
    /// [`PipeError::NotValid`] without a socket.
    pub fn client<C: IpcClient>(&self) -> Result<C, PipeError> {
        Ok(C::over(self.caller()?))
    }

    /// Makes calls by name, or with options of its own.
    ///
    /// # Errors
    /// [`PipeError::NotValid`] without a socket.
    pub fn caller(&self) -> Result<Caller, PipeError> {
        Ok(Caller::new(Arc::new(self.socket()?)))
    }

    /// Calls a backend method by name. `arguments` encodes to an array; the result is a value, or
    /// an [`IpcStream`](super::IpcStream).
    ///
    /// iModel.js: `FrontendIpc.callBackend`.
    ///
    /// # Errors
    /// [`PipeError::NotValid`] without a socket; what the call itself meets comes from its
    /// future.
    pub fn call_backend<T: CallResult<BackendError>>(
        &self,
        channel: ChannelName,
        method: MethodName,
        arguments: &(impl Serialize + ?Sized),
    ) -> Result<Call<T, BackendError>, PipeError> {
        Ok(self.caller()?.call(channel, method, arguments))
    }

    /// Attaches a listener for one-way messages by name, while the guard lives.
    ///
    /// iModel.js: `FrontendIpc.handleMessage`.
    ///
    /// # Errors
    /// [`PipeError::NotValid`] without a socket.
    pub fn handle_message(
        &self,
        channel: ChannelName,
        listener: impl Fn(&Message) + Send + Sync + 'static,
    ) -> Result<Listener, PipeError> {
        Ok(self.socket()?.listen(listen_fn(channel, listener)))
    }

    /// Attaches a typed listener, while the guard lives.
    ///
    /// # Errors
    /// [`PipeError::NotValid`] without a socket.
    pub fn listen<I: IpcInterface>(
        &self,
        listener: impl IntoNotificationListener<I>,
    ) -> Result<Listener, PipeError> {
        Ok(self.socket()?.listen(listener.into_notification_listener()))
    }

    /// Registers a handler that the backend may call, while the guard lives.
    ///
    /// iTwin.js: `IpcApp.handle`.
    ///
    /// # Errors
    /// [`RegisterError`] without a socket, or where the channel has a handler already.
    pub fn handle<I: IpcInterface>(
        &self,
        handler: impl IntoIpcHandler<I>,
    ) -> Result<HandlerGuard, RegisterError> {
        Ok(self
            .socket()?
            .handle(handler.into_ipc_handler(), VersionPolicy::default())?)
    }

    /// Says goodbye and lets go of the socket. Calls in flight end with [`PipeError::Ended`].
    pub fn shutdown(&self) {
        let socket = self.lock().take();
        if let Some(socket) = socket {
            socket.close(ByeCode::Closed, "the frontend shut down");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Endpoint>> {
        self.socket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
