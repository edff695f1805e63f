//! What is known of calls and messages: plain data, which [`crate::ledger`] judges.

use std::{task::Waker, time::Duration};

use futures_util::future::AbortHandle;

/// Who asks whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// The page calls the backend.
    Up,
    /// The backend calls the page.
    Down,
}

/// What a call is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Gives this many bytes.
    Value(usize),
    /// Gives its own error.
    Fail,
    /// Waits for its gate.
    Gate,
    /// Panics.
    Panic,
    /// Is a method that nobody has.
    Unknown,
    /// Gives items of these lengths, and fails behind them if told so.
    Stream { items: u32, len: usize, fails: bool },
}

/// How far a call has come at its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It waits for its reply.
    Waiting,
    /// Its reply was a stream, which goes on.
    Streaming,
    /// It ended, or was given up.
    Over,
}

/// One call.
#[derive(Debug)]
pub(crate) struct CallFacts {
    pub(crate) kind: Kind,
    /// Bytes of its arguments.
    pub(crate) size: usize,
    pub(crate) due: Option<Duration>,
    /// It was made before the page was known to be welcome.
    pub(crate) is_early: bool,
    pub(crate) stage: Stage,
    pub(crate) abort: Option<AbortHandle>,
    /// How often its handler began, and how many of them are not over.
    pub(crate) begun: u32,
    pub(crate) running: u32,
    pub(crate) has_finished: bool,
    pub(crate) gate_is_open: bool,
    pub(crate) at_gate: Vec<Waker>,
    /// Messages that its caller sent before it, and its handler before the reply.
    pub(crate) notes_before: u32,
    pub(crate) notes_before_reply: u32,
    pub(crate) produced: u32,
    pub(crate) produced_bytes: usize,
    pub(crate) consumed: u32,
    pub(crate) consumed_bytes: usize,
    /// Items that the consumer may take.
    pub(crate) permits: u32,
    pub(crate) without_permit: Option<Waker>,
}

impl CallFacts {
    /// A call that is about to be made.
    pub(crate) fn new(kind: Kind, size: usize, due: Option<Duration>) -> Self {
        Self {
            kind,
            size,
            due,
            is_early: false,
            stage: Stage::Waiting,
            abort: None,
            begun: 0,
            running: 0,
            has_finished: false,
            gate_is_open: false,
            at_gate: Vec::new(),
            notes_before: 0,
            notes_before_reply: 0,
            produced: 0,
            produced_bytes: 0,
            consumed: 0,
            consumed_bytes: 0,
            permits: 0,
            without_permit: None,
        }
    }
}

/// One-way messages of one direction.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// Reliable ones that were sent and heard, in their order.
    pub(crate) sent: u32,
    pub(crate) heard: u32,
    /// The newest of those of which only the latest counts.
    pub(crate) latest_sent: u32,
    pub(crate) latest_heard: u32,
    /// Those that waited for room: what became of each, and how often it was heard.
    pub(crate) roomy: Vec<(Roomy, u32)>,
}

/// What became of a message that waited for room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Roomy {
    Waiting,
    Sent,
    Refused,
}

/// All that went in one direction.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) calls: Vec<CallFacts>,
    pub(crate) notes: Notes,
}
