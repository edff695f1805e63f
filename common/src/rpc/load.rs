//! When a client last asked and was last answered, for whoever decides that it is idle.
//!
//! Two numbers that requests store as they pass; nothing is locked. iModel.js:
//! `RpcRequest.aggregateLoad`.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// When something was last asked and answered, by the clock of the configuration; zero where it
/// never was. iTwin.js: `RpcOperationsProfile`.
#[cfg_attr(doc, doc = include_str!("../../examples/requests.md"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RpcLoad {
    /// The last sending of a request.
    pub last_request: Duration,
    /// The last answer.
    pub last_response: Duration,
}

impl RpcLoad {
    /// The later of both, one by one.
    pub(super) fn later(self, other: Self) -> Self {
        Self {
            last_request: self.last_request.max(other.last_request),
            last_response: self.last_response.max(other.last_response),
        }
    }
}

/// The times, as requests on many threads store them. None orders anything else.
#[derive(Debug, Default)]
pub(super) struct LoadTimes {
    request_ns: AtomicU64,
    response_ns: AtomicU64,
}

impl LoadTimes {
    pub(super) fn asked(&self, now: Duration) {
        self.request_ns.store(nanoseconds(now), Ordering::Relaxed);
    }

    pub(super) fn answered(&self, now: Duration) {
        self.response_ns.store(nanoseconds(now), Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> RpcLoad {
        let read = |ns: &AtomicU64| Duration::from_nanos(ns.load(Ordering::Relaxed));
        RpcLoad {
            last_request: read(&self.request_ns),
            last_response: read(&self.response_ns),
        }
    }
}

/// A clock that starts with the program reaches the limit after 584 years.
fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
