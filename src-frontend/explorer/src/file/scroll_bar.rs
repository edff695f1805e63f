//! The scroll bar of the line pane: as high as the pane, whatever the number of lines.
//!
//! A browser's own bar ends at some 30 million pixels of content, a million lines or so. The
//! keyboard moves the pane, so the bar itself takes no focus.

use leptos::{html::Div, prelude::*};
use web_sys::PointerEvent;

use super::viewer::Viewer;

pub(super) fn scroll_bar(viewer: Viewer) -> impl IntoView {
    let track = NodeRef::<Div>::new();
    let percent = |part: f64| format!("{:.3}%", part * 100.0);
    let fractions = Memo::new(move |_| viewer.position.read().fractions());
    let to_pointer = move |event: &PointerEvent| {
        let Some(track) = track.get_untracked() else {
            return;
        };
        let bounds = track.get_bounding_client_rect();
        let (_, size) = fractions.get_untracked();
        let thumb = (bounds.height() * size).max(SMALLEST_THUMB);
        // The middle of the thumb goes under the pointer.
        let way = (bounds.height() - thumb).max(1.0);
        let at = f64::from(event.client_y()) - bounds.top() - thumb / 2.0;
        viewer.go(|position| position.go_to_fraction(at / way));
    };
    view! {
        <div
            class="scroll-bar"
            aria-hidden="true"
            node_ref=track
            data-whole=move || (fractions.get().1 >= 1.0).to_string()
            style=("--start", move || format!("{:.5}", fractions.get().0))
            style=("--size", move || percent(fractions.get().1))
            on:pointerdown=move |event| {
                if let Some(track) = track.get_untracked() {
                    // Without capture the bar is only harder to drag.
                    let _ = track.set_pointer_capture(event.pointer_id());
                }
                to_pointer(&event);
            }
            on:pointermove=move |event| {
                if event.buttons() & 1 == 1 {
                    to_pointer(&event);
                }
            }
        >
            <div class="thumb"></div>
        </div>
    }
}

/// Height of the thumb at least, in pixels; `style.css` has the same number.
const SMALLEST_THUMB: f64 = 24.0;
