//! The model: what was asked for in one session, what happened of it, and the rules between them.
//!
//! Facts come from both ends, from handlers, listeners and callers. A rule that does not hold is
//! written down and ends the run. Where a session was given bytes that its peer never sent, what
//! it says cannot be judged any more: its data are its own loss, and only the rules of `world`
//! stand.

use std::{
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
    time::Duration,
};

use twinbridge_common::wire::Limits;

use crate::facts::{CallFacts, Direction, Kind, Traffic};

/// The first rule that did not hold. Clones are the same note.
#[derive(Clone, Debug, Default)]
pub(crate) struct Broken(Arc<Mutex<Option<String>>>);

impl Broken {
    pub(crate) fn note(&self, rule: String) {
        self.0.lock().unwrap().get_or_insert(rule);
    }

    pub(crate) fn is_noted(&self) -> bool {
        self.0.lock().unwrap().is_some()
    }

    pub(crate) fn rule(&self) -> Option<String> {
        self.0.lock().unwrap().clone()
    }
}

/// What may have ended a session.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Causes {
    pub(crate) was_closed: bool,
    pub(crate) has_panicked: bool,
    /// The page was reloaded, or another one took its place.
    pub(crate) was_replaced: bool,
    pub(crate) opened: Duration,
}

/// The facts of one session.
#[derive(Debug)]
pub(crate) struct Facts {
    /// Number of the page load, which stands in all that it says.
    pub(crate) page: u32,
    pub(crate) limits: Limits,
    /// Its bytes were tampered with.
    pub(crate) is_spoilt: bool,
    pub(crate) is_welcomed: bool,
    pub(crate) causes: Causes,
    pub(crate) traffic: [Traffic; 2],
    broken: Broken,
}

/// Shares the facts of one session among all who have part in it.
#[derive(Clone, Debug)]
pub(crate) struct Ledger(Arc<Mutex<Facts>>);

impl Ledger {
    pub(crate) fn new(page: u32, limits: &Limits, broken: &Broken) -> Self {
        Self(Arc::new(Mutex::new(Facts {
            page,
            limits: limits.clone(),
            is_spoilt: false,
            is_welcomed: false,
            causes: Causes::default(),
            traffic: Default::default(),
            broken: broken.clone(),
        })))
    }

    pub(crate) fn facts(&self) -> MutexGuard<'_, Facts> {
        self.0.lock().unwrap()
    }

    pub(crate) fn spoil(&self) {
        self.facts().is_spoilt = true;
    }

    /// Waits for the gate of a call.
    pub(crate) fn poll_gate(&self, way: Direction, call: u32, cx: &Context<'_>) -> Poll<()> {
        let mut facts = self.facts();
        let Some(call) = facts.call(way, call) else {
            return Poll::Ready(());
        };
        if call.gate_is_open {
            return Poll::Ready(());
        }
        call.at_gate.push(cx.waker().clone());
        Poll::Pending
    }

    /// Waits until the consumer of a stream may take one more item.
    pub(crate) fn poll_permit(&self, way: Direction, call: u32, cx: &Context<'_>) -> Poll<()> {
        let mut facts = self.facts();
        let Some(call) = facts.call(way, call) else {
            return Poll::Ready(());
        };
        if call.permits > 0 {
            call.permits -= 1;
            return Poll::Ready(());
        }
        call.without_permit = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Facts {
    /// A rule does not hold.
    pub(crate) fn broke(&self, rule: impl FnOnce() -> String) {
        if !self.is_spoilt {
            self.broken.note(format!("page {}: {}", self.page, rule()));
        }
    }

    /// A rule does not hold that holds for every session, whatever its bytes.
    pub(crate) fn broken(&self, rule: &str) {
        self.broken.note(format!("page {}: {rule}", self.page));
    }

    pub(crate) fn traffic(&mut self, way: Direction) -> &mut Traffic {
        &mut self.traffic[way as usize]
    }

    pub(crate) fn call(&mut self, way: Direction, call: u32) -> Option<&mut CallFacts> {
        self.traffic(way).calls.get_mut(call as usize)
    }

    /// A call is about to be made; gives its number.
    pub(crate) fn make(
        &mut self,
        way: Direction,
        kind: Kind,
        size: usize,
        due: Option<Duration>,
    ) -> u32 {
        let is_early = !self.is_welcomed;
        let traffic = self.traffic(way);
        traffic.calls.push(CallFacts {
            is_early,
            notes_before: traffic.notes.sent,
            ..CallFacts::new(kind, size, due)
        });
        traffic.calls.len() as u32 - 1
    }

    /// A handler begins; says what it is to do. `None` if nobody asked for it.
    pub(crate) fn begin(&mut self, way: Direction, page: u32, number: u32) -> Option<Kind> {
        if page != self.page {
            self.broke(|| format!("a call of page {page} came"));
            return None;
        }
        let heard = self.traffic(way).notes.heard;
        let Some(call) = self.call(way, number) else {
            self.broke(|| format!("call {number} came {way:?}, which nobody made"));
            return None;
        };
        call.begun += 1;
        call.running += 1;
        let (kind, begun, before) = (call.kind, call.begun, call.notes_before);
        if begun > 1 {
            self.broke(|| format!("call {number} {way:?} ran {begun} times"));
        }
        if heard < before {
            self.broke(|| {
                format!("call {number} {way:?} overtook a message: {heard} of {before} were heard")
            });
        }
        Some(kind)
    }

    /// A handler has its result.
    pub(crate) fn finish(&mut self, way: Direction, number: u32) {
        let back = 1 - way as usize;
        let sent = self.traffic[back].notes.sent;
        if let Some(call) = self.call(way, number) {
            call.has_finished = true;
            call.notes_before_reply = sent;
        }
    }

    /// A reply came that no earlier message may come behind.
    pub(crate) fn check_notes_before_reply(&mut self, way: Direction, number: u32) {
        let heard = self.traffic[1 - way as usize].notes.heard;
        let before = self
            .call(way, number)
            .map_or(0, |call| call.notes_before_reply);
        if heard < before {
            self.broke(|| {
                format!(
                    "the reply of call {number} {way:?} overtook a message: {heard} of {before} \
                     were heard"
                )
            });
        }
    }

    /// A handler's stream gives an item of `len` bytes, as far as credit allows.
    pub(crate) fn produce(&mut self, way: Direction, number: u32, len: usize) {
        let (items, bytes) = (self.limits.stream_items, self.limits.stream_bytes);
        let Some(call) = self.call(way, number) else {
            return;
        };
        let ahead = call.produced - call.consumed.min(call.produced);
        let ahead_bytes = call.produced_bytes - call.consumed_bytes.min(call.produced_bytes);
        call.produced += 1;
        call.produced_bytes += len;
        if ahead >= items || ahead_bytes >= bytes as usize {
            self.broke(|| {
                format!(
                    "stream {number} {way:?} was {ahead} items and {ahead_bytes} bytes ahead of \
                     its consumer and gave one more; the credit is {items} and {bytes}"
                )
            });
        }
    }

    /// The consumer has taken an item of `len` bytes, which should be this one.
    pub(crate) fn consume(&mut self, way: Direction, number: u32, index: u32, len: usize) {
        let Some(call) = self.call(way, number) else {
            return;
        };
        let expected = call.consumed;
        call.consumed += 1;
        call.consumed_bytes += len;
        if index != expected {
            self.broke(|| {
                format!("item {index} of stream {number} {way:?} came in place of item {expected}")
            });
        }
    }

    /// Whether the consumer of a stream waits for the model, and not for an item.
    pub(crate) fn is_without_permit(&self, way: Direction, number: usize) -> bool {
        let call = self.traffic[way as usize].calls.get(number);
        call.is_some_and(|call| call.without_permit.is_some())
    }

    /// Opens the gate of a call, once and for all.
    pub(crate) fn open_gate(&mut self, way: Direction, number: u32) {
        if let Some(call) = self.call(way, number) {
            call.gate_is_open = true;
            call.at_gate.drain(..).for_each(Waker::wake);
        }
    }

    pub(crate) fn gate_is_open(&mut self, way: Direction, number: u32) -> bool {
        self.call(way, number).is_some_and(|call| call.gate_is_open)
    }

    /// Lets the consumer of a stream take so many more items.
    pub(crate) fn permit(&mut self, way: Direction, number: u32, items: u32) {
        if let Some(call) = self.call(way, number) {
            call.permits = call.permits.saturating_add(items);
            if let Some(waker) = call.without_permit.take() {
                waker.wake();
            }
        }
    }
}
