//! Failures as plain objects, of which the package makes its error classes.
//!
//! Each has `layer` (`application`, `refusal`, `backend`, `pipe`, `codec`, `startup`), `scope`,
//! `key`, `message` and, where there is one, `number`. What else it has depends on the layer.

use js_sys::{Array, Object, Reflect};
use twinbridge_common::{
    ipc::{CodecError, EndReason, PipeError, Refusal, StartupError},
    wire::{BadName, Build, DecodeError, EncodeError, Ending, Value, Verdict},
};
use twinbridge_frontend::ConnectError;
use wasm_bindgen::JsValue;

use crate::to_javascript::{decoded, made_of};

/// The scope of failures that no application knows.
const SCOPE: &str = "twinbridge";

/// A failure under construction.
struct Failure(Object);

impl Failure {
    fn new(layer: &str, scope: &str, key: &str, message: &str) -> Self {
        Self(Object::new())
            .with("layer", layer)
            .with("scope", scope)
            .with("key", key)
            .with("message", message)
    }

    fn with(self, name: &str, value: impl Into<JsValue>) -> Self {
        // A plain object of our own takes every property.
        let _ = Reflect::set(&self.0, &name.into(), &value.into());
        self
    }

    fn numbered(self, number: Option<u32>) -> Self {
        match number {
            Some(number) => self.with("number", number),
            None => self,
        }
    }

    fn done(self) -> JsValue {
        self.0.into()
    }
}

/// How a call or a stream ended that gave no result.
pub(crate) fn of_ending(ending: &Ending) -> JsValue {
    match ending {
        Ending::Failed {
            scope,
            key,
            number,
            message,
            payload,
        } => {
            let number = (*number != 0).then_some(*number);
            let data = payload.as_ref().and_then(|payload| decoded(payload).ok());
            let layer = match data {
                Some(_) => "application",
                None => "backend",
            };
            let failure = Failure::new(layer, scope, key, message).numbered(number);
            match data {
                Some(data) => failure.with("data", data).done(),
                None => failure.done(),
            }
        }
        Ending::Refused { text, payload } => {
            let refusal = payload.decode::<Refusal>().ok();
            // As it travels: a name, or one property that is named so and holds the facts.
            let (key, facts) = match payload.decode::<Value>() {
                Ok(Value::String(key)) => (key, None),
                Ok(Value::Object(object)) => match object.0.into_iter().next() {
                    Some((key, facts)) => (key, made_of(&facts).ok()),
                    None => (String::new(), None),
                },
                _ => ("unrecognized".to_owned(), None),
            };
            let failure = Failure::new("refusal", SCOPE, &key, text)
                .numbered(refusal.as_ref().and_then(Refusal::number))
                .with("details", facts.unwrap_or(JsValue::UNDEFINED))
                .with("isTransient", refusal.is_some_and(|it| it.is_transient()));
            failure.done()
        }
        Ending::Done(_) | Ending::Streaming => {
            Failure::new("refusal", SCOPE, "unrecognized", "the reply says no error").done()
        }
    }
}

/// The call did not get through.
pub(crate) fn of_pipe(error: &PipeError) -> JsValue {
    let key = match error {
        PipeError::NotValid => "notValid",
        PipeError::NoPage { .. } => "noPage",
        PipeError::Ended(_) => "ended",
        PipeError::Full { .. } => "full",
        PipeError::TooLarge { .. } => "tooLarge",
        _ => "pipe",
    };
    let failure = Failure::new("pipe", SCOPE, key, &error.to_string());
    failure.with("isTransient", error.is_transient()).done()
}

/// The session is over.
pub(crate) fn of_end(reason: EndReason) -> JsValue {
    of_pipe(&PipeError::Ended(reason))
}

/// An argument cannot be encoded.
pub(crate) fn of_arguments(error: EncodeError) -> JsValue {
    let said = error.to_string();
    let layer = CodecError::Arguments(error).to_string();
    Failure::new("codec", SCOPE, "arguments", &format!("{layer}: {said}")).done()
}

/// A JavaScript value that has no wire form.
pub(crate) fn no_wire_form(what: &str) -> JsValue {
    let text = format!("the arguments could not be encoded: {what}");
    Failure::new("codec", SCOPE, "arguments", &text).done()
}

/// A name that none can be.
pub(crate) fn bad_name(error: &BadName) -> JsValue {
    Failure::new("codec", SCOPE, "arguments", &error.to_string()).done()
}

/// A reply does not decode.
pub(crate) fn of_reply(error: &DecodeError) -> JsValue {
    let text = format!("the reply could not be decoded: {error}");
    Failure::new("codec", SCOPE, "reply", &text).done()
}

/// JavaScript did not make a value of a reply.
pub(crate) fn not_made(thrown: &JsValue) -> JsValue {
    let text = format!("the reply could not be decoded: {thrown:?}");
    Failure::new("codec", SCOPE, "reply", &text).done()
}

/// A channel of this page has a handler.
pub(crate) fn taken(message: &str) -> JsValue {
    Failure::new("startup", SCOPE, "channelTaken", message).done()
}

/// The page has no bridge.
pub(crate) fn no_bridge(error: &ConnectError) -> JsValue {
    let key = match error {
        ConnectError::NoHost => "noHost",
        ConnectError::AlreadyConnected => "alreadyConnected",
        _ => "noRandom",
    };
    Failure::new("startup", SCOPE, key, &error.to_string()).done()
}

/// A module declares what is no interface.
pub(crate) fn bad_declaration(problem: &str) -> JsValue {
    let text = format!("an interface was declared that cannot be one: {problem}");
    Failure::new("startup", SCOPE, "declaration", &text).done()
}

/// The session did not start.
pub(crate) fn of_startup(error: &StartupError) -> JsValue {
    match error {
        StartupError::Mismatch { verdicts } => {
            let list: Array = verdicts.iter().map(verdict).collect();
            Failure::new("startup", SCOPE, "mismatch", &error.to_string())
                .numbered(Some(Refusal::VERSION_MISMATCH_NUMBER))
                .with("verdicts", list)
                .done()
        }
        StartupError::Pipe(pipe) => {
            let text = format!("{error}: {pipe}");
            Failure::new("startup", SCOPE, "pipe", &text).done()
        }
        other => Failure::new("startup", SCOPE, "startup", &other.to_string()).done(),
    }
}

fn verdict(verdict: &Verdict) -> JsValue {
    let backend = verdict.backend.as_ref().map(build);
    Failure(Object::new())
        .with("channel", verdict.channel.as_str())
        .with("frontend", build(&verdict.frontend))
        .with("backend", backend.unwrap_or(JsValue::NULL))
        .with("fits", verdict.fits)
        .with("advice", verdict.advice())
        .done()
}

fn build(build: &Build) -> JsValue {
    let fingerprint = build.fingerprint.map(|it| it.to_string());
    Failure(Object::new())
        .with("version", build.version.as_str())
        .with("fingerprint", fingerprint)
        .done()
}
