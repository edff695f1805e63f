//! What both ends offer each other: a handler of calls, a listener of messages.
//!
//! They do what the model says of a call, and tell it what they were asked.

use std::{
    collections::HashMap,
    future::poll_fn,
    sync::{Arc, Mutex},
    task::Poll,
};

use futures_util::{StreamExt as _, stream};
use twinbridge_common::{
    Bytes,
    ipc::{
        Answer, BackendError, EncodedItems, Invocation, IpcHandler, Message, NotificationListener,
        Outcome, Refusal, listen_fn,
    },
    wire::{ChannelName, Codec, Payload},
};

use crate::{
    facts::{Direction, Kind},
    ledger::Ledger,
};

pub(crate) const CALLS: ChannelName = ChannelName::literal("calls");
pub(crate) const NOTES: ChannelName = ChannelName::literal("notes");

/// Arguments and results: page, number, data.
pub(crate) type Body = (u32, u32, Bytes);

/// Data that show whose they are.
pub(crate) fn data(len: usize, number: u32) -> Bytes {
    Bytes::from(vec![number as u8; len])
}

/// The ledgers of all sessions, by the session's number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledgers(Arc<Mutex<HashMap<u64, Ledger>>>);

impl Ledgers {
    pub(crate) fn insert(&self, session: u64, ledger: Ledger) {
        self.0.lock().unwrap().insert(session, ledger);
    }

    fn get(&self, session: u64) -> Option<Ledger> {
        self.0.lock().unwrap().get(&session).cloned()
    }
}

/// Where a handler or a listener finds the model of the session that asks.
#[derive(Clone, Debug)]
pub(crate) enum Books {
    /// At a backend, of many.
    Backend(Ledgers),
    /// At a page, of its own.
    Page(Ledger),
}

impl Books {
    fn of(&self, session: u64) -> Option<(Direction, Ledger)> {
        match self {
            Self::Backend(ledgers) => Some((Direction::Up, ledgers.get(session)?)),
            Self::Page(ledger) => Some((Direction::Down, ledger.clone())),
        }
    }
}

/// Answers all calls.
pub(crate) struct Work(pub(crate) Books);

impl IpcHandler for Work {
    fn channel_name(&self) -> ChannelName {
        CALLS
    }

    fn version(&self) -> &str {
        "1.0.0"
    }

    fn call(self: Arc<Self>, call: Invocation) -> Answer {
        Box::pin(async move { self.work(&call).await })
    }
}

impl Work {
    async fn work(&self, call: &Invocation) -> Outcome {
        let session = call.context.origin().session;
        let nobody = || Outcome::Refused(Refusal::Cancelled);
        let Some((way, ledger)) = self.0.of(session) else {
            return nobody();
        };
        if call.method.as_str() != "work" {
            return call.unknown_method();
        }
        let Ok((page, number, sent)) = call.arguments.decode::<Body>() else {
            ledger
                .facts()
                .broke(|| "arguments do not decode".to_owned());
            return nobody();
        };
        let Some(kind) = ledger.facts().begin(way, page, number) else {
            return nobody();
        };
        let running = Running {
            ledger: ledger.clone(),
            way,
            number,
        };
        let size = ledger.facts().call(way, number).map_or(0, |call| call.size);
        if sent != data(size, number) {
            ledger
                .facts()
                .broke(|| format!("call {number} {way:?} came with other data"));
        }
        let outcome = match kind {
            Kind::Value(len) => call.done(&(page, number, data(len, number))),
            Kind::Gate => {
                poll_fn(|cx| ledger.poll_gate(way, number, cx)).await;
                call.done(&(page, number, data(0, number)))
            }
            Kind::Fail => failure(number),
            // Without the hook, which would print it.
            Kind::Panic => std::panic::resume_unwind(Box::new("as it was told to")),
            Kind::Unknown => call.unknown_method(),
            Kind::Stream { items, len, fails } => {
                let items = Producer {
                    page,
                    items,
                    len,
                    fails,
                    running,
                };
                ledger.facts().finish(way, number);
                return Outcome::Streaming(items.stream(call.codec()));
            }
        };
        ledger.facts().finish(way, number);
        outcome
    }
}

fn failure(number: u32) -> Outcome {
    Outcome::Failed {
        error: BackendError {
            scope: "model".to_owned(),
            key: "told-to".to_owned(),
            number: Some(number.saturating_add(1)),
            message: "as it was told to".to_owned(),
        },
        payload: None,
    }
}

/// A handler that is at work; dropped with its future or its stream.
struct Running {
    ledger: Ledger,
    way: Direction,
    number: u32,
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(call) = self.ledger.facts().call(self.way, self.number) {
            call.running -= 1;
        }
    }
}

/// The items of one stream.
struct Producer {
    page: u32,
    items: u32,
    len: usize,
    fails: bool,
    running: Running,
}

impl Producer {
    fn stream(self, codec: Codec) -> EncodedItems {
        let (mut next, mut has_rested) = (0, false);
        stream::poll_fn(move |cx| {
            let (way, number) = (self.running.way, self.running.number);
            // Every third item takes a moment.
            if next % 3 == 2 && !std::mem::replace(&mut has_rested, true) {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            has_rested = false;
            if next == self.items {
                next += 1;
                return Poll::Ready(self.fails.then(|| Err(Box::new(failure(number)))));
            }
            if next > self.items {
                return Poll::Ready(None);
            }
            let body = (self.page, next, data(self.len, number));
            next += 1;
            let item = Payload::encode(codec, &body).expect("numbers and bytes encode");
            self.running.ledger.facts().produce(way, number, item.len());
            Poll::Ready(Some(Ok(item)))
        })
        .boxed()
    }
}

/// Hears all messages.
pub(crate) fn listener(books: Books) -> Arc<dyn NotificationListener> {
    listen_fn(NOTES, move |message| hear(&books, message))
}

fn hear(books: &Books, message: &Message) {
    let Some((way, ledger)) = books.of(message.origin.session) else {
        return;
    };
    // A page's messages go up.
    let mut facts = ledger.facts();
    let Ok((page, number)) = message.arguments.decode::<(u32, u32)>() else {
        return facts.broke(|| "a message does not decode".to_owned());
    };
    if page != facts.page {
        return facts.broke(|| format!("a message of page {page} came"));
    }
    let notes = &mut facts.traffic(way).notes;
    match message.name.as_str() {
        "reliable" => {
            let (expected, sent) = (notes.heard, notes.sent);
            notes.heard += 1;
            if number != expected || number >= sent {
                facts.broke(|| {
                    format!("message {number} came {way:?}; {expected} is next, {sent} were sent")
                });
            }
        }
        "latest" => {
            let (before, newest) = (notes.latest_heard, notes.latest_sent);
            notes.latest_heard = number;
            if number <= before || number > newest {
                facts.broke(|| {
                    format!(
                        "latest message {number} came {way:?} behind {before}, the newest is \
                         {newest}"
                    )
                });
            }
        }
        "roomy" => {
            let times = notes
                .roomy
                .get_mut(number as usize)
                .map_or(2, |(_, heard)| {
                    *heard += 1;
                    *heard
                });
            if times > 1 {
                facts.broke(|| format!("message {number}, which waited for room, came twice"));
            }
        }
        other => facts.broke(|| format!("a message came that is called {other}")),
    }
}
