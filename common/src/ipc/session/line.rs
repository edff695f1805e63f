//! Those who wait for room to send one-way messages, first come first.
//!
//! Plain data. Each has a place that is given back when it waits no longer, so that senders who
//! give up, again and again, leave nothing behind. Used by the session only.

use std::{collections::BTreeMap, task::Waker};

/// A line of wakers.
#[derive(Debug, Default)]
pub(super) struct Line {
    next: u64,
    wakers: BTreeMap<u64, Waker>,
}

impl Line {
    /// Stands at `place`, or at the end where there is none so far. Whoever is called up and comes
    /// back has the old place again.
    pub(super) fn stand(&mut self, place: &mut Option<u64>, waker: &Waker) {
        let place = *place.get_or_insert_with(|| {
            self.next += 1;
            self.next
        });
        let stands = self.wakers.entry(place).or_insert_with(|| waker.clone());
        stands.clone_from(waker);
    }

    /// Gives up a place.
    #[must_use]
    pub(super) fn leave(&mut self, place: u64) -> Option<Waker> {
        self.wakers.remove(&place)
    }

    /// Gives all, longest waiting first.
    pub(super) fn call_up(&mut self, wakers: &mut Vec<Waker>) {
        wakers.extend(std::mem::take(&mut self.wakers).into_values());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.wakers.is_empty()
    }
}
