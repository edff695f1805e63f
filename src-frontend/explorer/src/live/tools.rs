//! The tools over the list: filter, session, payloads, pause, clear, export, open.

use futures_util::future::{AbortHandle, abortable};
use leptos::prelude::*;
use twinbridge_frontend::spawn;

use super::{Filter, Watching, export, opened::open_button, panel::Live};
use crate::dom;

/// Name of what is exported.
const FILE: &str = "twinbridge-live.json";

pub(super) fn tools(live: Live) -> impl IntoView {
    let turn = move || live.turns.update(|turns| *turns += 1);
    // What was looked at is not of the recording that was opened.
    Effect::new(move |_| {
        let _ = live.opened.about.get();
        live.chosen.set(None);
    });
    // Also for a recording that was opened, or closed.
    Effect::new(move |_| {
        let _ = live.opened.about.get();
        let filter = Filter::new(&live.words.read(), live.session.get());
        live.with(|record| record.log.set_filter(filter));
        turn();
    });
    let pause = move |_| {
        let is_paused = !live.is_paused.get_untracked();
        live.is_paused.set(is_paused);
        live.with(|record| record.log.pause(is_paused));
        turn();
    };
    let clear = move |_| {
        live.with(|record| record.log.clear());
        live.chosen.set(None);
        turn();
    };
    view! {
        <div class="live-tools" role="group" aria-label="The list">
            <input
                type="search"
                id="live-filter"
                placeholder="Filter, as files error"
                aria-label="Filter"
                autocomplete="off"
                spellcheck="false"
                on:input=move |event| live.words.set(event_target_value(&event))
            />
            {sessions(live)}
            {payloads(live.watching)}
            <button
                type="button"
                class="small"
                id="live-pause"
                aria-pressed=move || live.is_paused.get().to_string()
                on:click=pause
            >
                {move || if live.is_paused.get() { "Resume" } else { "Pause" }}
            </button>
            <button type="button" class="small" id="live-clear" on:click=clear>"Clear"</button>
            {export_button(live)}
            {open_button(live.opened)}
        </div>
    }
}

/// The button that exports, which ends the export while one runs.
fn export_button(live: Live) -> impl IntoView {
    let done = RwSignal::new(None);
    let said = RwSignal::new(None);
    let running = StoredValue::new(None::<AbortHandle>);
    let press = move |_| {
        said.set(None);
        if let Some(export) = running.try_update_value(Option::take).flatten() {
            export.abort();
            return done.set(None);
        }
        let (export, abort) = abortable(async move {
            let pieces = export::pieces(
                |look| live.with(|record| look(&record.log)),
                |percent| done.set(Some(percent)),
            );
            let pieces = pieces.await;
            said.set(match dom::save(FILE, pieces) {
                Ok(()) => Some("Exported as twinbridge-live.json, in the folder for downloads."),
                Err(_) => {
                    Some("This webview saves no files. Open the page in a browser to export.")
                }
            });
            done.set(None);
            running.set_value(None);
        });
        running.set_value(Some(abort));
        spawn(async move {
            // Ended by the user, who sees it.
            let _ = export.await;
        });
    };
    view! {
        <button
            type="button"
            class="small"
            id="live-export"
            title="What the list shows, as JSON, in the folder for downloads"
            on:click=press
        >
            {move || match done.get() {
                Some(percent) => format!("Cancel: {percent} %"),
                None => "Export".to_owned(),
            }}
        </button>
        <span id="live-exported" class="hint" role="status">{move || said.get()}</span>
    }
}

/// Whose entries are shown, where there are others' at all.
fn sessions(live: Live) -> impl IntoView {
    let all = Memo::new(move |_| {
        let _ = (live.changed.get(), live.turns.get());
        live.with(|record| record.others.sessions())
    });
    let is_needed = Memo::new(move |_| !all.read().is_empty());
    move || {
        is_needed.get().then(|| {
            let options = move || {
                let option = |session: u64, text: String| {
                    let is_chosen = move || live.session.get() == Some(session);
                    view! { <option value=session.to_string() selected=is_chosen>{text}</option> }
                };
                let others = all.get().into_iter().map(move |whose| {
                    option(
                        whose.session,
                        format!("{} · session {}", whose.window, whose.session),
                    )
                });
                let own = option(0, "This page, and none".to_owned());
                std::iter::once(own).chain(others).collect_view()
            };
            view! {
                <select
                    id="live-session"
                    aria-label="Session"
                    on:change=move |event| live.session.set(event_target_value(&event).parse().ok())
                >
                    <option value="" selected=move || live.session.get().is_none()>
                        "All sessions"
                    </option>
                    {options}
                </select>
            }
        })
    }
}

/// Whether the inspector shows what is sent.
fn payloads(watching: Watching) -> impl IntoView {
    move || {
        watching.is_inspector.get().then(|| {
            view! {
                <label class="check" title="What users type is in them, so they are not shown unasked">
                    <input
                        type="checkbox"
                        id="live-payloads"
                        prop:checked=move || watching.with_payloads.get()
                        on:change=move |event| watching.want_payloads(event_target_checked(&event))
                    />
                    "Payloads"
                </label>
            }
        })
    }
}
