//! What is to be said of the open file besides its lines, and what stands there without one.
//!
//! Each sentence has the next click beside it, where there is one.

use leptos::prelude::*;
use twinbridge_frontend::spawn;

use super::viewer::{Shown, Viewer};
use crate::problem::problem_view_with;

/// Why the file is not shown, what became of it, and whether it is text at all.
pub(super) fn notes(viewer: Viewer) -> impl IntoView {
    // Of what was seen first of a file: a sentence that comes and goes would move the lines.
    let is_binary = Memo::new(move |before: Option<&bool>| {
        let shown = viewer.shown.read();
        match before {
            Some(true) if shown.is_loaded() => true,
            _ => shown.is_loaded() && shown.first() == 0 && is_binary(&shown),
        }
    });
    let is_empty = Memo::new(move |_| {
        let count = viewer.count.get();
        count.is_some_and(|count| count.is_complete && count.bytes == 0)
    });
    view! {
        {move || viewer.problem.get().map(|problem| {
            let reopen = viewer.can_reopen.get().then(|| reopen(viewer, "Open it again"));
            problem_view_with("file-error", problem, reopen)
        })}
        {move || viewer.change.get().map(|change| {
            let reopen = change.reopen.map(|text| reopen(viewer, text));
            view! {
                <div id="file-change" class="note-bar" role="status" data-kind=change.kind>
                    <p>{change.text}</p>
                    {reopen}
                </div>
            }
        })}
        {move || is_empty.get().then(|| {
            view! {
                <div id="file-without-lines" class="note-bar" role="status">
                    <p>"This file is empty. What is written to it appears here by itself."</p>
                </div>
            }
        })}
        {move || is_binary.get().then(|| {
            view! {
                <div id="file-binary" class="note-bar" role="status">
                    <p>
                        "This does not look like text. It is shown all the same, with \u{fffd} for "
                        "bytes that are not UTF-8, and can be searched."
                    </p>
                </div>
            }
        })}
    }
}

fn reopen(viewer: Viewer, text: &'static str) -> AnyView {
    view! {
        <button type="button" class="small reopen" on:click=move |_| spawn(viewer.reopen())>
            {text}
        </button>
    }
    .into_any()
}

/// Whether the first lines of a file have what text has not.
fn is_binary(shown: &Shown) -> bool {
    let lines = shown.visible(u64::MAX);
    let is_strange = |text: &str| text.contains('\0');
    let lossy = lines.iter().filter(|line| line.is_lossy).count();
    lossy * 2 > lines.len() || lines.iter().any(|line| is_strange(&line.text))
}

/// What to do while no file is open.
pub(super) fn empty(viewer: Viewer, has_file: Memo<bool>) -> impl IntoView {
    let recent = move || {
        let paths = viewer.recent.paths();
        let links = paths.into_iter().map(|path| recent_file(viewer, path));
        let links: Vec<_> = links.collect();
        (!links.is_empty()).then(|| {
            view! {
                <h2 id="recent-title">"Opened before"</h2>
                <ul id="file-recent" class="recent" aria-labelledby="recent-title">{links}</ul>
                <button
                    id="file-forget"
                    type="button"
                    class="small"
                    on:click=move |_| viewer.recent.clear()
                >
                    "Forget these"
                </button>
            }
        })
    };
    view! {
        <div class="file-empty" hidden=move || has_file.get()>
            <h1>"Open a text file of any size"</h1>
            <p class="empty">
                "Type its path above, choose it in a dialog, drop it on this window, or start "
                <code>"twinbridge FILE"</code>". It is read in place: the first screen is there at "
                "once, and lines are counted while you read. What is appended to it appears."
            </p>
            {recent}
        </div>
    }
}

fn recent_file(viewer: Viewer, path: String) -> AnyView {
    let shown = path.clone();
    let open = move |_| {
        viewer.path.set(path.clone());
        spawn(viewer.open(path.clone()));
    };
    view! {
        <li>
            <button
                type="button"
                class="quiet"
                disabled=move || !viewer.is_started.get()
                on:click=open
            >
                {shown}
            </button>
        </li>
    }
    .into_any()
}
