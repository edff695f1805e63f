//! The inputs themselves: one element of the browser for each kind of leaf.
//!
//! Each starts with what the form has and tells it what changes; none is set from outside while
//! it lives.

use std::sync::Arc;

use leptos::{html::Input, prelude::*};
use twinbridge_frontend::spawn;

use super::{
    model::{NodeId, State},
    shape::{Alternative, Choice, Shape},
    signals::{FormSignals, input_id},
    view::Label,
};
use crate::{dom, format, schema};

/// Lines of text that an input shows before it scrolls.
const MOST_LINES: usize = 12;

/// Text, numbers, JSON: whatever is typed.
pub(super) fn text(
    form: FormSignals,
    id: NodeId,
    label: &Label,
    shape: &Shape,
    value: &str,
) -> AnyView {
    let name = input_id(id);
    let path = label.path.clone();
    let is_wrong = move || form.problem(id).is_some().to_string();
    let placeholder = form.with(|form| form.placeholder(id));
    let put = move |text: String| {
        form.edit(|form| form.set(id, State::Text(text)));
    };
    let value = value.to_owned();
    if !matches!(shape, Shape::Text { .. } | Shape::Raw(_)) {
        return view! {
            <input
                type="text"
                id=name
                data-path=path.clone()
                aria-label=path
                aria-invalid=is_wrong
                autocomplete="off"
                spellcheck="false"
                placeholder=placeholder
                value=value
                on:input=move |event| put(event_target_value(&event))
            />
        }
        .into_any();
    }
    let lines = move |text: &str| text.split('\n').count().clamp(1, MOST_LINES);
    let rows = RwSignal::new(lines(&value));
    let why = match shape {
        Shape::Raw(why) => Some(view! { <p class="hint">{why.clone()}</p> }),
        _ => None,
    };
    view! {
        <textarea
            id=name
            data-path=path.clone()
            aria-label=path
            aria-invalid=is_wrong
            autocapitalize="off"
            spellcheck="false"
            placeholder=placeholder
            rows=move || rows.get().to_string()
            prop:value=value
            on:input=move |event| {
                let text = event_target_value(&event);
                rows.set(lines(&text));
                put(text);
            }
        ></textarea>
        {why}
    }
    .into_any()
}

pub(super) fn flag(form: FormSignals, id: NodeId, label: &Label, flag: bool) -> AnyView {
    let shown = RwSignal::new(flag);
    view! {
        <label class="check">
            <input
                type="checkbox"
                id=input_id(id)
                data-path=label.path.clone()
                checked=flag
                on:change=move |event| {
                    let flag = event_target_checked(&event);
                    shown.set(flag);
                    form.edit(|form| form.set(id, State::Flag(flag)));
                }
            />
            <code>{move || shown.get().to_string()}</code>
        </label>
    }
    .into_any()
}

/// Whether there is a value at all.
pub(super) fn switch(
    id: NodeId,
    label: &Label,
    is_on: bool,
    tell: impl Fn(bool) + 'static,
) -> AnyView {
    named_switch(input_id(id), label, is_on, tell)
}

/// Whether a field is there at all.
pub(super) fn field_switch(label: &Label, is_on: bool, tell: impl Fn(bool) + 'static) -> AnyView {
    named_switch(field_id(label), label, is_on, tell)
}

/// Name of the switch of a field, which is no input of its own.
pub(super) fn field_id(label: &Label) -> String {
    format!("field-{}", label.path)
}

fn named_switch(
    name: String,
    label: &Label,
    is_on: bool,
    tell: impl Fn(bool) + 'static,
) -> AnyView {
    let shown = RwSignal::new(is_on);
    view! {
        <label class="check">
            <input
                type="checkbox"
                id=name
                data-path=label.path.clone()
                checked=is_on
                on:change=move |event| {
                    let on = event_target_checked(&event);
                    shown.set(on);
                    tell(on);
                }
            />
            <span class="muted">{move || if shown.get() { "given" } else { "none" }}</span>
        </label>
    }
    .into_any()
}

/// One of several constants.
pub(super) fn choice(
    form: FormSignals,
    id: NodeId,
    label: &Label,
    choices: &[Choice],
    state: &State,
) -> AnyView {
    let chosen = chosen(state);
    let options = (0..).zip(choices).map(|(at, choice): (usize, _)| {
        let text = schema::plain(&choice.value);
        let docs = choice.docs.clone();
        let is_chosen = chosen == Some(at);
        view! { <option value=at.to_string() title=docs selected=is_chosen>{text}</option> }
    });
    view! {
        <select
            id=input_id(id)
            data-path=label.path.clone()
            aria-label=label.path.clone()
            on:change=move |event| {
                let at = event_target_value(&event).parse().ok();
                form.edit(|form| form.set(id, State::Chosen(at.map(|at| (at, None)))));
            }
        >
            {options.collect_view()}
        </select>
    }
    .into_any()
}

/// One of several schemas; `changed` tells that another input is needed.
pub(super) fn alternative(
    form: FormSignals,
    id: NodeId,
    label: &Label,
    list: &[Alternative],
    state: &State,
    changed: RwSignal<()>,
) -> AnyView {
    let chosen = chosen(state);
    let options = (0..).zip(list).map(|(at, one): (usize, _)| {
        let (text, docs) = (one.label.clone(), one.docs.clone());
        let is_chosen = chosen == Some(at);
        view! { <option value=at.to_string() title=docs selected=is_chosen>{text}</option> }
    });
    let is_wrong = move || form.problem(id).is_some().to_string();
    view! {
        <select
            id=input_id(id)
            data-path=label.path.clone()
            aria-label=label.path.clone()
            aria-invalid=is_wrong
            on:change=move |event| {
                let at = event_target_value(&event).parse().ok();
                form.edit(|form| form.choose(id, at));
                changed.set(());
            }
        >
            <option value="" selected=chosen.is_none()>"Choose…"</option>
            {options.collect_view()}
        </select>
    }
    .into_any()
}

fn chosen(state: &State) -> Option<usize> {
    match state {
        State::Chosen(Some((at, _))) => Some(*at),
        _ => None,
    }
}

/// Hexadecimal digits, or a file.
pub(super) fn bytes(form: FormSignals, id: NodeId, label: &Label, state: &State) -> AnyView {
    let file = NodeRef::<Input>::new();
    let (digits, name) = match state {
        State::Text(digits) => (digits.clone(), None),
        State::File(name, bytes) => (String::new(), Some(file_text(name, bytes.len()))),
        _ => (String::new(), None),
    };
    let chosen = RwSignal::new(name);
    let is_wrong = move || form.problem(id).is_some().to_string();
    let take = move |_| {
        let Some(input) = file.get_untracked() else {
            return;
        };
        spawn(async move {
            if let Some((name, bytes)) = dom::chosen_file(&input).await {
                chosen.set(Some(file_text(&name, bytes.len())));
                let bytes: Arc<[u8]> = bytes.into();
                form.edit(|form| form.set(id, State::File(name, bytes)));
            }
        });
    };
    let path = label.path.clone();
    view! {
        <div class="bytes">
            <input
                type="text"
                id=input_id(id)
                data-path=path.clone()
                aria-label=path.clone()
                aria-invalid=is_wrong
                autocomplete="off"
                spellcheck="false"
                placeholder="hexadecimal, as 00 ff"
                value=digits
                on:input=move |event| {
                    chosen.set(None);
                    let digits = event_target_value(&event);
                    form.edit(|form| form.set(id, State::Text(digits)));
                }
            />
            <label class="file">
                <input
                    type="file"
                    node_ref=file
                    aria-label=format!("{path}, from a file")
                    on:change=take
                />
                {move || chosen.get().unwrap_or_else(|| "File…".to_owned())}
            </label>
        </div>
    }
    .into_any()
}

fn file_text(name: &str, len: usize) -> String {
    format!("{name}, {}", format::bytes(len as u64))
}

/// The key of an entry.
pub(super) fn key(
    form: FormSignals,
    id: NodeId,
    item: NodeId,
    label: &Label,
    name: &str,
) -> AnyView {
    view! {
        <input
            type="text"
            class="entry-key"
            id=format!("key-{item}")
            data-path=format!("{}.key", label.path)
            aria-label=format!("{}, key", label.path)
            autocomplete="off"
            spellcheck="false"
            placeholder="key"
            value=name.to_owned()
            on:input=move |event| {
                let name = event_target_value(&event);
                form.edit(|form| form.rename(id, item, &name));
            }
        />
    }
    .into_any()
}

/// Takes an item out of its list.
pub(super) fn remove(
    form: FormSignals,
    id: NodeId,
    item: NodeId,
    changed: RwSignal<()>,
) -> AnyView {
    view! {
        <button
            type="button"
            class="small quiet"
            aria-label="Remove"
            title="Remove"
            on:click=move |_| {
                form.edit(|form| form.remove(id, item));
                changed.set(());
                dom::focus(&input_id(id));
            }
        >
            "✕"
        </button>
    }
    .into_any()
}
