//! Blocking work of calls, which nobody can stop from outside.
//!
//! A call that is cancelled or late is over for its caller, a stream that is dropped for its
//! consumer, and the work may go on: it holds a thread. Such work counts towards the limit on
//! running calls until it stops, so that a page that calls and cancels cannot pile it up.

use std::collections::HashMap;

use super::Session;

/// Work that outlived its call, by call.
#[derive(Debug, Default)]
pub(super) struct Overruns {
    works: HashMap<u32, u32>,
    now: usize,
}

impl Overruns {
    /// A call with so much work at hand is over.
    pub(super) fn add(&mut self, call: u32, works: u32) {
        if works > 0 {
            *self.works.entry(call).or_default() += works;
            self.now += works as usize;
        }
    }

    /// How much work has outlived its call.
    pub(super) fn now(&self) -> usize {
        self.now
    }

    fn remove_one(&mut self, call: u32) -> bool {
        let Some(works) = self.works.get_mut(&call) else {
            return false;
        };
        *works -= 1;
        self.now -= 1;
        if *works == 0 {
            self.works.remove(&call);
        }
        true
    }
}

impl Session {
    /// A thread begins work for `call`; says whether anybody waits for it.
    pub(crate) fn begin_work(&mut self, call: u32) -> bool {
        let works = self.works(call);
        let is_wanted = works.is_some();
        if let Some(works) = works {
            *works += 1;
        }
        is_wanted
    }

    /// The work is over; says whether its call was over before it.
    pub(crate) fn end_work(&mut self, call: u32) -> bool {
        // Looked at first: a later call may run under the same number.
        if self.overruns.remove_one(call) {
            self.counts.overruns += 1;
            return true;
        }
        if let Some(works) = self.works(call) {
            *works = works.saturating_sub(1);
        }
        false
    }

    /// Work at hand for a call that runs, or whose stream is open.
    fn works(&mut self, call: u32) -> Option<&mut u32> {
        match self.running.get_mut(&call) {
            Some(running) => Some(&mut running.works),
            None => self.streams.works(call),
        }
    }
}
