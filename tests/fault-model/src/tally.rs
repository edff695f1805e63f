//! What a run saw: without it nobody knows whether the steps met anything.

use std::ops::AddAssign;

use crate::{facts::Roomy, ledger::Ledger};

/// Sums over all episodes of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Sessions that were welcomed.
    pub sessions: u64,
    /// Sessions whose bytes were damaged, so that their data could not be judged.
    pub spoilt: u64,
    /// Calls that were made, and handlers that ran.
    pub calls: u64,
    /// Handlers that began.
    pub runs: u64,
    /// Items of streams that were taken.
    pub items: u64,
    /// One-way messages that were heard.
    pub messages: u64,
    /// Posts and answers that were lost, repeated, delayed or damaged.
    pub faults: u64,
    /// How often everything came to rest and was compared.
    pub rests: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, ledger: &Ledger) {
        let facts = ledger.facts();
        self.sessions += u64::from(facts.is_welcomed);
        self.spoilt += u64::from(facts.is_spoilt);
        for traffic in &facts.traffic {
            self.calls += traffic.calls.len() as u64;
            for call in &traffic.calls {
                self.runs += u64::from(call.begun);
                self.items += u64::from(call.consumed);
            }
            let notes = &traffic.notes;
            let roomy = notes.roomy.iter().filter(|(what, _)| *what == Roomy::Sent);
            self.messages += u64::from(notes.heard) + roomy.count() as u64;
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.sessions += other.sessions;
        self.spoilt += other.spoilt;
        self.calls += other.calls;
        self.runs += other.runs;
        self.items += other.items;
        self.messages += other.messages;
        self.faults += other.faults;
        self.rests += other.rests;
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            sessions,
            spoilt,
            calls,
            runs,
            items,
            messages,
            faults,
            rests,
        } = self;
        write!(
            f,
            "{sessions} sessions ({spoilt} damaged), {calls} calls ({runs} ran), {items} items, \
             {messages} messages, {faults} faults, {rests} rests"
        )
    }
}
