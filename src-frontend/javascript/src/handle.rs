//! Handlers of the page, written in JavaScript, for calls of the backend.
//!
//! The core's handlers give futures that any thread may poll, and a promise belongs to the page:
//! the call goes through a queue to a task of the page, and its outcome comes back, an iterator's
//! items one by one. Dropping the call's future tells the JavaScript function, through the promise
//! it was given.

use std::{fmt, future::poll_fn, sync::Arc};

use futures_channel::{mpsc, oneshot};
use futures_util::{StreamExt as _, future::Either};
use js_sys::{Function, Promise, Reflect, Symbol};
use twinbridge_common::{
    ipc::{
        Answer, BackendError, Endpoint, HandlerGuard, Invocation, IpcHandler, IpcSocket as _,
        Outcome, Refusal, VersionPolicy,
    },
    wire::{ChannelName, Codec, MethodName, Payload},
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
    if let Some(iterator) = Iterator::of(result) {
        return streaming(call, iterator);
    }
    match from_javascript::value(result) {
        Ok(value) => call.done(&value),
        Err(problem) => bad_reply(&call.channel, &call.method, &problem),
    }
}

fn bad_reply(channel: &ChannelName, method: &MethodName, problem: &JsValue) -> Outcome {
    Outcome::Refused(Refusal::BadReply {
        channel: channel.to_string(),
        method: method.to_string(),
        problem: text(problem, "message").unwrap_or_default(),
    })
}

/// Asks for an item whenever there is room for one.
fn streaming(call: &Invocation, iterator: Iterator) -> Outcome {
    let (mut items, taken) = mpsc::channel(0);
    // Dropped with the stream, also while the page is at its next item.
    let (alive, mut gone) = oneshot::channel::<()>();
    let (codec, channel, method) = (call.codec(), call.channel.clone(), call.method.clone());
    twinbridge_frontend::spawn(async move {
        while poll_fn(|cx| items.poll_ready(cx)).await.is_ok() {
            let next = Box::pin(iterator.next());
            let next = match futures_util::future::select(next, &mut gone).await {
                Either::Left((next, _)) => next,
                Either::Right(_) => break,
            };
            let item = match next {
                Ok(Some(item)) => from_javascript::value(&item)
                    .and_then(|item| {
                        let encoded = Payload::encode(codec, &item);
                        encoded.map_err(failure::of_arguments)
                    })
                    .map_err(|problem| bad_reply(&channel, &method, &problem)),
                Ok(None) => return,
                Err(thrown) => Err(thrown_as(codec, &thrown)),
            };
            let is_last = item.is_err();
            // Room was made above; without a taker the loop ends.
            let _ = items.start_send(item.map_err(Box::new));
            if is_last {
                break;
            }
        }
        iterator.leave();
    });
    let items = taken.map(move |item| {
        let _lives_as_long_as_the_stream = &alive;
        item
    });
    Outcome::Streaming(items.boxed())
}

/// An async iterator of the page's.
struct Iterator(JsValue);

impl Iterator {
    /// That of an object that has one.
    fn of(result: &JsValue) -> Option<Self> {
        if !result.is_object() {
            return None;
        }
        let begin = Reflect::get(result, Symbol::async_iterator().as_ref()).ok()?;
        let begin = begin.dyn_into::<Function>().ok()?;
        begin.call0(result).ok().map(Self)
    }

    async fn next(&self) -> Result<Option<JsValue>, JsValue> {
        let next = Reflect::get(&self.0, &"next".into())?.dyn_into::<Function>()?;
        let promise = Promise::resolve(&next.call0(&self.0)?);
        let step = JsFuture::from(promise).await?;
        match Reflect::get(&step, &"done".into())?.is_truthy() {
            true => Ok(None),
            false => Reflect::get(&step, &"value".into()).map(Some),
        }
    }

    /// Lets its `finally` run. What it says to that is of no interest.
    fn leave(&self) {
        let leave = Reflect::get(&self.0, &"return".into());
        if let Ok(Ok(leave)) = leave.map(JsCast::dyn_into::<Function>) {
            let _ = leave.call0(&self.0);
        }
    }
}

/// An error as it was thrown: its scope, key, number and data where it has them.
fn failed(call: &Invocation, thrown: &JsValue) -> Outcome {
    if text(thrown, "layer").as_deref() == Some("unknownMethod") {
        return call.unknown_method();
    }
    thrown_as(call.codec(), thrown)
}

fn thrown_as(codec: Codec, thrown: &JsValue) -> Outcome {
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
        payload: data.and_then(|data| Payload::encode(codec, &data).ok()),
    }
}

/// A property that is text; `None` where there is none, or the value has no properties.
fn text(value: &JsValue, name: &str) -> Option<String> {
    Reflect::get(value, &name.into()).ok()?.as_string()
}
