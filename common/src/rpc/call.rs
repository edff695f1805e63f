//! A call that a client stub makes: a future that resolves to the typed result.
//!
//! Nothing is sent before the first poll; dropping the future cancels the call on the other side,
//! also while it waits to ask again. Used by generated clients, over any configuration.

use std::{
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use serde::de::DeserializeOwned;

use super::{
    RpcConnection, RpcError, RpcInterface, RpcRequest, RpcRequestHandle, RpcResultKind,
    connection::{Asked, Prepared, Unprepared},
    registry::Definition,
    request,
    running::Running,
};
use crate::{
    ipc::{Answered, CallError, CallResult, EndReason, NoError, PipeError, milliseconds},
    wire::{ArgumentsWriter, EncodeError},
};

/// The client stub of an RPC interface, generated from its contract.
#[cfg_attr(doc, doc = include_str!("../../examples/rpc.md"))]
pub trait RpcClientStub: Sized {
    /// The contract it was generated from.
    type Interface: RpcInterface;

    /// The client over `caller`.
    fn over(caller: RpcCaller<Self::Interface>) -> Self;
}

/// Makes the calls of one interface over one connection. Cheap to clone; what client stubs hold.
#[cfg_attr(doc, doc = include_str!("../../examples/rpc.md"))]
pub struct RpcCaller<I> {
    connection: RpcConnection,
    /// Whether the manager that gave it knows the interface still; `None` without a manager.
    definition: Option<Arc<Definition>>,
    deadline_ms: Option<u32>,
    activity: Option<Arc<str>>,
    interface: PhantomData<fn() -> I>,
}

impl<I: RpcInterface> RpcCaller<I> {
    /// A caller over `connection`.
    #[must_use]
    pub fn new(connection: RpcConnection) -> Self {
        Self {
            connection,
            definition: None,
            deadline_ms: None,
            activity: None,
            interface: PhantomData,
        }
    }

    pub(super) fn of_manager(connection: RpcConnection, definition: Arc<Definition>) -> Self {
        Self {
            definition: Some(definition),
            ..Self::new(connection)
        }
    }

    /// The same caller with a deadline for every call, instead of the contract's. It is rounded
    /// up to milliseconds, and covers all attempts of one call.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline_ms = Some(milliseconds(deadline));
        self
    }

    /// The same caller for calls of one activity, instead of the one that the configuration says.
    #[must_use]
    pub fn with_activity(mut self, activity: &str) -> Self {
        self.activity = Some(activity.into());
        self
    }

    fn prepare(
        &self,
        operation: usize,
        count: usize,
        write: impl FnOnce(&mut ArgumentsWriter) -> Result<(), EncodeError>,
    ) -> Result<Prepared, Unprepared> {
        let info = I::rpc_info();
        if self
            .definition
            .as_ref()
            .is_some_and(|known| known.is_over())
        {
            return Err(RpcError::not_initialized(&info.name).into());
        }
        let operation = &info.operations[operation];
        let asked = Asked {
            interface: I::NAME,
            channel: I::CHANNEL,
            version: I::VERSION,
            operation: operation.name.clone(),
            policy: operation.policy,
        };
        let mut prepared = self.connection.request(asked, |codec| {
            let mut writer = ArgumentsWriter::new(codec, count)?;
            write(&mut writer)?;
            writer.finish()
        })?;
        if let Some(deadline_ms) = self.deadline_ms {
            prepared.request.deadline_ms = deadline_ms;
        }
        if let Some(activity) = &self.activity {
            prepared.context_mut().activity_id = activity.to_string();
        }
        Ok(prepared)
    }
}

impl<I> Clone for RpcCaller<I> {
    fn clone(&self) -> Self {
        Self {
            connection: self.connection.clone(),
            definition: self.definition.clone(),
            deadline_ms: self.deadline_ms,
            activity: self.activity.clone(),
            interface: PhantomData,
        }
    }
}

impl<I> fmt::Debug for RpcCaller<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RpcCaller")
            .field("connection", &self.connection)
            .field("deadline_ms", &self.deadline_ms)
            .field("activity", &self.activity)
            .finish_non_exhaustive()
    }
}

/// A running call of an operation.
///
/// # Cancellation
/// Dropping it before it is done cancels the call: the impl's future is dropped, blocking work
/// sees its cancellation token. What the impl has done by then stays done. A call that was never
/// polled is never sent.
#[cfg_attr(doc, doc = include_str!("../../examples/rpc.md"))]
#[must_use = "a call is made when it is awaited"]
pub struct RpcCall<T, E = NoError> {
    state: State,
    /// The request, from when it was prepared; `None` where it could not be.
    running: Option<Arc<Running>>,
    result: PhantomData<fn() -> (T, E)>,
}

enum State {
    Unsent(RpcRequest),
    Failed(Unprepared),
    Sent(Pin<Box<dyn Future<Output = Result<Answered, CallError>> + Send>>),
    Done,
}

impl<T, E> RpcCall<T, E> {
    /// Prepares a call of the operation at this position, whose `count` arguments `write` encodes.
    /// For generated code.
    #[doc(hidden)]
    pub fn new<I: RpcInterface>(
        caller: &RpcCaller<I>,
        operation: usize,
        count: usize,
        write: impl FnOnce(&mut ArgumentsWriter) -> Result<(), EncodeError>,
    ) -> Self {
        Self::prepared(caller.prepare(operation, count, write))
    }

    pub(super) fn prepared(prepared: Result<Prepared, Unprepared>) -> Self {
        let (state, running) = match prepared {
            Ok(Prepared {
                configuration,
                connection,
                request,
            }) => {
                let settings = request::settings(&*configuration, connection.options(), &request);
                let running = Running::new(connection, configuration, &request, settings);
                (State::Unsent(request), Some(running))
            }
            Err(error) => (State::Failed(error), None),
        };
        Self {
            state,
            running,
            result: PhantomData,
        }
    }

    /// Sets the deadline of this call, instead of the contract's or the caller's. No effect once
    /// the call was polled.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        if let State::Unsent(request) = &mut self.state {
            request.deadline_ms = milliseconds(deadline);
        }
        self
    }

    /// A look at the request and a hand on it, also while it runs elsewhere: how far it is, and
    /// its cancellation. `None` where the request could not be made; awaiting says why.
    #[must_use]
    pub fn handle(&self) -> Option<RpcRequestHandle> {
        self.running.as_ref().map(Running::handle)
    }
}

impl<T: CallResult<E>, E: DeserializeOwned> Future for RpcCall<T, E> {
    type Output = Result<T, CallError<E>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let mut sent = match std::mem::replace(&mut this.state, State::Done) {
            State::Unsent(mut request) => {
                request.result = match T::IS_STREAM {
                    true => RpcResultKind::Stream,
                    false => RpcResultKind::Value,
                };
                // It is there with every request that was made.
                let Some(running) = this.running.clone() else {
                    return Poll::Ready(Err(ended()));
                };
                Box::pin(request::perform(running, request))
            }
            State::Sent(sent) => sent,
            State::Failed(Unprepared::Rpc(error)) => {
                return Poll::Ready(Err(CallError::Backend(error.into())));
            }
            State::Failed(Unprepared::Codec(error)) => {
                return Poll::Ready(Err(CallError::Codec(error)));
            }
            // Polled again after it was done: futures may say anything then but must not run.
            State::Done => return Poll::Ready(Err(ended())),
        };
        let Poll::Ready(answer) = sent.as_mut().poll(cx) else {
            this.state = State::Sent(sent);
            return Poll::Pending;
        };
        Poll::Ready(match answer {
            Ok(answer) => T::read(answer),
            Err(error) => Err(other(error)),
        })
    }
}

fn ended<E>() -> CallError<E> {
    CallError::Pipe(PipeError::Ended(EndReason::Closed))
}

/// An error that is not the operation's own.
fn other<E>(error: CallError) -> CallError<E> {
    match error {
        CallError::App(never) => match never {},
        CallError::Refused(refusal) => CallError::Refused(refusal),
        CallError::Backend(error) => CallError::Backend(error),
        CallError::Pipe(error) => CallError::Pipe(error),
        CallError::Codec(error) => CallError::Codec(error),
    }
}

impl<T, E> fmt::Debug for RpcCall<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.state {
            State::Unsent(_) | State::Failed(_) => "RpcCall(unsent)",
            State::Sent(_) => "RpcCall(sent)",
            State::Done => "RpcCall(done)",
        })
    }
}
