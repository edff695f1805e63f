//! Streams of a session: credit at both ends, and who waits for it.
//!
//! The producer's end may send as long as it has credit in items and in bytes and the outbox is
//! short; the consumer's end holds the peer to exactly that. Credit in bytes may be overdrawn by
//! one item, or a large one could never leave.

use std::{
    collections::VecDeque,
    task::{Context, Poll, Waker},
    time::Duration,
};

use super::{CallTable, Event, Handled, Session, refused, work::Overruns};
use crate::{
    ipc::{
        Cancellation, PipeError, Refusal,
        defect::{self, Defect},
        items::{Inlet, ItemsEnd},
    },
    wire::{Codec, Ending, Frame, Limits, Payload, Reply},
};

/// Bytes of streams that may wait to be sent before their producers have to wait. A pipe takes
/// about this much at once. Large replies and messages do not count, or streams would stand still
/// for as long as others keep the queue full.
const AHEAD: usize = 2 * 1024 * 1024;

/// All streams of a session.
#[derive(Debug, Default)]
pub(super) struct Streams {
    producing: CallTable<Producing>,
    consuming: CallTable<Consuming>,
    /// Producers that wait until less of streams is queued, longest waiting first.
    waiting_for_room: VecDeque<u32>,
}

/// A stream that this side sends.
#[derive(Debug)]
struct Producing {
    codec: Codec,
    cancellation: Cancellation,
    credit: Credit,
    /// Who waits for credit, or for room.
    waiting: Option<Waker>,
    /// It stands in line for room already, however often it is polled there.
    is_in_line: bool,
    /// Pieces of blocking work that it has begun and that are not over.
    works: u32,
}

/// A stream that this side receives.
#[derive(Debug)]
struct Consuming {
    inlet: Inlet,
    credit: Credit,
}

/// What may still be sent.
#[derive(Clone, Copy, Debug)]
struct Credit {
    items: i64,
    bytes: i64,
}

impl Credit {
    fn initial(limits: &Limits) -> Self {
        Self {
            items: limits.stream_items.into(),
            bytes: limits.stream_bytes.into(),
        }
    }

    fn has_any(self) -> bool {
        self.items > 0 && self.bytes > 0
    }

    fn spend(&mut self, item: &Payload) {
        self.items -= 1;
        let len = i64::try_from(item.encoded_len()).unwrap_or(i64::MAX);
        self.bytes = self.bytes.saturating_sub(len);
    }

    /// Grants by a peer add up without bound, which harms nobody but its own session.
    fn add(&mut self, items: u32, bytes: u32) {
        self.items = self.items.saturating_add(items.into());
        self.bytes = self.bytes.saturating_add(bytes.into());
    }
}

/// The stream is not wanted any more: cancelled, or its session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unwanted;

impl Streams {
    pub(super) fn open(&self) -> usize {
        self.producing.len()
    }

    pub(super) fn consumed(&self) -> usize {
        self.consuming.len()
    }

    pub(super) fn is_producing(&self, call: u32) -> bool {
        self.producing.contains_key(&call)
    }

    pub(super) fn is_consuming(&self, call: u32) -> bool {
        self.consuming.contains_key(&call)
    }

    /// Blocking work at hand in the stream of `call`.
    pub(super) fn works(&mut self, call: u32) -> Option<&mut u32> {
        let producing = self.producing.get_mut(&call)?;
        Some(&mut producing.works)
    }

    /// Gives the producers that may go on, since `queued` bytes of streams wait.
    pub(super) fn with_room(&mut self, queued: usize, wakers: &mut Vec<Waker>) {
        if queued >= AHEAD {
            return;
        }
        for call in self.waiting_for_room.drain(..) {
            if let Some(producing) = self.producing.get_mut(&call) {
                producing.is_in_line = false;
                wakers.extend(producing.waiting.take());
            }
        }
    }

    /// The stream of the call with this flag.
    fn producing_of(&mut self, call: u32, flag: &Cancellation) -> Option<&mut Producing> {
        let producing = self.producing.get_mut(&call)?;
        producing.cancellation.is(flag).then_some(producing)
    }

    /// Ends all streams; what came before stays readable.
    pub(super) fn end(
        &mut self,
        reason: &PipeError,
        overruns: &mut Overruns,
        wakers: &mut Vec<Waker>,
    ) {
        for (_, consuming) in self.consuming.drain() {
            wakers.extend(consuming.inlet.end(Some(ItemsEnd::Pipe(reason.clone()))));
        }
        for (call, producing) in self.producing.drain() {
            producing.cancellation.cancel();
            overruns.add(call, producing.works);
            wakers.extend(producing.waiting);
        }
        self.waiting_for_room.clear();
    }
}

impl Session {
    /// Answers a call with a stream; says whether the stream is wanted, and may be.
    pub(crate) fn begin_stream(
        &mut self,
        call: u32,
        flag: &Cancellation,
        handled: Option<Handled>,
        now: &dyn Fn() -> Duration,
    ) -> Result<Codec, Unwanted> {
        let running = self.take_running(call, flag).ok_or(Unwanted)?;
        let limit = self.limits.max_open_streams;
        let open = u32::try_from(self.streams.open()).unwrap_or(u32::MAX);
        if open >= limit {
            self.overruns.add(call, running.works);
            let refusal = Refusal::TooManyStreams { open, limit };
            self.log_refusal(&refusal);
            self.reply(call, refused(running.codec, &refusal));
            return Err(Unwanted);
        }
        let producing = Producing {
            codec: running.codec,
            cancellation: running.cancellation,
            credit: Credit::initial(&self.peer),
            waiting: None,
            is_in_line: false,
            works: running.works,
        };
        self.streams.producing.insert(call, producing);
        self.stamp(call, running.arrival, handled, now);
        self.reply(call, Ending::Streaming);
        Ok(running.codec)
    }

    /// Whether the next item may be queued. Where not, `cx` is woken when to ask again.
    pub(crate) fn poll_stream(
        &mut self,
        call: u32,
        flag: &Cancellation,
        cx: &Context<'_>,
    ) -> Poll<Result<(), Unwanted>> {
        let Some(producing) = self.streams.producing_of(call, flag) else {
            return Poll::Ready(Err(Unwanted));
        };
        if !producing.credit.has_any() {
            producing.waiting = Some(cx.waker().clone());
            return Poll::Pending;
        }
        if self.outbox.stream_len() >= AHEAD {
            producing.waiting = Some(cx.waker().clone());
            if !std::mem::replace(&mut producing.is_in_line, true) {
                self.streams.waiting_for_room.push_back(call);
            }
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    /// Queues an item. One that is too large ends its stream.
    pub(crate) fn push_item(
        &mut self,
        call: u32,
        flag: &Cancellation,
        item: Payload,
    ) -> Result<(), Unwanted> {
        if let Err(PipeError::TooLarge { len, max }) = self.check_message(item.encoded_len()) {
            let refusal = Refusal::TooLarge {
                len: len as u64,
                max: max as u64,
            };
            self.log_refusal(&refusal);
            self.end_stream(call, flag, |codec| Some(refused(codec, &refusal)));
            return Err(Unwanted);
        }
        let producing = self.streams.producing_of(call, flag).ok_or(Unwanted)?;
        producing.credit.spend(&item);
        self.push(Frame::StreamItem { call, item }, None);
        Ok(())
    }

    /// Ends a stream that this side sends, behind its items.
    pub(crate) fn end_stream(
        &mut self,
        call: u32,
        flag: &Cancellation,
        failure: impl FnOnce(Codec) -> Option<Ending>,
    ) {
        if self.streams.producing_of(call, flag).is_none() {
            return;
        }
        if let Some(producing) = self.streams.producing.remove(&call) {
            self.overruns.add(call, producing.works);
            let failure = failure(producing.codec);
            let failure = failure.map(|failure| self.fitting(failure, producing.codec));
            self.push(Frame::StreamEnd { call, failure }, None);
        }
    }

    /// Gives the peer credit for what was taken of its stream.
    pub(crate) fn grant(&mut self, call: u32, items: u32, bytes: u32) {
        if defect::is(Defect::CreditKept) {
            return;
        }
        if let Some(consuming) = self.streams.consuming.get_mut(&call) {
            consuming.credit.add(items, bytes);
            self.push(Frame::StreamCredit { call, items, bytes }, None);
        }
    }

    /// Gives up a stream that this side receives; no effect if it has ended.
    pub(super) fn cancel_stream(&mut self, call: u32) {
        if self.streams.consuming.remove(&call).is_some() {
            self.push(Frame::Cancel { call }, None);
        }
    }

    /// The caller of `call` waits no longer for the stream that answers it.
    pub(super) fn receive_stream_cancel(&mut self, call: u32) {
        // Also of a stream that has ended here: its last items may wait still.
        self.outbox.withdraw_stream(call);
        if let Some(producing) = self.streams.producing.remove(&call) {
            self.overruns.add(call, producing.works);
            producing.cancellation.cancel();
            self.wakers.extend(producing.waiting);
        }
        // Perhaps that was what the others were waiting for, and nothing may be left to send.
        self.wake_with_room();
    }

    /// The peer answers a call of this side with a stream.
    pub(super) fn receive_streaming(&mut self, reply: &Reply) {
        let call = reply.call;
        let Some(pending) = self.remove_pending(call) else {
            return;
        };
        let inlet = Inlet::default();
        let consuming = Consuming {
            inlet: inlet.clone(),
            credit: Credit::initial(&self.limits),
        };
        self.streams.consuming.insert(call, consuming);
        // The caller may have gone in this moment.
        if pending
            .waiter
            .send(Ok(super::CallEnd::Streaming(inlet)))
            .is_err()
        {
            self.cancel_stream(call);
        }
    }

    pub(super) fn receive_item(&mut self, call: u32, item: Payload) -> Option<Event> {
        // Items may still be on their way when the consumer has dropped its end.
        let consuming = self.streams.consuming.get_mut(&call)?;
        if !consuming.credit.has_any() {
            return self.violated(format!("an item of stream {call} came without credit"));
        }
        consuming.credit.spend(&item);
        self.wakers.extend(consuming.inlet.push(item));
        None
    }

    pub(super) fn receive_credit(&mut self, call: u32, items: u32, bytes: u32) {
        // Credit and the end of a stream may cross on the way.
        if let Some(producing) = self.streams.producing.get_mut(&call) {
            producing.credit.add(items, bytes);
            if producing.credit.has_any() {
                self.wakers.extend(producing.waiting.take());
            }
        }
    }

    pub(super) fn receive_stream_end(&mut self, call: u32, failure: Option<Ending>) {
        if let Some(consuming) = self.streams.consuming.remove(&call) {
            let end = failure.map(|failure| ItemsEnd::Failed(Box::new(failure)));
            self.wakers.extend(consuming.inlet.end(end));
        }
    }
}
