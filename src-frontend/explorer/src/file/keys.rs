//! The keys of the file view, wherever the focus is, except where they edit text.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, KeyboardEvent};

use super::{position::Position, search_bar::FIELD, viewer::Viewer};
use crate::dom;

/// Listens while the page lives; acts while the file view is shown.
pub(super) fn listen(viewer: Viewer, is_shown: Memo<bool>) {
    let _ = window_event_listener(ev::keydown, move |event| {
        if !is_shown.get_untracked() || viewer.opened.read_untracked().is_none() {
            return;
        }
        if dom::is_in_dialog(&event) {
            return;
        }
        if let Some(to) = action(&event) {
            event.prevent_default();
            viewer.go(to);
        } else if event.key() == "F3" {
            event.prevent_default();
            viewer.step(event.shift_key());
        } else if event.ctrl_key() && !event.alt_key() && event.key() == "f" {
            event.prevent_default();
            dom::select(FIELD);
        }
    });
}

fn action(event: &KeyboardEvent) -> Option<fn(&mut Position)> {
    if event.alt_key() || event.meta_key() || is_for_another(event) {
        return None;
    }
    match (event.ctrl_key(), event.key().as_str()) {
        (_, "Home") => Some(Position::show_first),
        (_, "End") => Some(Position::show_last),
        (false, "PageUp") => Some(Position::page_back),
        (false, "PageDown") => Some(Position::page_on),
        (false, "ArrowUp") => Some(|position| position.scroll(-1)),
        (false, "ArrowDown") => Some(|position| position.scroll(1)),
        _ => None,
    }
}

/// Whether the key edits text or belongs to the panel over the page. A field of one line has no
/// use for PageUp and PageDown, so those work from there too.
fn is_for_another(event: &KeyboardEvent) -> bool {
    let holders = match event.key().as_str() {
        "PageUp" | "PageDown" => "dialog, .rows",
        _ => "dialog, input, select, nav, .rows",
    };
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    // The selector is a valid one, so this never fails.
    target.is_some_and(|target| target.closest(holders).is_ok_and(|holder| holder.is_some()))
}
