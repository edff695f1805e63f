//! How a request is made: the numbers that its life goes by.
//!
//! Taken from the options of a connection and the policy of an operation; nothing here changes
//! while the request lives.

use std::time::Duration;

/// How a request is made. `LifeSettings::default()` is iTwin's, of a configuration without HTTP.
#[cfg_attr(doc, doc = include_str!("../../../examples/life.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LifeSettings {
    /// How long a pending request waits before it is sent again. Default 10 s.
    pub retry_interval: Duration,
    /// Faults of the moment that are borne, one more ends the request. Those with a time of their
    /// own do not count, and start the count anew. Default 4.
    pub transient_fault_limit: u32,
    /// Whether somebody deals with answers that something is not there. Default
    /// [`NotFoundHandlers::None`].
    pub not_found: NotFoundHandlers,
    /// What becomes of a request whose connection broke. Default [`WhenBroken::Fail`].
    pub when_broken: WhenBroken,
    /// How many layers say that an answer was loaded. Default [`Layers::One`].
    pub layers: Layers,
}

impl Default for LifeSettings {
    fn default() -> Self {
        Self {
            retry_interval: Duration::from_secs(10),
            transient_fault_limit: 4,
            not_found: NotFoundHandlers::None,
            when_broken: WhenBroken::Fail,
            layers: Layers::One,
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

    /// Sets [`when_broken`](Self::when_broken).
    #[must_use]
    pub fn when_broken(mut self, when_broken: WhenBroken) -> Self {
        self.when_broken = when_broken;
        self
    }

    /// Sets [`layers`](Self::layers).
    #[must_use]
    pub fn layers(mut self, layers: Layers) -> Self {
        self.layers = layers;
        self
    }
}

/// Whether somebody deals with answers that something is not there.
#[cfg_attr(doc, doc = include_str!("../../../examples/life.md"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NotFoundHandlers {
    /// Nobody: the request is rejected.
    #[default]
    None,
    /// Somebody, who calls [`RequestLife::resubmit`](super::RequestLife::resubmit) or
    /// [`RequestLife::give_up`](super::RequestLife::give_up).
    Listening,
}

/// What becomes of a request whose connection broke before an answer began.
#[cfg_attr(doc, doc = include_str!("../../../examples/life.md"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenBroken {
    /// It fails: nobody knows whether it ran, and it must not run twice.
    #[default]
    Fail,
    /// It is sent again at once, and fails when the connection breaks once more. Operations that
    /// their contract calls idempotent.
    SendOnceMore,
}

/// How many layers of a configuration say that an answer was loaded.
#[cfg_attr(doc, doc = include_str!("../../../examples/life.md"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layers {
    /// The request.
    #[default]
    One,
    /// The request, and the layer of HTTP below it, as in iTwin.js.
    Http,
}
