//! The status bar: one glance tells whether the page is connected and the two halves fit.
//!
//! It shows what the connection knows and opens the verdicts; it never asks the backend itself.

use leptos::prelude::*;
use twinbridge_common::interfaces::host::AppInfo;

use crate::{
    connection::{Connection, Stage},
    dom,
    live::Recorder,
    problem::Problem,
    verdict_panel::Panel,
};

pub(crate) fn status_bar(
    connection: Connection,
    panel: Panel,
    recorder: Recorder,
    is_live_shown: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <header id="status" class="status" role="status" data-state=move || connection.state()>
            <span class="dot" aria-hidden="true"></span>
            <span class="status-text">{move || state_text(connection)}</span>
            <span id="app-info" class="app-info">{move || connection.app.get().map(app_info)}</span>
            <span class="grow"></span>
            {latency(recorder)}
            {move || {
                let verdicts = connection.verdicts.read().len();
                (verdicts > 0).then(|| {
                    view! {
                        <button type="button" class="quiet verdicts-open" on:click=move |_| panel.open()>
                            {move || summary(connection)}
                        </button>
                    }
                })
            }}
            {move || {
                let is_over =
                    matches!(*connection.stage.read(), Stage::Ended(_) | Stage::Failed(_));
                is_over.then(|| {
                    view! {
                        <button type="button" id="reload" on:click=|_| dom::reload()>"Reload"</button>
                    }
                })
            }}
            <button
                type="button"
                id="live-toggle"
                class="quiet"
                aria-pressed=move || is_live_shown.get().to_string()
                title="Show or hide what happens"
                on:click=move |_| is_live_shown.update(|shown| *shown = !*shown)
            >
                "Live"
            </button>
        </header>
    }
}

/// How long calls take.
fn latency(recorder: Recorder) -> impl IntoView {
    let changed = recorder.changed;
    let recorder = StoredValue::new(recorder);
    let percentiles = Memo::new(move |_| {
        let _ = changed.get();
        recorder.with_value(|recorder| {
            recorder.with(|record| {
                let figures = &record.figures;
                let (half, most) = (figures.percentile(50)?, figures.percentile(99)?);
                Some((figures.words(half), figures.words(most), figures.clock()))
            })
        })
    });
    view! {
        <span class="latency" title=move || percentiles.get().map(|(.., clock)| clock)>
            {move || percentiles.get().map(|(half, most, _)| {
                view! {
                    <span class="fact">"p50 "{half}</span>
                    " "
                    <span class="fact">"p99 "{most}</span>
                }
            })}
        </span>
    }
}

fn state_text(connection: Connection) -> AnyView {
    let over = |what: &'static str, Problem { fact, remedy, .. }: Problem| {
        view! { <strong>{what}</strong>" "{fact}" "{remedy} }.into_any()
    };
    match connection.stage.get() {
        Stage::Connecting => "Connecting…".into_any(),
        Stage::Connected => match connection.problem.get() {
            Some(Problem { fact, remedy, .. }) => {
                view! { <strong>"Connected."</strong>" "{fact}" "{remedy} }.into_any()
            }
            None if connection.is_mismatched() => {
                view! { <strong>"The halves do not fit"</strong> }.into_any()
            }
            None => view! { <strong>"Connected"</strong> }.into_any(),
        },
        Stage::Served => view! { <strong>"Served over HTTP"</strong> }.into_any(),
        Stage::Failed(problem) => over("Not connected.", problem),
        Stage::Ended(problem) => over("Session ended.", problem),
    }
}

fn app_info(app: AppInfo) -> AnyView {
    let mut surroundings = format!("Twinbridge {}, {}", app.twinbridge, app.platform);
    if let Some(webview) = &app.webview {
        surroundings.push_str(", ");
        surroundings.push_str(webview);
    }
    let mut facts = vec![format!("protocol {}", app.protocol)];
    // Sessions count from 1.
    if app.session > 0 {
        facts.insert(0, format!("session {}", app.session));
        facts.insert(0, "portable road".to_owned());
        surroundings.push_str(&format!(", window {}", app.window));
    }
    // The space is for those who hear or copy the text; the layout has its own.
    let facts = facts
        .into_iter()
        .map(|fact| view! { " "<span class="fact">{fact}</span> });
    view! {
        <span class="fact" title=surroundings>{app.name}" "{app.version}</span>
        {facts.collect_view()}
    }
    .into_any()
}

fn summary(connection: Connection) -> String {
    connection.verdicts.with(|verdicts| {
        let fitting = verdicts.iter().filter(|verdict| verdict.fits).count();
        format!("{fitting} of {} interfaces fit", verdicts.len())
    })
}
