//! One entry of the list, whole.

use leptos::prelude::*;

use super::{Entry, Fate, Kind, timing_view};
use crate::{dom, format};

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
        facts.push((what, format!("{} (1 ms clock)", format::milliseconds(took))));
    }
    if entry.kind != Kind::Message {
        facts.push(("sent", format::bytes(entry.sent)));
    }
    facts.push(("received", format::bytes(entry.received)));
    if entry.kind == Kind::Stream {
        facts.push(("items", format::count(entry.items)));
    }
    let is_answered = entry.kind != Kind::Message && entry.took.is_some();
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
        </section>
    }
    .into_any()
}
