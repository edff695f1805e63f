//! The lines that a search has found, one row each, under the lines of the file.

use leptos::prelude::*;

use super::{hits::pieces, viewer::Viewer};
use crate::{
    format,
    virtual_list::{Follow, virtual_list_at},
};

pub(super) fn hit_list(viewer: Viewer) -> impl IntoView {
    let search = viewer.search;
    let rows = Memo::new(move |_| search.progress.read().lines);
    let is_hidden = Memo::new(move |_| rows.get() == 0);
    // The same rows are other lines once another search has begun.
    let key = move |at| search.hit(at).map(|hit| (at, hit.number));
    let row = move |(at, number): (usize, u64)| {
        let hit = search.hit(at);
        let parts = hit.map(|hit| marked(&hit.text, &hit.marks));
        view! {
            <button
                type="button"
                class="row hit"
                // The list has one stop for the keyboard, and its own keys.
                tabindex="-1"
                data-number=(number + 1).to_string()
                aria-pressed=move || (search.current.get() == Some(at)).to_string()
                on:click=move |_| viewer.show_hit(at)
            >
                <span class="number">{format::count(number + 1)}</span>
                <span class="text">{parts}</span>
            </button>
        }
    };
    view! {
        <div
            class="hits"
            hidden=move || is_hidden.get()
            style=("--gutter", move || {
                let lines = viewer.count.read().map_or(0, |count| count.lines);
                format!("{}ch", format::count(lines).chars().count().max(4))
            })
            on:keydown=move |event| {
                let is_back = match event.key().as_str() {
                    "ArrowDown" => false,
                    "ArrowUp" => true,
                    _ => return,
                };
                // These keys move the lines of the file elsewhere.
                event.prevent_default();
                event.stop_propagation();
                viewer.step(is_back);
            }
        >
            {virtual_list_at(
                "file-hits",
                "Lines found",
                rows.into(),
                Follow::Nothing,
                search.current.into(),
                key,
                row,
            )}
        </div>
    }
}

/// A text with its places marked.
pub(super) fn marked(
    text: &str,
    places: &[twinbridge_common::interfaces::files::MatchRange],
) -> Vec<AnyView> {
    let pieces = pieces(text, places).into_iter();
    let view = |(piece, is_place): (&str, bool)| {
        let piece = piece.to_owned();
        match is_place {
            true => view! { <mark>{piece}</mark> }.into_any(),
            false => piece.into_any(),
        }
    };
    pieces.map(view).collect()
}
