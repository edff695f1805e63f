//! What lies before whoever works with a method: the arguments, the run, the last calls.
//!
//! One desk per method, kept while the page lives: a form is found as it was left, and a stream
//! goes on while another part of the page is shown.

use std::{collections::HashMap, sync::Arc};

use futures_util::future::AbortHandle;
use leptos::prelude::*;
use twinbridge_common::{
    interfaces::host::MethodDescription,
    wire::{Object, Value},
};

use super::items::StreamItems;
use crate::{
    form::{Form, FormSignals, Schema},
    json,
    live::Timing,
    problem::Problem,
};

/// Calls of a method that are kept to be made again.
const HISTORY: usize = 20;

/// The method of a desk.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) channel: String,
    pub(crate) method: MethodDescription,
}

/// One method at work. Copies are the same desk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Desk {
    pub(super) target: StoredValue<Arc<Target>>,
    pub(super) form: FormSignals,
    /// Whether the arguments are given as JSON.
    pub(super) is_json: RwSignal<bool>,
    pub(super) json: RwSignal<String>,
    /// What is wrong with the JSON.
    pub(super) wrong: RwSignal<Option<String>>,
    pub(super) run: RwSignal<Run>,
    pub(super) items: StreamItems,
    pub(super) history: RwSignal<Vec<Past>>,
    pub(super) abort: StoredValue<Option<AbortHandle>>,
}

/// How far a call is.
#[derive(Clone, Debug)]
pub(super) enum Run {
    /// None was made.
    Idle,
    /// It runs; the milliseconds once they are worth telling.
    Running(Option<f64>),
    /// Its stream has begun.
    Streaming,
    /// It is over.
    Over(Arc<Outcome>),
}

/// What came of a call.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) result: Result<Value, Failure>,
    /// Milliseconds, in steps of one.
    pub(super) took: f64,
    pub(super) timing: Timing,
    pub(super) sent: u64,
    pub(super) received: u64,
}

/// Why a call has no result.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) problem: Problem,
    /// The error itself, where it has more to say than its sentence.
    pub(super) details: Option<Value>,
}

/// A call that was made.
#[derive(Clone, Debug)]
pub(super) struct Past {
    pub(super) arguments: Vec<Value>,
    /// `ok`, or the layer that failed.
    pub(super) fate: &'static str,
    pub(super) took: f64,
    pub(super) timing: Timing,
}

/// The desks of all methods that were looked at. Copies are the same desks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Desks {
    desks: StoredValue<HashMap<(String, String), Desk>>,
    /// Owns their signals, which outlive the view that asked for them first.
    owner: StoredValue<Owner>,
}

impl Desks {
    /// None so far. Called where the owner is the page.
    pub(crate) fn new() -> Self {
        Self {
            desks: StoredValue::default(),
            owner: StoredValue::new(Owner::current().unwrap_or_default()),
        }
    }

    /// The desk of a method.
    pub(crate) fn of(self, channel: &str, method: &MethodDescription) -> Desk {
        let key = (channel.to_owned(), method.name.clone());
        if let Some(desk) = self.desks.with_value(|desks| desks.get(&key).copied()) {
            return desk;
        }
        let target = Target {
            channel: channel.to_owned(),
            method: method.clone(),
        };
        let desk = self.owner.get_value().with(|| Desk::new(target));
        self.desks.update_value(|desks| {
            desks.insert(key, desk);
        });
        desk
    }
}

impl Target {
    fn schemas(&self) -> impl Iterator<Item = (&str, Schema)> {
        let arguments = self.method.arguments.iter();
        arguments.map(|argument| (argument.name.as_str(), Schema::parse(&argument.schema)))
    }

    /// The arguments as one JSON object.
    fn to_json(&self, arguments: &[Value]) -> String {
        let names = self.method.arguments.iter();
        let names = names.map(|argument| argument.name.clone());
        let members: Object = names.zip(arguments.iter().cloned()).collect();
        json::pretty(&Value::Object(members))
    }

    fn read_json(&self, text: &str) -> Result<Vec<Value>, String> {
        let Value::Object(members) = json::parse(text)? else {
            return Err("The arguments are one object, with a member for each.".to_owned());
        };
        let names = &self.method.arguments;
        for (name, _) in members.iter() {
            if names.iter().all(|argument| argument.name != name) {
                return Err(format!("The method has no argument `{name}`."));
            }
        }
        let values = names.iter().map(|argument| {
            let value = members.get(&argument.name);
            value.cloned().unwrap_or(Value::Undefined)
        });
        Ok(values.collect())
    }
}

impl Desk {
    fn new(target: Target) -> Self {
        let form = FormSignals::new(Form::new(target.schemas()));
        Self {
            target: StoredValue::new(Arc::new(target)),
            form,
            is_json: RwSignal::new(false),
            json: RwSignal::default(),
            wrong: RwSignal::default(),
            run: RwSignal::new(Run::Idle),
            items: StreamItems::new(),
            history: RwSignal::default(),
            abort: StoredValue::new(None),
        }
    }

    /// Whether a call runs, or its stream.
    pub(super) fn is_busy(self) -> bool {
        matches!(*self.run.read(), Run::Running(_) | Run::Streaming)
    }

    /// The arguments that were filled in. What is wrong is shown where it is.
    pub(super) fn arguments(self) -> Option<Vec<Value>> {
        if !self.is_json.get_untracked() {
            return self.form.arguments();
        }
        let target = self.target.get_value();
        let read = self.json.with_untracked(|text| target.read_json(text));
        self.wrong.set(read.as_ref().err().cloned());
        read.ok()
    }

    /// Changes between the form and JSON, and takes along what was filled in, as far as it goes.
    pub(super) fn show_json(self, is_json: bool) {
        let target = self.target.get_value();
        self.wrong.set(None);
        if is_json {
            let draft = self.form.draft();
            self.json.set(target.to_json(&draft));
            self.is_json.set(true);
            return;
        }
        let read = self.json.with_untracked(|text| target.read_json(text));
        match read {
            Ok(arguments) => self.fill(&arguments),
            Err(problem) => self.wrong.set(Some(problem)),
        }
    }

    /// Fills in these arguments: the form, or JSON where they do not fit it.
    pub(super) fn fill(self, arguments: &[Value]) {
        let target = self.target.get_value();
        match Form::filled(target.schemas(), arguments) {
            Some(form) => {
                self.form.replace(form);
                self.is_json.set(false);
            }
            None => {
                self.json.set(target.to_json(arguments));
                self.wrong.set(Some(
                    "These arguments do not fit the form. They can be sent as they are.".to_owned(),
                ));
                self.is_json.set(true);
            }
        }
    }

    /// Remembers a call, the newest first.
    pub(super) fn remember(self, past: Past) {
        self.history.update(|history| {
            history.insert(0, past);
            history.truncate(HISTORY);
        });
    }
}

#[cfg(test)]
mod tests {
    use twinbridge_common::interfaces::host::ArgumentDescription;

    use super::*;

    fn target() -> Target {
        let argument = |name: &str| ArgumentDescription {
            name: name.into(),
            schema: "true".into(),
        };
        Target {
            channel: "notes".into(),
            method: MethodDescription {
                name: "find".into(),
                signature: String::new(),
                docs: String::new(),
                arguments: vec![argument("text"), argument("limit")],
                result: None,
                error: None,
                stream: None,
                deadline_ms: 0,
            },
        }
    }

    #[test]
    fn arguments_go_to_json_and_back() {
        let arguments = [Value::from("a"), Value::UInt(u64::MAX)];
        let text = target().to_json(&arguments);
        assert_eq!(text, r#"{"text": "a", "limit": 18446744073709551615}"#);
        assert_eq!(target().read_json(&text).unwrap(), arguments);
    }

    #[test]
    fn an_argument_may_be_missing_and_none_may_be_unknown() {
        let read = target().read_json(r#"{"limit": 1}"#);
        assert_eq!(read.unwrap(), [Value::Undefined, Value::Int(1)]);
        let read = target().read_json(r#"{"limits": 1}"#);
        assert_eq!(read.unwrap_err(), "The method has no argument `limits`.");
        let read = target().read_json("[1]");
        assert_eq!(
            read.unwrap_err(),
            "The arguments are one object, with a member for each."
        );
    }
}
