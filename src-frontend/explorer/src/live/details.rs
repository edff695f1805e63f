//! One entry of the list, whole.

use leptos::prelude::*;
use twinbridge_common::{interfaces::inspector::EncodedPayload, wire::Value};

use super::{Entry, Fate, Kind, timing_view};
use crate::{dom, format, method::value_view};

pub(super) fn details(entry: &Entry, close: impl Fn() + 'static) -> AnyView {
    let fate = match &entry.fate {
        Fate::Failed(layer, text) => format!("{layer}: {text}"),
        fate => fate.name().to_owned(),
    };
    let mut facts = vec![
        ("what", entry.kind.name().to_owned()),
        ("when", dom::clock(entry.at)),
        ("end", fate),
    ];
    if let Some(took) = entry.took {
        let what = if entry.kind == Kind::Stream {
            "began after"
        } else {
            "round trip"
        };
        // Of others the backend tells, by its own clock.
        facts.push(match entry.whose {
            Some(_) => (what, format!("{} at the backend", format::time(took))),
            None => (what, format!("{} (1 ms clock)", format::milliseconds(took))),
        });
    }
    if let Some(whose) = &entry.whose {
        let text = format!("{}, session {}", whose.window, whose.session);
        facts.insert(1, ("window", text));
    }
    if entry.is_reverse {
        let text = match entry.kind {
            Kind::Message => "the page tells the backend",
            _ => "the backend calls the page",
        };
        facts.push(("direction", text.to_owned()));
    }
    let is_call = matches!(entry.kind, Kind::Call | Kind::Stream);
    if is_call {
        facts.push(("sent", format::bytes(entry.sent)));
    }
    if is_call || entry.kind == Kind::Message {
        facts.push(("received", format::bytes(entry.received)));
    }
    if entry.kind == Kind::Stream {
        facts.push(("items", format::count(entry.items)));
    }
    let is_answered = is_call && entry.took.is_some();
    let timing = is_answered.then(|| timing_view(entry.timing));
    let facts = facts
        .into_iter()
        .map(|(name, text)| view! { <dt>{name}</dt><dd>{text}</dd> });
    view! {
        <section id="live-details" class="live-details" aria-label="Details">
            <header class="section-head">
                <h3>{entry.name.to_string()}</h3>
                <span class="grow"></span>
                <button type="button" class="small quiet" aria-label="Close" on:click=move |_| close()>
                    "✕"
                </button>
            </header>
            <dl>{facts.collect_view()}</dl>
            {timing}
            {held(entry)}
        </section>
    }
    .into_any()
}

/// What was sent and came back, where it is known.
fn held(entry: &Entry) -> AnyView {
    let Some(held) = &entry.held else {
        return ().into_any();
    };
    let value = |title: &'static str, id: &'static str, payload: &Option<EncodedPayload>| {
        let payload = payload.as_ref()?;
        let value = payload
            .decoded()
            .and_then(|payload| payload.decode::<Value>().ok());
        let shown = match value {
            Some(value) => value_view(id, value),
            None => view! { <p class="wrong">"These bytes are no value."</p> }.into_any(),
        };
        Some(view! { <h4>{title}</h4> {shown} })
    };
    view! {
        {held.text.clone().map(|text| view! { <pre class="signature" tabindex="0">{text}</pre> })}
        {value("Arguments", "live-arguments", &held.arguments)}
        {value("Reply", "live-reply", &held.reply)}
    }
    .into_any()
}
