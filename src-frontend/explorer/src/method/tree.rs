//! A value as a tree that folds, drawn as far as it is opened.
//!
//! What stands in a leaf is exact: all digits of an integer, NaN, which view bytes have. The copy
//! button gives the JSON that this page reads too.

use std::sync::Arc;

use leptos::prelude::*;
use twinbridge_common::wire::{Value, View};
use twinbridge_frontend::spawn;

use crate::{dom, format, json};

/// Members that are drawn at first, and with each further step.
const STEP: usize = 100;
/// Members up to which a value within another is open at once.
const OPEN: usize = 12;
/// Bytes whose digits are shown.
const BYTES: usize = 64;
/// Characters of text that are shown at once.
const TEXT: usize = 20_000;

/// A value with its copy button.
pub(crate) fn value_view(id: &'static str, value: Value) -> AnyView {
    let value = Arc::new(value);
    let copied = RwSignal::new("");
    let shown = Arc::clone(&value);
    let copy = move |_| {
        let text = json::pretty(&value);
        spawn(async move {
            let said = if dom::copy(&text).await {
                "Copied"
            } else {
                "Not copied"
            };
            copied.set(said);
        });
    };
    view! {
        <div class="value" id=id>
            <div class="value-tools">
                <span class="muted" role="status">{move || copied.get()}</span>
                <button type="button" class="small" on:click=copy>"Copy JSON"</button>
            </div>
            <div class="tree">{node(None, shown, 0)}</div>
        </div>
    }
    .into_any()
}

fn node(name: Option<String>, value: Arc<Value>, depth: usize) -> AnyView {
    let key = name.map(|name| view! { <span class="key">{name}</span>": " });
    let members = match count(&value) {
        None => {
            let (class, text) = leaf(&value);
            return view! { <div class="leaf">{key}<code class=class>{text}</code></div> }
                .into_any();
        }
        Some(0) => {
            let text = summary(&value, 0);
            return view! { <div class="leaf">{key}<code class="muted">{text}</code></div> }
                .into_any();
        }
        Some(members) => members,
    };
    let is_open = RwSignal::new(depth == 0 || members <= OPEN);
    let drawn = RwSignal::new(STEP);
    let text = summary(&value, members);
    view! {
        <details
            open=is_open.get_untracked()
            on:toggle=move |event| {
                let details = event_target::<web_sys::HtmlElement>(&event);
                is_open.set(details.has_attribute("open"));
            }
        >
            <summary>{key}<code class="muted">{text}</code></summary>
            <div class="members">
                {move || {
                    is_open.get().then(|| {
                        let last = drawn.get().min(members);
                        (0..last)
                            .filter_map(|at| member(&value, at))
                            .map(|(name, value)| node(Some(name), value, depth + 1))
                            .collect_view()
                    })
                }}
                {move || {
                    let left = members.saturating_sub(drawn.get());
                    (left > 0 && is_open.get()).then(|| {
                        let text = format!("Show more of the {} left", format::count(left as u64));
                        view! {
                            <button
                                type="button"
                                class="small"
                                on:click=move |_| drawn.update(|drawn| *drawn += STEP)
                            >
                                {text}
                            </button>
                        }
                    })
                }}
            </div>
        </details>
    }
    .into_any()
}

/// How many members a value has; `None` for one that cannot have any.
fn count(value: &Value) -> Option<usize> {
    match value {
        Value::Array(values) | Value::Set(values) => Some(values.len()),
        Value::Object(members) | Value::Error(members) => Some(members.len()),
        Value::Map(pairs) => Some(pairs.len()),
        _ => None,
    }
}

fn member(value: &Value, at: usize) -> Option<(String, Arc<Value>)> {
    let (name, value) = match value {
        Value::Array(values) | Value::Set(values) => (at.to_string(), values.get(at)?.clone()),
        Value::Object(members) | Value::Error(members) => {
            let (name, value) = members.0.get(at)?;
            (name.clone(), value.clone())
        }
        Value::Map(pairs) => {
            let (key, value) = pairs.get(at)?;
            (one_line(key, 80), value.clone())
        }
        _ => return None,
    };
    Some((name, Arc::new(value)))
}

fn summary(value: &Value, members: usize) -> String {
    let counted = |one, many| format::counted(members as u64, one, many);
    match value {
        Value::Array(_) => format!("[ {} ]", counted("item", "items")),
        Value::Set(_) => format!("Set of {}", counted("item", "items")),
        Value::Map(_) => format!("Map of {}", counted("entry", "entries")),
        Value::Error(_) => format!("Error of {}", counted("member", "members")),
        _ => format!("{{ {} }}", counted("member", "members")),
    }
}

/// Class and text of a value without members.
fn leaf(value: &Value) -> (&'static str, String) {
    match value {
        Value::Null => ("word", "null".to_owned()),
        Value::Undefined => ("word", "undefined".to_owned()),
        Value::Bool(flag) => ("word", flag.to_string()),
        Value::Int(number) => ("figure", number.to_string()),
        Value::UInt(number) => ("figure", number.to_string()),
        Value::BigInt(digits) => ("figure", format!("{digits}n")),
        Value::Float(number) => ("figure", float(*number)),
        Value::Date(milliseconds) => ("figure", format!("Date {}", float(*milliseconds))),
        Value::String(text) => ("text", json::quoted(&cut(text, TEXT))),
        Value::RegExp { source, flags } => ("text", format!("/{source}/{flags}")),
        Value::Bytes { bytes, view } => ("bytes", bytes_text(bytes, *view)),
        // Those have members.
        _ => ("word", String::new()),
    }
}

fn float(number: f64) -> String {
    match number {
        _ if number.is_nan() => "NaN".to_owned(),
        _ if number.is_infinite() => if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned(),
        _ => format!("{number:?}"),
    }
}

fn bytes_text(bytes: &[u8], view: View) -> String {
    let shown = bytes.len().min(BYTES);
    let rest = if shown < bytes.len() { "…" } else { "" };
    let digits = json::hex(&bytes[..shown]);
    let len = format::bytes(bytes.len() as u64);
    match view {
        View::Uint8Array => format!("{len}: {digits}{rest}"),
        view => format!("{} of {len}: {digits}{rest}", view.name()),
    }
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// A value in one line of about `most` characters.
pub(super) fn one_line(value: &Value, most: usize) -> String {
    let mut text = String::new();
    write_line(&mut text, value, most);
    cut(&text, most)
}

fn write_line(text: &mut String, value: &Value, most: usize) {
    let Some(members) = count(value) else {
        text.push_str(&leaf(value).1);
        return;
    };
    let is_list = matches!(value, Value::Array(_) | Value::Set(_));
    text.push(if is_list { '[' } else { '{' });
    for at in 0..members {
        if text.len() > most {
            return;
        }
        if at > 0 {
            text.push_str(", ");
        }
        if let Some((name, value)) = member(value, at) {
            if !is_list {
                text.push_str(&name);
                text.push_str(": ");
            }
            write_line(text, &value, most);
        }
    }
    text.push(if is_list { ']' } else { '}' });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_members_and_is_cut_where_it_is_too_long() {
        let value = Value::from([
            ("id", Value::UInt(u64::MAX)),
            ("data", Value::bytes(vec![0, 255])),
            (
                "list",
                Value::Array(vec![Value::Float(f64::NAN), Value::from("é")]),
            ),
        ]);
        assert_eq!(
            one_line(&value, 200),
            r#"{id: 18446744073709551615, data: 2 B: 00ff, list: [NaN, "é"]}"#
        );
        assert_eq!(one_line(&value, 8), "{id: 184…");
        let endless = Value::Array(vec![Value::Int(1); 1_000_000]);
        assert_eq!(one_line(&endless, 10), "[1, 1, 1, …");
    }

    #[test]
    fn leaves_are_exact() {
        for (value, text) in [
            (Value::Int((1 << 53) + 1), "9007199254740993"),
            (
                Value::BigInt("1".repeat(40)),
                &*format!("{}n", "1".repeat(40)),
            ),
            (Value::Float(-0.0), "-0.0"),
            (Value::Float(3.0), "3.0"),
            (Value::from("a\n\"b\""), r#""a\n\"b\"""#),
            (
                Value::Bytes {
                    bytes: vec![1, 0].into(),
                    view: View::Int16Array,
                },
                "Int16Array of 2 B: 0100",
            ),
        ] {
            assert_eq!(leaf(&value).1, text);
        }
    }
}
