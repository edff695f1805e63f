//! One end of a session at work: the session's state, its handlers, and the shell that hosts it.
//!
//! A pipe feeds frames in with [`Endpoint::receive`] and takes frames out with
//! [`Endpoint::poll`]; everything else happens in between. Both halves use it: a page has one, a
//! backend one per page.

pub(crate) mod running;
mod socket;

use std::{
    collections::HashSet,
    fmt,
    hash::{Hash, Hasher},
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    time::Duration,
};

use futures_channel::oneshot;

use super::{
    EndReason, Extensions, Handlers, Items, Listeners, Load, Message, Origin, PipeError, PipeLoad,
    Shell, Side,
    defect::{self, Defect},
    items::Inlet,
    session::{Event, Session},
    tap::SessionTap,
};
use crate::wire::{
    ByeCode, Bytes, ChannelName, HelloBody, Limits, Notification, Verdict, WelcomeBody,
};

/// One end of one session. Clones are the same end.
#[cfg_attr(doc, doc = include_str!("../../examples/shell.md"))]
#[derive(Clone)]
pub struct Endpoint {
    inner: Arc<Inner>,
}

struct Inner {
    session: Mutex<Session>,
    origin: Origin,
    /// What this end alone offers, and what all ends of a backend offer.
    handlers: Handlers,
    common_handlers: Handlers,
    listeners: Listeners,
    common_listeners: Listeners,
    /// What lives as long as the session.
    extensions: Extensions,
    shell: Arc<dyn Shell>,
    welcomed: Mutex<Option<oneshot::Sender<Result<WelcomeBody, PipeError>>>>,
    /// Told of every handshake that this end judges.
    observer: Option<HandshakeObserver>,
    /// Sees every message before its listeners do.
    witness: OnceLock<Witness>,
    /// Called once, when the session is over.
    at_end: Mutex<Vec<AtEnd>>,
}

/// Runs when a session is over.
type AtEnd = Box<dyn FnOnce(&EndReason) + Send>;

/// Sees a one-way message that came.
type Witness = Box<dyn Fn(&Message) + Send + Sync>;

/// Hears of a handshake: who greeted, and the verdicts.
pub(crate) type HandshakeObserver = Arc<dyn Fn(&Origin, &[Verdict]) + Send + Sync>;

/// What an endpoint has to send.
#[cfg_attr(doc, doc = include_str!("../../examples/shell.md"))]
#[derive(Debug, Default)]
pub struct Outgoings {
    /// Frames, each behind its length of four little-endian bytes.
    pub frames: Vec<u8>,
    /// Whether frames are left that the budget did not cover.
    pub has_more: bool,
    /// When to poll again even if nobody wakes the shell.
    pub next_wakeup: Option<Duration>,
}

impl Endpoint {
    pub(crate) fn new(
        side: Side,
        limits: Limits,
        origin: Origin,
        handlers: Handlers,
        listeners: Listeners,
        shell: Arc<dyn Shell>,
        observer: Option<HandshakeObserver>,
    ) -> Self {
        let inner = Inner {
            session: Mutex::new(Session::new(side, limits, &origin.window)),
            origin,
            handlers: Handlers::default(),
            common_handlers: handlers,
            // A page attaches its listeners when it has drawn itself, and what was sent before
            // must reach them.
            listeners: match side {
                Side::Frontend => Listeners::keeping(),
                Side::Backend => Listeners::default(),
            },
            common_listeners: listeners,
            extensions: Extensions::default(),
            shell,
            welcomed: Mutex::new(None),
            observer,
            witness: OnceLock::new(),
            at_end: Mutex::new(Vec::new()),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// The page's end of a session over a new pipe. [`super::FrontendIpc::startup`] greets.
    #[must_use]
    pub fn frontend(shell: Arc<dyn Shell>, limits: Limits) -> Self {
        let origin = Origin::new(0, "backend".into());
        Self::new(
            Side::Frontend,
            limits,
            origin,
            Handlers::default(),
            Listeners::default(),
            shell,
            None,
        )
    }

    /// Number and window of the session.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.inner.origin
    }

    /// Takes one frame from the pipe. Frames must come in the order the other side sent them.
    pub fn receive(&self, frame: &Bytes) {
        let (event, wants_poll) = self.with(|session| {
            let event = session.receive(frame, &|| self.inner.shell.now());
            (event, session.wants_poll())
        });
        if let Some(event) = event {
            self.act(event);
        }
        if wants_poll {
            self.inner.shell.wake();
        }
    }

    /// Lets deadlines pass and takes what is to be sent, about `budget` bytes at most: what the
    /// pipe's window leaves. `None` takes nothing.
    pub fn poll(&self, budget: Option<usize>) -> Outgoings {
        let polled = self.with(|session| session.poll(&|| self.inner.shell.now(), budget));
        if let Some(event) = polled.ended {
            self.act(event);
        }
        Outgoings {
            frames: polled.frames,
            has_more: polled.has_more,
            next_wakeup: polled.next_wakeup,
        }
    }

    /// Whether frames wait to be sent.
    #[must_use]
    pub fn has_frames(&self) -> bool {
        self.session().load().queued_bytes > 0
    }

    /// Lets the pipe say what it has on the way, for [`Load::pipe`].
    pub fn set_pipe_load(&self, pipe: PipeLoad) {
        self.session().set_pipe(pipe);
    }

    /// How busy the session is.
    #[must_use]
    pub fn load(&self) -> Load {
        self.session().load()
    }

    /// Why the session ended; `None` while it lives.
    #[must_use]
    pub fn ended(&self) -> Option<EndReason> {
        self.session().ended().cloned()
    }

    /// Whether the handshake is over and the session is not.
    pub(crate) fn is_open(&self) -> bool {
        self.session().is_open()
    }

    /// Runs `f` when the session ends; at once if it has.
    pub fn on_end(&self, f: impl FnOnce(&EndReason) + Send + 'static) {
        let mut at_end = lock(&self.inner.at_end);
        let ended = self.session().ended().cloned();
        match ended {
            Some(reason) => {
                drop(at_end);
                f(&reason);
            }
            None => at_end.push(Box::new(f)),
        }
    }

    /// Lets `witness` see every one-way message that this end receives, before its listeners, and
    /// also where there is none: for what shows the traffic of a page. It should return at once.
    /// The first one stays; gives whether this is it.
    pub fn witness_messages(&self, witness: impl Fn(&Message) + Send + Sync + 'static) -> bool {
        self.inner.witness.set(Box::new(witness)).is_ok()
    }

    /// Ends the session in order: says goodbye to the peer, after what waits to be sent.
    pub fn close(&self, code: ByeCode, text: &str) {
        let event = self.with(|session| session.close(EndReason::Closed, code, text));
        if let Some(event) = event {
            self.act(event);
            self.inner.shell.wake();
        }
    }

    /// Ends the session because its pipe or its page is gone; nothing more is sent.
    pub fn abandon(&self, reason: EndReason) {
        let event = self.with(|session| session.abandon(reason));
        if let Some(event) = event {
            self.act(event);
        }
    }

    /// Ends the session for a fault of its pipe or its peer, and tells the peer, after what waits
    /// to be sent.
    pub fn give_up(&self, reason: EndReason) {
        let event = self.with(|session| session.give_up(reason));
        if let Some(event) = event {
            self.act(event);
            self.inner.shell.wake();
        }
    }

    /// Greets the backend and waits for its verdicts.
    pub(crate) fn greet(
        &self,
        hello: HelloBody,
    ) -> oneshot::Receiver<Result<WelcomeBody, PipeError>> {
        let (welcomed, wait) = oneshot::channel();
        *lock(&self.inner.welcomed) = Some(welcomed);
        // Looked at after the sender is where the end of the session finds it.
        if let Some(reason) = self.ended() {
            if let Some(welcomed) = lock(&self.inner.welcomed).take() {
                let _ = welcomed.send(Err(PipeError::Ended(reason)));
            }
            return wait;
        }
        self.with(|session| session.greet(hello));
        self.inner.shell.wake();
        wait
    }

    pub(crate) fn expect_greeting(&self, after: Duration) {
        self.session()
            .expect_greeting(self.inner.shell.now(), after);
    }

    pub(crate) fn allow_only(&self, channels: HashSet<ChannelName>) {
        self.session().allow_only(channels);
    }

    pub(crate) fn tap(&self, tap: SessionTap) {
        self.session().tap(tap);
    }

    pub(crate) fn let_inspect(&self) {
        self.session().let_inspect();
    }

    /// Gives up a call that this end made, or the stream that answered it.
    pub(crate) fn cancel(&self, call: u32) {
        self.with(|session| session.cancel(call));
        self.inner.shell.wake();
    }

    /// Gives the other end credit for what was taken of its stream.
    pub(crate) fn grant(&self, call: u32, items: u32, bytes: u32) {
        self.with(|session| session.grant(call, items, bytes));
        self.inner.shell.wake();
    }

    /// A thread begins blocking work for `call`; says whether anybody waits for it.
    pub(crate) fn begin_work(&self, call: u32) -> bool {
        self.session().begin_work(call)
    }

    /// The work is over; says whether its call was over before it.
    pub(crate) fn end_work(&self, call: u32) -> bool {
        self.session().end_work(call)
    }

    /// The stream that answers a call of this end.
    pub(crate) fn items(&self, call: u32, inlet: Inlet) -> Items {
        let session = self.session();
        Items::new(call, inlet, session.limits(), self.clone())
    }

    /// What lives as long as the session.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.inner.extensions
    }

    fn act(&self, event: Event) {
        match event {
            Event::Greeted(hello) => {
                let own = &self.inner.handlers;
                let verdicts = self.inner.common_handlers.judge(&hello.interfaces, own);
                for advice in verdicts.iter().filter_map(Verdict::advice) {
                    tracing::error!(session = self.inner.origin.session, "{advice}");
                }
                let seen = verdicts.clone();
                self.with(|session| session.welcome(self.inner.origin.session, verdicts));
                self.inner.shell.wake();
                // Once the session is open: an observer may have something to tell the page.
                if let Some(observer) = &self.inner.observer {
                    observer(&self.inner.origin, &seen);
                }
            }
            Event::Welcomed(body) => {
                if let Some(welcomed) = lock(&self.inner.welcomed).take() {
                    // Startup may have been given up meanwhile.
                    let _ = welcomed.send(Ok(body));
                }
            }
            Event::Call {
                request,
                cancellation,
                deadline,
                is_timed,
            } => {
                if defect::is(Defect::CallRunTwice) {
                    self.start(request.clone(), &cancellation, deadline, is_timed);
                }
                self.start(request, &cancellation, deadline, is_timed);
            }
            Event::Notification(Notification {
                channel,
                name,
                arguments,
            }) => {
                let origin = self.inner.origin.clone();
                let message = Message::new(origin, channel, name, arguments);
                if let Some(witness) = self.inner.witness.get() {
                    witness(&message);
                }
                self.inner.common_listeners.deliver(&message);
                let dropped = self.inner.listeners.deliver(&message);
                if dropped > 0 {
                    self.with(|session| session.count_dropped(dropped));
                }
            }
            Event::Ended(reason) => self.inner.ended(&reason),
        }
    }

    /// Does something with the session, and wakes whom that concerns once it is not locked.
    fn with<T>(&self, act: impl FnOnce(&mut Session) -> T) -> T {
        let (result, wakers) = {
            let mut session = self.session();
            (act(&mut session), session.take_wakers())
        };
        for waker in wakers {
            waker.wake();
        }
        result
    }

    /// A panic while the lock was held would have ended the session's sense, not its safety;
    /// the session panics nowhere.
    fn session(&self) -> MutexGuard<'_, Session> {
        lock(&self.inner.session)
    }
}

impl Inner {
    /// Tells everybody who asked for it that the session is over.
    fn ended(&self, reason: &EndReason) {
        let Origin { session, window } = &self.origin;
        if reason.is_ordinary() {
            tracing::info!(session, window = &**window, %reason, "the session ended");
        } else {
            tracing::warn!(session, window = &**window, %reason, "the session ended");
        }
        if let Some(welcomed) = lock(&self.welcomed).take() {
            let _ = welcomed.send(Err(PipeError::Ended(reason.clone())));
        }
        run_at_end(*session, || self.extensions.clear());
        // Taken out first: one of them may ask for another.
        let at_end = std::mem::take(&mut *lock(&self.at_end));
        for at_end in at_end {
            run_at_end(*session, || at_end(reason));
        }
    }
}

/// Runs the app's own code: a panic in one piece of it must not keep the others from theirs.
fn run_at_end(session: u64, run: impl FnOnce()) {
    if std::panic::catch_unwind(AssertUnwindSafe(run)).is_err() {
        tracing::error!(session, "what was to run at the session's end panicked");
    }
}

impl Drop for Inner {
    /// Its last owner is gone: what it runs for the other end is cancelled.
    fn drop(&mut self) {
        let session = self.session.get_mut();
        let session = session.unwrap_or_else(PoisonError::into_inner);
        let event = session.abandon(EndReason::PageGone);
        for waker in session.take_wakers() {
            waker.wake();
        }
        if let Some(Event::Ended(reason)) = event {
            self.ended(&reason);
        }
    }
}

/// An endpoint that does not keep its session alive.
#[derive(Clone, Default)]
pub(crate) struct WeakEndpoint(Weak<Inner>);

impl PartialEq for WeakEndpoint {
    fn eq(&self, other: &Self) -> bool {
        self.0.ptr_eq(&other.0)
    }
}

impl Eq for WeakEndpoint {}

impl Hash for WeakEndpoint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_ptr().hash(state);
    }
}

impl WeakEndpoint {
    pub(crate) fn upgrade(&self) -> Option<Endpoint> {
        self.0.upgrade().map(|inner| Endpoint { inner })
    }
}

impl Endpoint {
    pub(crate) fn downgrade(&self) -> WeakEndpoint {
        WeakEndpoint(Arc::downgrade(&self.inner))
    }
}

impl fmt::Debug for WeakEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WeakEndpoint")
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("origin", &self.inner.origin)
            .finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
