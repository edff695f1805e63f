//! The live panel: figures, the list of what happened, and the details of one row.

use leptos::prelude::*;

use super::{
    EntryId, Fate, Filter, Opened, Recorder, Watching,
    details::details,
    export,
    opened::{open_button, opened_view},
    plots::{histogram, per_second},
};
use crate::{
    dom, format,
    problem::problem_view,
    virtual_list::{Follow, virtual_list},
};

/// What the panel looks at. Copies look at the same record.
#[derive(Clone, Copy)]
struct Live {
    recorder: StoredValue<Recorder>,
    changed: RwSignal<u64>,
    is_paused: RwSignal<bool>,
    chosen: RwSignal<Option<EntryId>>,
    /// Counts what the filter and the buttons do to the list.
    turns: RwSignal<u64>,
    watching: Watching,
    opened: Opened,
    words: RwSignal<String>,
    /// The session alone that is shown.
    session: RwSignal<Option<u64>>,
}

impl Live {
    fn with<T>(self, look: impl FnOnce(&mut super::recorder::Record) -> T) -> T {
        self.recorder.with_value(|recorder| recorder.with(look))
    }

    fn shown(self) -> usize {
        let _ = (self.changed.get(), self.turns.get());
        self.with(|record| record.log.shown())
    }
}

pub(crate) fn live_panel(
    recorder: Recorder,
    watching: Watching,
    opened: Opened,
    is_shown: RwSignal<bool>,
) -> impl IntoView {
    let live = Live {
        watching,
        opened,
        words: RwSignal::default(),
        session: RwSignal::default(),
        changed: recorder.changed,
        recorder: StoredValue::new(recorder),
        is_paused: RwSignal::new(false),
        chosen: RwSignal::default(),
        turns: RwSignal::new(0),
    };
    let rows = Signal::derive(move || live.shown());
    view! {
        <aside
            id="live"
            class="live"
            aria-label="What happens"
            hidden=move || !is_shown.get()
            on:dragover=|event| event.prevent_default()
            on:drop=move |event| live.opened.open_dropped(&event)
        >
            <header class="live-head">
                <h2>"Live"</h2>
                <span id="live-count" class="muted" data-rows=move || rows.get().to_string()>
                    {move || count_text(live)}
                </span>
            </header>
            {opened_view(live.opened)}
            {move || live.watching.problem.get().map(|problem| problem_view("live-trouble", problem))}
            {figures(live)}
            {tools(live)}
            <p class="empty live-empty" hidden=move || { rows.get() > 0 }>
                {move || match live.watching.is_inspector.get() {
                    true => "Nothing to show. Calls, streams, messages and log lines of all windows appear here.",
                    false => "Nothing to show. Calls, streams, messages and log lines of this page appear here.",
                }}
            </p>
            {virtual_list(
                "live-rows",
                "Calls, streams and messages, newest first",
                rows,
                Follow::First,
                move |row| live.with(|record| record.log.row(row)),
                move |id| row(live, id),
            )}
            {move || {
                let id = live.chosen.get()?;
                let _ = live.changed.get();
                let entry = live.with(|record| record.log.get(id).cloned())?;
                Some(details(&entry, move || live.chosen.set(None)))
            }}
        </aside>
    }
}

fn count_text(live: Live) -> String {
    let shown = live.shown();
    let all = live.with(|record| record.log.len());
    match shown == all {
        true => format::counted(all as u64, "entry", "entries"),
        false => format!(
            "{} of {}",
            format::count(shown as u64),
            format::count(all as u64)
        ),
    }
}

fn figures(live: Live) -> impl IntoView {
    let percentile = move |percent| {
        let _ = live.changed.get();
        let time = live.with(|record| record.figures.percentile(percent));
        time.map_or_else(
            || "–".to_owned(),
            |time| live.with(|record| record.figures.words(time)),
        )
    };
    let clock = move || {
        let _ = live.changed.get();
        live.with(|record| record.figures.clock())
    };
    view! {
        <div class="figures">
            {per_second(live.changed, move |look| live.with(|record| look(&mut record.figures)))}
            <dl class="percentiles" title=clock>
                <dt>"p50"</dt>
                <dd id="live-p50">{move || percentile(50)}</dd>
                <dt>"p95"</dt>
                <dd>{move || percentile(95)}</dd>
                <dt>"p99"</dt>
                <dd id="live-p99">{move || percentile(99)}</dd>
            </dl>
            {histogram(live.changed, move |look| live.with(|record| look(&mut record.figures)))}
        </div>
    }
}

fn tools(live: Live) -> impl IntoView {
    let turn = move || live.turns.update(|turns| *turns += 1);
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
    let keep = move |_| {
        let text = live.with(|record| export::json(&record.log));
        // A webview without downloads says so itself.
        let _ = dom::save("twinbridge-live.json", &text);
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
            <button
                type="button"
                class="small"
                id="live-export"
                title="What the list shows, as JSON"
                on:click=keep
            >
                "Export"
            </button>
            {open_button(live.opened)}
        </div>
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

fn row(live: Live, id: EntryId) -> impl IntoView {
    let entry = move || {
        let _ = live.changed.get();
        live.with(|record| record.log.get(id).cloned())
    };
    let Some(first) = live.with(|record| record.log.get(id).cloned()) else {
        return ().into_any();
    };
    // A row that is over draws itself once.
    let shown = match first.fate {
        Fate::Running => Signal::derive(move || entry().unwrap_or_else(|| first.clone())),
        _ => Signal::stored(first),
    };
    view! {
        <button
            type="button"
            class="row entry"
            tabindex="-1"
            data-fate=move || shown.read().fate.name()
            aria-pressed=move || (live.chosen.get() == Some(id)).to_string()
            on:click=move |_| live.chosen.set(Some(id))
        >
            <span class="time">{dom::clock(shown.read_untracked().at)}</span>
            {shown.read_untracked().whose.as_ref().map(|whose| view! {
                <span class="whose" title=format!("session {}", whose.session)>{whose.window.clone()}</span>
            })}
            <span class="name" data-kind=shown.read_untracked().kind.name()>
                {if shown.read_untracked().is_reverse { "⇠ " } else { "" }}
                {shown.read_untracked().name.to_string()}
            </span>
            <span class="end">{move || export::end_text(&shown.read())}</span>
        </button>
    }
    .into_any()
}
