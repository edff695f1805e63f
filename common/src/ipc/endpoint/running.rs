//! A call at work: its handler is found, polled inside its context, and its end becomes a reply.
//!
//! The handler is dropped when the call is cancelled, and a panic of it is a refusal; either way
//! the session and its other calls go on.

use std::{
    future::poll_fn,
    panic::AssertUnwindSafe,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_util::{FutureExt as _, StreamExt as _};
use tracing::Instrument as _;

use super::{Endpoint, WeakEndpoint};
use crate::{
    ipc::{
        BackendError, CallContext, Cancellation, EncodedItems, Invocation, IpcHandler, Outcome,
        Refusal,
        context::{ACTIVITY, CallFacts},
        owner::Owner,
        session::{Handled, Unwanted, refused},
    },
    wire::{Codec, Ending, MethodName, Payload, Request},
};

/// Bytes of items that a stream sends before it is another's turn.
const TURN: usize = 64 * 1024;

/// What the smallest item counts in that.
const ITEM_COST: usize = 64;

impl Endpoint {
    /// Runs the handler of a call, up to its reply.
    pub(super) fn start(
        &self,
        request: Request,
        cancellation: &Cancellation,
        deadline: Option<Duration>,
        is_timed: bool,
    ) {
        let Request {
            call,
            channel,
            method,
            metadata,
            arguments,
            ..
        } = request;
        let own = self.inner.handlers.get(&channel);
        let Some(handler) = own.or_else(|| self.inner.common_handlers.get(&channel)) else {
            let refusal = Refusal::UnknownChannel {
                channel: channel.to_string(),
            };
            return self.finish(call, cancellation, None, Outcome::Refused(refusal));
        };
        if method == MethodName::GET_VERSION {
            let version = Payload::encode(arguments.codec, handler.version());
            let outcome = version.map_or_else(
                |error| {
                    Outcome::Refused(Refusal::BadReply {
                        channel: channel.to_string(),
                        method: method.to_string(),
                        problem: error.to_string(),
                    })
                },
                Outcome::Done,
            );
            return self.finish(call, cancellation, None, outcome);
        }
        let span = tracing::debug_span!(
            "call",
            channel = channel.as_str(),
            method = method.as_str(),
            session = self.inner.origin.session,
            activity = metadata.get(ACTIVITY),
            duration_us = tracing::field::Empty
        );
        let facts = CallFacts {
            call,
            origin: &self.inner.origin,
            channel: &channel,
            method: &method,
            deadline,
            cancellation,
            metadata,
        };
        let shell = Arc::clone(&self.inner.shell);
        let context = CallContext::new(facts, Owner::Session(self.downgrade()), shell);
        let invocation = Invocation {
            channel,
            method,
            arguments,
            context: context.clone(),
        };
        // A session ends with the last of its owners, and what it runs is none of them.
        let weak = self.downgrade();
        let cancellation = cancellation.clone();
        // The clock is read for the span alone.
        let started = (!span.is_disabled()).then(|| self.inner.shell.now());
        let task = async move {
            let begun = is_timed.then(|| context.shell().now());
            let answer = run(handler, invocation, &context);
            let mut answer = std::pin::pin!(answer);
            let outcome = poll_fn(|cx| {
                // A cancelled handler is dropped here, before it is polled again.
                if cancellation.poll_cancelled(cx).is_ready() {
                    return Poll::Ready(None);
                }
                answer.as_mut().poll(cx).map(Some)
            })
            .await;
            if let Some(started) = started {
                let took = context.shell().now().saturating_sub(started);
                tracing::Span::current().record("duration_us", took.as_micros() as u64);
            }
            let handled = begun.map(|started| Handled {
                started,
                ended: context.shell().now(),
            });
            let outcome = match outcome {
                Some(Outcome::Streaming(items)) => {
                    return produce(&weak, call, handled, items, &context, &cancellation).await;
                }
                outcome => outcome,
            };
            match (weak.upgrade(), outcome) {
                (None, _) => {}
                (Some(endpoint), Some(outcome)) => {
                    endpoint.finish(call, &cancellation, handled, outcome);
                }
                (Some(endpoint), None) => {
                    tracing::debug!("the call was cancelled");
                    endpoint.give_up_cancelled(call, &cancellation);
                }
            }
        };
        if span.is_disabled() {
            self.inner.shell.spawn(Box::pin(task));
        } else {
            self.inner.shell.spawn(Box::pin(task.instrument(span)));
        }
    }

    fn finish(&self, call: u32, flag: &Cancellation, handled: Option<Handled>, outcome: Outcome) {
        if let Outcome::Refused(refusal) = &outcome
            && !matches!(refusal, Refusal::Panicked { .. })
        {
            let window = &*self.inner.origin.window;
            tracing::warn!(window, %refusal, "a call was refused");
        }
        let now = || self.inner.shell.now();
        self.with(|session| {
            session.finish(call, flag, handled, &now, |codec| {
                outcome.into_ending(codec)
            });
        });
        self.inner.shell.wake();
    }

    /// Tells a caller that still waits, because it was the handler that raised the cancellation.
    fn give_up_cancelled(&self, call: u32, flag: &Cancellation) {
        self.with(|session| {
            session.finish(call, flag, None, &|| Duration::ZERO, |codec| {
                refused(codec, &Refusal::Cancelled)
            });
            session.end_stream(call, flag, |codec| {
                Some(refused(codec, &Refusal::Cancelled))
            });
        });
        self.inner.shell.wake();
    }

    /// Sends what is ready, and leaves the executor to others after a while.
    fn produce_turn(
        &self,
        call: u32,
        items: &mut EncodedItems,
        context: &CallContext,
        flag: &Cancellation,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let mut bytes = 0;
        while bytes < TURN {
            if let Err(Unwanted) = ready!(self.with(|session| session.poll_stream(call, flag, cx)))
            {
                return Poll::Ready(());
            }
            let item = AssertUnwindSafe(|| context.enter(|| items.poll_next_unpin(cx)));
            let outcome = match std::panic::catch_unwind(item) {
                Ok(item) => match ready!(item) {
                    Some(Ok(item)) => {
                        bytes += item.encoded_len() + ITEM_COST;
                        if self
                            .with(|session| session.push_item(call, flag, item))
                            .is_err()
                        {
                            return Poll::Ready(());
                        }
                        continue;
                    }
                    Some(Err(outcome)) => Some(*outcome),
                    None => None,
                },
                Err(panic) => Some(Outcome::Refused(context.panicked(&*panic))),
            };
            self.with(|session| {
                session.end_stream(call, flag, |codec| {
                    outcome.map(|end| end.into_ending(codec))
                });
            });
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Sends the items of a stream as the consumer's credit allows, up to its end.
async fn produce(
    weak: &WeakEndpoint,
    call: u32,
    handled: Option<Handled>,
    items: EncodedItems,
    context: &CallContext,
    cancellation: &Cancellation,
) {
    let begun = weak.upgrade().is_some_and(|endpoint| {
        let now = || endpoint.inner.shell.now();
        let begun =
            endpoint.with(|session| session.begin_stream(call, cancellation, handled, &now));
        endpoint.inner.shell.wake();
        begun.is_ok()
    });
    if !begun {
        return;
    }
    // Dropped with this future: what the items hold is let go of when the stream is over.
    let mut items = items;
    context.outlive_deadline();
    poll_fn(|cx| {
        let Some(endpoint) = weak.upgrade() else {
            return Poll::Ready(());
        };
        if cancellation.poll_cancelled(cx).is_ready() {
            endpoint.give_up_cancelled(call, cancellation);
            return Poll::Ready(());
        }
        let turn = endpoint.produce_turn(call, &mut items, context, cancellation, cx);
        endpoint.inner.shell.wake();
        turn
    })
    .await;
}

/// Polls a handler with its context set, and turns a panic into a refusal.
pub(crate) async fn run(
    handler: Arc<dyn IpcHandler>,
    call: Invocation,
    context: &CallContext,
) -> Outcome {
    // `call` itself is the app's code and may panic before there is a future.
    let answer =
        std::panic::catch_unwind(AssertUnwindSafe(|| context.enter(|| handler.call(call))));
    let outcome = match answer {
        Ok(answer) => {
            AssertUnwindSafe(context.around(answer))
                .catch_unwind()
                .await
        }
        Err(panic) => Err(panic),
    };
    outcome.unwrap_or_else(|panic| Outcome::Refused(context.panicked(&*panic)))
}

impl Outcome {
    pub(crate) fn into_ending(self, codec: Codec) -> Ending {
        match self {
            Self::Done(payload) => Ending::Done(payload),
            Self::Failed {
                error:
                    BackendError {
                        scope,
                        key,
                        number,
                        message,
                    },
                payload,
            } => Ending::Failed {
                scope: scope.into(),
                key: key.into(),
                number: number.unwrap_or(0),
                message: message.into(),
                payload,
            },
            Self::Refused(refusal) => refused(codec, &refusal),
            Self::Streaming(_) => Ending::Streaming,
        }
    }
}
