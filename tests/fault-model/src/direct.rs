//! A pipe that hands frames over one by one, and may lose, repeat, swap and damage them.
//!
//! A session stands on a pipe that does none of this. Where one does, what the session says is
//! worth nothing, but nothing may panic, grow or reach another session.

use std::{collections::VecDeque, time::Duration};

use twinbridge_common::{Bytes, ipc::Endpoint, wire::frames};

use crate::{
    executor::Wanted,
    faults::{Faults, damage},
    ledger::Ledger,
    random::Random,
};

/// Frames that one end may be ahead of the other.
const AHEAD: usize = 16;

/// One direction.
pub(crate) struct Lane {
    from: Endpoint,
    to: Endpoint,
    wanted: Wanted,
    wakeup: Option<Duration>,
    frames: VecDeque<Bytes>,
}

impl Lane {
    pub(crate) fn new(from: Endpoint, to: Endpoint, wanted: Wanted) -> Self {
        wanted.set();
        Self {
            from,
            to,
            wanted,
            wakeup: None,
            frames: VecDeque::new(),
        }
    }

    pub(crate) fn next_timer(&self) -> Option<Duration> {
        self.wakeup
    }

    /// Frames that are on the way.
    pub(crate) fn len(&self) -> usize {
        self.frames.len()
    }

    pub(crate) fn is_due(&self, now: Duration) -> bool {
        let is_woken = self.wanted.is_set() || self.wakeup.is_some_and(|at| at <= now);
        is_woken && self.frames.len() < AHEAD
    }

    /// Takes what its end has to say.
    pub(crate) fn turn(&mut self) {
        self.wanted.take();
        let out = self.from.poll(Some(2048));
        self.wakeup = out.next_wakeup;
        if out.has_more {
            self.wanted.set();
        }
        let batch = Bytes::from(out.frames);
        self.frames.extend(frames(&batch).flatten());
    }

    /// Moves one frame, perhaps not as it was sent.
    pub(crate) fn step(&mut self, faults: &Faults, random: &mut Random, ledger: &Ledger) {
        let is_faulty = random.chance(faults.damaged);
        let Some(frame) = self.frames.pop_front() else {
            return;
        };
        if !is_faulty {
            return self.to.receive(&frame);
        }
        ledger.spoil();
        match random.below(4) {
            0 => {}
            1 => {
                self.to.receive(&frame);
                self.to.receive(&frame);
            }
            2 => self
                .frames
                .insert(random.below(self.frames.len() + 1), frame),
            _ => self.to.receive(&damage(&frame, random)),
        }
    }
}
