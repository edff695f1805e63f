//! A request that somebody may look at while it runs: its life, behind a lock, and its place in
//! the table of its connection.
//!
//! The future that carries the request and the handles of it share one value. A listener is told
//! while nothing is locked, and by one thread at a time, so that events keep their order.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use super::lock::lock;
use super::{
    InterfaceName, RpcConfiguration, RpcConnection, RpcEvent, RpcRequest, RpcRequestContext,
    RpcRequestStatus,
    life::{Arrived, LifeSettings, Next, RequestLife, Submission},
};
use crate::wire::MethodName;

/// One request, shared by what carries it and by its handles.
pub(super) struct Running {
    id: u64,
    interface: InterfaceName,
    operation: MethodName,
    context: Arc<RpcRequestContext>,
    connection: RpcConnection,
    configuration: Arc<dyn RpcConfiguration>,
    /// Handles that live: without one nobody can send a cancelled request again.
    handles: AtomicUsize,
    state: Mutex<State>,
}

struct State {
    life: RequestLife,
    /// What carries the request, where it waits for more than an answer.
    waker: Option<Waker>,
    /// A handle asked to send it again.
    is_wanted: bool,
    /// A thread tells listeners of its events.
    is_telling: bool,
}

impl Running {
    pub(super) fn new(
        connection: RpcConnection,
        configuration: Arc<dyn RpcConfiguration>,
        request: &RpcRequest,
        settings: LifeSettings,
    ) -> Arc<Self> {
        let records = connection.listeners().has_any();
        let mut life = RequestLife::unheard(settings);
        life.record(records);
        let running = Arc::new(Self {
            id: request.id,
            interface: request.interface.clone(),
            operation: request.operation.clone(),
            context: Arc::clone(&request.context),
            connection,
            configuration,
            handles: AtomicUsize::new(0),
            state: Mutex::new(State {
                life,
                waker: None,
                is_wanted: false,
                is_telling: false,
            }),
        });
        if records {
            running.tell();
        }
        running
    }

    pub(super) fn configuration(&self) -> &dyn RpcConfiguration {
        &*self.configuration
    }

    pub(super) fn connection(&self) -> &RpcConnection {
        &self.connection
    }

    fn now(&self) -> Duration {
        self.configuration.clock().now()
    }

    /// Puts it into the table of its connection until the guard is dropped; then it is over.
    pub(super) fn enter(self: Arc<Self>) -> Entered {
        let place = self.connection.active().insert(Arc::clone(&self));
        Entered {
            running: self,
            place,
            is_over: false,
        }
    }

    /// The request is being sent; `None` if it was cancelled.
    pub(super) fn submit(&self) -> Option<Submission> {
        let now = self.now();
        let submission = self.change(|state| {
            if state.life.status() == RpcRequestStatus::Cancelled && !state.is_wanted {
                return None;
            }
            state.is_wanted = false;
            state.life.submit(now)
        });
        if submission.is_some() {
            self.connection.load().asked(now);
        }
        submission
    }

    pub(super) fn arrived(&self, submission: Submission, arrived: Arrived) -> Next {
        let now = self.now();
        if !matches!(arrived, Arrived::Lost | Arrived::Broken) {
            self.connection.load().answered(now);
        }
        self.change(|state| state.life.arrived(submission, arrived, now))
    }

    pub(super) fn fail(&self) {
        let now = self.now();
        self.change(|state| state.life.fail(now));
    }

    pub(super) fn give_up(&self) {
        let now = self.now();
        self.change(|state| state.life.give_up(now));
    }

    /// When it is to be sent again.
    pub(super) fn due_at(&self) -> Option<Duration> {
        self.lock().life.due_at()
    }

    /// Completes when it is cancelled.
    pub(super) fn poll_cancelled(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.life.status() == RpcRequestStatus::Cancelled {
            return Poll::Ready(());
        }
        state.wait(cx)
    }

    /// Completes when a request that was cancelled is to be sent again: `true`; or cannot be any
    /// more, since nobody has a handle of it: `false`.
    pub(super) fn poll_wanted(&self, cx: &mut Context<'_>) -> Poll<bool> {
        let mut state = self.lock();
        if state.is_wanted {
            return Poll::Ready(true);
        }
        // Read behind the lock: a handle that is dropped later finds the waker.
        if self.handles.load(Ordering::Acquire) == 0 {
            return Poll::Ready(false);
        }
        state.wait(cx).map(|()| true)
    }

    pub(super) fn handle(self: &Arc<Self>) -> RpcRequestHandle {
        self.handles.fetch_add(1, Ordering::AcqRel);
        RpcRequestHandle(Arc::clone(self))
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let records = self.connection.listeners().has_any();
        let mut state = self.lock();
        state.life.record(records);
        let result = change(&mut state);
        drop(state);
        if records {
            self.tell();
        }
        result
    }

    /// Tells listeners what was recorded. Another thread that tells at this moment goes on with
    /// it; so does a listener's own thread, when the listener does something to the request.
    fn tell(&self) {
        let listeners = self.connection.listeners();
        loop {
            let mut state = self.lock();
            if state.is_telling {
                return;
            }
            let Some(event) = state.life.next_event() else {
                return;
            };
            state.is_telling = true;
            let extended_status = state.life.extended_status().to_owned();
            let (attempts, retry_after) = (state.life.attempts(), state.life.retry_after());
            drop(state);
            let _telling = Telling(self);
            listeners.tell(&RpcEvent {
                what: event.what,
                request: self.id,
                interface: &self.interface,
                operation: &self.operation,
                context: &self.context,
                status: event.status,
                extended_status: &extended_status,
                attempts,
                retry_after,
            });
        }
    }

    fn wake(&self) {
        let waker = self.lock().waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// A panic of a listener happens while nothing is locked.
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// Ends the telling, also where a listener panics.
struct Telling<'a>(&'a Running);

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        self.0.lock().is_telling = false;
    }
}

impl State {
    fn wait<T>(&mut self, cx: &Context<'_>) -> Poll<T> {
        match &mut self.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            waker => *waker = Some(cx.waker().clone()),
        }
        Poll::Pending
    }
}

/// A request in the table of its connection.
pub(super) struct Entered {
    pub(super) running: Arc<Running>,
    place: usize,
    is_over: bool,
}

impl Entered {
    /// Its life has come to an end by itself.
    pub(super) fn over(mut self) {
        self.is_over = true;
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let running = &self.running;
        running.connection.active().remove(self.place);
        if !self.is_over {
            let now = running.now();
            running.change(|state| state.life.dispose(now));
        }
    }
}

/// The requests of a connection that are not over. iModel.js: `RpcRequest.activeRequests`.
#[derive(Default)]
pub(super) struct Active(Mutex<Places>);

/// Places that are taken and given up without an allocation each time.
#[derive(Default)]
struct Places {
    list: Vec<Option<Arc<Running>>>,
    free: Vec<usize>,
}

impl Active {
    pub(super) fn all(&self) -> Vec<RpcRequestHandle> {
        let mut all: Vec<_> = {
            let places = self.lock();
            places.list.iter().flatten().map(Running::handle).collect()
        };
        all.sort_by_key(RpcRequestHandle::id);
        all
    }

    fn insert(&self, running: Arc<Running>) -> usize {
        let mut places = self.lock();
        match places.free.pop() {
            Some(place) => {
                places.list[place] = Some(running);
                place
            }
            None => {
                places.list.push(Some(running));
                places.list.len() - 1
            }
        }
    }

    fn remove(&self, place: usize) {
        let mut places = self.lock();
        // Bound, so that it is dropped when nothing is locked.
        let _running = places.list[place].take();
        places.free.push(place);
        drop(places);
    }

    /// The table holds no invariant that a panic between two statements could break.
    fn lock(&self) -> MutexGuard<'_, Places> {
        lock(&self.0)
    }
}

/// A look at a request, and a hand on it. Clones are of the same request.
///
/// It does not keep the request running: dropping the call ends it.
#[cfg_attr(doc, doc = include_str!("../../examples/requests.md"))]
pub struct RpcRequestHandle(Arc<Running>);

impl RpcRequestHandle {
    /// Its number in its connection, the same for all its sendings.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.0.id
    }

    /// The interface asked.
    #[must_use]
    pub fn interface(&self) -> &InterfaceName {
        &self.0.interface
    }

    /// The operation asked for.
    #[must_use]
    pub fn operation(&self) -> &MethodName {
        &self.0.operation
    }

    /// Whose request it is.
    #[must_use]
    pub fn context(&self) -> &RpcRequestContext {
        &self.0.context
    }

    /// Where it stands.
    #[must_use]
    pub fn status(&self) -> RpcRequestStatus {
        self.0.lock().life.status()
    }

    /// How far the backend said last that it is; empty before.
    #[must_use]
    pub fn extended_status(&self) -> String {
        self.0.lock().life.extended_status().to_owned()
    }

    /// How often it was sent.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.lock().life.attempts()
    }

    /// How long after its last sending it is sent again, where the backend said so or a fault of
    /// the moment came.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.lock().life.retry_after()
    }

    /// From when it was first sent until now, or until it was over; zero before.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        let now = self.0.now();
        let state = self.0.lock();
        match state.life.is_over() {
            true => state.life.elapsed(),
            false => state
                .life
                .first_submitted()
                .map_or(Duration::ZERO, |first| now.saturating_sub(first)),
        }
    }

    /// Whether an answer to it is waited for.
    #[must_use]
    pub fn is_connecting(&self) -> bool {
        self.0.lock().life.is_connecting()
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.0.lock().life.is_over()
    }

    /// Gives it up for now: what was sent is cancelled on the other side, and an answer that still
    /// comes is ignored. The call waits for [`submit`](Self::submit), up to its deadline; without
    /// any handle it ends as cancelled. No effect on one that is over.
    pub fn cancel(&self) {
        let cancel = |state: &mut State| {
            // Also one that was asked for and has not begun.
            state.is_wanted = false;
            state.life.cancel()
        };
        if self.0.change(cancel) {
            self.0.wake();
        }
    }

    /// Sends it again after [`cancel`](Self::cancel), for the same call. False if it does not
    /// stand there.
    pub fn submit(&self) -> bool {
        let mut state = self.0.lock();
        let is_cancelled =
            state.life.status() == RpcRequestStatus::Cancelled && !state.life.is_over();
        state.is_wanted |= is_cancelled;
        drop(state);
        if is_cancelled {
            self.0.wake();
        }
        is_cancelled
    }
}

impl Clone for RpcRequestHandle {
    fn clone(&self) -> Self {
        self.0.handle()
    }
}

impl Drop for RpcRequestHandle {
    fn drop(&mut self) {
        if self.0.handles.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.wake();
        }
    }
}

impl fmt::Debug for RpcRequestHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RpcRequestHandle")
            .field("id", &self.id())
            .field("interface", self.interface())
            .field("operation", self.operation())
            .field("status", &self.status())
            .field("attempts", &self.attempts())
            .finish_non_exhaustive()
    }
}
