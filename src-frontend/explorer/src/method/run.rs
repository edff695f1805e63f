//! Makes the call of a desk and takes what comes.
//!
//! By name, with dynamic values; so every method of every interface can be called, whether this
//! page knows its types or not.

use std::{sync::Arc, time::Duration};

use futures_util::{
    StreamExt as _,
    future::{AbortHandle, Abortable},
};
use leptos::prelude::*;
use twinbridge_common::{
    CallError,
    ipc::{
        Answered, BackendError, CodecError, Items, ItemsEnd, NoError, Outgoing, Refusal, StampSlot,
    },
    wire::{Codec, Ending, Metadata, Payload, Value},
};
use twinbridge_frontend::spawn;

use super::desk::{Desk, Failure, Outcome, Past, Run};
use crate::{calls::Calls, dom, live::Timing, problem::Problem};

/// How long a call runs before the page says so.
const PATIENCE: Duration = Duration::from_millis(100);

impl Desk {
    /// Calls the method with what was filled in.
    pub(super) fn call(self, calls: &Arc<dyn Calls>) {
        if self
            .run
            .with_untracked(|run| matches!(run, Run::Running(_) | Run::Streaming))
        {
            return;
        }
        let Some(arguments) = self.arguments() else {
            return;
        };
        let (abort, registration) = AbortHandle::new_pair();
        self.abort.set_value(Some(abort));
        self.items.clear();
        self.run.set(Run::Running(None));
        let calls = Arc::clone(calls);
        let since = dom::now();
        spawn(async move {
            // Dropped where it is given up, which cancels it at the other side.
            let run = Abortable::new(self.run_to_end(&*calls, &arguments, since), registration);
            let outcome = run.await.unwrap_or_else(|_| Outcome {
                result: Err(given_up()),
                took: dom::now() - since,
                timing: Timing::None,
                sent: 0,
                received: self.items.bytes(),
            });
            self.remember(Past {
                arguments,
                fate: match &outcome.result {
                    Ok(_) => "ok",
                    Err(failure) => failure.problem.layer,
                },
                took: outcome.took,
                timing: outcome.timing,
            });
            self.run.set(Run::Over(Arc::new(outcome)));
        });
        spawn(self.tell_time(since));
    }

    /// Gives the call up.
    pub(super) fn cancel(self) {
        if let Some(abort) = self.abort.get_value() {
            abort.abort();
        }
    }

    /// Says how long the call has been running, once that is long.
    async fn tell_time(self, since: f64) {
        loop {
            dom::sleep(PATIENCE).await;
            let is_running = self
                .run
                .try_with_untracked(|run| matches!(run, Run::Running(_)));
            if is_running != Some(true) {
                return;
            }
            self.run.set(Run::Running(Some(dom::now() - since)));
        }
    }

    async fn run_to_end(self, calls: &dyn Calls, arguments: &[Value], since: f64) -> Outcome {
        let mut outcome = Outcome {
            result: Ok(Value::Undefined),
            took: 0.0,
            timing: Timing::None,
            sent: 0,
            received: 0,
        };
        let slot;
        let answer = match self.outgoing(arguments) {
            Ok(outgoing) => {
                outcome.sent = outgoing.arguments.len() as u64;
                slot = outgoing.stamps.clone();
                calls.invoke(outgoing).await
            }
            Err(failure) => {
                outcome.result = Err(failure);
                return outcome;
            }
        };
        outcome.took = dom::now() - since;
        outcome.timing = if calls.is_web() {
            Timing::Web
        } else {
            Timing::of(slot.and_then(|slot| slot.get()))
        };
        outcome.result = match answer {
            Ok(Answered::Ended(ending)) => {
                outcome.received = len_of(&ending);
                Self::read(ending)
            }
            Ok(Answered::Streaming(items)) => {
                self.run.set(Run::Streaming);
                let end = self.take_all(items).await;
                outcome.received = self.items.bytes();
                end
            }
            Err(error) => Err(Failure::of::<NoError>(&CallError::Pipe(error), None)),
        };
        outcome
    }

    fn outgoing(self, arguments: &[Value]) -> Result<Outgoing, Failure> {
        let target = self.target.get_value();
        let encoded = Payload::encode(Codec::MessagePack, arguments).map_err(|error| {
            let error = CodecError::Arguments(error);
            Failure::of::<NoError>(&CallError::Codec(error), None)
        })?;
        // Names that the backend gave; a handler cannot be registered under others.
        let bad_name = |_| {
            let (channel, method) = (target.channel.clone(), target.method.name.clone());
            let refusal = Refusal::UnknownMethod { channel, method };
            Failure::of::<NoError>(&CallError::Refused(refusal), None)
        };
        Ok(Outgoing {
            channel: target.channel.parse().map_err(bad_name)?,
            method: target.method.name.parse().map_err(bad_name)?,
            deadline_ms: target.method.deadline_ms,
            metadata: Metadata::default(),
            arguments: encoded,
            stamps: Some(StampSlot::default()),
        })
    }

    /// Takes the items of a stream as they come, except while it is paused.
    async fn take_all(self, mut items: Items) -> Result<Value, Failure> {
        loop {
            self.items.resumed(&items).await;
            let item = items.next().await;
            self.items.show_credit(items.credit());
            match item {
                Some(Ok(item)) => self.items.push(item),
                Some(Err(ItemsEnd::Failed(ending))) => return Self::read(*ending),
                Some(Err(ItemsEnd::Pipe(error))) => {
                    return Err(Failure::of::<NoError>(&CallError::Pipe(error), None));
                }
                None => return Ok(Value::Undefined),
            }
        }
    }

    /// What an ending says, whatever the types behind it.
    fn read(ending: Ending) -> Result<Value, Failure> {
        match ending {
            Ending::Done(payload) => payload.decode().map_err(|error| {
                let error = CodecError::Reply(error);
                Failure::of::<NoError>(&CallError::Codec(error), None)
            }),
            Ending::Streaming => Ok(Value::Undefined),
            Ending::Refused { text, payload } => {
                let refusal = payload.decode();
                let refusal =
                    refusal.unwrap_or_else(|_| Refusal::Unrecognized { text: text.into() });
                Err(Failure::of::<NoError>(&CallError::Refused(refusal), None))
            }
            Ending::Failed {
                scope,
                key,
                number,
                message,
                payload,
            } => {
                let details = payload.and_then(|payload| payload.decode::<Value>().ok());
                let (scope, key): (String, String) = (scope.into(), key.into());
                if details.is_some() {
                    let problem = Problem::of_application(&scope, &key, &String::from(message));
                    return Err(Failure { problem, details });
                }
                let error = BackendError {
                    scope,
                    key,
                    number: (number != 0).then_some(number),
                    message: message.into(),
                };
                Err(Failure::of::<NoError>(&CallError::Backend(error), None))
            }
        }
    }
}

impl Failure {
    fn of<E: crate::problem::Remedy + 'static>(
        error: &CallError<E>,
        details: Option<Value>,
    ) -> Self {
        Self {
            problem: Problem::from(error),
            details,
        }
    }
}

fn given_up() -> Failure {
    Failure {
        problem: Problem {
            layer: "cancelled",
            fact: "You cancelled the call.".to_owned(),
            remedy: "What its handler had done by then stays done.",
        },
        details: None,
    }
}

fn len_of(ending: &Ending) -> u64 {
    match ending {
        Ending::Done(payload) | Ending::Refused { payload, .. } => payload.len() as u64,
        Ending::Failed { payload, .. } => {
            payload.as_ref().map_or(0, |payload| payload.len() as u64)
        }
        Ending::Streaming => 0,
    }
}
