//! A list of any length, of which only the rows in sight are in the document.
//!
//! The browser scrolls it, over an element as high as all rows would be. Beyond what a browser
//! can make so high, the bar stands for a share of the list instead.

use leptos::{ev::Event, html::Div, prelude::*};

use crate::dom;

/// Height beyond which browsers lose count: WebKit's lengths end at 2^25 pixels.
const MAX_HEIGHT: f64 = 30_000_000.0;

/// Rows drawn above and below what is in sight.
const SPARE: usize = 4;

/// Most rows that are in the document, whatever a window claims to show.
const MOST_ROWS: usize = 192;

/// Which rows are drawn, and where.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Slice {
    first: usize,
    count: usize,
    /// Distance of the first row from the list's top.
    offset: f64,
}

/// What is known of the pane, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Pane {
    height: f64,
    top: f64,
    row: f64,
}

impl Pane {
    /// Height of all rows, as far as a browser can have it.
    fn full(self, rows: usize) -> f64 {
        (rows as f64 * self.row).min(MAX_HEIGHT)
    }

    fn slice(self, rows: usize) -> Slice {
        if self.row <= 0.0 || rows == 0 {
            return Slice::default();
        }
        let in_sight = (self.height / self.row).ceil() as usize + 1;
        let real = rows as f64 * self.row;
        let top = self
            .top
            .clamp(0.0, (self.full(rows) - self.height).max(0.0));
        let (at, shift) = if real <= MAX_HEIGHT {
            ((top / self.row) as usize, 0.0)
        } else {
            let share = top / (MAX_HEIGHT - self.height);
            let last = rows.saturating_sub(in_sight.saturating_sub(1)) as f64;
            let at = (share * last) as usize;
            (at, top - at as f64 * self.row)
        };
        let first = at.saturating_sub(SPARE).min(rows);
        let count = (in_sight + 2 * SPARE).min(MOST_ROWS).min(rows - first);
        Slice {
            first,
            count,
            offset: first as f64 * self.row + shift,
        }
    }

    /// Where the bar has to stand for the row at place `at` to be in sight; `None` where it is.
    fn reveal(self, at: usize, rows: usize) -> Option<f64> {
        let top = at as f64 * self.row;
        let is_in_sight = top >= self.top && top + self.row <= self.top + self.height;
        let real = rows as f64 * self.row;
        let most = (self.full(rows) - self.height).max(0.0);
        // Beyond what a browser can make so high, the bar stands for a share of the list.
        let share = if real > MAX_HEIGHT {
            MAX_HEIGHT / real
        } else {
            1.0
        };
        let middle = top * share - (self.height - self.row) / 2.0;
        (!is_in_sight && self.row > 0.0).then_some(middle.clamp(0.0, most))
    }

    fn is_at_end(self, rows: usize) -> bool {
        self.top + self.height >= self.full(rows) - self.row
    }

    /// Whether the end is followed, after the bar was moved to `self.top` from `before`. Only
    /// moving up leaves the end: rows may have come since the list was last moved there.
    fn follows(self, before: f64, rows: usize, followed: bool) -> bool {
        self.is_at_end(rows) || (followed && self.top >= before)
    }
}

/// Where a list stays when rows come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Follow {
    /// New rows come first: what is in sight stays, and the top stays the top.
    First,
    /// New rows come last: the end stays the end.
    Last,
    /// New rows come last: what is in sight stays.
    Nothing,
}

/// The list; `row` draws the row of a key, and `key` names the row at a place.
pub(crate) fn virtual_list<K, V>(
    id: &'static str,
    label: &'static str,
    rows: Signal<usize>,
    follow: Follow,
    key: impl Fn(usize) -> Option<K> + Copy + Send + Sync + 'static,
    row: impl Fn(K) -> V + Copy + Send + Sync + 'static,
) -> impl IntoView
where
    K: Clone + Eq + std::hash::Hash + Send + Sync + 'static,
    V: IntoView + 'static,
{
    virtual_list_at(id, label, rows, follow, Signal::stored(None), key, row)
}

/// A list that brings the row at place `at` in sight whenever that changes.
pub(crate) fn virtual_list_at<K, V>(
    id: &'static str,
    label: &'static str,
    rows: Signal<usize>,
    follow: Follow,
    at: Signal<Option<usize>>,
    key: impl Fn(usize) -> Option<K> + Copy + Send + Sync + 'static,
    row: impl Fn(K) -> V + Copy + Send + Sync + 'static,
) -> impl IntoView
where
    K: Clone + Eq + std::hash::Hash + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let frame = NodeRef::<Div>::new();
    let probe = NodeRef::<Div>::new();
    let all = NodeRef::<Div>::new();
    let pane = RwSignal::new(Pane::default());
    frame.on_load(move |element| {
        dom::observe_height(&element, move |height| {
            let row = probe
                .try_get_untracked()
                .flatten()
                .map_or(0.0, |probe| probe.get_bounding_client_rect().height());
            // Not in sight it has no height, and its rows are of no interest.
            if row > 0.0 {
                let _ = pane.try_update(|pane| {
                    pane.height = height;
                    pane.row = row;
                });
            }
        });
    });
    let is_following = StoredValue::new(true);
    let slice = Memo::new(move |_| pane.read().slice(rows.get()));
    // The height and the bar move in one step, and what is drawn with them: rows that come in
    // every frame would otherwise be drawn where the bar was a frame ago.
    Effect::new(move |before: Option<usize>| {
        let now = rows.get();
        let known = pane.get();
        let before = before.unwrap_or(0);
        if let (Some(element), Some(all)) = (frame.get(), all.get()) {
            dom::set_height(&all, known.full(now));
            let come = now.saturating_sub(before) as f64 * known.row;
            let top = match follow {
                Follow::First if known.top > 0.0 && come > 0.0 => known.top + come,
                Follow::Last if now != before && is_following.get_value() => {
                    (known.full(now) - known.height).max(0.0)
                }
                _ => return now,
            };
            pane.update(|pane| pane.top = top);
            element.set_scroll_top(top.ceil() as i32);
        }
        now
    });
    Effect::new(move || {
        let (Some(at), Some(element)) = (at.get(), frame.get()) else {
            return;
        };
        let known = pane.get_untracked();
        if let Some(top) = known.reveal(at, rows.get_untracked()) {
            pane.update(|pane| pane.top = top);
            element.set_scroll_top(top as i32);
        }
    });
    let scrolled = move |_: Event| {
        if let Some(element) = frame.get_untracked() {
            let top = f64::from(element.scroll_top());
            pane.update(|pane| {
                let before = std::mem::replace(&mut pane.top, top);
                let followed = is_following.get_value();
                is_following.set_value(pane.follows(before, rows.get_untracked(), followed));
            });
        }
    };
    view! {
        <div
            id=id
            class="rows"
            node_ref=frame
            tabindex="0"
            role="region"
            aria-label=label
            on:scroll=scrolled
        >
            <div class="rows-probe row" node_ref=probe aria-hidden="true">"0"</div>
            <div
                class="rows-all"
                node_ref=all
                data-rows=move || rows.get().to_string()
            >
                <div
                    class="rows-shown"
                    style:transform=move || format!("translateY({}px)", slice.get().offset)
                >
                    <For
                        each=move || {
                            // Rows may have other content though the slice is the same.
                            let _ = rows.get();
                            let Slice { first, count, .. } = slice.get();
                            (first..first + count).filter_map(key).collect::<Vec<_>>()
                        }
                        key=|key| key.clone()
                        children=row
                    />
                </div>
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PANE: Pane = Pane {
        height: 600.0,
        top: 0.0,
        row: 24.0,
    };

    #[test]
    fn a_million_rows_have_few_elements_wherever_the_bar_stands() {
        for row in [16.0, 24.0, 48.0, 96.0] {
            let pane = Pane { row, ..PANE };
            let full = pane.full(1_000_000);
            for share in [0.0, 0.001, 0.5, 0.999, 1.0] {
                let top = share * (full - pane.height);
                let slice = Pane { top, ..pane }.slice(1_000_000);
                assert!(slice.count <= 50 && slice.count > 6, "{slice:?}");
                // What is drawn covers what is in sight.
                assert!(slice.offset <= top + 0.5, "{slice:?} at {top}");
                let end = slice.offset + slice.count as f64 * row;
                assert!(end >= top + pane.height - 0.5, "{slice:?} at {top}");
            }
            let last = Pane { top: full, ..pane }.slice(1_000_000);
            assert_eq!(last.first + last.count, 1_000_000);
        }
    }

    #[test]
    fn the_end_is_left_by_moving_up_and_found_again() {
        let at = |top| Pane { top, ..PANE };
        let end = PANE.full(1000) - PANE.height;
        assert!(at(end).follows(0.0, 1000, false));
        // Rows came after the bar was moved to what was the end.
        assert!(at(end).follows(end - 500.0, 2000, true));
        assert!(!at(end - 500.0).follows(end, 1000, true));
        assert!(!at(end - 400.0).follows(end - 500.0, 1000, false));
    }

    #[test]
    fn a_row_is_brought_into_the_middle_unless_it_is_in_sight() {
        assert_eq!(PANE.reveal(0, 1000), None);
        assert_eq!(PANE.reveal(24, 1000), None);
        assert_eq!(PANE.reveal(25, 1000), Some(25.0 * 24.0 - 288.0));
        assert_eq!(PANE.reveal(999, 1000), Some(1000.0 * 24.0 - 600.0));
        let last = PANE.reveal(9_999_999, 10_000_000);
        assert_eq!(last, Some(MAX_HEIGHT - PANE.height));
        assert_eq!(Pane::default().reveal(7, 1000), None);
    }

    #[test]
    fn a_short_list_is_drawn_whole() {
        let slice = PANE.slice(3);
        assert_eq!((slice.first, slice.count), (0, 3));
        assert_eq!(PANE.slice(0), Slice::default());
        assert_eq!(Pane::default().slice(1000), Slice::default());
    }

    #[test]
    fn a_pane_that_claims_to_be_endless_has_few_rows_too() {
        let height = 1e7;
        assert!(Pane { height, ..PANE }.slice(1_000_000).count <= MOST_ROWS);
    }
}
