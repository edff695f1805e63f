//! How a request is made, and the clocks that its life goes by.
//!
//! Used by the life of a request and the table of them; nothing here changes.

use std::time::Duration;

/// A point in time, on two clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// On a clock that only goes forward, from any start.
    pub now: Duration,
    /// Since 1970 in UTC: servers may name a date at which to ask again.
    pub unix: Duration,
}

/// How a request is made. `LifeSettings::default()` is iTwin's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LifeSettings {
    /// How long a pending request waits before it is sent again. Default 10 s.
    pub retry_interval: Duration,
    /// Faults of the moment that are borne, one more ends the request. Those with a
    /// `Retry-After` do not count, and start the count anew. Default 4.
    pub transient_fault_limit: u32,
    /// Whether somebody deals with answers that something is not there. Default
    /// [`NotFoundHandlers::None`].
    pub not_found: NotFoundHandlers,
}

impl Default for LifeSettings {
    fn default() -> Self {
        Self {
            retry_interval: Duration::from_secs(10),
            transient_fault_limit: 4,
            not_found: NotFoundHandlers::None,
        }
    }
}

impl LifeSettings {
    /// Sets [`retry_interval`](Self::retry_interval).
    #[must_use]
    pub fn retry_interval(mut self, interval: Duration) -> Self {
        self.retry_interval = interval;
        self
    }

    /// Sets [`transient_fault_limit`](Self::transient_fault_limit).
    #[must_use]
    pub fn transient_fault_limit(mut self, limit: u32) -> Self {
        self.transient_fault_limit = limit;
        self
    }

    /// Sets [`not_found`](Self::not_found).
    #[must_use]
    pub fn not_found(mut self, handlers: NotFoundHandlers) -> Self {
        self.not_found = handlers;
        self
    }
}

/// Whether somebody deals with answers that something is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NotFoundHandlers {
    /// Nobody: the request is rejected.
    #[default]
    None,
    /// Somebody, who calls [`RequestLife::resubmit`](super::RequestLife::resubmit) or
    /// [`RequestLife::give_up`](super::RequestLife::give_up).
    Listening,
}
