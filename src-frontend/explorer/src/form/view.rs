//! Draws a form: a row per input, a fold per struct, buttons where there may be more.
//!
//! Every input is an ordinary element of the browser, so the keyboard, screen readers and the
//! system's own habits work as everywhere.

use leptos::prelude::*;

use super::{
    inputs,
    model::{NodeId, State},
    shape::{Alternative, Record, Shape},
    signals::{FormSignals, input_id},
};
use crate::{dom, prose};

/// Structs that stand deeper than this are folded at first.
const OPEN_DEPTH: usize = 3;

/// What stands before an input.
#[derive(Clone, Debug)]
pub(super) struct Label {
    /// Its name; nothing for what needs none.
    pub(super) name: String,
    pub(super) docs: String,
    /// Where in the arguments it stands, for tests and for screen readers.
    pub(super) path: String,
    pub(super) depth: usize,
}

impl Label {
    fn below(&self, name: &str, docs: &str) -> Self {
        Self {
            name: name.to_owned(),
            docs: docs.to_owned(),
            path: format!("{}.{name}", self.path),
            depth: self.depth + 1,
        }
    }

    /// For the value itself, whose name stands before it already.
    fn unnamed(&self) -> Self {
        Self {
            name: String::new(),
            docs: String::new(),
            ..self.clone()
        }
    }
}

/// The inputs of all arguments.
pub(crate) fn form_view(form: FormSignals) -> impl IntoView {
    view! {
        <div id="form" class="form">
            {move || {
                let _ = form.replaced.get();
                let roots = form.with(|form| form.roots.clone());
                if roots.is_empty() {
                    return view! { <p class="empty">"The method takes none."</p> }.into_any();
                }
                let roots = roots.into_iter().map(|(name, id)| {
                    let path = name.clone();
                    let docs = form.with(|form| form.docs(id).to_owned());
                    node(form, id, Label { name, docs, path, depth: 0 })
                });
                roots.collect_view().into_any()
            }}
        </div>
    }
}

/// One node, whatever it asks for.
fn node(form: FormSignals, id: NodeId, label: Label) -> AnyView {
    let (shape, state) = form.with(|form| (form.shape(id).clone(), form.state(id).clone()));
    match (shape, state) {
        (Shape::Null | Shape::Undefined | Shape::Constant(_), _) => {
            let words = form.with(|form| form.fixed_text(id));
            row(
                form,
                id,
                &label,
                view! { <code class="muted">{words}</code> }.into_any(),
            )
        }
        (Shape::Bool, State::Flag(flag)) => {
            row(form, id, &label, inputs::flag(form, id, &label, flag))
        }
        (Shape::Choice(choices), state) => row(
            form,
            id,
            &label,
            inputs::choice(form, id, &label, &choices, &state),
        ),
        (Shape::Alternatives(list), state) => alternatives(form, id, &label, &list, &state),
        (Shape::Optional(_), state) => optional(form, id, &label, &state),
        (Shape::List { min, max, .. }, _) => list(form, id, &label, min, max),
        (Shape::Tuple(_), State::List(items)) => {
            let items = (0..)
                .zip(items)
                .map(|(at, item): (usize, _)| node(form, item, label.below(&at.to_string(), "")));
            group(form, id, &label, items.collect_view().into_any())
        }
        (Shape::Record(shape), state) => record(form, id, &label, &shape, &state),
        (Shape::Wrapped(..), State::Inner(inner)) => node(form, inner, label),
        (Shape::Bytes, state) => row(form, id, &label, inputs::bytes(form, id, &label, &state)),
        (shape, State::Text(text)) => {
            let input = inputs::text(form, id, &label, &shape, &text);
            row(form, id, &label, input)
        }
        _ => ().into_any(),
    }
}

/// A name, an input, what is to be known of it, and what is wrong with it.
fn row(form: FormSignals, id: NodeId, label: &Label, input: AnyView) -> AnyView {
    let kind = form.with(|form| form.in_words(id));
    let name = (!label.name.is_empty()).then(|| {
        view! {
            <label for=input_id(id)>
                <span class="name">{label.name.clone()}</span>
                " "
                <span class="kind">{kind}</span>
            </label>
        }
    });
    let is_unnamed = name.is_none();
    view! {
        <div class="field" class:unnamed=is_unnamed>
            {name}
            <div class="input">{input} {wrong(form, id)}</div>
            {docs(label)}
        </div>
    }
    .into_any()
}

fn docs(label: &Label) -> Option<AnyView> {
    (!label.docs.is_empty())
        .then(|| view! { <div class="docs">{prose::prose(&label.docs)}</div> }.into_any())
}

pub(super) fn wrong(form: FormSignals, id: NodeId) -> impl IntoView {
    move || {
        let problem = form.problem(id)?;
        let name = format!("{}-wrong", input_id(id));
        Some(view! { <p class="wrong" id=name role="alert">{problem}</p> })
    }
}

/// What consists of several inputs: a fold, open unless it stands deep.
fn group(form: FormSignals, id: NodeId, label: &Label, inputs: AnyView) -> AnyView {
    if label.name.is_empty() {
        // Whoever left the name out has drawn the line at its side.
        return view! { <div class="unnamed-group">{inputs} {wrong(form, id)}</div> }.into_any();
    }
    let kind = form.with(|form| form.in_words(id));
    view! {
        <details class="group" open=label.depth < OPEN_DEPTH>
            <summary>
                <span class="name">{label.name.clone()}</span>
                " "
                <span class="kind">{kind}</span>
            </summary>
            {docs(label)}
            <div class="nested">{inputs} {wrong(form, id)}</div>
        </details>
    }
    .into_any()
}

fn alternatives(
    form: FormSignals,
    id: NodeId,
    label: &Label,
    list: &[Alternative],
    state: &State,
) -> AnyView {
    let changed = RwSignal::new(());
    let select = inputs::alternative(form, id, label, list, state, changed);
    let inner_label = label.unnamed();
    let inner = move || {
        changed.get();
        let (inner, is_plain) = form.with(|form| match form.state(id) {
            State::Chosen(Some((_, inner))) => {
                let inner = inner.map(|inner| form.content(inner));
                (inner, inner.is_some_and(|inner| form.is_fixed(inner)))
            }
            _ => (None, true),
        });
        let inner = inner.filter(|_| !is_plain)?;
        Some(view! { <div class="nested">{node(form, inner, inner_label.clone())}</div> })
    };
    view! { {row(form, id, label, select)} {inner} }.into_any()
}

fn optional(form: FormSignals, id: NodeId, label: &Label, state: &State) -> AnyView {
    let changed = RwSignal::new(());
    let is_on = matches!(state, State::Optional(Some(_)));
    let switch = inputs::switch(id, label, is_on, move |on| {
        form.edit(|form| form.switch(id, on));
        changed.set(());
    });
    let inner_label = label.unnamed();
    let inner = move || {
        changed.get();
        let inner = form.with(|form| match form.state(id) {
            State::Optional(inner) => *inner,
            _ => None,
        })?;
        Some(view! { <div class="nested">{node(form, inner, inner_label.clone())}</div> })
    };
    view! { {row(form, id, label, switch)} {inner} }.into_any()
}

fn list(form: FormSignals, id: NodeId, label: &Label, min: u64, max: Option<u64>) -> AnyView {
    let changed = RwSignal::new(());
    let is_fixed = max == Some(min);
    let items = move || {
        changed.get();
        form.with(|form| match form.state(id) {
            State::List(items) => (0_usize..).zip(items.clone()).collect(),
            _ => Vec::new(),
        })
    };
    let item_label = label.clone();
    let inputs = view! {
        <div class="items">
            <For
                each=items
                key=|(_, item)| *item
                children=move |(at, item)| {
                    let mut label = item_label.below(&at.to_string(), "");
                    label.name = String::new();
                    let removable = !is_fixed;
                    view! {
                        <div class="item-row" id=item_id(item)>
                            {node(form, item, label)}
                            {removable.then(|| inputs::remove(form, id, item, changed))}
                        </div>
                    }
                }
            />
        </div>
        {(!is_fixed).then(|| add(form, id, label, "Add an item", changed))}
    };
    group(form, id, label, inputs.into_any())
}

fn add(
    form: FormSignals,
    id: NodeId,
    label: &Label,
    text: &'static str,
    changed: RwSignal<()>,
) -> impl IntoView {
    let path = label.path.clone();
    view! {
        <button
            type="button"
            class="small"
            id=input_id(id)
            data-add=path
            on:click=move |_| {
                let item = form.edit(|form| form.push(id)).flatten();
                changed.set(());
                if let Some(item) = item {
                    dom::focus_first_within(&item_id(item));
                }
            }
        >
            {text}
        </button>
    }
}

/// Name of the element around an item and what belongs to it.
fn item_id(item: NodeId) -> String {
    format!("item-{item}")
}

fn record(form: FormSignals, id: NodeId, label: &Label, shape: &Record, state: &State) -> AnyView {
    let State::Record { parts, .. } = state else {
        return ().into_any();
    };
    let fields = (0..).zip(&shape.fields).map(|(at, one)| {
        let below = label.below(&one.name, &one.docs);
        match one.is_required {
            true => form
                .with(|form| form.field(id, at).filter(|inner| !form.is_tag(*inner)))
                .map(|inner| node(form, inner, below))
                .into_any(),
            false => optional_field(form, id, at, &below),
        }
    });
    let fields: Vec<_> = fields.collect();
    let parts = parts.iter().map(|part| node(form, *part, label.unnamed()));
    let parts: Vec<_> = parts.collect();
    let entries = shape.entries.is_some().then(|| entries(form, id, label));
    let inputs = view! { {fields} {parts} {entries} };
    group(form, id, label, inputs.into_any())
}

/// A field that may be left out: a switch, and the input while it is on.
fn optional_field(form: FormSignals, id: NodeId, at: usize, label: &Label) -> AnyView {
    let changed = RwSignal::new(());
    let is_on = form.with(|form| form.field(id, at).is_some());
    let switch = inputs::field_switch(label, is_on, move |on| {
        form.edit(|form| form.switch_field(id, at, on));
        changed.set(());
    });
    let kind = form.with(|form| form.field_in_words(id, at));
    let inner_label = label.unnamed();
    let inner = move || {
        changed.get();
        let inner = form.with(|form| form.field(id, at))?;
        Some(view! { <div class="nested">{node(form, inner, inner_label.clone())}</div> })
    };
    view! {
        <div class="field">
            <label for=inputs::field_id(label)>
                <span class="name">{label.name.clone()}</span>
                " "
                <span class="kind">{kind}</span>
            </label>
            <div class="input">{switch}</div>
            {docs(label)}
        </div>
        {inner}
    }
    .into_any()
}

fn entries(form: FormSignals, id: NodeId, label: &Label) -> impl IntoView {
    let changed = RwSignal::new(());
    let each = move || {
        changed.get();
        form.with(|form| match form.state(id) {
            State::Record { entries, .. } => entries.clone(),
            _ => Vec::new(),
        })
    };
    let entry_label = label.clone();
    view! {
        <div class="items entries">
            <For
                each=each
                key=|(_, item)| *item
                children=move |(name, item)| {
                    let mut label = entry_label.below("entry", "");
                    label.name = String::new();
                    view! {
                        <div class="item-row entry" id=item_id(item)>
                            {inputs::key(form, id, item, &label, &name)}
                            {node(form, item, label)}
                            {inputs::remove(form, id, item, changed)}
                        </div>
                    }
                }
            />
        </div>
        {add(form, id, label, "Add an entry", changed)}
    }
}
