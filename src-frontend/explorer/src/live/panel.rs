//! The live panel: figures, the list of what happened, and the details of one row.

use leptos::prelude::*;

use super::{
    EntryId, Fate, Opened, Recorder, Watching,
    counts::Counts,
    details::{Source, details},
    export,
    log::Lost,
    opened::opened_view,
    plots::{histogram, per_second},
    tools::tools,
};
use crate::{
    dom,
    problem::problem_view,
    virtual_list::{Follow, virtual_list},
};

/// What the panel looks at. Copies look at the same record.
#[derive(Clone, Copy)]
pub(super) struct Live {
    recorder: StoredValue<Recorder>,
    pub(super) changed: RwSignal<u64>,
    pub(super) is_paused: RwSignal<bool>,
    pub(super) chosen: RwSignal<Option<EntryId>>,
    /// Counts what the filter and the buttons do to the list.
    pub(super) turns: RwSignal<u64>,
    pub(super) watching: Watching,
    pub(super) opened: Opened,
    pub(super) words: RwSignal<String>,
    /// The session alone that is shown.
    pub(super) session: RwSignal<Option<u64>>,
}

impl Live {
    pub(super) fn with<T>(self, look: impl FnOnce(&mut super::recorder::Record) -> T) -> T {
        self.recorder.with_value(|recorder| recorder.with(look))
    }

    fn shown(self) -> usize {
        let _ = (self.changed.get(), self.turns.get());
        self.with(|record| record.log.shown())
    }

    fn counts(self) -> Counts {
        let _ = (self.changed.get(), self.turns.get());
        self.with(|record| Counts::of(&record.log))
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
                    {move || live.counts().in_words()}
                </span>
            </header>
            {lost(live)}
            {opened_view(live.opened)}
            {move || live.watching.problem.get().map(|problem| problem_view("live-trouble", problem))}
            {figures(live)}
            {tools(live)}
            <p class="empty live-empty" hidden=move || { rows.get() > 0 }>
                {move || empty_text(live)}
            </p>
            {virtual_list(
                "live-rows",
                "Calls, streams and messages, newest first",
                rows,
                Follow::First,
                // An entry of a recording is another one than the entry of its number.
                move |row| {
                    let id = live.with(|record| record.log.row(row))?;
                    Some((live.recorder.with_value(Recorder::turn), id))
                },
                move |(_, id)| row(live, id),
            )}
            {move || {
                let id = live.chosen.get()?;
                let _ = live.changed.get();
                let entry = live.with(|record| record.log.get(id).cloned())?;
                let source = match (live.opened.about.read().is_some(), &entry.whose) {
                    (true, _) => Source::Recording,
                    (false, None) => Source::Own,
                    (false, Some(_)) => Source::Inspector {
                        with_payloads: live.watching.with_payloads.get(),
                    },
                };
                Some(details(&entry, source, move || live.chosen.set(None)))
            }}
        </aside>
    }
}

/// Why the list is empty, and what fills it.
fn empty_text(live: Live) -> &'static str {
    let has_filter = !live.words.read().trim().is_empty() || live.session.get().is_some();
    let kept = live.counts().kept();
    let is_recording = live.opened.about.read().is_some();
    match (kept, has_filter, live.is_paused.get()) {
        (1.., true, _) => "No entry passes the filter. Change it, or empty it to see all.",
        (_, _, true) => "The list is paused. Resume it to see what came since.",
        _ if is_recording => {
            "Nothing happened in this recording. Go back to live, or open another one."
        }
        _ if live.watching.is_inspector.get() => {
            "Nothing to show. Use the app: calls, streams, messages and log lines of all its \
             windows appear here."
        }
        _ => {
            "Nothing to show. Call a method or open a file: calls, streams, messages and log lines \
             of this page appear here."
        }
    }
}

/// What is not in the list, and what can be done about that. The attributes are the numbers
/// without their dress.
fn lost(live: Live) -> impl IntoView {
    let counts = Memo::new(move |_| live.counts());
    let number = move |of: fn(&Lost) -> u64| move || of(&counts.read().lost).to_string();
    view! {
        <ul
            id="live-lost"
            class="live-lost"
            hidden=move || counts.read().lost == Lost::default()
            data-older=number(|lost| lost.older)
            data-newer=number(|lost| lost.newer)
            data-on-the-way=number(|lost| lost.on_the_way)
        >
            {move || {
                let sentences = counts.read().lost_in_words();
                sentences.into_iter().map(|text| view! { <li>{text}</li> }).collect_view()
            }}
        </ul>
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
