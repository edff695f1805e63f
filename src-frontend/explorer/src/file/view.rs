//! The file view's markup: the path, what is to be said of the file, the lines, the pager.

use leptos::prelude::*;
use twinbridge_common::interfaces::files::LineCount;
use twinbridge_frontend::spawn;

use super::{
    hit_list::hit_list,
    keys,
    line_pane::line_pane,
    notes::{empty, notes},
    position::Position,
    search_bar::search_bar,
    viewer::Viewer,
};
use crate::format;

pub(crate) fn file_view(viewer: Viewer, is_shown: Memo<bool>) -> impl IntoView {
    keys::listen(viewer, is_shown);
    let has_file = Memo::new(move |_| viewer.opened.read().is_some());
    view! {
        <section class="files" hidden=move || !is_shown.get() aria-label="Files">
            {open_bar(viewer, has_file)}
            {notes(viewer)}
            {empty(viewer, has_file)}
            <div class="reader" hidden=move || !has_file.get()>
                {search_bar(viewer)}
                {head(viewer)}
                {line_pane(viewer)}
                {hit_list(viewer)}
                {pager(viewer)}
            </div>
        </section>
    }
}

fn open_bar(viewer: Viewer, has_file: Memo<bool>) -> impl IntoView {
    let open = move || {
        let path = viewer.path.get_untracked();
        if !path.trim().is_empty() {
            spawn(viewer.open(path));
        }
    };
    let is_disabled = move || !viewer.is_started.get() || viewer.path.read().trim().is_empty();
    view! {
        <form
            class="open-bar"
            on:submit=move |event| {
                event.prevent_default();
                open();
            }
        >
            <label for="file-path">"File"</label>
            <input
                id="file-path"
                type="text"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                placeholder="Path of a text file"
                prop:value=move || viewer.path.get()
                on:input=move |event| viewer.path.set(event_target_value(&event))
            />
            <button id="file-open" type="submit" class="primary" disabled=is_disabled>
                {move || if viewer.is_opening.get() { "Opening…" } else { "Open" }}
            </button>
            {move || viewer.is_opening.get().then(|| {
                view! {
                    <button id="file-cancel" type="button" on:click=move |_| viewer.stop_opening()>
                        "Cancel"
                    </button>
                }
            })}
            <button
                id="file-choose"
                type="button"
                disabled=move || !viewer.is_started.get() || viewer.is_choosing.get()
                on:click=move |_| spawn(viewer.choose())
            >
                {move || if viewer.is_choosing.get() { "Choosing…" } else { "Choose…" }}
            </button>
            <button
                id="file-close"
                type="button"
                hidden=move || !has_file.get()
                on:click=move |_| {
                    viewer.close();
                    viewer.path.set(String::new());
                }
            >
                "Close"
            </button>
        </form>
    }
}

fn pager(viewer: Viewer) -> impl IntoView {
    let at_start = Memo::new(move |_| viewer.position.read().is_at_start());
    let at_end = Memo::new(move |_| viewer.position.read().is_at_end());
    let button = move |id, text, is_disabled: Memo<bool>, to: fn(&mut Position)| {
        view! {
            <button
                id=id
                type="button"
                disabled=move || is_disabled.get()
                on:click=move |_| viewer.go(to)
            >
                {text}
            </button>
        }
    };
    let number = RwSignal::new(String::new());
    view! {
        <div class="pager" role="group" aria-label="Move in the file">
            {button("file-first", "First", at_start, Position::show_first)}
            {button("file-previous", "Previous", at_start, Position::page_back)}
            {button("file-next", "Next", at_end, Position::page_on)}
            {button("file-last", "Last", at_end, Position::show_last)}
            <form
                class="go-to"
                on:submit=move |event| {
                    event.prevent_default();
                    if let Some(line) = line_number(&number.read_untracked()) {
                        viewer.go(|position| position.go_to(line));
                    }
                }
            >
                <label for="file-goto">"Go to line"</label>
                <input
                    id="file-goto"
                    type="text"
                    inputmode="numeric"
                    autocomplete="off"
                    prop:value=move || number.get()
                    on:input=move |event| number.set(event_target_value(&event))
                />
            </form>
        </div>
    }
}

/// One line over the pane. It has a place of its own, so that longer numbers move nothing.
fn head(viewer: Viewer) -> impl IntoView {
    let size = move || {
        let opened = viewer.opened.read();
        opened.as_ref().map(|file| format::bytes(file.len))
    };
    view! {
        <div class="reader-head">
            {range(viewer)}
            <span class="grow"></span>
            {follow(viewer)}
            <span id="file-size">{size}</span>
        </div>
    }
}

/// Whether the screen goes with the end of the file.
fn follow(viewer: Viewer) -> impl IntoView {
    let is_on = Memo::new(move |_| viewer.position.read().follows_end());
    let turn = move |_| {
        viewer.go(|position| match position.follows_end() {
            true => position.stay(),
            false => position.show_last(),
        });
    };
    view! {
        <button
            id="file-follow"
            type="button"
            class="toggle small"
            title="Show what is appended to the file, as it is (End)"
            aria-pressed=move || is_on.get().to_string()
            on:click=turn
        >
            {move || if is_on.get() { "Following the end" } else { "Follow" }}
        </button>
    }
}

/// Which lines are shown, and of how many. The attributes are the numbers without their dress.
fn range(viewer: Viewer) -> impl IntoView {
    let ends = Memo::new(move |_| {
        let shown = viewer.shown.read();
        let first = shown.first();
        let visible = shown.visible(viewer.position.read().rows()).len() as u64;
        shown.is_loaded().then_some((first + 1, first + visible))
    });
    let progress = move || {
        let count = viewer.count.get()?;
        let len = viewer.opened.read().as_ref()?.len;
        (!count.is_complete).then(|| (count.bytes, len.max(1)))
    };
    view! {
        <span
            id="file-range"
            data-first=move || ends.get().map(|(first, _)| first.to_string())
            data-last=move || ends.get().map(|(_, last)| last.to_string())
            data-count=move || viewer.count.get().map(|count| count.lines.to_string())
            data-complete=move || viewer.count.get().map(|count| count.is_complete.to_string())
        >
            {move || {
                let len = viewer.opened.read().as_ref().map_or(0, |file| file.len);
                range_text(ends.get(), viewer.count.get(), len)
            }}
            {move || progress().map(|(done, all)| {
                view! { <progress max=all.to_string() value=done.to_string()></progress> }
            })}
        </span>
    }
}

/// `lines 1–40 of 1 204 (counting… 43 %)`.
fn range_text(ends: Option<(u64, u64)>, count: Option<LineCount>, len: u64) -> String {
    let (Some((first, last)), Some(count)) = (ends, count) else {
        return "Reading…".to_owned();
    };
    if last < first {
        return match count.lines {
            0 if count.is_complete => "no lines".to_owned(),
            lines => format!("no line here, of {}", format::count(lines)),
        };
    }
    let (first, last, lines) = (
        format::count(first),
        format::count(last),
        format::count(count.lines.max(last)),
    );
    let text = format!("lines {first}–{last} of {lines}");
    match count.is_complete {
        true => text,
        false => format!("{text} (counting… {} %)", format::percent(count.bytes, len)),
    }
}

/// The number in what somebody typed or pasted, with any kind of grouping.
fn line_number(text: &str) -> Option<u64> {
    let is_grouping = |letter: char| letter.is_whitespace() || "_,.'’".contains(letter);
    text.chars()
        .filter(|letter| !is_grouping(*letter))
        .collect::<String>()
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(lines: u64, bytes: u64, is_complete: bool) -> Option<LineCount> {
        Some(LineCount {
            lines,
            bytes,
            is_complete,
        })
    }

    #[test]
    fn the_range_says_what_is_shown_and_what_is_known() {
        for (ends, count, text) in [
            (None, None, "Reading…"),
            (Some((1, 40)), None, "Reading…"),
            (
                Some((1, 40)),
                count(1204, 100, true),
                "lines 1–40 of 1\u{202f}204",
            ),
            (
                Some((1, 40)),
                count(1204, 43, false),
                "lines 1–40 of 1\u{202f}204 (counting… 43 %)",
            ),
            // Lines may come before the count that includes them.
            (
                Some((1, 40)),
                count(0, 0, false),
                "lines 1–40 of 40 (counting… 0 %)",
            ),
            (Some((1, 0)), count(0, 0, true), "no lines"),
        ] {
            assert_eq!(range_text(ends, count, 100), text);
        }
    }

    #[test]
    fn line_numbers_may_be_grouped() {
        for (text, number) in [
            ("12", Some(12)),
            (" 1 204 ", Some(1204)),
            ("1\u{202f}204", Some(1204)),
            ("1,204,000", Some(1_204_000)),
            ("", None),
            ("-3", None),
            ("ten", None),
        ] {
            assert_eq!(line_number(text), number, "{text:?}");
        }
    }
}
