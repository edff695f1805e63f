//! A request that comes without a session, at work: within the process, or from an HTTP server.
//!
//! The impl runs inside the future that the caller polls: nothing is spawned, and dropping the
//! future cancels the call. A panic, a deadline and a cancellation end as they do over a session.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{FutureExt as _, Stream, StreamExt as _};

use super::{RpcError, RpcReply, RpcServer};
use crate::{
    ipc::{
        Answered, CallContext, CallFacts, CallScope, Cancellation, EncodedItems, Invocation, Items,
        ItemsEnd, Origin, Outcome, Owner, Refusal, Shell, Task, in_process::Executor, run_handler,
    },
    wire::{Codec, Metadata, MethodName, Payload},
};

/// What a server without sessions runs on, and what its calls belong to. Clones are the same.
#[cfg_attr(doc, doc = include_str!("../../examples/configuration.md"))]
#[derive(Clone, Debug)]
pub struct RpcHost {
    executor: Arc<dyn Executor>,
    shell: Arc<dyn Shell>,
    scope: CallScope,
    origin: Origin,
}

impl RpcHost {
    /// Runs calls on `executor`; `origin` is what they say they come from, where calls over a
    /// session name a window. What the impls registered for the end runs when the last clone is
    /// dropped.
    #[must_use]
    pub fn new(executor: Arc<dyn Executor>, origin: &str) -> Self {
        Self {
            shell: Arc::new(HostShell(Arc::clone(&executor))),
            executor,
            scope: CallScope::default(),
            origin: Origin::new(0, origin.into()),
        }
    }

    pub(super) fn executor(&self) -> &Arc<dyn Executor> {
        &self.executor
    }
}

/// A request as it arrived.
#[cfg_attr(doc, doc = include_str!("../../examples/configuration.md"))]
#[derive(Clone, Debug)]
pub struct RpcArrival {
    /// The interface asked, as the caller wrote it.
    pub interface: String,
    /// The operation asked for, as the caller wrote it.
    pub operation: String,
    /// Who asks, what for, and in which version:
    /// [`RpcRequestContext::to_metadata`](super::RpcRequestContext::to_metadata).
    pub metadata: Metadata,
    /// The arguments: one array. The reply has their codec.
    pub arguments: Payload,
    /// Milliseconds until the request is refused; 0 is never.
    pub deadline_ms: u32,
}

impl RpcServer {
    /// Answers a request.
    ///
    /// # Cancellation
    /// Dropping the future drops the impl's, and blocking work sees its cancellation token. A
    /// stream that it resulted in is cancelled when its items are dropped.
    pub fn invoke(
        &self,
        host: &RpcHost,
        arrival: RpcArrival,
    ) -> impl Future<Output = RpcReply> + Send + 'static + use<> {
        let codec = arrival.arguments.codec;
        let running = self.start(host, arrival);
        async move {
            match running {
                Ok(running) => running.finish(codec).await,
                Err(error) => ended(error.outcome(), codec),
            }
        }
    }

    fn start(&self, host: &RpcHost, arrival: RpcArrival) -> Result<Running, RpcError> {
        let RpcArrival {
            interface,
            operation,
            metadata,
            arguments,
            deadline_ms,
        } = arrival;
        let Some(info) = self.chosen(&interface) else {
            return Err(RpcError::not_initialized(&interface));
        };
        let method = match info.operation(&operation) {
            Some(known) => known.name.clone(),
            None => match operation.parse::<MethodName>() {
                // Refused further on, in the one place for that.
                Ok(unknown) => unknown,
                Err(_) if self.exposed(&interface).is_none() => {
                    return Err(RpcError::not_initialized(&interface));
                }
                Err(_) => {
                    return Err(RpcError::UnknownOperation {
                        interface,
                        operation,
                    });
                }
            },
        };
        let channel = info.interface.channel.clone();
        let cancellation = Cancellation::default();
        let after = (deadline_ms > 0).then(|| Duration::from_millis(deadline_ms.into()));
        let deadline = after.map(|after| host.executor.now() + after);
        let facts = CallFacts {
            call: 0,
            origin: &host.origin,
            channel: &channel,
            method: &method,
            deadline,
            cancellation: &cancellation,
            metadata,
        };
        let owner = Owner::Scope(host.scope.downgrade());
        let context = CallContext::new(facts, owner, Arc::clone(&host.shell));
        let invocation = Invocation {
            channel,
            method,
            arguments,
            context: context.clone(),
        };
        let handler = self.handler(info);
        let inside = context.clone();
        Ok(Running {
            handler: Box::pin(async move { run_handler(handler, invocation, &inside).await }),
            deadline: deadline.map(|at| host.executor.sleep_until(at)),
            deadline_ms,
            awaited: Awaited {
                context,
                is_over: false,
            },
        })
    }
}

/// A call that runs. Its fields are dropped in this order: the impl's future, then the guard that
/// raises the cancellation.
struct Running {
    handler: Pin<Box<dyn Future<Output = Outcome> + Send>>,
    deadline: Option<Task>,
    deadline_ms: u32,
    awaited: Awaited,
}

impl Running {
    async fn finish(mut self, codec: Codec) -> RpcReply {
        let outcome = std::future::poll_fn(|cx| self.poll(cx)).await;
        match outcome {
            Outcome::Streaming(items) => {
                self.awaited.context.outlive_deadline();
                RpcReply::Answered(Answered::Streaming(Items::of(LocalItems {
                    items: Some(items),
                    awaited: self.awaited,
                    codec,
                })))
            }
            outcome => {
                self.awaited.is_over = true;
                ended(outcome, codec)
            }
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Outcome> {
        // The handler itself may have raised it, and is then not polled again.
        let cancellation = self.awaited.context.cancellation();
        if cancellation.poll_cancelled(cx).is_ready() {
            return Poll::Ready(Outcome::Refused(Refusal::Cancelled));
        }
        if let Poll::Ready(outcome) = self.handler.poll_unpin(cx) {
            return Poll::Ready(outcome);
        }
        let is_late = |deadline: &mut Task| deadline.poll_unpin(cx).is_ready();
        if !self.deadline.as_mut().is_some_and(is_late) {
            return Poll::Pending;
        }
        cancellation.cancel();
        let after_ms = self.deadline_ms;
        Poll::Ready(Outcome::Refused(Refusal::Deadline { after_ms }))
    }
}

fn ended(outcome: Outcome, codec: Codec) -> RpcReply {
    if let Outcome::Refused(refusal) = &outcome {
        tracing::warn!(refusal = refusal.to_string(), "a request was refused");
    }
    RpcReply::of(Answered::Ended(outcome.into_ending(codec)))
}

/// The context of a call that somebody waits for. Dropped before the call is over, it raises the
/// cancellation: nobody waits any more.
struct Awaited {
    context: CallContext,
    is_over: bool,
}

impl Drop for Awaited {
    fn drop(&mut self) {
        if !self.is_over {
            self.context.cancellation().cancel();
        }
    }
}

/// The items of a stream, made as they are taken.
struct LocalItems {
    /// `None` after the end.
    items: Option<EncodedItems>,
    awaited: Awaited,
    codec: Codec,
}

impl Stream for LocalItems {
    type Item = Result<Payload, ItemsEnd>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let Some(items) = &mut this.items else {
            return Poll::Ready(None);
        };
        let context = &this.awaited.context;
        let item = std::panic::AssertUnwindSafe(|| context.enter(|| items.poll_next_unpin(cx)));
        let end = match std::panic::catch_unwind(item) {
            Ok(Poll::Pending) if context.cancellation().poll_cancelled(cx).is_pending() => {
                return Poll::Pending;
            }
            Ok(Poll::Pending) => Some(Outcome::Refused(Refusal::Cancelled)),
            Ok(Poll::Ready(Some(Ok(item)))) => return Poll::Ready(Some(Ok(item))),
            Ok(Poll::Ready(Some(Err(outcome)))) => Some(*outcome),
            Ok(Poll::Ready(None)) => None,
            Err(panic) => Some(Outcome::Refused(context.panicked(&*panic))),
        };
        this.items = None;
        this.awaited.is_over = true;
        let end = end.map(|outcome| ItemsEnd::Failed(Box::new(outcome.into_ending(this.codec))));
        Poll::Ready(end.map(Err))
    }
}

/// A host has nothing to pump.
#[derive(Debug)]
struct HostShell(Arc<dyn Executor>);

impl Shell for HostShell {
    fn spawn(&self, task: Task) {
        self.0.spawn(task);
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) {
        self.0.spawn_blocking(work);
    }

    fn now(&self) -> Duration {
        self.0.now()
    }

    fn wake(&self) {}
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").finish_non_exhaustive()
    }
}
