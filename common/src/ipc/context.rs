//! What a handler may know of the call it answers.
//!
//! The context is set around every poll of a handler's future and inside blocking work, in a
//! thread-local, so that it needs no argument and no runtime. Code that a handler calls reads it
//! with [`CallContext::current`].

use std::{
    cell::RefCell,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use futures_channel::oneshot;

use super::{
    Cancellation, Endpoint, Extensions, Origin, Refusal, Shell,
    owner::{CallOwner, Owner},
};
use crate::wire::{ChannelName, Metadata, MethodName};

/// The call that is being answered: who asked, until when, and whether anybody still waits.
///
/// iModel.js: `LoggingActivityContext.current`.
#[cfg_attr(doc, doc = include_str!("../../examples/context.md"))]
#[derive(Clone, Debug)]
pub struct CallContext {
    facts: Arc<Facts>,
}

#[derive(Debug)]
struct Facts {
    call: u32,
    origin: Origin,
    channel: ChannelName,
    method: MethodName,
    deadline: Option<Duration>,
    /// The deadline ended with the reply, and a stream goes on.
    has_replied: AtomicBool,
    cancellation: Cancellation,
    metadata: Metadata,
    shell: Arc<dyn Shell>,
    owner: Owner,
    extensions: Extensions,
}

/// Name of the metadata entry that ties what belongs together, across both halves and their
/// logs. iModel.js: `ClientRequestContext.activityId`.
pub(crate) const ACTIVITY: &str = "activity";

/// What is known of a call before it starts.
pub(crate) struct CallFacts<'a> {
    pub(crate) call: u32,
    pub(crate) origin: &'a Origin,
    pub(crate) channel: &'a ChannelName,
    pub(crate) method: &'a MethodName,
    pub(crate) deadline: Option<Duration>,
    pub(crate) cancellation: &'a Cancellation,
    pub(crate) metadata: Metadata,
}

thread_local! {
    static CURRENT: RefCell<Option<CallContext>> = const { RefCell::new(None) };
}

impl CallContext {
    pub(crate) fn new(call: CallFacts<'_>, owner: Owner, shell: Arc<dyn Shell>) -> Self {
        Self {
            facts: Arc::new(Facts {
                call: call.call,
                origin: call.origin.clone(),
                channel: call.channel.clone(),
                method: call.method.clone(),
                deadline: call.deadline,
                has_replied: AtomicBool::new(false),
                cancellation: call.cancellation.clone(),
                metadata: call.metadata,
                shell,
                owner,
                extensions: Extensions::default(),
            }),
        }
    }

    /// The call that this thread is answering at this moment; `None` outside a handler.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// Session and window the call came from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.facts.origin
    }

    /// The channel called.
    #[must_use]
    pub fn channel(&self) -> &str {
        self.facts.channel.as_str()
    }

    /// The method called.
    #[must_use]
    pub fn method(&self) -> &str {
        self.facts.method.as_str()
    }

    /// Time left until the call is refused with [`Refusal::Deadline`]; `None` without one, and
    /// once a stream has begun, which the deadline does not end.
    #[must_use]
    pub fn time_left(&self) -> Option<Duration> {
        let deadline = self.facts.deadline?;
        if self.facts.has_replied.load(Ordering::Relaxed) {
            return None;
        }
        Some(deadline.saturating_sub(self.facts.shell.now()))
    }

    pub(crate) fn shell(&self) -> &dyn Shell {
        &*self.facts.shell
    }

    /// The stream that answers the call has begun.
    pub(crate) fn outlive_deadline(&self) {
        self.facts.has_replied.store(true, Ordering::Relaxed);
    }

    /// Raised when nobody waits for the call any more.
    #[must_use]
    pub fn cancellation(&self) -> &Cancellation {
        &self.facts.cancellation
    }

    /// What the caller sent along beside the arguments.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.facts.metadata
    }

    /// The activity that the caller says this call belongs to:
    /// [`Caller::with_activity`](super::Caller::with_activity). Calls that the handler makes while
    /// it is polled belong to it, too.
    #[must_use]
    pub fn activity(&self) -> Option<&str> {
        self.metadata().get(ACTIVITY)
    }

    /// What belongs to this call alone: for handlers that wrap others.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.facts.extensions
    }

    /// The session that the call came from: to call or tell that page, or to keep what ends with
    /// it in its [`extensions`](Endpoint::extensions). `None` once it is gone, and where the call
    /// came without one: RPC within the process or over HTTP.
    #[must_use]
    pub fn session(&self) -> Option<Endpoint> {
        match &self.facts.owner {
            Owner::Session(session) => session.upgrade(),
            Owner::Scope(_) => None,
        }
    }

    /// What the call belongs to, by which a handler knows its caller again: the session, or without
    /// one the configuration that it came through.
    #[must_use]
    pub fn owner(&self) -> CallOwner {
        CallOwner(self.facts.owner.clone())
    }

    /// Runs `f` when the session that the call came from ends; at once if it has. For what
    /// belongs to one page: an open file, a lock. A call without a session belongs to the
    /// configuration that it came through.
    pub fn on_session_end(&self, f: impl FnOnce() + Send + 'static) {
        match &self.facts.owner {
            Owner::Scope(scope) => scope.on_end(f),
            Owner::Session(session) => match session.upgrade() {
                Some(session) => session.on_end(move |_| f()),
                None => f(),
            },
        }
    }

    /// Runs `work` on the shell's pool for blocking work, inside this context.
    ///
    /// # Errors
    /// [`Refusal::Panicked`] where `work` panicked, [`Refusal::Cancelled`] where the shell shut
    /// down before it began.
    ///
    /// # Cancellation
    /// Dropping the future does not stop `work`: it sees [`Self::cancellation`] and should look.
    pub fn blocking<T, W>(
        &self,
        work: W,
    ) -> impl Future<Output = Result<T, Refusal>> + Send + 'static + use<T, W>
    where
        T: Send + 'static,
        W: FnOnce() -> T + Send + 'static,
    {
        let (done, wait) = oneshot::channel();
        let context = self.clone();
        self.facts.shell.spawn_blocking(Box::new(move || {
            // Cancelled while it waited for a thread: nobody would hear of the result.
            if !context.begin_work() || context.cancellation().is_cancelled() {
                return;
            }
            let begun = context.facts.shell.now();
            let work = std::panic::AssertUnwindSafe(|| context.enter(work));
            let result = std::panic::catch_unwind(work).map_err(|panic| context.panicked(&*panic));
            if context.end_work() {
                let took = context.facts.shell.now().saturating_sub(begun);
                let (channel, method) = (context.channel(), context.method());
                tracing::warn!(
                    channel,
                    method,
                    ?took,
                    "blocking work went on after its call was over; look at `CallContext::cancellation` in it"
                );
            }
            // The receiver is gone when the call was cancelled meanwhile.
            let _ = done.send(result);
        }));
        let dropped = Refusal::Cancelled;
        // A shell that shuts down drops work that it has not begun.
        async move { wait.await.unwrap_or(Err(dropped)) }
    }

    /// Blocking work begins; says whether anybody waits for it. Only a session counts it.
    fn begin_work(&self) -> bool {
        match &self.facts.owner {
            Owner::Session(session) => session
                .upgrade()
                .is_some_and(|session| session.begin_work(self.facts.call)),
            Owner::Scope(_) => true,
        }
    }

    /// Blocking work is over; says whether its call was over before it.
    fn end_work(&self) -> bool {
        match &self.facts.owner {
            Owner::Session(session) => session
                .upgrade()
                .is_some_and(|session| session.end_work(self.facts.call)),
            Owner::Scope(_) => self.cancellation().is_cancelled(),
        }
    }

    /// Logs a panic of the handler, and gives the refusal that says so.
    pub(crate) fn panicked(&self, panic: &(dyn std::any::Any + Send)) -> Refusal {
        let text = panic
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("");
        let (channel, method) = (self.channel(), self.method());
        tracing::error!(channel, method, text, "a handler panicked");
        Refusal::Panicked {
            channel: channel.to_owned(),
            method: method.to_owned(),
        }
    }

    /// Runs `f` with this context as the current one.
    pub fn enter<T>(&self, f: impl FnOnce() -> T) -> T {
        let _restore = Restore(CURRENT.replace(Some(self.clone())));
        f()
    }

    /// Wraps `future` so that every poll of it runs inside this context.
    pub fn around<F: Future + Unpin>(&self, future: F) -> InContext<F> {
        InContext {
            context: self.clone(),
            future,
        }
    }
}

/// Puts the context back that was there before, also when the work inside panics.
struct Restore(Option<CallContext>);

impl Drop for Restore {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}

/// Future of [`CallContext::around`].
#[cfg_attr(doc, doc = include_str!("../../examples/context.md"))]
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct InContext<F> {
    context: CallContext,
    future: F,
}

impl<F: Future + Unpin> Future for InContext<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.get_mut();
        this.context.enter(|| Pin::new(&mut this.future).poll(cx))
    }
}
