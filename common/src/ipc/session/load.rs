//! How busy a session is, and what happened in it: the figures that `host` shows.
//!
//! Plain numbers, taken at one moment under the session's lock. They count what this side does
//! and keeps; the other side has its own.

/// How busy a session is.
#[cfg_attr(doc, doc = include_str!("../../../examples/shell.md"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Load {
    /// Calls that this side runs for the other.
    pub running_calls: usize,
    /// Blocking work whose call is over, by a cancel or a deadline, and that has not stopped. It
    /// counts as running calls do.
    pub overrunning_calls: usize,
    /// Calls that this side waits for.
    pub pending_calls: usize,
    /// Streams that this side sends.
    pub open_streams: usize,
    /// Streams that this side receives.
    pub consumed_streams: usize,
    /// Bytes that wait to be sent.
    pub queued_bytes: usize,
    /// What the pipe has on the way.
    pub pipe: PipeLoad,
    /// What happened so far.
    pub counts: Counts,
}

/// What a pipe has on the way.
#[cfg_attr(doc, doc = include_str!("../../../examples/shell.md"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PipeLoad {
    /// Bytes sent and not acknowledged.
    pub in_flight_bytes: usize,
    /// Bytes that may be so; 0 for a pipe that has no window.
    pub window_bytes: usize,
}

/// What happened in a session since it began.
#[cfg_attr(doc, doc = include_str!("../../../examples/shell.md"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Calls that came.
    pub calls: u64,
    /// Calls and one-way messages that were refused, for whatever reason.
    pub refused: u64,
    /// One-way messages sent.
    pub messages: u64,
    /// One-way messages that gave their place to a later one before they left.
    pub replaced: u64,
    /// One-way messages that were kept for a first listener and had to be dropped.
    pub dropped: u64,
    /// Blocking work that went on after its call was over.
    pub overruns: u64,
}
