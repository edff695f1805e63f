//! A call that a client makes: a future that resolves to the typed result.
//!
//! Nothing is sent before the first poll; dropping the future cancels the call on the other
//! side. Used by generated clients, and by [`Caller`] for calls by name.

use std::{
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures_channel::oneshot;
use futures_util::{FutureExt as _, future::BoxFuture};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    BackendError, CallContext, CallError, CodecError, EndReason, Endpoint, IpcSocketFrontend,
    IpcStream, Items, NoError, PipeError, Refusal, StampSlot,
    context::ACTIVITY,
    defect::{self, Defect},
    session::{self, CallEnd},
};
use crate::wire::{
    ArgumentsWriter, ChannelName, Codec, EncodeError, Ending, Metadata, MethodName, Payload,
};

/// Makes calls over a socket. Cheap to clone; what generated clients hold.
#[cfg_attr(doc, doc = include_str!("../../examples/calls.md"))]
#[derive(Clone, Debug)]
pub struct Caller {
    socket: Arc<dyn IpcSocketFrontend>,
    deadline_ms: Option<u32>,
    metadata: Metadata,
}

impl Caller {
    /// A caller over `socket`.
    #[must_use]
    pub fn new(socket: Arc<dyn IpcSocketFrontend>) -> Self {
        Self {
            socket,
            deadline_ms: None,
            metadata: Metadata::default(),
        }
    }

    /// The same caller with a deadline for every call, instead of the contract's. It is rounded
    /// up to milliseconds; at most about 49 days.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline_ms = Some(milliseconds(deadline));
        self
    }

    /// The same caller with a text that travels beside the arguments of every call.
    #[must_use]
    pub fn with_metadata(mut self, name: &str, value: &str) -> Self {
        self.metadata.insert(name, value);
        self
    }

    /// The same caller for calls of one activity, a name that ties what belongs together. The
    /// handler's own calls belong to it as well, and so do the lines it logs, as far as they name
    /// the call's span.
    ///
    /// iModel.js: `ClientRequestContext.activityId`.
    #[must_use]
    pub fn with_activity(self, activity: &str) -> Self {
        self.with_metadata(ACTIVITY, activity)
    }

    /// What travels with a call: an activity of its own, or that of the handler which calls.
    fn metadata(&self) -> Metadata {
        let mut metadata = self.metadata.clone();
        if metadata.get(ACTIVITY).is_none()
            && let Some(context) = CallContext::current()
            && let Some(activity) = context.activity()
        {
            metadata.insert(ACTIVITY, activity);
        }
        metadata
    }

    /// Calls a method by name. `arguments` encodes to an array: a tuple, a slice, a `Vec`. The
    /// result is a value, or an [`IpcStream`].
    ///
    /// iModel.js: `FrontendIpc.callBackend`.
    pub fn call<T: CallResult<BackendError>>(
        &self,
        channel: ChannelName,
        method: MethodName,
        arguments: &(impl Serialize + ?Sized),
    ) -> Call<T, BackendError> {
        let arguments = Payload::encode(Codec::MessagePack, arguments);
        Call::of(self, channel, method, 0, arguments)
    }
}

/// A deadline for the wire: rounded up, and never the 0 that is none.
pub(crate) fn milliseconds(deadline: Duration) -> u32 {
    rounded_up(deadline).max(1)
}

/// A time in whole milliseconds: rounded up, and at most about 49 days.
pub(crate) fn rounded_up(time: Duration) -> u32 {
    u32::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(u32::MAX)
}

/// A call to send, as sockets take it.
#[cfg_attr(doc, doc = include_str!("../../examples/dynamic.md"))]
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The channel to call.
    pub channel: ChannelName,
    /// The method to call.
    pub method: MethodName,
    /// Milliseconds until the call is refused; 0 is never.
    pub deadline_ms: u32,
    /// What travels beside the arguments.
    pub metadata: Metadata,
    /// The arguments: one array.
    pub arguments: Payload,
    /// Where the call's stamps are wanted, if they are.
    pub stamps: Option<StampSlot>,
}

/// A running call of a contract's method.
///
/// # Cancellation
/// Dropping it before it is done cancels the call: the handler's future is dropped, blocking
/// work sees its cancellation token. What the handler has done by then stays done. A call that
/// was never polled is never sent.
#[cfg_attr(doc, doc = include_str!("../../examples/calls.md"))]
#[must_use = "a call is made when it is awaited"]
pub struct Call<T, E = NoError> {
    state: State,
    result: PhantomData<fn() -> (T, E)>,
}

enum State {
    Unsent(Caller, Result<Outgoing, CodecError>),
    Sent(Invoked),
    Done,
}

/// What a call can result in: a value, or a stream of values.
#[cfg_attr(doc, doc = include_str!("../../examples/calls.md"))]
pub trait CallResult<E>: Sized {
    /// Whether it comes item by item.
    #[doc(hidden)]
    const IS_STREAM: bool = false;

    /// Reads a reply.
    ///
    /// # Errors
    /// What the call ended with instead.
    #[doc(hidden)]
    fn read(answer: Answered) -> Result<Self, CallError<E>>;
}

impl<T: DeserializeOwned, E: DeserializeOwned> CallResult<E> for T {
    fn read(answer: Answered) -> Result<Self, CallError<E>> {
        match answer {
            Answered::Ended(Ending::Done(result)) => result
                .decode()
                .map_err(|error| CallError::Codec(CodecError::Reply(error))),
            Answered::Ended(failure) => Err(read_failure(failure)),
            Answered::Streaming(_) => Err(unrecognized(
                "the reply is a stream, the contract says it is a value",
            )),
        }
    }
}

impl<T, S, E> CallResult<E> for IpcStream<T, S>
where
    T: DeserializeOwned + 'static,
    S: DeserializeOwned + 'static,
    E: DeserializeOwned,
{
    const IS_STREAM: bool = true;

    fn read(answer: Answered) -> Result<Self, CallError<E>> {
        match answer {
            Answered::Streaming(items) => Ok(Self::received(items)),
            Answered::Ended(Ending::Done(_)) => Err(unrecognized(
                "the reply is a value, the contract says it is a stream",
            )),
            Answered::Ended(failure) => Err(read_failure(failure)),
        }
    }
}

fn unrecognized<E>(text: &str) -> CallError<E> {
    let text = text.to_owned();
    CallError::Refused(Refusal::Unrecognized { text })
}

/// What an ending that is no result says.
pub(crate) fn read_failure<E: DeserializeOwned>(ending: Ending) -> CallError<E> {
    match ending {
        Ending::Failed {
            scope,
            key,
            number,
            message,
            payload,
        } => {
            let error = payload.and_then(|payload| payload.decode().ok());
            error.map_or_else(
                || {
                    CallError::Backend(BackendError {
                        scope: scope.into(),
                        key: key.into(),
                        number: (number != 0).then_some(number),
                        message: message.into(),
                    })
                },
                CallError::App,
            )
        }
        Ending::Refused { text, payload } => CallError::Refused(
            payload
                .decode()
                .unwrap_or_else(|_| Refusal::Unrecognized { text: text.into() }),
        ),
        Ending::Done(_) | Ending::Streaming => unrecognized("the reply says no error"),
    }
}

/// How the other side answered a call, still encoded.
#[cfg_attr(doc, doc = include_str!("../../examples/dynamic.md"))]
#[derive(Debug)]
pub enum Answered {
    /// The call is over.
    Ended(Ending),
    /// The result is a stream.
    Streaming(Items),
}

impl<T, E> Call<T, E> {
    /// Prepares a call whose `count` arguments `write` encodes. For generated code.
    #[doc(hidden)]
    pub fn new(
        caller: &Caller,
        channel: ChannelName,
        method: MethodName,
        deadline_ms: u32,
        count: usize,
        write: impl FnOnce(&mut ArgumentsWriter) -> Result<(), EncodeError>,
    ) -> Self {
        let arguments = encode_arguments(Codec::MessagePack, count, write);
        Self::prepared(caller, channel, method, deadline_ms, arguments)
    }

    fn of(
        caller: &Caller,
        channel: ChannelName,
        method: MethodName,
        deadline_ms: u32,
        arguments: Result<Payload, EncodeError>,
    ) -> Self {
        let arguments = arguments.map_err(CodecError::Arguments);
        Self::prepared(caller, channel, method, deadline_ms, arguments)
    }

    fn prepared(
        caller: &Caller,
        channel: ChannelName,
        method: MethodName,
        deadline_ms: u32,
        arguments: Result<Payload, CodecError>,
    ) -> Self {
        let outgoing = arguments.map(|arguments| Outgoing {
            channel,
            method,
            deadline_ms: caller.deadline_ms.unwrap_or(deadline_ms),
            metadata: caller.metadata(),
            arguments,
            stamps: None,
        });
        Self {
            state: State::Unsent(caller.clone(), outgoing),
            result: PhantomData,
        }
    }

    /// Sets the deadline of this call, instead of the contract's or the caller's. No effect
    /// once the call was polled.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        if let State::Unsent(_, Ok(outgoing)) = &mut self.state {
            outgoing.deadline_ms = milliseconds(deadline);
        }
        self
    }

    /// Asks for the times of this call at the side that answers it; they are in `slot` once the
    /// call is done. No effect once it was polled.
    pub fn stamped(mut self, slot: &StampSlot) -> Self {
        if let State::Unsent(_, Ok(outgoing)) = &mut self.state {
            outgoing.stamps = Some(slot.clone());
        }
        self
    }
}

impl<T: CallResult<E>, E: DeserializeOwned> Future for Call<T, E> {
    type Output = Result<T, CallError<E>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        match std::mem::replace(&mut this.state, State::Done) {
            State::Unsent(caller, Ok(outgoing)) => {
                this.state = State::Sent(caller.socket.invoke(outgoing));
            }
            State::Unsent(_, Err(error)) => return Poll::Ready(Err(CallError::Codec(error))),
            state => this.state = state,
        }
        this.poll_sent(cx)
    }
}

impl<T: CallResult<E>, E: DeserializeOwned> Call<T, E> {
    fn poll_sent(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, CallError<E>>> {
        let State::Sent(invoked) = &mut self.state else {
            // Polled again after it was done: futures may say anything then but must not run.
            return Poll::Ready(Err(CallError::Pipe(PipeError::Ended(EndReason::Closed))));
        };
        let answer = std::task::ready!(invoked.poll_unpin(cx));
        self.state = State::Done;
        Poll::Ready(match answer {
            Ok(answer) => T::read(answer),
            Err(error) => Err(CallError::Pipe(error)),
        })
    }
}

impl<T, E> fmt::Debug for Call<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.state {
            State::Unsent(..) => "Call(unsent)",
            State::Sent(_) => "Call(sent)",
            State::Done => "Call(done)",
        })
    }
}

pub(crate) fn encode_arguments(
    codec: Codec,
    count: usize,
    write: impl FnOnce(&mut ArgumentsWriter) -> Result<(), EncodeError>,
) -> Result<Payload, CodecError> {
    let encode = || {
        let mut writer = ArgumentsWriter::new(codec, count)?;
        write(&mut writer)?;
        writer.finish()
    };
    encode().map_err(CodecError::Arguments)
}

/// What a socket gives for a call that it took: the future of its end, still encoded.
///
/// # Cancellation
/// Dropping it cancels the call.
#[cfg_attr(doc, doc = include_str!("../../examples/dynamic.md"))]
#[must_use = "the call is cancelled when this is dropped"]
pub struct Invoked {
    call: u32,
    waiting: Waiting,
    owner: Option<Endpoint>,
}

enum Waiting {
    For(oneshot::Receiver<session::CallResult>),
    Nothing(Option<Result<Ending, PipeError>>),
    Other(BoxFuture<'static, Result<Answered, PipeError>>),
}

impl Invoked {
    pub(crate) fn waiting(
        call: u32,
        waiting: oneshot::Receiver<session::CallResult>,
        owner: Endpoint,
    ) -> Self {
        Self {
            call,
            waiting: Waiting::For(waiting),
            owner: Some(owner),
        }
    }

    /// An answer that does not come straight from a session: for sockets over other sockets.
    pub fn of(answer: impl Future<Output = Result<Answered, PipeError>> + Send + 'static) -> Self {
        Self {
            call: 0,
            waiting: Waiting::Other(answer.boxed()),
            owner: None,
        }
    }

    /// A call that ended before it left.
    pub fn ended(ending: Result<Ending, PipeError>) -> Self {
        Self {
            call: 0,
            waiting: Waiting::Nothing(Some(ending)),
            owner: None,
        }
    }
}

impl Future for Invoked {
    type Output = Result<Answered, PipeError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let gone = || PipeError::Ended(EndReason::Closed);
        let answer = match &mut this.waiting {
            // The session drops the other end only when it is dropped itself.
            Waiting::For(waiting) => {
                std::task::ready!(waiting.poll_unpin(cx)).unwrap_or_else(|_| Err(gone()))
            }
            Waiting::Nothing(ending) => ending
                .take()
                .unwrap_or_else(|| Err(gone()))
                .map(CallEnd::Ended),
            Waiting::Other(answer) => return answer.poll_unpin(cx),
        };
        let owner = this.owner.take();
        Poll::Ready(match (answer, owner) {
            (Ok(CallEnd::Ended(ending)), _) => Ok(Answered::Ended(ending)),
            (Ok(CallEnd::Streaming(inlet)), Some(owner)) => {
                Ok(Answered::Streaming(owner.items(this.call, inlet)))
            }
            (Ok(CallEnd::Streaming(_)), None) => Err(gone()),
            (Err(error), _) => Err(error),
        })
    }
}

impl Drop for Invoked {
    fn drop(&mut self) {
        if let Some(owner) = self.owner.take()
            && !defect::is(Defect::PendingCallLeaked)
        {
            owner.cancel(self.call);
        }
    }
}

impl fmt::Debug for Invoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invoked")
            .field("call", &self.call)
            .finish_non_exhaustive()
    }
}
