//! Makes an ordered, reliable pipe out of exchanges that may be lost, repeated or overtake each
//! other.
//!
//! Plain data, one [`Sending`] and one [`Receiving`] on each side. Batches are numbered from 1;
//! acknowledgements are cumulative; a sender keeps what is not acknowledged and stops when that
//! exceeds its window; a receiver restores the order and drops repeats.

use std::{
    collections::{BTreeMap, VecDeque, btree_map::Entry},
    time::Duration,
};

use super::{
    EndReason,
    defect::{self, Defect},
};
use crate::wire::{Batch, Bytes};

/// Batches that a receiver holds while an earlier one is missing. An honest sender, whose window
/// is in bytes, has fewer on the way.
const MAX_HELD: u64 = 4096;

/// Bytes of the batches that a receiver holds so; the windows of both ends are far smaller.
const MAX_HELD_BYTES: usize = 64 * 1024 * 1024;

/// The sending end of one direction.
#[cfg_attr(doc, doc = include_str!("../../examples/batches.md"))]
#[derive(Debug)]
pub struct Sending {
    window: usize,
    /// Number of the last batch made.
    last: u64,
    unacknowledged: VecDeque<Batch>,
    unacknowledged_bytes: usize,
    /// How many of `unacknowledged`, from the front, are to be sent again.
    again: VecDeque<u64>,
    /// Since when nothing was acknowledged, as far as the owner has looked.
    silent_since: Option<Duration>,
}

impl Sending {
    /// A sender that has at most about `window` bytes on the way.
    #[must_use]
    pub fn new(window: usize) -> Self {
        Self {
            window,
            last: 0,
            unacknowledged: VecDeque::new(),
            unacknowledged_bytes: 0,
            again: VecDeque::new(),
            silent_since: None,
        }
    }

    /// Bytes that may leave now; 0 while the window is full.
    #[must_use]
    pub fn room(&self) -> usize {
        self.window.saturating_sub(self.unacknowledged_bytes)
    }

    /// Bytes sent and not yet acknowledged.
    #[must_use]
    pub fn unacknowledged_bytes(&self) -> usize {
        self.unacknowledged_bytes
    }

    /// Numbers a batch and remembers it. The acknowledgement is the caller's to fill in.
    pub fn push(&mut self, frames: Bytes) -> Batch {
        self.last += 1;
        self.unacknowledged_bytes += frames.len();
        let batch = Batch {
            sequence: self.last,
            acknowledged: 0,
            frames,
        };
        self.unacknowledged.push_back(batch.clone());
        batch
    }

    /// Forgets what has arrived.
    ///
    /// # Errors
    /// [`EndReason::Protocol`] for a number that was never sent.
    pub fn acknowledge(&mut self, up_to: u64) -> Result<(), EndReason> {
        if up_to > self.last {
            let last = self.last;
            let what = format!("batch {up_to} was acknowledged, the last one sent is {last}");
            return Err(EndReason::Protocol { what });
        }
        while self
            .unacknowledged
            .front()
            .is_some_and(|batch| batch.sequence <= up_to)
        {
            if let Some(batch) = self.unacknowledged.pop_front() {
                self.unacknowledged_bytes -= batch.frames.len();
                self.silent_since = None;
            }
        }
        self.again.retain(|sequence| *sequence > up_to);
        Ok(())
    }

    /// Marks everything that is not acknowledged to be sent again.
    pub fn send_again(&mut self) {
        self.again = self
            .unacknowledged
            .iter()
            .map(|batch| batch.sequence)
            .collect();
    }

    /// Marks the oldest batch to be sent again where nothing was acknowledged for `limit`, and
    /// gives when to look next. For the side whose batches may go astray without its notice.
    pub fn mind_the_silence(&mut self, now: Duration, limit: Duration) -> Option<Duration> {
        let oldest = self.unacknowledged.front()?.sequence;
        let since = *self.silent_since.get_or_insert(now);
        if now < since + limit {
            return Some(since + limit);
        }
        self.silent_since = Some(now);
        if self.again.is_empty() {
            self.again.push_back(oldest);
        }
        Some(now + limit)
    }

    /// Takes the next batch that is to be sent again.
    pub fn next_again(&mut self) -> Option<Batch> {
        let sequence = self.again.pop_front()?;
        self.unacknowledged
            .iter()
            .find(|batch| batch.sequence == sequence)
            .cloned()
    }

    /// Whether batches wait to be sent again.
    #[must_use]
    pub fn has_again(&self) -> bool {
        !self.again.is_empty()
    }
}

/// The receiving end of one direction.
#[cfg_attr(doc, doc = include_str!("../../examples/batches.md"))]
#[derive(Debug, Default)]
pub struct Receiving {
    /// Number of the last batch handed on.
    last: u64,
    held: BTreeMap<u64, Bytes>,
    held_bytes: usize,
    /// Since when the batch after `last` has been missing.
    gap_since: Option<Duration>,
}

impl Receiving {
    /// Takes a batch in and gives the frames that are now in order, oldest batch first.
    ///
    /// # Errors
    /// [`EndReason::Protocol`] for a number too far ahead, or too much that is out of order.
    pub fn receive(
        &mut self,
        sequence: u64,
        frames: Bytes,
        now: Duration,
    ) -> Result<Vec<Bytes>, EndReason> {
        // 0 carries nothing; at or below `last` it is a repeat, whose first coming was handed on.
        if sequence <= self.last {
            let again = sequence > 0 && defect::is(Defect::RepeatAccepted);
            return Ok(if again { vec![frames] } else { Vec::new() });
        }
        if sequence - self.last > MAX_HELD {
            let last = self.last;
            let what = format!("batch {sequence} came, the last one in order was {last}");
            return Err(EndReason::Protocol { what });
        }
        if let Entry::Vacant(place) = self.held.entry(sequence) {
            self.held_bytes += frames.len();
            place.insert(frames);
        }
        let mut ready = Vec::new();
        while let Some(frames) = self.held.remove(&(self.last + 1)) {
            self.last += 1;
            self.held_bytes -= frames.len();
            self.gap_since = None;
            ready.push(frames);
        }
        if defect::is(Defect::OrderSwapped) {
            ready.reverse();
        }
        if self.held_bytes > MAX_HELD_BYTES {
            let held = self.held_bytes;
            let missing = self.last + 1;
            let what = format!("{held} bytes came ahead of batch {missing}");
            return Err(EndReason::Protocol { what });
        }
        if self.held.is_empty() {
            self.gap_since = None;
        } else {
            self.gap_since.get_or_insert(now);
        }
        Ok(ready)
    }

    /// What to acknowledge: everything up to here has arrived.
    #[must_use]
    pub fn acknowledged(&self) -> u64 {
        self.last + u64::from(defect::is(Defect::AcknowledgedTooFar))
    }

    /// Since when a batch has been missing whose successors are here.
    #[must_use]
    pub fn gap_since(&self) -> Option<Duration> {
        self.gap_since
    }

    /// Why the session must end, if a gap has been open for `limit`.
    #[must_use]
    pub fn overdue(&self, now: Duration, limit: Duration) -> Option<EndReason> {
        let waited = now.saturating_sub(self.gap_since?);
        (waited >= limit).then(|| EndReason::Gap {
            sequence: self.last + 1,
            waited_ms: u64::try_from(waited.as_millis()).unwrap_or(u64::MAX),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::ZERO;

    fn bytes(text: &'static str) -> Bytes {
        Bytes::from(text.as_bytes())
    }

    #[test]
    fn batches_are_handed_on_in_order_and_once() {
        let mut receiving = Receiving::default();
        assert_eq!(
            receiving.receive(2, bytes("b"), NOW).unwrap(),
            Vec::<Bytes>::new()
        );
        assert_eq!(receiving.acknowledged(), 0);
        assert_eq!(
            receiving.receive(1, bytes("a"), NOW).unwrap(),
            [bytes("a"), bytes("b")]
        );
        for repeat in [1, 2] {
            assert_eq!(
                receiving.receive(repeat, bytes("x"), NOW).unwrap(),
                Vec::<Bytes>::new()
            );
        }
        assert_eq!(receiving.acknowledged(), 2);
    }

    #[test]
    fn a_gap_that_stays_open_ends_the_session_and_says_which_batch() {
        let mut receiving = Receiving::default();
        receiving.receive(1, bytes("a"), NOW).unwrap();
        receiving
            .receive(3, bytes("c"), Duration::from_secs(1))
            .unwrap();
        let limit = Duration::from_secs(10);
        assert_eq!(receiving.overdue(Duration::from_secs(10), limit), None);
        assert_eq!(
            receiving
                .overdue(Duration::from_secs(11), limit)
                .unwrap()
                .to_string(),
            "the pipe lost batch 2: it did not arrive within 10000 ms"
        );
        receiving
            .receive(2, bytes("b"), Duration::from_secs(11))
            .unwrap();
        assert_eq!(receiving.overdue(Duration::from_secs(99), limit), None);
    }

    #[test]
    fn numbers_far_ahead_are_refused_and_hold_no_memory() {
        let mut receiving = Receiving::default();
        let error = receiving.receive(5000, bytes("a"), NOW).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the peer broke the protocol: batch 5000 came, the last one in order was 0"
        );
        assert!(receiving.held.is_empty());
    }

    #[test]
    fn more_than_any_window_out_of_order_is_refused() {
        let mut receiving = Receiving::default();
        let half = Bytes::from(vec![0; MAX_HELD_BYTES / 2]);
        for sequence in [2, 2, 3] {
            receiving.receive(sequence, half.clone(), NOW).unwrap();
        }
        let error = receiving.receive(4, bytes("x"), NOW).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the peer broke the protocol: 67108865 bytes came ahead of batch 1"
        );
    }

    #[test]
    fn the_oldest_batch_comes_again_when_nothing_was_acknowledged_for_long() {
        let (second, limit) = (Duration::from_secs(1), Duration::from_secs(2));
        let mut sending = Sending::new(10);
        assert_eq!(sending.mind_the_silence(NOW, limit), None);
        sending.push(bytes("a"));
        sending.push(bytes("b"));
        assert_eq!(sending.mind_the_silence(second, limit), Some(3 * second));
        sending.acknowledge(1).unwrap();
        assert_eq!(
            sending.mind_the_silence(2 * second, limit),
            Some(4 * second)
        );
        assert!(!sending.has_again());
        assert_eq!(
            sending.mind_the_silence(4 * second, limit),
            Some(6 * second)
        );
        assert_eq!(sending.next_again().unwrap().sequence, 2);
        assert_eq!(sending.next_again(), None);
        sending.acknowledge(2).unwrap();
        assert_eq!(sending.mind_the_silence(9 * second, limit), None);
    }

    #[test]
    fn what_is_not_acknowledged_can_be_sent_again() {
        let mut sending = Sending::new(10);
        sending.push(bytes("abc"));
        sending.push(bytes("defg"));
        assert_eq!(sending.room(), 3);
        sending.send_again();
        sending.acknowledge(1).unwrap();
        assert_eq!(sending.room(), 6);
        assert_eq!(sending.next_again().unwrap().frames, bytes("defg"));
        assert_eq!(sending.next_again(), None);
        assert!(sending.acknowledge(3).is_err());
    }
}
