//! What a session sends: calls, cancels, one-way messages, and the ends of calls it ran.
//!
//! The peer's limits are looked at before anything is queued, so that an honest caller gets a
//! typed error and never loses its session.

use std::{
    task::{Context, Poll, Waker},
    time::Duration,
};

use futures_channel::oneshot;

use super::{
    CallRefused, CallResult, Due, Event, HOST_CHANNEL, Handled, Pending, Phase, Session, Table,
    refused,
};
use crate::{
    ipc::{
        Cancellation, Delivery, Outgoing, PipeError, Refusal,
        defect::{self, Defect},
        outbox::Withdrawn,
        tap::Watched,
    },
    wire::{Codec, Ending, Frame, MethodName, Notification, Reply, Request, Stamps},
};

/// Bytes of messages that may wait in line before a sender that can wait has to.
const PACED: usize = 1024 * 1024;

impl Session {
    /// Queues a call.
    pub(crate) fn call(
        &mut self,
        outgoing: Outgoing,
        now: &dyn Fn() -> Duration,
    ) -> Result<(u32, oneshot::Receiver<CallResult>), CallRefused> {
        self.check_open()?;
        if self.phase == Phase::Fresh
            && outgoing.channel.as_str() != HOST_CHANNEL
            && outgoing.method != MethodName::GET_VERSION
        {
            let channel = outgoing.channel.to_string();
            return Err(CallRefused::Refusal(Refusal::NotReady { channel }));
        }
        if outgoing.method != MethodName::GET_VERSION
            && let Some(refusal) = self.unfit.get(&outgoing.channel)
        {
            return Err(CallRefused::Refusal(refusal.clone()));
        }
        let len = outgoing.arguments.len();
        self.check_room(len)?;
        self.check_message(outgoing.arguments.encoded_len() + outgoing.metadata.encoded_len())?;
        let due = Due::new(now, outgoing.deadline_ms);
        let (waiter, waiting) = oneshot::channel();
        let mut metadata = outgoing.metadata;
        if outgoing.stamps.is_some() {
            // One without room for it goes without.
            metadata.insert(Stamps::ASKED, "");
        }
        let pending = Pending {
            waiter,
            deadline: due,
            stamps: outgoing.stamps,
        };
        let streams = &self.streams;
        let call = self
            .pending
            .insert(pending, |call| streams.is_consuming(call));
        if let Some(due) = due {
            self.has_new_deadline = true;
            self.deadlines.insert((due.at, Table::Pending, call), ());
        }
        let request = Request {
            call,
            deadline_ms: outgoing.deadline_ms,
            channel: outgoing.channel,
            method: outgoing.method,
            metadata,
            arguments: outgoing.arguments,
        };
        self.push(Frame::Request(request), Some(call));
        Ok((call, waiting))
    }

    /// Gives up a call that this side made, or the stream that answered it; no effect if both
    /// have ended.
    pub(crate) fn cancel(&mut self, call: u32) {
        if self.remove_pending(call).is_none() {
            self.cancel_stream(call);
        } else if self.outbox.withdraw(call) == Withdrawn::Sent && !defect::is(Defect::CancelLost) {
            self.push(Frame::Cancel { call }, None);
        } else {
            self.wake_with_room();
        }
    }

    /// Queues a one-way message.
    pub(crate) fn notify(
        &mut self,
        notification: Notification,
        delivery: Delivery,
    ) -> Result<(), PipeError> {
        self.check_open()?;
        if self.phase == Phase::Fresh {
            return Err(PipeError::NotValid);
        }
        if self.not_allowed(&notification.channel).is_some() {
            // What the page may not call, it is not told of either.
            return Ok(());
        }
        let len = notification.arguments.len();
        // It goes in one frame, with names and lengths around the arguments.
        let headers = 512 + notification.arguments.encoded_len() - len;
        let frame = (self.peer.max_frame_bytes as usize).saturating_sub(headers);
        let max = frame.min(self.peer.max_notification_bytes as usize);
        if len > max {
            return Err(PipeError::TooLarge { len, max });
        }
        match delivery {
            Delivery::Reliable => {
                if !self.has_room_for_messages() {
                    return Err(PipeError::Full {
                        queued: self.outbox.message_len(),
                        limit: self.limits.max_queued_notification_bytes as usize,
                    });
                }
                self.push(Frame::Notification(notification), None);
            }
            Delivery::Latest => {
                let name = (notification.channel.clone(), notification.name.clone());
                let frame = Frame::Notification(notification);
                self.tap.tell(Watched::Sent(&frame));
                self.counts.replaced += u64::from(self.outbox.push_latest(name, &frame));
            }
        }
        self.counts.messages += 1;
        Ok(())
    }

    /// Whether a one-way message may be queued; where not, `cx` is woken when there is room or
    /// the session has ended. `place` is its place in line, for [`Self::leave_line`].
    pub(crate) fn poll_room(&mut self, place: &mut Option<u64>, cx: &Context<'_>) -> Poll<()> {
        if self.has_room_now() {
            return Poll::Ready(());
        }
        self.waiting_for_room.stand(place, cx.waker());
        Poll::Pending
    }

    /// Whether a sender that can wait need not: also where waiting would not help.
    pub(crate) fn has_room_now(&self) -> bool {
        self.phase != Phase::Open || self.has_room_to_wait_for()
    }

    /// Nobody waits at this place any more; gives who did.
    pub(crate) fn leave_line(&mut self, place: u64) -> Option<Waker> {
        self.waiting_for_room.leave(place)
    }

    pub(super) fn has_room_for_messages(&self) -> bool {
        // What waits in line counts. Large calls and replies do not, which leave in turns with
        // it, nor streams, which have a limit of their own.
        self.outbox.message_len() < self.limits.max_queued_notification_bytes as usize
    }

    /// Those who can wait leave room for those who cannot, and do not make replies wait for long.
    pub(super) fn has_room_to_wait_for(&self) -> bool {
        let limit = self.limits.max_queued_notification_bytes as usize;
        self.outbox.message_len() < limit.min(PACED)
    }

    /// Takes the end of the call that [`Event::Call`] asked for with this flag. Nobody hears of it if the call was
    /// cancelled or its deadline passed meanwhile.
    pub(crate) fn finish(
        &mut self,
        call: u32,
        flag: &Cancellation,
        handled: Option<Handled>,
        now: &dyn Fn() -> Duration,
        ending: impl FnOnce(Codec) -> Ending,
    ) {
        let Some(running) = self.take_running(call, flag) else {
            return;
        };
        self.overruns.add(call, running.works);
        let ending = self.fitting(ending(running.codec), running.codec);
        self.stamp(call, running.arrival, handled, now);
        self.reply(call, ending);
    }

    /// The ending, or a refusal in place of one that is larger than the peer takes.
    pub(super) fn fitting(&mut self, ending: Ending, codec: Codec) -> Ending {
        let Err(PipeError::TooLarge { len, max }) = self.check_message(ending.len()) else {
            return ending;
        };
        let refusal = Refusal::TooLarge {
            len: len as u64,
            max: max as u64,
        };
        self.log_refusal(&refusal);
        refused(codec, &refusal)
    }

    pub(super) fn reply(&mut self, call: u32, ending: Ending) {
        self.push(Frame::Reply(Reply { call, ending }), None);
    }

    /// Ends the session of a peer that keeps asking and does not read the answers.
    pub(super) fn check_reader(&mut self) -> Option<Event> {
        let limit = self.limits.max_queued_bytes as usize;
        let queued = self.outbox.len();
        if queued <= limit.saturating_mul(2) {
            return None;
        }
        self.violated(format!(
            "{queued} bytes wait to be read, the limit is {limit}"
        ))
    }

    fn check_open(&self) -> Result<(), PipeError> {
        match &self.phase {
            Phase::Ended(reason) => Err(PipeError::Ended(reason.clone())),
            Phase::Fresh | Phase::Open => Ok(()),
        }
    }

    fn check_room(&self, len: usize) -> Result<(), PipeError> {
        let limit = self.limits.max_queued_bytes as usize;
        let queued = self.outbox.len();
        // One message always fits, or a limit below the largest message would block it for ever.
        if queued > 0 && queued + len > limit {
            return Err(PipeError::Full { queued, limit });
        }
        Ok(())
    }

    pub(super) fn check_message(&self, len: usize) -> Result<(), PipeError> {
        // The header of the largest possible request, metadata apart.
        const HEADER: usize = 1024;
        let max = self.peer.max_message_bytes as usize;
        if len + HEADER > max {
            Err(PipeError::TooLarge { len, max })
        } else {
            Ok(())
        }
    }
}
