//! Deadlines of calls, on both sides of them.
//!
//! A deadline runs at the caller from the call and at the other side from its arrival; whichever
//! sees it pass first ends the call. The session keeps them in one table, soonest first.

use std::time::Duration;

use super::{CallEnd, Event, Pending, Running, Session, refused};
use crate::{
    ipc::{Cancellation, EndReason, Refusal, outbox::Withdrawn},
    wire::{Codec, Frame},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Table {
    Pending,
    Running,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    pub(super) at: Duration,
    after_ms: u32,
}

impl Due {
    /// Asks for the time only where there is a deadline: most calls have none.
    pub(super) fn new(now: &dyn Fn() -> Duration, after_ms: u32) -> Option<Self> {
        (after_ms > 0).then(|| Self {
            at: now() + Duration::from_millis(u64::from(after_ms)),
            after_ms,
        })
    }
}

impl Session {
    /// Refuses every call whose deadline has passed; gives the end of the session where the
    /// handshake took too long.
    pub(super) fn pass_deadlines(&mut self, now: Duration) -> Option<Event> {
        while let Some((&(at, table, call), ())) = self.deadlines.first_key_value() {
            if at > now {
                break;
            }
            match table {
                Table::Pending => self.pass_pending(call),
                Table::Running => self.pass_running(call),
            }
        }
        match self.greeting_due {
            Some((at, after)) if at <= now => self.give_up(EndReason::HandshakeTimeout { after }),
            _ => None,
        }
    }

    fn pass_pending(&mut self, call: u32) {
        if let Some(pending) = self.remove_pending(call)
            && let Some(due) = pending.deadline
        {
            if self.outbox.withdraw(call) == Withdrawn::Sent {
                self.push(Frame::Cancel { call }, None);
            }
            let refusal = Refusal::Deadline {
                after_ms: due.after_ms,
            };
            let _ = pending
                .waiter
                .send(Ok(CallEnd::Ended(refused(Codec::MessagePack, &refusal))));
        }
    }

    fn pass_running(&mut self, call: u32) {
        if let Some(running) = self.remove_running(call)
            && let Some(due) = running.deadline
        {
            running.cancellation.cancel();
            self.overruns.add(call, running.works);
            let refusal = Refusal::Deadline {
                after_ms: due.after_ms,
            };
            self.log_refusal(&refusal);
            self.reply(call, refused(running.codec, &refusal));
        }
    }

    pub(super) fn remove_pending(&mut self, call: u32) -> Option<Pending> {
        let pending = self.pending.complete(call)?;
        if let Some(due) = pending.deadline {
            self.deadlines.remove(&(due.at, Table::Pending, call));
        }
        Some(pending)
    }

    /// The same, if the call of this number is the one with this flag. A peer may use the number
    /// again before the task of a call that it cancelled has looked.
    pub(super) fn take_running(&mut self, call: u32, flag: &Cancellation) -> Option<Running> {
        let running = self.running.get(&call)?;
        if !running.cancellation.is(flag) {
            return None;
        }
        self.remove_running(call)
    }

    pub(super) fn remove_running(&mut self, call: u32) -> Option<Running> {
        let running = self.running.remove(&call)?;
        if let Some(due) = running.deadline {
            self.deadlines.remove(&(due.at, Table::Running, call));
        }
        Some(running)
    }
}
