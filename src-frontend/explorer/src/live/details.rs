//! One entry of the list, whole.

use leptos::prelude::*;
use twinbridge_common::{interfaces::inspector::EncodedPayload, wire::Value};

use super::{Entry, Fate, Kind, timing_view};
use crate::{dom, format, method::value_view};

/// Where to have what was sent, as it is said where that is not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// This page's own session.
    Own,
    /// Other sessions, with what they send or without.
    Inspector { with_payloads: bool },
    /// A recording.
    Recording,
}

/// Longest payload that the inspector is told, in bytes.
const LONGEST_TOLD: u64 = 1024 * 1024;

pub(super) fn details(entry: &Entry, source: Source, close: impl Fn() + 'static) -> AnyView {
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
            {missing(entry, source).map(|text| view! { <p class="hint" id="live-missing">{text}</p> })}
        </section>
    }
    .into_any()
}

/// Why what was sent, or came back, is not here, and where it is.
fn missing(entry: &Entry, source: Source) -> Option<String> {
    let (sent, received) = match entry.kind {
        Kind::Call => (entry.sent, entry.received),
        Kind::Message => (entry.received, 0),
        _ => return None,
    };
    let held = entry.held.as_deref();
    let has_sent = sent == 0 || held.is_some_and(|held| held.arguments.is_some());
    let has_received = received == 0 || held.is_some_and(|held| held.reply.is_some());
    if has_sent && has_received {
        return None;
    }
    let longest = sent.max(received);
    Some(match source {
        Source::Own => {
            "Of this page's own calls the list has the sizes. A method's page shows its reply."
                .to_owned()
        }
        Source::Inspector {
            with_payloads: false,
        } => "Only the sizes were asked for. Tick “Payloads” above the list to see what is sent from \
              now on."
            .to_owned(),
        Source::Inspector { .. } if longest > LONGEST_TOLD => format!(
            "{} are more than is shown here: of what is longer than {} the size is told.",
            format::bytes(longest),
            format::bytes(LONGEST_TOLD)
        ),
        Source::Inspector { .. } => "What was sent is not here: it came before it was asked for, or \
                                     made room for newer ones."
            .to_owned(),
        Source::Recording => "What was sent is not here: the recording has it only with \
                              `--record-payloads`, and the list keeps the newest 64 MiB."
            .to_owned(),
    })
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

#[cfg(test)]
mod tests {
    use super::{super::log::tests::entry, *};

    #[test]
    fn what_is_not_here_is_said_with_where_to_have_it() {
        let large = Entry {
            sent: 5,
            received: 100 * LONGEST_TOLD,
            ..entry("forms.large", Fate::Done)
        };
        let with = |with_payloads| Source::Inspector { with_payloads };
        for (source, words) in [
            (Source::Own, "A method's page shows its reply."),
            (with(false), "Tick “Payloads” above the list"),
            (
                with(true),
                "100 MiB are more than is shown here: of what is longer than 1 MiB the size is told.",
            ),
            (Source::Recording, "`--record-payloads`"),
        ] {
            let text = missing(&large, source).unwrap();
            assert!(text.contains(words), "{text}");
        }
        let nothing = entry("host.nothing", Fate::Done);
        assert_eq!(missing(&nothing, with(true)), None);
    }
}
