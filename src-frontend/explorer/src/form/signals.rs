//! A form that is on the page: what is in it, and who must hear of a change.
//!
//! Typing changes the data and draws nothing; only what an input consists of is drawn again.

use leptos::prelude::*;
use twinbridge_common::wire::Value;

use super::model::{Form, NodeId};
use crate::dom;

/// Problems by the input that has them.
type Problems = Vec<(NodeId, String)>;

/// A form and its signals. Copies are the same form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FormSignals {
    form: StoredValue<Form>,
    /// Counts everything that is filled in.
    edits: RwSignal<u64>,
    /// Counts the forms that took the place of this one.
    pub(super) replaced: RwSignal<u64>,
    /// A call was tried, so that what is missing is a problem.
    is_checked: RwSignal<bool>,
    problems: Memo<Problems>,
}

impl FormSignals {
    pub(crate) fn new(form: Form) -> Self {
        let form = StoredValue::new(form);
        let edits = RwSignal::new(0);
        let is_checked = RwSignal::new(false);
        let problems = Memo::new(move |_| {
            let _ = edits.get();
            match is_checked.get() {
                true => form.with_value(|form| form.arguments().err().unwrap_or_default()),
                false => Problems::new(),
            }
        });
        Self {
            form,
            edits,
            replaced: RwSignal::new(0),
            is_checked,
            problems,
        }
    }

    /// The arguments; where something is wrong it is shown, and the first such input has the
    /// focus.
    pub(crate) fn arguments(self) -> Option<Vec<Value>> {
        match self.with(Form::arguments) {
            Ok(arguments) => Some(arguments),
            Err(problems) => {
                self.is_checked.set(true);
                if let Some((first, _)) = problems.first() {
                    dom::focus(&input_id(*first));
                }
                None
            }
        }
    }

    /// The arguments as far as they are filled in.
    pub(crate) fn draft(self) -> Vec<Value> {
        self.with(Form::draft)
    }

    /// Puts another form in the place of this one.
    pub(crate) fn replace(self, form: Form) {
        self.form.set_value(form);
        self.is_checked.set(false);
        self.edits.update(|edits| *edits += 1);
        self.replaced.update(|count| *count += 1);
    }

    pub(super) fn with<T>(self, look: impl FnOnce(&Form) -> T) -> T {
        self.form.with_value(look)
    }

    pub(super) fn edit<T>(self, edit: impl FnOnce(&mut Form) -> T) -> Option<T> {
        let result = self.form.try_update_value(edit);
        self.edits.update(|edits| *edits += 1);
        result
    }

    /// What is wrong at an input.
    pub(super) fn problem(self, id: NodeId) -> Option<String> {
        let problems = self.problems.read();
        let found = problems.iter().find(|(at, _)| *at == id);
        found.map(|(_, problem)| problem.clone())
    }
}

/// Name of the element that a node is typed into.
pub(super) fn input_id(id: NodeId) -> String {
    format!("input-{id}")
}
