//! The lines on the screen, and how many fit it.
//!
//! The height of a line is measured, not assumed: text size is the user's. The pane scrolls
//! sideways by itself, and up and down by moving the position.

use leptos::{html::Div, prelude::*, task::tick};
use twinbridge_common::interfaces::files::{Line, MatchRange};
use twinbridge_frontend::spawn;
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{ResizeObserver, WheelEvent};

use super::{hit_list::marked, scroll_bar::scroll_bar, viewer::Viewer};
use crate::{dom, format};

/// Bytes of a line that the backend sends; what is longer is said to be.
const SHOWN_OF_LINE: u64 = 16 * 1024;

/// Lines of one step of a wheel that counts in lines or pages.
const WHEEL_LINES: f64 = 3.0;

pub(super) fn line_pane(viewer: Viewer) -> impl IntoView {
    let pane = NodeRef::<Div>::new();
    let probe = NodeRef::<Div>::new();
    let line_height = StoredValue::new(0.0_f64);
    let measure = move || measure(viewer, pane, probe, line_height);
    pane.on_load(move |_| observe(pane, probe, measure));
    // An observer reports with the next frame, which a busy machine paints late. The lines of a
    // file that was just opened should fit the pane from the start.
    Effect::new(move || {
        if viewer.opened.read().is_some() {
            spawn(async move {
                tick().await;
                measure();
            });
        }
    });
    let wheel = Wheel {
        viewer,
        line_height,
        rest: StoredValue::new(0.0),
    };
    // More than the screen holds may have come, when the window became smaller meanwhile.
    let rows = Memo::new(move |_| viewer.position.read().rows());
    let found = Memo::new(move |_| found_on_screen(viewer, rows.get()));
    // A place far to the right is brought in sight, once its line is there.
    Effect::new(move || {
        if viewer.search.current.get().is_some() {
            viewer.shown.track();
            dom::in_next_frame(move || {
                if let Some(pane) = pane.get_untracked() {
                    dom::scroll_sideways(&pane, ".line.current mark");
                }
            });
        }
    });
    let digits = move || {
        let shown = viewer.shown.read();
        format::count(shown.first().saturating_add(rows.get()))
            .chars()
            .count()
    };
    view! {
        <div class="pane-frame">
            <div
                class="pane"
                node_ref=pane
                tabindex="0"
                role="region"
                aria-label="Lines of the file"
                style=("--gutter", move || format!("{}ch", digits().max(4)))
                on:wheel=move |event| wheel.turn(&event)
            >
                <div class="line probe" aria-hidden="true" node_ref=probe>
                    <span class="text">"0"</span>
                </div>
                <div id="file-lines">{move || {
                    let shown = viewer.shown.read();
                    let found = found.read();
                    let lines = (shown.first()..).zip(shown.visible(rows.get()));
                    let with_hits = lines.map(|(number, line)| {
                        let hit = found.iter().find(|hit| hit.number == number);
                        line_view(number + 1, line, hit)
                    });
                    with_hits.collect_view()
                }}</div>
            </div>
            {scroll_bar(viewer)}
        </div>
    }
}

/// A line on the screen that a search has found.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    number: u64,
    ranges: Vec<MatchRange>,
    is_current: bool,
}

/// Memoized, since a search finds more all the time and little of it is on the screen.
fn found_on_screen(viewer: Viewer, rows: u64) -> Vec<Found> {
    let search = viewer.search;
    search.progress.track();
    let current = search.current.get();
    let first = viewer.shown.read().first();
    let within = search.within(first, first.saturating_add(rows)).into_iter();
    let found = within.map(|(at, hit)| Found {
        number: hit.number,
        ranges: hit.ranges,
        is_current: current == Some(at),
    });
    found.collect()
}

fn line_view(number: u64, line: &Line, found: Option<&Found>) -> AnyView {
    let ranges = found.map_or(&[][..], |found| &found.ranges);
    let note = note(line);
    let lossy = line.is_lossy.then(|| {
        let title = "Bytes that are not UTF-8 are shown as \u{fffd}.";
        view! { <span class="tag" title=title>"not UTF-8"</span> }
    });
    view! {
        <div
            class="line"
            class:found=found.is_some()
            class:current=found.is_some_and(|found| found.is_current)
            data-number=number.to_string()
            data-lossy=line.is_lossy.to_string()
        >
            <span class="number">{format::count(number)}</span>
            <span class="text">{marked(&line.text, ranges)}</span>
            {lossy}
            {note.map(|note| view! { <span class="note">{note}</span> })}
        </div>
    }
    .into_any()
}

/// What to say of a line that is longer than what is shown of it.
fn note(line: &Line) -> Option<String> {
    (line.len > SHOWN_OF_LINE).then(|| {
        let shown = format::bytes(SHOWN_OF_LINE);
        format!("(… {} long, first {shown} shown)", format::bytes(line.len))
    })
}

/// Says how many rows fit the pane, if it is shown; one that is not keeps the rows it had.
fn measure(viewer: Viewer, pane: NodeRef<Div>, probe: NodeRef<Div>, line_height: StoredValue<f64>) {
    let (Some(pane), Some(probe)) = (pane.get_untracked(), probe.get_untracked()) else {
        return;
    };
    let height = probe.get_bounding_client_rect().height();
    if height > 0.0 && pane.client_height() > 0 {
        line_height.set_value(height);
        let rows = f64::from(pane.client_height()) / height;
        let found = viewer.search.line();
        viewer.go(|position| position.resize(rows as u64, found));
    }
}

/// Measures again when the window, or the size of its text, changes.
fn observe(pane: NodeRef<Div>, probe: NodeRef<Div>, measure: impl Fn() + 'static) {
    let callback = Closure::<dyn Fn()>::new(measure);
    if let Ok(observer) = ResizeObserver::new(callback.as_ref().unchecked_ref()) {
        for element in [pane.get_untracked(), probe.get_untracked()]
            .into_iter()
            .flatten()
        {
            observer.observe(&element);
        }
    }
    // The pane lives as long as the page.
    callback.forget();
}

/// Turns the wheel's pixels into lines, and keeps what is left of them for the next turn.
#[derive(Clone, Copy)]
struct Wheel {
    viewer: Viewer,
    line_height: StoredValue<f64>,
    rest: StoredValue<f64>,
}

impl Wheel {
    fn turn(self, event: &WheelEvent) {
        // With these keys the wheel scrolls sideways or sizes the text.
        if event.shift_key() || event.ctrl_key() {
            return;
        }
        let lines = match event.delta_mode() {
            WheelEvent::DOM_DELTA_PIXEL => event.delta_y() / self.line_height.get_value().max(1.0),
            _ => event.delta_y().signum() * WHEEL_LINES,
        } + self.rest.get_value();
        let whole = lines.trunc();
        self.rest.set_value(lines - whole);
        if whole != 0.0 {
            self.viewer.go(|position| position.scroll(whole as i64));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_says_how_long_it_is() {
        let line = |len| Line {
            text: String::new(),
            len,
            is_lossy: false,
        };
        assert_eq!(note(&line(SHOWN_OF_LINE)), None);
        assert_eq!(
            note(&line(12_950_000)).unwrap(),
            "(… 12.3 MiB long, first 16 KiB shown)"
        );
    }
}
