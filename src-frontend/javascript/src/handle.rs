//! Handlers of the page, written in JavaScript, for calls of the backend.
//!
//! The core's handlers give futures that any thread may poll, and a promise belongs to the page:
//! the call goes through a queue to a task of the page, and its outcome comes back. Dropping the
//! call's future tells the JavaScript function, through the promise it was given.

use std::{fmt, sync::Arc};

use futures_channel::{mpsc, oneshot};
use futures_util::{StreamExt as _, future::Either};
use js_sys::{Function, Promise, Reflect};
use twinbridge_common::{
    ipc::{
        Answer, BackendError, Endpoint, HandlerGuard, Invocation, IpcHandler, IpcSocket as _,
        Outcome, Refusal, VersionPolicy,
    },
    wire::{ChannelName, Payload},
};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::{failure, from_javascript, promise, to_javascript};

/// The scope of what a handler throws that says none itself.
const SCOPE: &str = "javascript";

/// Keeps a handler registered until it is freed.
#[wasm_bindgen]
pub struct Handling {
    _guard: HandlerGuard,
}

impl Handling {
    pub(crate) fn new(
        endpoint: &Endpoint,
        channel: ChannelName,
        version: &str,
        answer: Function,
    ) -> Result<Self, JsValue> {
        let (calls, mut waiting) = mpsc::unbounded::<Called>();
        let handler = Arc::new(Queue {
            channel,
            version: version.to_owned(),
            calls,
        });
        let guard = endpoint.handle(handler, VersionPolicy::default());
        let guard = guard.map_err(|error| failure::taken(&error.to_string()))?;
        twinbridge_frontend::spawn(async move {
            while let Some(called) = waiting.next().await {
                let answer = answer.clone();
                twinbridge_frontend::spawn(async move { run(&answer, called).await });
            }
        });
        Ok(Self { _guard: guard })
    }
}

impl fmt::Debug for Handling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handling").finish_non_exhaustive()
    }
}

/// A call, and where its outcome goes.
struct Called {
    call: Invocation,
    done: oneshot::Sender<Outcome>,
}

/// The handler as the core has it.
struct Queue {
    channel: ChannelName,
    version: String,
    calls: mpsc::UnboundedSender<Called>,
}

impl IpcHandler for Queue {
    fn channel_name(&self) -> ChannelName {
        self.channel.clone()
    }

    fn version(&self) -> &str {
        &self.version
    }

    fn call(self: Arc<Self>, call: Invocation) -> Answer {
        let (done, outcome) = oneshot::channel();
        let unknown = call.unknown_method();
        // The task that takes them lives as long as this handler.
        let _ = self.calls.unbounded_send(Called { call, done });
        Box::pin(async move { outcome.await.unwrap_or(unknown) })
    }
}

async fn run(answer: &Function, called: Called) {
    let Called { call, mut done } = called;
    let (cancel, cancelled) = oneshot::channel::<()>();
    // Resolves to whether the call was cancelled, once it is over.
    let cancelled = promise(async move { Ok(cancelled.await.is_ok().into()) });
    let running = Box::pin(outcome(answer, &call, &cancelled));
    match futures_util::future::select(running, done.cancellation()).await {
        Either::Left((outcome, _)) => {
            // Whoever called may be gone.
            let _ = done.send(outcome);
        }
        Either::Right(((), _)) => {
            let _ = cancel.send(());
        }
    }
}

async fn outcome(answer: &Function, call: &Invocation, cancelled: &Promise) -> Outcome {
    let arguments = match to_javascript::arguments(&call.arguments) {
        Ok(arguments) => arguments,
        Err(problem) => {
            return Outcome::Refused(Refusal::BadArgument {
                channel: call.channel.to_string(),
                method: call.method.to_string(),
                problem,
            });
        }
    };
    let method = JsValue::from_str(call.method.as_str());
    let promise = answer.call3(&JsValue::UNDEFINED, &method, &arguments, cancelled);
    let result = match promise {
        Ok(promise) => JsFuture::from(Promise::resolve(&promise)).await,
        Err(thrown) => Err(thrown),
    };
    match result {
        Ok(result) => done(call, &result),
        Err(thrown) => failed(call, &thrown),
    }
}

fn done(call: &Invocation, result: &JsValue) -> Outcome {
    match from_javascript::value(result) {
        Ok(value) => call.done(&value),
        Err(problem) => Outcome::Refused(Refusal::BadReply {
            channel: call.channel.to_string(),
            method: call.method.to_string(),
            problem: text(&problem, "message").unwrap_or_default(),
        }),
    }
}

/// An error as it was thrown: its scope, key, number and data where it has them.
fn failed(call: &Invocation, thrown: &JsValue) -> Outcome {
    if text(thrown, "layer").as_deref() == Some("unknownMethod") {
        return call.unknown_method();
    }
    let data = Reflect::get(thrown, &"data".into()).unwrap_or(JsValue::UNDEFINED);
    let data = match data.is_undefined() {
        true => None,
        false => from_javascript::value(&data).ok(),
    };
    let number = Reflect::get(thrown, &"number".into()).ok();
    let number = number.and_then(|number| number.as_f64());
    Outcome::Failed {
        error: BackendError {
            scope: text(thrown, "scope").unwrap_or_else(|| SCOPE.to_owned()),
            key: text(thrown, "key")
                .or_else(|| text(thrown, "name"))
                .unwrap_or_else(|| "Error".to_owned()),
            number: number.map(|number| number as u32),
            message: text(thrown, "message").unwrap_or_else(|| format!("{thrown:?}")),
        },
        payload: data.and_then(|data| Payload::encode(call.codec(), &data).ok()),
    }
}

/// A property that is text; `None` where there is none, or the value has no properties.
fn text(value: &JsValue, name: &str) -> Option<String> {
    Reflect::get(value, &name.into()).ok()?.as_string()
}
