//! What an app does at one end of a session: calls, gives up, streams, sends messages.
//!
//! What comes of a call is judged where it comes, by the model alone.

use std::{future::poll_fn, sync::Arc, time::Duration};

use futures_util::{
    StreamExt as _,
    future::{AbortHandle, Abortable},
};
use twinbridge_common::ipc::{
    Answered, CallError, Delivery, Endpoint, IpcSocket as _, IpcSocketFrontend as _, Items,
    ItemsEnd, NotificationSender, Outgoing, PipeError, Refusal,
};
use twinbridge_common::wire::{Codec, Ending, Metadata, MethodName, Payload};

use crate::{
    executor::Executor,
    facts::{Direction, Kind, Roomy, Stage},
    handler::{Body, CALLS, NOTES, data},
    ledger::{Facts, Ledger},
};

const WORK: MethodName = MethodName::literal("work");
const NOTHING: MethodName = MethodName::literal("nothing");
const RELIABLE: MethodName = MethodName::literal("reliable");
const LATEST: MethodName = MethodName::literal("latest");
const ROOMY: MethodName = MethodName::literal("roomy");

/// One end of a session, as the app that has it sees it.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) way: Direction,
    pub(crate) endpoint: Endpoint,
    pub(crate) ledger: Ledger,
    pub(crate) executor: Executor,
}

impl Caller {
    /// Makes a call and waits for its end in a task.
    pub(crate) fn call(&self, kind: Kind, size: usize, deadline_ms: u32) -> u32 {
        let due = (deadline_ms > 0)
            .then(|| self.executor.now() + Duration::from_millis(deadline_ms.into()));
        let (page, number) = {
            let mut facts = self.ledger.facts();
            (facts.page, facts.make(self.way, kind, size, due))
        };
        let arguments = Payload::encode(Codec::MessagePack, &(page, number, data(size, number)))
            .expect("numbers and bytes encode");
        let invoked = self.endpoint.invoke(Outgoing {
            channel: CALLS,
            method: if kind == Kind::Unknown { NOTHING } else { WORK },
            deadline_ms,
            metadata: Metadata::default(),
            arguments,
            stamps: None,
        });
        let (abort, registration) = AbortHandle::new_pair();
        if let Some(call) = self.ledger.facts().call(self.way, number) {
            call.abort = Some(abort);
        }
        let this = self.clone();
        self.executor.spawn(async move {
            // Where it is aborted, the call or its stream is dropped with the future.
            let wait = async {
                let answer = invoked.await;
                if let Some(items) = this.judge(number, answer) {
                    this.consume(number, items).await;
                }
            };
            let _ = Abortable::new(wait, registration).await;
            this.over(number);
        });
        number
    }

    /// Gives a call up.
    pub(crate) fn give_up(&self, number: u32) {
        let abort = self
            .ledger
            .facts()
            .call(self.way, number)
            .and_then(|call| call.abort.take());
        if let Some(abort) = abort {
            abort.abort();
        }
    }

    fn over(&self, number: u32) {
        if let Some(call) = self.ledger.facts().call(self.way, number) {
            call.stage = Stage::Over;
            call.abort = None;
        }
    }

    fn judge(&self, number: u32, answer: Result<Answered, PipeError>) -> Option<Items> {
        let has_ended = self.endpoint.ended().is_some();
        let mut facts = self.ledger.facts();
        let call = facts.call(self.way, number)?;
        let (kind, finished) = (call.kind, call.has_finished);
        let wrong = |what: &dyn std::fmt::Debug| {
            let way = self.way;
            facts.broke(|| format!("call {number} {way:?}, {kind:?}, ended with {what:?}"));
        };
        match answer {
            Err(PipeError::Ended(_)) if has_ended => {}
            // What waits is in pieces, and the queue's limit is far above what the model sends.
            Err(error) => wrong(&error),
            Ok(Answered::Streaming(items)) => {
                if !matches!(kind, Kind::Stream { .. }) || !finished {
                    wrong(&"a stream");
                    return None;
                }
                facts.check_notes_before_reply(self.way, number);
                facts.call(self.way, number)?.stage = Stage::Streaming;
                return Some(items);
            }
            Ok(Answered::Ended(Ending::Done(result))) => {
                let len = match kind {
                    Kind::Value(len) => len,
                    _ => 0,
                };
                let expected = (facts.page, number, data(len, number));
                let is_right = result.decode::<Body>().is_ok_and(|body| body == expected);
                let may_be = matches!(kind, Kind::Value(_))
                    || (kind == Kind::Gate && facts.gate_is_open(self.way, number));
                if !is_right || !may_be || !finished {
                    facts.broke(|| {
                        format!("call {number} {:?}, {kind:?}, has a wrong result", self.way)
                    });
                }
                facts.check_notes_before_reply(self.way, number);
            }
            Ok(Answered::Ended(Ending::Failed { number: told, .. })) => {
                if kind != Kind::Fail || told != number.saturating_add(1) {
                    wrong(&"an error");
                }
            }
            Ok(Answered::Ended(Ending::Refused { payload, text })) => {
                let refusal = payload.decode::<Refusal>();
                if !refusal.is_ok_and(|refusal| self.may_be(&mut facts, number, &refusal)) {
                    facts.broke(|| {
                        format!(
                            "call {number} {:?}, {kind:?}, was refused: {text}",
                            self.way
                        )
                    });
                }
            }
            Ok(Answered::Ended(Ending::Streaming)) => wrong(&"a stream without items"),
        }
        None
    }

    /// Whether the model knows why a call was refused.
    fn may_be(&self, facts: &mut Facts, number: u32, refusal: &Refusal) -> bool {
        let limits = facts.limits.clone();
        let Some(call) = facts.call(self.way, number) else {
            return false;
        };
        match refusal {
            Refusal::Panicked { .. } => call.kind == Kind::Panic && call.begun == 1,
            Refusal::UnknownMethod { .. } => call.kind == Kind::Unknown,
            Refusal::Deadline { .. } => call.due.is_some_and(|due| due <= self.executor.now()),
            Refusal::Busy { running, limit } => {
                *limit == limits.max_running_calls && running >= limit && call.begun == 0
            }
            Refusal::TooManyStreams { open, limit } => {
                let is_stream = matches!(call.kind, Kind::Stream { .. });
                *limit == limits.max_open_streams && open >= limit && is_stream
            }
            Refusal::NotReady { .. } => self.way == Direction::Down && call.is_early,
            _ => false,
        }
    }

    /// Takes the items of a stream as the model permits, up to its end.
    async fn consume(&self, number: u32, mut items: Items) {
        let way = self.way;
        loop {
            poll_fn(|cx| self.ledger.poll_permit(way, number, cx)).await;
            let item = items.next().await;
            let has_ended = self.endpoint.ended().is_some();
            let mut facts = self.ledger.facts();
            let page = facts.page;
            let Some(Kind::Stream { items, len, fails }) =
                facts.call(way, number).map(|call| call.kind)
            else {
                return;
            };
            let taken = facts.call(way, number).map_or(0, |call| call.consumed);
            let wrong = |facts: &Facts, what: String| {
                facts.broke(|| {
                    format!("stream {number} {way:?} of {items}, after {taken} items: {what}")
                });
            };
            match item {
                Some(Ok(item)) => match item.decode::<Body>() {
                    Ok((from, index, got)) if from == page && got == data(len, number) => {
                        facts.consume(way, number, index, item.len());
                    }
                    other => return wrong(&facts, format!("a wrong item came: {other:?}")),
                },
                Some(Err(ItemsEnd::Pipe(_))) if has_ended => return,
                Some(Err(ItemsEnd::Failed(_))) if fails && taken == items => return,
                None if !fails && taken == items => return,
                other => return wrong(&facts, format!("its end was {other:?}")),
            }
        }
    }

    /// Sends a message that is delivered in its order, or finds no room.
    pub(crate) fn note(&self) {
        let mut facts = self.ledger.facts();
        let (page, number) = (facts.page, facts.traffic(self.way).notes.sent);
        // Before it is sent: it may be heard within.
        facts.traffic(self.way).notes.sent += 1;
        drop(facts);
        let sent = self.send(&RELIABLE, page, number, Delivery::Reliable);
        if let Err(error) = sent {
            let mut facts = self.ledger.facts();
            facts.traffic(self.way).notes.sent -= 1;
            self.check_unsent(&facts, &error);
        }
    }

    /// Sends a message of which only the newest counts.
    pub(crate) fn latest(&self) {
        let mut facts = self.ledger.facts();
        let number = facts.traffic(self.way).notes.latest_sent + 1;
        let page = facts.page;
        facts.traffic(self.way).notes.latest_sent = number;
        drop(facts);
        let sent = self.send(&LATEST, page, number, Delivery::Latest);
        if let Err(error) = sent {
            let mut facts = self.ledger.facts();
            facts.traffic(self.way).notes.latest_sent = number - 1;
            self.check_unsent(&facts, &error);
        }
    }

    /// Sends a message as soon as there is room for it.
    pub(crate) fn roomy(&self) {
        let (page, number) = {
            let mut facts = self.ledger.facts();
            let page = facts.page;
            let roomy = &mut facts.traffic(self.way).notes.roomy;
            roomy.push((Roomy::Waiting, 0));
            (page, roomy.len() - 1)
        };
        let sender = NotificationSender::new(Arc::new(self.endpoint.clone()));
        let unsent = sender.prepare(&NOTES, &ROOMY, Delivery::Reliable, 2, |arguments| {
            arguments.push(&page)?;
            arguments.push(&(number as u32))
        });
        let this = self.clone();
        self.executor.spawn(async move {
            let sent = unsent.await;
            let mut facts = this.ledger.facts();
            match sent {
                Ok(()) => facts.traffic(this.way).notes.roomy[number].0 = Roomy::Sent,
                Err(CallError::Pipe(error @ (PipeError::Ended(_) | PipeError::NotValid))) => {
                    facts.traffic(this.way).notes.roomy[number].0 = Roomy::Refused;
                    this.check_unsent(&facts, &error);
                }
                Err(error) => facts.broke(|| format!("a message did not leave: {error}")),
            }
        });
    }

    fn send(
        &self,
        name: &MethodName,
        page: u32,
        number: u32,
        delivery: Delivery,
    ) -> Result<(), PipeError> {
        let arguments = Payload::encode(Codec::MessagePack, &(page, number));
        let arguments = arguments.expect("numbers encode");
        self.endpoint.send(&NOTES, name, arguments, delivery)
    }

    fn check_unsent(&self, facts: &Facts, error: &PipeError) {
        let may_be = match error {
            PipeError::Ended(_) => self.endpoint.ended().is_some(),
            PipeError::NotValid => !facts.is_welcomed,
            PipeError::Full { queued, limit } => queued >= limit,
            _ => false,
        };
        if !may_be {
            facts.broke(|| format!("a message did not leave: {error}"));
        }
    }
}
