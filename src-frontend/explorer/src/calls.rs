//! What calls by name go through: the session of the window, or the server that the page came from.
//!
//! Either way they are on record. A server is called as the channel `rpc/<name>` of a session would
//! be, so that the rest of the page does not see the difference.

use std::{fmt, sync::Arc};

use twinbridge_common::{
    CallError,
    ipc::{Answered, BackendError, CallResult, Invoked, IpcSocketFrontend, Outgoing, PipeError},
    wire::{Codec, Ending, Payload, Value},
};

use crate::{
    live::{Recorded, Recorder},
    services::Services,
};

/// Carries calls by name.
pub(crate) trait Calls: fmt::Debug + Send + Sync {
    /// Makes a call. Dropping its future cancels it.
    fn invoke(&self, call: Outgoing) -> Invoked;

    /// Whether they go over HTTP, where no call is timed at the backend.
    fn is_web(&self) -> bool {
        false
    }
}

impl Calls for Recorded {
    fn invoke(&self, call: Outgoing) -> Invoked {
        IpcSocketFrontend::invoke(self, call)
    }
}

/// The server that the page came from.
#[derive(Clone)]
pub(crate) struct Served {
    services: Arc<Services>,
    recorder: Recorder,
}

impl Served {
    pub(crate) fn new(services: Arc<Services>, recorder: Recorder) -> Self {
        Self { services, recorder }
    }
}

impl fmt::Debug for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Served")
    }
}

impl Calls for Served {
    fn is_web(&self) -> bool {
        true
    }

    fn invoke(&self, call: Outgoing) -> Invoked {
        let services = Arc::clone(&self.services);
        self.recorder.recorded_over_web(call, |call| {
            Invoked::of(async move {
                match services.call::<Raw>(&call).await {
                    Ok(Raw(answered)) => Ok(answered),
                    Err(CallError::Pipe(error)) => Err(error),
                    Err(error) => Ok(Answered::Ended(ending(error)?)),
                }
            })
        })
    }
}

/// An answer as it came, whatever it is.
pub(crate) struct Raw(Answered);

impl CallResult<BackendError> for Raw {
    fn read(answer: Answered) -> Result<Self, CallError<BackendError>> {
        Ok(Self(answer))
    }
}

/// How a session would have said what a request ended with before there was an answer.
fn ending(error: CallError<BackendError>) -> Result<Ending, PipeError> {
    let refused = |text: String, payload| Ending::Refused {
        text: text.into(),
        payload,
    };
    Ok(match error {
        CallError::Pipe(error) => return Err(error),
        CallError::Refused(refusal) => {
            let payload = Payload::encode(Codec::MessagePack, &refusal);
            // What cannot be encoded is told by its text.
            refused(refusal.to_string(), payload.unwrap_or_else(|_| nothing()))
        }
        CallError::Codec(error) => refused(error.to_string(), nothing()),
        CallError::App(error) | CallError::Backend(error) => Ending::Failed {
            scope: error.scope.into(),
            key: error.key.into(),
            number: error.number.unwrap_or(0),
            message: error.message.into(),
            payload: None,
        },
    })
}

fn nothing() -> Payload {
    Payload::unit(Codec::MessagePack)
}

/// The arguments of a call, which are an array.
pub(crate) fn arguments(call: &Outgoing) -> Vec<Value> {
    call.arguments.decode().unwrap_or_default()
}
