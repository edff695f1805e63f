//! The items of a stream as they come: a list that follows its end, with pause and credit.
//!
//! Items stay encoded until their row is in sight. So many and so much of them are kept; the
//! oldest go first, and the count goes on.

use std::{collections::VecDeque, pin::pin, time::Duration};

use futures_channel::oneshot;
use futures_util::future::select;
use leptos::prelude::*;
use twinbridge_common::{
    ipc::{Credit, Items},
    wire::{Payload, Value},
};

use super::tree;
use crate::{
    dom, format,
    virtual_list::{Follow, virtual_list},
};

/// Items that are kept.
const MOST: usize = 1_000_000;
/// Bytes of items that are kept.
const MOST_BYTES: u64 = 256 * 1024 * 1024;
/// Time between two looks at the credit of a paused stream.
const LOOK: Duration = Duration::from_millis(100);
/// Characters of an item that its row shows.
const ROW: usize = 240;

/// What came of a stream. Copies are the same items.
#[derive(Clone, Copy, Debug)]
pub(super) struct StreamItems {
    kept: StoredValue<Kept>,
    /// Set once per frame in which something came.
    shown: RwSignal<Progress>,
    is_paused: RwSignal<bool>,
    resume: StoredValue<Option<oneshot::Sender<()>>>,
    chosen: RwSignal<Option<u64>>,
}

#[derive(Debug, Default)]
struct Kept {
    items: VecDeque<Payload>,
    /// Number of the first that is kept.
    first: u64,
    bytes_kept: u64,
    progress: Progress,
    is_told: bool,
}

/// How much came.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Progress {
    items: u64,
    kept: usize,
    bytes: u64,
    credit: Option<Credit>,
}

impl StreamItems {
    pub(super) fn new() -> Self {
        Self {
            kept: StoredValue::default(),
            shown: RwSignal::default(),
            is_paused: RwSignal::new(false),
            resume: StoredValue::new(None),
            chosen: RwSignal::default(),
        }
    }

    pub(super) fn clear(self) {
        self.kept.set_value(Kept::default());
        self.shown.set(Progress::default());
        self.chosen.set(None);
        self.pause(false);
    }

    pub(super) fn bytes(self) -> u64 {
        self.kept.with_value(|kept| kept.progress.bytes)
    }

    pub(super) fn push(self, item: Payload) {
        self.kept.update_value(|kept| {
            let len = item.len() as u64;
            kept.progress.items += 1;
            kept.progress.bytes += len;
            kept.bytes_kept += len;
            kept.items.push_back(item);
            while kept.items.len() > MOST || (kept.bytes_kept > MOST_BYTES && kept.items.len() > 1)
            {
                let oldest = kept.items.pop_front().map_or(0, |item| item.len() as u64);
                kept.bytes_kept -= oldest;
                kept.first += 1;
            }
            kept.progress.kept = kept.items.len();
        });
        self.tell();
    }

    pub(super) fn show_credit(self, credit: Option<Credit>) {
        self.kept.update_value(|kept| kept.progress.credit = credit);
        self.tell();
    }

    fn tell(self) {
        let is_told = self
            .kept
            .try_update_value(|kept| std::mem::replace(&mut kept.is_told, true));
        if is_told == Some(false) {
            dom::in_next_frame(move || {
                let progress = self.kept.try_update_value(|kept| {
                    kept.is_told = false;
                    kept.progress
                });
                if let Some(progress) = progress {
                    self.shown.set(progress);
                }
            });
        }
    }

    /// How many have come.
    pub(super) fn count(self) -> u64 {
        self.shown.get_untracked().items
    }

    /// Stops taking items, which makes the backend stop when its credit is used up.
    fn pause(self, is_paused: bool) {
        self.is_paused.set(is_paused);
        if !is_paused {
            // Nobody waits where it was not paused.
            self.resume.set_value(None);
        }
    }

    /// Completes when the stream is not paused, and shows meanwhile how far its producer runs on.
    pub(super) async fn resumed(self, items: &Items) {
        while self.is_paused.get_untracked() {
            self.show_credit(items.credit());
            let (resume, resumed) = oneshot::channel();
            self.resume.set_value(Some(resume));
            // Dropped to resume.
            select(resumed, pin!(dom::sleep(LOOK))).await;
        }
    }

    fn number(self, row: usize) -> Option<u64> {
        self.kept
            .with_value(|kept| (row < kept.items.len()).then_some(kept.first + row as u64))
    }

    fn value(self, number: u64) -> Option<Value> {
        self.kept.with_value(|kept| {
            let at = usize::try_from(number.checked_sub(kept.first)?).ok()?;
            kept.items.get(at)?.decode().ok()
        })
    }
}

/// The list, its count and its buttons.
pub(super) fn items_view(items: StreamItems, is_running: Memo<bool>) -> impl IntoView {
    let rows = Signal::derive(move || items.shown.read().kept);
    view! {
        <div
            class="stream"
            id="stream"
            // What is said of a stream that has none stands where it is seen.
            hidden=move || rows.get() == 0 && !is_running.get()
            data-items=move || items.shown.read().items.to_string()
        >
            <div class="stream-head">
                <span id="stream-count">{move || count_text(*items.shown.read())}</span>
                <span id="stream-credit" class="muted" hidden=move || !is_running.get()>
                    {move || items.shown.read().credit.map(credit_text)}
                </span>
                <span class="grow"></span>
                <button
                    type="button"
                    id="stream-pause"
                    hidden=move || !is_running.get()
                    aria-pressed=move || items.is_paused.get().to_string()
                    on:click=move |_| items.pause(!items.is_paused.get_untracked())
                >
                    {move || if items.is_paused.get() { "Resume" } else { "Pause" }}
                </button>
            </div>
            {virtual_list(
                "stream-items",
                "Items of the stream",
                rows,
                Follow::Last,
                move |row| items.number(row),
                move |number| item_row(items, number),
            )}
            {move || {
                let number = items.chosen.get()?;
                let value = items.value(number)?;
                Some(view! {
                    <div class="stream-chosen">
                        <h3>"Item "{format::count(number + 1)}</h3>
                        {tree::value_view("stream-item", value)}
                    </div>
                })
            }}
        </div>
    }
}

fn item_row(items: StreamItems, number: u64) -> impl IntoView {
    let text = items.value(number).map_or_else(
        || "This item could not be decoded.".to_owned(),
        |value| tree::one_line(&value, ROW),
    );
    view! {
        <button
            type="button"
            class="row item"
            tabindex="-1"
            aria-pressed=move || (items.chosen.get() == Some(number)).to_string()
            on:click=move |_| items.chosen.set(Some(number))
        >
            <span class="number">{format::count(number + 1)}</span>
            <code class="text">{text}</code>
        </button>
    }
}

fn count_text(progress: Progress) -> String {
    let Progress {
        items, kept, bytes, ..
    } = progress;
    let text = format!(
        "{}, {}",
        format::counted(items, "item", "items"),
        format::bytes(bytes)
    );
    match items - kept as u64 {
        0 => text,
        _ => format!("{text}; the last {} are kept", format::count(kept as u64)),
    }
}

fn credit_text(credit: Credit) -> String {
    let left = credit.left();
    format!(
        "credit {} of {}{}",
        format::count(left.into()),
        format::count(credit.limit.into()),
        if left == 0 { ": the backend waits" } else { "" }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_says_what_came_and_what_is_kept() {
        let mut progress = Progress {
            items: 1,
            kept: 1,
            bytes: 3,
            credit: None,
        };
        assert_eq!(count_text(progress), "1 item, 3 B");
        progress.items = 1_000_001;
        progress.kept = 1_000_000;
        assert_eq!(
            count_text(progress),
            "1\u{202f}000\u{202f}001 items, 3 B; the last 1\u{202f}000\u{202f}000 are kept"
        );
    }

    #[test]
    fn a_producer_without_credit_is_said_to_wait() {
        let mut credit = Credit {
            limit: 8192,
            waiting: 8000,
            taken: 0,
        };
        assert_eq!(credit_text(credit), "credit 192 of 8\u{202f}192");
        credit.taken = 192;
        assert_eq!(
            credit_text(credit),
            "credit 0 of 8\u{202f}192: the backend waits"
        );
    }
}
