//! The socket that every call of this page goes through, so that all of them are seen.
//!
//! It hands on to the session's own socket and notes what passes. The panel is told once per
//! frame at most, however much happens.

use std::{
    collections::HashSet,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use leptos::prelude::{RwSignal, Set as _, request_animation_frame};
use twinbridge_common::{
    interfaces::inspector::Happening,
    ipc::{
        Answered, ChannelTaken, Delivery, Endpoint, HandlerGuard, Invoked, IpcHandler, IpcSocket,
        IpcSocketFrontend, ItemsEnd, Listener, Message, NotificationListener, Outgoing, PipeError,
        SendWithRoom, VersionPolicy,
    },
    wire::{ChannelName, Ending, MethodName, Payload},
};

use super::{Entry, EntryId, Fate, Figures, Kind, Log, Others, Timing};
use crate::dom;

/// What happened, and the signal that more did. Clones are the same record.
#[derive(Clone, Debug)]
pub(crate) struct Recorder {
    record: Arc<Mutex<Record>>,
    /// A recording that is shown instead.
    opened: Arc<Mutex<Option<Record>>>,
    /// Counts the changes between them, which have entries of the same numbers.
    turn: Arc<AtomicU64>,
    /// Set once per frame in which something happened.
    pub(crate) changed: RwSignal<u64>,
}

#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) log: Log,
    pub(crate) figures: Figures,
    /// What is told of other sessions, and of this one's log.
    pub(crate) others: Others,
    names: HashSet<Arc<str>>,
    changes: u64,
    is_told: bool,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        Self {
            record: Arc::default(),
            opened: Arc::default(),
            turn: Arc::default(),
            changed: RwSignal::new(0),
        }
    }

    /// A socket over `endpoint` whose traffic is recorded.
    pub(crate) fn over(&self, endpoint: Endpoint) -> Arc<Recorded> {
        let witness = self.clone();
        // A page has one session, and nobody else asks to see its messages.
        endpoint.witness_messages(move |message| witness.came(message));
        Arc::new(Recorded {
            endpoint,
            recorder: self.clone(),
        })
    }

    /// Makes a call, and records it and what comes of it, with the backend's stamps.
    pub(crate) fn recorded(
        &self,
        mut call: Outgoing,
        invoke: impl FnOnce(Outgoing) -> Invoked,
    ) -> Invoked {
        let slot = call.stamps.get_or_insert_default().clone();
        let pending = self.began(&call);
        Self::follow(pending, invoke(call), move || Timing::of(slot.get()))
    }

    /// Makes a call over HTTP, and records it and what comes of it.
    pub(crate) fn recorded_over_web(
        &self,
        call: Outgoing,
        invoke: impl FnOnce(Outgoing) -> Invoked,
    ) -> Invoked {
        let pending = self.began(&call);
        Self::follow(pending, invoke(call), || Timing::Web)
    }

    fn follow(
        mut pending: Pending,
        invoked: Invoked,
        timing: impl FnOnce() -> Timing + Send + 'static,
    ) -> Invoked {
        Invoked::of(async move {
            let answer = invoked.await;
            pending.answered(&answer, timing());
            Ok(match answer? {
                Answered::Streaming(items) => {
                    Answered::Streaming(items.witnessed(move |item| pending.item(item)))
                }
                ended @ Answered::Ended(_) => ended,
            })
        })
    }

    /// Looks at the record that is shown: a recording where one is open, else what happens.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut Record) -> T) -> T {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *opened {
            Some(record) => look(record),
            None => look(&mut self.lock()),
        }
    }

    /// Shows a recording in place of what happens, or with `None` what happens again. That goes
    /// on meanwhile.
    pub(crate) fn show(&self, record: Option<Record>) {
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = record;
        self.turn.fetch_add(1, Ordering::Relaxed);
        self.update(|_| ());
    }

    /// Which record is shown: another number after each change between them.
    pub(super) fn turn(&self) -> u64 {
        self.turn.load(Ordering::Relaxed)
    }

    /// Takes in what the backend tells.
    pub(crate) fn told(&self, happenings: Vec<Happening>) {
        let now = dom::now();
        self.update(|record| {
            let mut others = std::mem::take(&mut record.others);
            for happening in happenings {
                record.figures.happened(now);
                others.happened(record, happening);
            }
            record.others = others;
        });
    }

    /// Changes the record, and tells whoever shows it.
    pub(crate) fn update(&self, change: impl FnOnce(&mut Record)) {
        let mut record = self.lock();
        change(&mut record);
        record.changes += 1;
        let is_told = std::mem::replace(&mut record.is_told, true);
        drop(record);
        if !is_told {
            let recorder = self.clone();
            request_animation_frame(move || recorder.tell());
        }
    }

    fn tell(&self) {
        let changes = {
            let mut record = self.lock();
            record.is_told = false;
            record.changes
        };
        self.changed.set(changes);
    }

    /// Notes that a call leaves.
    fn began(&self, call: &Outgoing) -> Pending {
        let mut id = 0;
        let (at, since) = (dom::time_of_day(), dom::now());
        self.update(|record| {
            let name = record.name(&call.channel, &call.method);
            record.figures.happened(since);
            id = record.log.push(Entry {
                kind: Kind::Call,
                at,
                name,
                fate: Fate::Running,
                took: None,
                timing: Timing::None,
                sent: call.arguments.len() as u64,
                received: 0,
                items: 0,
                whose: None,
                is_reverse: false,
                held: None,
            });
        });
        Pending {
            recorder: self.clone(),
            id,
            since,
            is_over: false,
        }
    }

    fn came(&self, message: &Message) {
        let at = dom::time_of_day();
        self.update(|record| {
            let name = record.name(&message.channel, &message.name);
            record.figures.happened(dom::now());
            record.log.push(Entry {
                kind: Kind::Message,
                at,
                name,
                fate: Fate::Done,
                took: None,
                timing: Timing::None,
                sent: 0,
                received: message.arguments.len() as u64,
                items: 0,
                whose: None,
                is_reverse: false,
                held: None,
            });
        });
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Record {
    /// `channel.method`, one copy of each.
    fn name(&mut self, channel: &ChannelName, method: &MethodName) -> Arc<str> {
        self.shared(&format!("{channel}.{method}"))
    }

    /// One copy of each name.
    pub(crate) fn shared(&mut self, name: &str) -> Arc<str> {
        match self.names.get(name) {
            Some(known) => Arc::clone(known),
            None => {
                let name: Arc<str> = name.into();
                self.names.insert(Arc::clone(&name));
                name
            }
        }
    }
}

/// A call or stream that is not over. Dropping it means that the page gave it up.
struct Pending {
    recorder: Recorder,
    id: EntryId,
    since: f64,
    is_over: bool,
}

impl Pending {
    fn answered(&mut self, answer: &Result<Answered, PipeError>, timing: Timing) {
        let took = dom::now() - self.since;
        let (received, fate) = match answer {
            Ok(Answered::Ended(ending)) => (len_of(ending), fate_of(ending)),
            Ok(Answered::Streaming(_)) => (0, Fate::Running),
            Err(error) => (0, failed("pipe", &error.to_string())),
        };
        let is_stream = fate == Fate::Running;
        self.is_over = !is_stream;
        self.recorder.update(|record| {
            record.figures.took(took, timing.total());
            record.log.change(self.id, |entry| {
                if is_stream {
                    entry.kind = Kind::Stream;
                }
                entry.fate = fate;
                entry.took = Some(took);
                entry.timing = timing;
                entry.received = received;
            });
        });
    }

    fn item(&mut self, item: Option<&Result<Payload, ItemsEnd>>) {
        let (bytes, fate) = match item {
            Some(Ok(item)) => (item.len() as u64, None),
            Some(Err(ItemsEnd::Failed(ending))) => (0, Some(fate_of(ending))),
            Some(Err(ItemsEnd::Pipe(error))) => (0, Some(failed("pipe", &error.to_string()))),
            None => (0, Some(Fate::Done)),
        };
        // Whoever asks again after the end is told that it is over.
        if self.is_over {
            return;
        }
        self.is_over = fate.is_some();
        self.recorder.update(|record| {
            record.log.change(self.id, |entry| {
                entry.received += bytes;
                match fate {
                    Some(fate) => entry.fate = fate,
                    None => entry.items += 1,
                }
            });
        });
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if !self.is_over {
            self.recorder.update(|record| {
                record
                    .log
                    .change(self.id, |entry| entry.fate = Fate::Cancelled);
            });
        }
    }
}

fn failed(layer: &'static str, text: &str) -> Fate {
    Fate::Failed(layer, text.into())
}

fn len_of(ending: &Ending) -> u64 {
    match ending {
        Ending::Done(payload) | Ending::Refused { payload, .. } => payload.len() as u64,
        Ending::Failed { payload, .. } => {
            payload.as_ref().map_or(0, |payload| payload.len() as u64)
        }
        Ending::Streaming => 0,
    }
}

fn fate_of(ending: &Ending) -> Fate {
    match ending {
        Ending::Done(_) | Ending::Streaming => Fate::Done,
        Ending::Failed {
            payload: Some(_),
            message,
            ..
        } => failed("application", message),
        Ending::Failed { message, .. } => failed("backend", message),
        Ending::Refused { text, .. } => failed("refusal", text),
    }
}

/// The session's socket, with everything that passes on record.
pub(crate) struct Recorded {
    endpoint: Endpoint,
    recorder: Recorder,
}

impl fmt::Debug for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Recorded").field(&self.endpoint).finish()
    }
}

impl IpcSocket for Recorded {
    fn send(
        &self,
        channel: &ChannelName,
        name: &MethodName,
        arguments: Payload,
        delivery: Delivery,
    ) -> Result<(), PipeError> {
        self.endpoint.send(channel, name, arguments, delivery)
    }

    fn send_with_room(&self, message: &Message) -> SendWithRoom {
        self.endpoint.send_with_room(message)
    }

    fn listen(&self, listener: Arc<dyn NotificationListener>) -> Listener {
        self.endpoint.listen(listener)
    }

    fn handle(
        &self,
        handler: Arc<dyn IpcHandler>,
        policy: VersionPolicy,
    ) -> Result<HandlerGuard, ChannelTaken> {
        self.endpoint.handle(handler, policy)
    }
}

impl IpcSocketFrontend for Recorded {
    fn invoke(&self, call: Outgoing) -> Invoked {
        self.recorder
            .recorded(call, |call| self.endpoint.invoke(call))
    }
}
