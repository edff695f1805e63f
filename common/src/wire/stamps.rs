//! When a call was where, by the clock of the side that answered it.
//!
//! Plain data. A caller that asks gets it in a frame of its own before the reply; a watcher of
//! the backend's sessions gets it for every call. Nobody else pays for it.

use std::time::Duration;

/// Times of one call at the side that answered it, in microseconds since a fixed moment there.
///
/// ```
/// use twinbridge_common::wire::Stamps;
///
/// let stamps = Stamps { arrived_us: 100, started_us: 130, ended_us: 530, replied_us: 532 };
/// assert_eq!(stamps.queued().as_micros(), 30);
/// assert_eq!(stamps.handled().as_micros(), 400);
/// assert_eq!(stamps.returned().as_micros(), 2);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stamps {
    /// The request was read.
    pub arrived_us: u64,
    /// The handler was polled first.
    pub started_us: u64,
    /// The handler was done; for a stream, it had one to give.
    pub ended_us: u64,
    /// The reply stood in line to leave.
    pub replied_us: u64,
}

impl Stamps {
    /// Name of the entry of a request's metadata by which a caller asks for stamps. Its value is
    /// not looked at.
    pub const ASKED: &'static str = "stamps";

    /// Time between arrival and the handler's start: how long it waited for a thread.
    #[must_use]
    pub const fn queued(self) -> Duration {
        Duration::from_micros(self.started_us.saturating_sub(self.arrived_us))
    }

    /// Time that the handler took, whatever it waited for in it.
    #[must_use]
    pub const fn handled(self) -> Duration {
        Duration::from_micros(self.ended_us.saturating_sub(self.started_us))
    }

    /// Time between the handler's end and the reply's place in line.
    #[must_use]
    pub const fn returned(self) -> Duration {
        Duration::from_micros(self.replied_us.saturating_sub(self.ended_us))
    }

    /// All of it together.
    #[must_use]
    pub const fn total(self) -> Duration {
        Duration::from_micros(self.replied_us.saturating_sub(self.arrived_us))
    }
}
