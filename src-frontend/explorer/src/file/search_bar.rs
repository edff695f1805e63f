//! The bar to search with: the pattern and how to read it, the count, and the way through the hits.

use leptos::prelude::*;
use web_sys::KeyboardEvent;

use super::{
    search::{Search, Stage},
    viewer::Viewer,
};
use crate::{format, problem::problem_view};

/// Where the keys of a search lead, too.
pub(super) const FIELD: &str = "file-find";

pub(super) fn search_bar(viewer: Viewer) -> impl IntoView {
    let search = viewer.search;
    let is_empty = Memo::new(move |_| search.pattern.read().is_empty());
    let has_none = Memo::new(move |_| search.progress.read().lines == 0);
    view! {
        <form
            class="search-bar"
            role="search"
            aria-label="Search the file"
            on:submit=move |event| {
                event.prevent_default();
                viewer.find(false);
            }
        >
            <label for=FIELD>"Find"</label>
            <input
                id=FIELD
                type="text"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                placeholder="Text in the file"
                aria-describedby="file-search"
                aria-invalid=move || search.problem.read().is_some().to_string()
                prop:value=move || search.pattern.get()
                on:input=move |event| search.pattern.set(event_target_value(&event))
                on:keydown=move |event| key(viewer, &event)
            />
            {toggle("file-find-regex", ".*", "Read the pattern as a regular expression", search.is_regex)}
            {toggle("file-find-case", "Aa", "Tell capitals from small letters", search.has_case)}
            <button id="file-find-start" type="submit" disabled=move || is_empty.get()>"Find"</button>
            {step(viewer, "file-find-previous", "↑", "Previous line found (Shift+F3)", true, has_none)}
            {step(viewer, "file-find-next", "↓", "Next line found (F3)", false, has_none)}
        </form>
        {status(search)}
        {move || search.problem.get().map(|problem| problem_view("file-find-error", problem))}
    }
}

/// Enter goes on where the search stands already; Escape ends it, and leaves the field then.
fn key(viewer: Viewer, event: &KeyboardEvent) {
    match event.key().as_str() {
        "Enter" if event.shift_key() => {
            event.prevent_default();
            viewer.find(true);
        }
        "Escape" => viewer.search.stop(),
        _ => {}
    }
}

fn toggle(
    id: &'static str,
    text: &'static str,
    title: &'static str,
    is_on: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <button
            id=id
            type="button"
            class="toggle"
            title=title
            aria-label=title
            aria-pressed=move || is_on.get().to_string()
            on:click=move |_| is_on.update(|is_on| *is_on = !*is_on)
        >
            {text}
        </button>
    }
}

fn step(
    viewer: Viewer,
    id: &'static str,
    text: &'static str,
    title: &'static str,
    is_back: bool,
    is_disabled: Memo<bool>,
) -> impl IntoView {
    view! {
        <button
            id=id
            type="button"
            title=title
            aria-label=title
            disabled=move || is_disabled.get()
            on:click=move |_| viewer.step(is_back)
        >
            {text}
        </button>
    }
}

/// What was found. The attributes are the numbers without their dress.
fn status(search: Search) -> impl IntoView {
    let is_running = Memo::new(move |_| search.progress.read().stage == Stage::Running);
    let stage = move || format!("{:?}", search.progress.read().stage).to_lowercase();
    view! {
        <div
            id="file-search"
            class="search-status"
            role="status"
            hidden=move || search.progress.read().in_words().is_empty()
            data-stage=stage
            data-lines=move || search.progress.read().lines.to_string()
            data-bytes=move || search.progress.read().bytes.to_string()
            data-current=move || search.current.get().map(|at| (at + 1).to_string())
        >
            {move || search.current.get().map(|at| {
                view! { <span class="place">{format::count(at as u64 + 1)}" of"</span>" " }
            })}
            <span>
                {move || search.progress.get().in_words()}
                {move || search.advice().map(|advice| format!(". {advice}"))}
            </span>
            {move || is_running.get().then(|| {
                view! {
                    <progress
                        aria-label="Searched"
                        max=move || search.progress.read().len.max(1).to_string()
                        value=move || search.progress.read().bytes.to_string()
                    ></progress>
                    <button
                        id="file-find-stop"
                        type="button"
                        class="small"
                        on:click=move |_| search.stop()
                    >
                        "Stop"
                    </button>
                }
            })}
        </div>
    }
}
