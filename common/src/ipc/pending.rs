//! Table of the calls that one side of a session still waits for.
//!
//! Plain data: no I/O, no clock, no waking. The session that owns the table sends the frames and
//! feeds replies in.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// Calls waiting for their reply, by call id.
#[derive(Debug)]
pub(crate) struct PendingCalls<T> {
    next: u32,
    waiting: CallTable<T>,
}

impl<T> Default for PendingCalls<T> {
    fn default() -> Self {
        Self {
            next: 1,
            waiting: CallTable::default(),
        }
    }
}

impl<T> PendingCalls<T> {
    /// Remembers `waiter` and returns the id to put in the request frame: none that waits, and
    /// none that `is_taken` otherwise.
    pub(crate) fn insert(&mut self, waiter: T, is_taken: impl Fn(u32) -> bool) -> u32 {
        // After 2^32 calls the counter wraps; a call may still be waiting under a low number, or
        // the stream that answered it may be open.
        while self.waiting.contains_key(&self.next) || is_taken(self.next) {
            self.next = self.next.wrapping_add(1);
        }
        let id = self.next;
        self.next = self.next.wrapping_add(1);
        self.waiting.insert(id, waiter);
        id
    }

    /// The waiter of `id`, if it waits still.
    pub(crate) fn get(&self, id: u32) -> Option<&T> {
        self.waiting.get(&id)
    }

    /// Takes the waiter of `id`; `None` for a reply to a cancelled call, which is normal.
    pub(crate) fn complete(&mut self, id: u32) -> Option<T> {
        self.waiting.remove(&id)
    }

    /// Takes all waiters, to tell each that the session ended.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = T> + use<'_, T> {
        self.waiting.drain().map(|(_, waiter)| waiter)
    }

    /// How many calls wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }
}

/// Something per call id.
pub(crate) type CallTable<T> = HashMap<u32, T, BuildHasherDefault<CallHasher>>;

/// Spreads call ids, which count upwards. A peer that chooses them badly slows its own session
/// down, and no further than the limit on running calls lets it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CallHasher(u64);

impl Hasher for CallHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, id: u32) {
        // 2^64 over the golden ratio: neighbours end far apart, in the high bits too.
        self.0 = (self.0 ^ u64::from(id))
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .rotate_left(26);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_to_a_cancelled_call_is_ignored() {
        let mut calls = PendingCalls::default();
        let id = calls.insert("waiter", |_| false);
        assert_eq!(calls.complete(id), Some("waiter"));
        assert_eq!(calls.complete(id), None);
    }

    #[test]
    fn ids_that_still_wait_are_not_given_twice_when_the_counter_wraps() {
        let mut calls = PendingCalls {
            next: u32::MAX,
            waiting: CallTable::default(),
        };
        assert_eq!(calls.insert('a', |_| false), u32::MAX);
        assert_eq!(calls.insert('b', |_| false), 0);
        calls.next = u32::MAX;
        assert_eq!(calls.insert('c', |_| false), 1);
    }

    #[test]
    fn the_number_of_a_stream_that_is_open_is_not_given_to_another_call() {
        let mut calls = PendingCalls::default();
        assert_eq!(calls.insert('a', |id| id == 1), 2);
    }
}
