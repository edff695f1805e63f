//! The backend's half: its handlers, and the sessions of all its pages.
//!
//! `BackendIpc` is a value that the app owns; `BackendSocket` is what it stands on, and what a
//! host or a plugin connects pages to. iModel.js: `BackendIpc` and `IpcSocketBackend`.

use std::{
    collections::HashSet,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;

use super::{
    BackendError, Call, CallResult, Caller, ChannelTaken, Delivery, Endpoint, HandlerGuard,
    Handlers, IntoIpcHandler, IpcClient, IpcHandler, IpcInterface, IpcSocket, IpcSocketBackend,
    Listener, Listeners, Message, NotificationListener, NotificationSender, Origin, PipeError,
    SendWithRoom, Shell, Side, VersionPolicy, Watch, Watched, WindowSocket,
    endpoint::HandshakeObserver,
    tap::{SessionTap, Tap},
};
use crate::wire::{ByeCode, ChannelName, Codec, Limits, MethodName, Payload, Verdict};

/// Settings of the backend half. `BackendOptions::default()` suits a desktop app.
#[cfg_attr(doc, doc = include_str!("../../examples/shell.md"))]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BackendOptions {
    /// What every session takes from its page.
    pub limits: Limits,
    /// Time from the start of a session to a finished handshake. Default 10 s.
    pub handshake_timeout: Duration,
}

impl Default for BackendOptions {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            handshake_timeout: Duration::from_secs(10),
        }
    }
}

impl BackendOptions {
    /// Sets [`limits`](Self::limits).
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets [`handshake_timeout`](Self::handshake_timeout).
    #[must_use]
    pub fn handshake_timeout(mut self, timeout: Duration) -> Self {
        self.handshake_timeout = timeout;
        self
    }
}

/// All sessions of a backend, and what they may call. Clones are the same socket.
#[cfg_attr(doc, doc = include_str!("../../examples/shell.md"))]
#[derive(Clone, Default)]
pub struct BackendSocket {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    options: BackendOptions,
    handlers: Handlers,
    listeners: Listeners,
    /// Copied when it changes, which is seldom, and not when a message is sent.
    sessions: Mutex<Arc<[Endpoint]>>,
    last_session: AtomicU64,
    observer: Mutex<Option<HandshakeObserver>>,
    tap: Arc<Tap>,
}

impl BackendSocket {
    /// A socket without sessions.
    #[must_use]
    pub fn new(options: BackendOptions) -> Self {
        Self {
            inner: Arc::new(Inner {
                options,
                ..Inner::default()
            }),
        }
    }

    /// Starts the session of a new page in `window`, over a pipe that `shell` pumps. With
    /// `allowed`, the page may call these channels and `host` only.
    ///
    /// The session is part of the socket until it ends; the pipe ends it with
    /// [`Endpoint::abandon`] when the page goes away.
    pub fn connect(
        &self,
        window: &str,
        shell: Arc<dyn Shell>,
        allowed: Option<HashSet<ChannelName>>,
    ) -> Endpoint {
        let endpoint = self.start(window, shell, true);
        if let Some(allowed) = allowed {
            endpoint.allow_only(allowed);
        }
        self.admit(&endpoint);
        endpoint
    }

    /// Starts the session of the inspector's page: it may call every channel, and `inspector`
    /// alone of all sessions, which `handler` answers for it. What it does itself is not watched.
    ///
    /// A session that runs cannot be made the inspector's, and the channel is refused to all
    /// others, whatever they are allowed.
    pub fn connect_inspector(
        &self,
        window: &str,
        shell: Arc<dyn Shell>,
        handler: Arc<dyn IpcHandler>,
    ) -> Endpoint {
        let endpoint = self.start(window, shell, false);
        match endpoint.handle(handler, VersionPolicy::default()) {
            Ok(guard) => {
                endpoint.let_inspect();
                endpoint.on_end(move |_| drop(guard));
            }
            // Whoever has the channel would be asked in place of the host.
            Err(taken) => tracing::error!(%taken, "the inspector sees nothing"),
        }
        self.admit(&endpoint);
        endpoint
    }

    fn start(&self, window: &str, shell: Arc<dyn Shell>, is_watched: bool) -> Endpoint {
        let session = self.inner.last_session.fetch_add(1, Ordering::Relaxed) + 1;
        let origin = Origin::new(session, window.into());
        let endpoint = Endpoint::new(
            Side::Backend,
            self.inner.options.limits.clone(),
            origin.clone(),
            self.inner.handlers.clone(),
            self.inner.listeners.clone(),
            shell,
            self.inner
                .observer
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
        );
        if is_watched {
            endpoint.tap(SessionTap::new(Arc::clone(&self.inner.tap), origin));
        }
        endpoint
    }

    /// Makes a session part of the socket.
    fn admit(&self, endpoint: &Endpoint) {
        let session = endpoint.origin().session;
        endpoint.expect_greeting(self.inner.options.handshake_timeout);
        self.change_sessions(|sessions| sessions.push(endpoint.clone()));
        let inner = Arc::downgrade(&self.inner);
        endpoint.on_end(move |_| {
            if let Some(inner) = inner.upgrade() {
                Self { inner }.change_sessions(|sessions| {
                    sessions.retain(|known| known.origin().session != session);
                });
            }
        });
    }

    /// Lets `observer` hear of every handshake from here on: who greeted, and all verdicts. It
    /// replaces an earlier one, is called on the session's executor, and should return soon.
    pub fn observe_handshakes(
        &self,
        observer: impl Fn(&Origin, &[Verdict]) + Send + Sync + 'static,
    ) {
        *self
            .inner
            .observer
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(observer));
    }

    /// Lets `watcher` see the traffic of all sessions from here on, until the guard is dropped:
    /// every frame with what is in it. While nobody watches, a frame costs the look at one flag.
    ///
    /// The watcher is called with a session locked, from any thread: it must return at once, must
    /// not panic, and must not use the socket. What it cannot keep up with it has to drop.
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use twinbridge_common::ipc::{Watched, in_process};
    ///
    /// let pair = in_process::pair();
    /// let (seen, sees) = mpsc::sync_channel(100);
    /// let watch = pair.backend().socket()?.watch(move |origin, what| {
    ///     if let Watched::Received(frame) = what {
    ///         let _ = seen.try_send((origin.window.clone(), frame.clone()));
    ///     }
    /// });
    /// let page = pair.connect("main");
    /// pair.run(twinbridge_common::FrontendIpc::startup(page, Default::default()))?;
    /// watch.remove();
    /// let (window, frame) = sees.recv()?;
    /// assert_eq!(&*window, "main");
    /// assert!(matches!(frame, twinbridge_common::wire::Frame::Hello(_)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn watch(&self, watcher: impl Fn(&Origin, Watched<'_>) + Send + Sync + 'static) -> Watch {
        self.inner.tap.watch(watcher)
    }

    /// What every session takes from its page.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.inner.options.limits
    }

    /// Registered handlers, by channel.
    #[must_use]
    pub fn handlers(&self) -> Vec<Arc<dyn IpcHandler>> {
        self.inner.handlers.all()
    }

    /// Ends all sessions in order.
    pub fn close(&self, text: &str) {
        for session in self.sessions() {
            session.close(ByeCode::Closed, text);
        }
    }

    fn change_sessions(&self, change: impl FnOnce(&mut Vec<Endpoint>)) {
        let mut sessions = self.sessions_lock();
        let mut changed = sessions.to_vec();
        change(&mut changed);
        *sessions = changed.into();
    }

    fn shared_sessions(&self) -> Arc<[Endpoint]> {
        Arc::clone(&self.sessions_lock())
    }

    fn sessions_lock(&self) -> MutexGuard<'_, Arc<[Endpoint]>> {
        self.inner
            .sessions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a broadcast makes of one session's answer: a page that is loading or leaving has nobody
/// who could miss the message.
fn unless_gone(sent: Result<(), PipeError>) -> Result<(), PipeError> {
    match sent {
        Err(PipeError::NotValid | PipeError::Ended(_)) => Ok(()),
        sent => sent,
    }
}

impl IpcSocket for BackendSocket {
    fn send(
        &self,
        channel: &ChannelName,
        name: &MethodName,
        arguments: Payload,
        delivery: Delivery,
    ) -> Result<(), PipeError> {
        let sessions = self.shared_sessions();
        let mut result = Ok(());
        // All get it, whatever becomes of one.
        for session in sessions.iter() {
            let sent = session.send(channel, name, arguments.clone(), delivery);
            result = result.and(unless_gone(sent));
        }
        result
    }

    fn send_with_room(&self, message: &Message) -> SendWithRoom {
        let mut result = Ok(());
        let mut waiting = Vec::new();
        for session in self.shared_sessions().iter() {
            match session.send_with_room(message).into_done() {
                Ok(sent) => result = result.and(unless_gone(sent)),
                Err(wait) => waiting.push(wait),
            }
        }
        if waiting.is_empty() {
            return SendWithRoom::done(result);
        }
        SendWithRoom::waiting(async move {
            let all = join_all(waiting).await.into_iter();
            all.fold(result, |result, sent| result.and(unless_gone(sent)))
        })
    }

    fn listen(&self, listener: Arc<dyn NotificationListener>) -> Listener {
        // Nothing is kept on this side, so nothing waits for a first listener.
        self.inner.listeners.insert(listener).0
    }

    fn handle(
        &self,
        handler: Arc<dyn IpcHandler>,
        policy: VersionPolicy,
    ) -> Result<HandlerGuard, ChannelTaken> {
        self.inner.handlers.insert(handler, policy)
    }
}

impl IpcSocketBackend for BackendSocket {
    fn sessions(&self) -> Vec<Endpoint> {
        self.shared_sessions().to_vec()
    }
}

impl fmt::Debug for BackendSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackendSocket")
            .field("handlers", &self.inner.handlers)
            .field("sessions", &self.sessions_lock().len())
            .finish_non_exhaustive()
    }
}

/// The backend's half of the app's IPC. Clones are the same half.
///
/// ```
/// use twinbridge_common::ipc::{BackendIpc, BackendSocket};
///
/// let without = BackendIpc::default();
/// assert!(!without.is_valid());
///
/// let backend = BackendIpc::startup(BackendSocket::default());
/// assert!(backend.is_valid());
/// backend.shutdown();
/// assert!(!backend.is_valid());
/// ```
#[cfg_attr(doc, doc = include_str!("../../examples/calls.md"))]
#[derive(Clone, Debug, Default)]
pub struct BackendIpc {
    socket: Arc<Mutex<Option<BackendSocket>>>,
}

impl BackendIpc {
    /// Starts the half over `socket`. `BackendIpc::default()` is a half that runs without IPC.
    ///
    /// iModel.js: `BackendIpc.initialize`.
    #[must_use]
    pub fn startup(socket: BackendSocket) -> Self {
        Self {
            socket: Arc::new(Mutex::new(Some(socket))),
        }
    }

    /// Whether there is a socket: code may be written to work with or without IPC.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.socket().is_ok()
    }

    /// The socket.
    ///
    /// # Errors
    /// [`PipeError::NotValid`] without one.
    pub fn socket(&self) -> Result<BackendSocket, PipeError> {
        self.lock().clone().ok_or(PipeError::NotValid)
    }

    /// Registers the handler of an interface. It answers while the guard lives.
    ///
    /// iModel.js: `IpcHandler.register`.
    ///
    /// # Errors
    /// [`RegisterError`] where there is no socket, or the channel has a handler already.
    pub fn handle<I: IpcInterface>(
        &self,
        handler: impl IntoIpcHandler<I>,
    ) -> Result<HandlerGuard, RegisterError> {
        self.handle_dynamic(handler.into_ipc_handler(), VersionPolicy::default())
    }

    /// Registers a handler without a contract, or with another version policy.
    ///
    /// # Errors
    /// As for [`Self::handle`].
    pub fn handle_dynamic(
        &self,
        handler: Arc<dyn IpcHandler>,
        policy: VersionPolicy,
    ) -> Result<HandlerGuard, RegisterError> {
        Ok(self.socket()?.handle(handler, policy)?)
    }

    /// Sends a one-way message to every page, by name. `arguments` encodes to an array.
    ///
    /// iModel.js: `BackendIpc.sendMessage`.
    ///
    /// # Errors
    /// [`super::CallError::Pipe`] where it could not be sent to all, `Codec` where the arguments
    /// cannot be encoded.
    pub fn send_message(
        &self,
        channel: &ChannelName,
        name: &MethodName,
        arguments: &(impl serde::Serialize + ?Sized),
    ) -> Result<(), super::CallError> {
        let arguments = Payload::encode(Codec::MessagePack, arguments)
            .map_err(|error| super::CallError::Codec(super::CodecError::Arguments(error)))?;
        self.socket()?
            .send(channel, name, arguments, Delivery::Reliable)?;
        Ok(())
    }

    /// What typed senders of notifications to every page stand on.
    ///
    /// # Errors
    /// [`PipeError::NotValid`] without a socket.
    pub fn notification_sender(&self) -> Result<NotificationSender, PipeError> {
        Ok(NotificationSender::new(Arc::new(self.socket()?)))
    }

    /// What typed senders of notifications to the page of one window stand on.
    ///
    /// # Errors
    /// [`PipeError::NotValid`] without a socket.
    pub fn notification_sender_to(&self, window: &str) -> Result<NotificationSender, PipeError> {
        Ok(NotificationSender::new(Arc::new(self.window(window)?)))
    }

    /// The page that a window shows, whichever it is when a call or a message is sent.
    ///
    /// # Errors
    /// [`PipeError::NotValid`] without a socket.
    pub fn window(&self, window: &str) -> Result<WindowSocket, PipeError> {
        Ok(WindowSocket::new(self.socket()?, window))
    }

    /// The typed client of an interface that the page of `window` serves.
    ///
    /// # Errors
    /// [`PipeError::NotValid`] without a socket; [`PipeError::NoPage`] comes from the calls.
    pub fn client<C: IpcClient>(&self, window: &str) -> Result<C, PipeError> {
        Ok(C::over(Caller::new(Arc::new(self.window(window)?))))
    }

    /// Calls a method of the page of `window` by name. `arguments` encodes to an array; the result
    /// is a value, or an [`IpcStream`](super::IpcStream).
    ///
    /// iTwin.js: `BackendIpc.invoke`, which calls whichever page answers.
    ///
    /// # Errors
    /// [`PipeError::NotValid`] without a socket; what the call itself meets comes from its
    /// future, [`PipeError::NoPage`] among it.
    pub fn invoke<T: CallResult<BackendError>>(
        &self,
        window: &str,
        channel: ChannelName,
        method: MethodName,
        arguments: &(impl serde::Serialize + ?Sized),
    ) -> Result<Call<T, BackendError>, PipeError> {
        let caller = Caller::new(Arc::new(self.window(window)?));
        Ok(caller.call(channel, method, arguments))
    }

    /// Ends all sessions and lets go of the socket. Handlers that are running are cancelled. A
    /// page that is loaded later still finds the handlers: the socket is the host's, too.
    pub fn shutdown(&self) {
        let socket = self.lock().take();
        if let Some(socket) = socket {
            socket.close("the backend shut down");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<BackendSocket>> {
        self.socket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a handler was not registered.
#[cfg_attr(doc, doc = include_str!("../../examples/calls.md"))]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// The half runs without IPC.
    #[error(transparent)]
    Pipe(#[from] PipeError),
    /// The channel has a handler.
    #[error(transparent)]
    ChannelTaken(#[from] ChannelTaken),
}
