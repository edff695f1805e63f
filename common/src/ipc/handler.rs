//! A handler answers the calls of one channel.
//!
//! Apps implement the trait that `#[ipc_interface]` leaves; the generated glue turns it into an
//! [`IpcHandler`]. Code that knows no contract (a proxy, a compatibility layer) implements
//! [`IpcHandler`] itself.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use futures_util::{StreamExt as _, stream::BoxStream};
use serde::Serialize;

use super::{
    IpcStream,
    context::CallContext,
    error::{BackendError, CallError, IpcError, Refusal},
    interface::{InterfaceInfo, IpcInterface},
};
use crate::wire::{ArgumentError, ArgumentsReader, ChannelName, Codec, MethodName, Payload};

/// Answers the calls of one channel.
///
/// iModel.js: `IpcHandler` with its `channelName` and `getVersion`.
#[cfg_attr(doc, doc = include_str!("../../examples/dynamic.md"))]
pub trait IpcHandler: Send + Sync + 'static {
    /// The channel it serves.
    fn channel_name(&self) -> ChannelName;

    /// What `getVersion` answers.
    fn version(&self) -> &str;

    /// Its contract; `None` for a handler without one, which is called by name only and is not
    /// compared in the handshake beyond its version.
    fn interface(&self) -> Option<&'static InterfaceInfo> {
        None
    }

    /// Starts one call. `getVersion` never gets here.
    ///
    /// # Cancellation
    /// The future is dropped when the call is cancelled, its deadline passes or its session
    /// ends. What it has done by then stays done.
    fn call(self: Arc<Self>, call: Invocation) -> Answer;
}

/// The future of one running call.
pub type Answer = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// The items of a stream, ready for the wire. The first error is its end.
pub type EncodedItems = BoxStream<'static, Result<Payload, Box<Outcome>>>;

/// How a call ended, ready for the wire.
#[cfg_attr(doc, doc = include_str!("../../examples/dynamic.md"))]
pub enum Outcome {
    /// The handler's result.
    Done(Payload),
    /// The handler's result is this stream. Polled as fast as the caller takes the items, inside
    /// the call's context, and dropped when the caller drops its end.
    Streaming(EncodedItems),
    /// The handler's own error.
    Failed {
        /// What edges that do not know the type say of it.
        error: BackendError,
        /// The error itself; `None` if only the line above is known.
        payload: Option<Payload>,
    },
    /// The call was not run to its end.
    Refused(Refusal),
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done(payload) => f.debug_tuple("Done").field(payload).finish(),
            Self::Streaming(_) => f.write_str("Streaming"),
            Self::Failed { error, .. } => f.debug_tuple("Failed").field(error).finish(),
            Self::Refused(refusal) => f.debug_tuple("Refused").field(refusal).finish(),
        }
    }
}

impl From<Refusal> for Outcome {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// One call as its handler gets it.
#[cfg_attr(doc, doc = include_str!("../../examples/dynamic.md"))]
#[derive(Debug)]
pub struct Invocation {
    /// The channel called.
    pub channel: ChannelName,
    /// The method called.
    pub method: MethodName,
    /// The arguments, still encoded: one array.
    pub arguments: Payload,
    /// Session, window, deadline and cancellation.
    pub context: CallContext,
}

impl Invocation {
    /// The codec that the reply must have: the one the caller spoke.
    #[must_use]
    pub fn codec(&self) -> Codec {
        self.arguments.codec
    }

    /// Decodes the arguments. For generated code.
    ///
    /// # Errors
    /// [`Refusal::BadArgument`] for the first argument that is not what the contract says.
    pub fn read_arguments<T>(
        &self,
        read: impl FnOnce(&mut ArgumentsReader<'_>) -> Result<T, ArgumentError>,
    ) -> Result<T, Refusal> {
        read_arguments(&self.channel, &self.method, &self.arguments, read)
    }

    /// Encodes a result that cannot be an error.
    #[must_use]
    pub fn done<T: Serialize>(&self, value: &T) -> Outcome {
        match Payload::encode(self.codec(), value) {
            Ok(payload) => Outcome::Done(payload),
            Err(error) => Outcome::Refused(Refusal::BadReply {
                channel: self.channel.to_string(),
                method: self.method.to_string(),
                problem: error.to_string(),
            }),
        }
    }

    /// Encodes a result or the method's own error.
    #[must_use]
    pub fn done_or_failed<T: Serialize, E: IpcError + Serialize>(
        &self,
        result: &Result<T, E>,
    ) -> Outcome {
        match result {
            Ok(value) => self.done(value),
            Err(error) => failed(self.codec(), error),
        }
    }

    /// Encodes a stream, item by item, as they are asked for.
    pub fn streaming<T, E>(&self, stream: IpcStream<T, E>) -> Outcome
    where
        T: Serialize + 'static,
        E: IpcError + Serialize + 'static,
    {
        let (codec, channel, method) = (self.codec(), self.channel.clone(), self.method.clone());
        let items = stream.map(move |item| match item {
            Ok(item) => Payload::encode(codec, &item).map_err(|error| {
                Box::new(Outcome::Refused(Refusal::BadReply {
                    channel: channel.to_string(),
                    method: method.to_string(),
                    problem: error.to_string(),
                }))
            }),
            Err(error) => Err(Box::new(forwarded(codec, error))),
        });
        Outcome::Streaming(items.boxed())
    }

    /// Encodes a stream, or the method's own error.
    pub fn streaming_or_failed<T, S, E>(&self, result: Result<IpcStream<T, S>, E>) -> Outcome
    where
        T: Serialize + 'static,
        S: IpcError + Serialize + 'static,
        E: IpcError + Serialize,
    {
        match result {
            Ok(stream) => self.streaming(stream),
            Err(error) => failed(self.codec(), &error),
        }
    }

    /// The refusal of a method that the interface does not have.
    #[must_use]
    pub fn unknown_method(&self) -> Outcome {
        Outcome::Refused(Refusal::UnknownMethod {
            channel: self.channel.to_string(),
            method: self.method.to_string(),
        })
    }
}

pub(crate) fn failed<E: IpcError + Serialize>(codec: Codec, error: &E) -> Outcome {
    Outcome::Failed {
        error: BackendError {
            scope: error.scope().to_owned(),
            key: error.key().to_owned(),
            number: error.number(),
            message: error.to_string(),
        },
        payload: Payload::encode(codec, error).ok(),
    }
}

/// The end of a stream that a handler passes on from elsewhere.
fn forwarded<E: IpcError + Serialize>(codec: Codec, error: CallError<E>) -> Outcome {
    match error {
        CallError::App(error) => failed(codec, &error),
        CallError::Backend(error) => Outcome::Failed {
            error,
            payload: None,
        },
        CallError::Refused(refusal) => Outcome::Refused(refusal),
        error @ (CallError::Pipe(_) | CallError::Codec(_)) => {
            let text = error.to_string();
            Outcome::Refused(Refusal::Unrecognized { text })
        }
    }
}

/// What can be registered for the interface `I`.
///
/// `#[ipc_interface]` on a trait `Notes` leaves the wrapper `NotesServer`, which makes a handler
/// of every implementation of the trait: `backend.handle(NotesServer(NotesHandler::new(store)))`.
#[cfg_attr(doc, doc = include_str!("../../examples/calls.md"))]
#[diagnostic::on_unimplemented(
    message = "`{Self}` implements no IPC interface trait",
    note = "wrap an implementation of the trait that carries `#[ipc_interface]` in its `…Server`"
)]
pub trait IntoIpcHandler<I: IpcInterface> {
    /// Wraps it in the generated glue.
    fn into_ipc_handler(self) -> Arc<dyn IpcHandler>;
}

/// Longest description of a bad argument, in bytes.
const MAX_PROBLEM: usize = 200;

/// Decodes the arguments of a call or a message; whatever is wrong is refused by name.
pub(crate) fn read_arguments<T>(
    channel: &ChannelName,
    method: &MethodName,
    arguments: &Payload,
    read: impl FnOnce(&mut ArgumentsReader<'_>) -> Result<T, ArgumentError>,
) -> Result<T, Refusal> {
    let refuse = |error: &dyn std::error::Error| {
        // A refusal travels as text, so the source must be in it.
        let source = error.source().map(|source| format!(": {source}"));
        let mut problem = format!("{error}{}", source.unwrap_or_default());
        // It may quote the value, which is the caller's and may be of any size.
        if problem.len() > MAX_PROBLEM {
            problem.truncate(problem.floor_char_boundary(MAX_PROBLEM));
            problem.push('…');
        }
        Refusal::BadArgument {
            channel: channel.to_string(),
            method: method.to_string(),
            problem,
        }
    };
    let mut reader = arguments.arguments().map_err(|error| refuse(&error))?;
    let value = read(&mut reader).map_err(|error| refuse(&error))?;
    reader.finish().map_err(|error| refuse(&error))?;
    Ok(value)
}
