//! Stamps of calls: when each was where on this side.
//!
//! A call that nobody times costs a look at its metadata. One that is timed keeps its arrival
//! beside it until its reply.

use std::time::Duration;

use super::{Frame, Session};
use crate::{
    ipc::tap::Watched,
    wire::{Request, Stamps},
};

/// That a call came, where somebody wants to know when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    at: Duration,
    /// The caller asked; else only those who watch this side.
    is_asked: bool,
}

/// When the handler of a call began and ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handled {
    pub(crate) started: Duration,
    pub(crate) ended: Duration,
}

impl Session {
    /// Notes that a call came, if its caller or a watcher wants to know.
    pub(super) fn arrival(&self, request: &Request, now: &dyn Fn() -> Duration) -> Option<Arrival> {
        let is_asked = request.metadata.get(Stamps::ASKED).is_some();
        (is_asked || self.tap.is_on()).then(|| Arrival {
            at: now(),
            is_asked,
        })
    }

    /// Says when a call was where, right before its reply.
    pub(super) fn stamp(
        &mut self,
        call: u32,
        arrival: Option<Arrival>,
        handled: Option<Handled>,
        now: &dyn Fn() -> Duration,
    ) {
        let (Some(arrival), Some(handled)) = (arrival, handled) else {
            return;
        };
        let stamps = Stamps {
            arrived_us: microseconds(arrival.at),
            started_us: microseconds(handled.started),
            ended_us: microseconds(handled.ended),
            replied_us: microseconds(now()),
        };
        let frame = Frame::Stamps { call, stamps };
        if arrival.is_asked {
            self.push(frame, None);
        } else {
            self.tap.tell(Watched::Sent(&frame));
        }
    }
}

/// Half a million years fit.
fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
