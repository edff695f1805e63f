//! Plays the calls of a recording, page by page, and waits where the recording did.
//!
//! What happened is gone through once, oldest first: what the page did is done, what the backend
//! did is waited for. So each call finds the backend as far as it was when it was recorded.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::StreamExt as _;
use tokio::sync::Notify;
use twinbridge_common::{
    FrontendIpc,
    interfaces::inspector::{CallAnswered, CallMade, EncodedPayload, Half, What},
    ipc::{
        Answered, Declared, Delivery, Endpoint, Invoked, IpcSocket as _, IpcSocketFrontend as _,
        Items, ItemsEnd, Outgoing, StampSlot,
        in_process::{self, Executor},
    },
    recording::Recording,
    wire::{Ending, Metadata, Payload},
};

use super::{Replay, Report, compare};
use crate::{Backend, TokioExecutor};

/// Plays `recording`.
pub(super) async fn play(
    recording: &Recording,
    backend: &Backend,
    replay: &Replay,
    report: &mut Report,
) {
    let executor = TokioExecutor::new(tokio::runtime::Handle::current());
    let mut player = Player {
        backend,
        replay,
        report,
        executor: Arc::new(executor),
        pages: HashMap::new(),
    };
    for happening in &recording.happenings {
        player.happened(happening.session, &happening.what).await;
    }
    player.finish();
}

struct Player<'a> {
    backend: &'a Backend,
    replay: &'a Replay,
    report: &'a mut Report,
    executor: Arc<dyn Executor>,
    /// By the number that the session had.
    pages: HashMap<u64, Page>,
}

/// A page of the recording, at work again.
struct Page {
    end: Endpoint,
    _ipc: Option<FrontendIpc>,
    calls: HashMap<u32, Running>,
    heard: Arc<Heard>,
}

/// A call, or the stream that answered it.
struct Running {
    name: String,
    state: State,
    stamps: StampSlot,
}

enum State {
    Asked(Invoked),
    Streams(Box<Items>),
}

/// Messages that came, by name.
#[derive(Default)]
struct Heard {
    messages: Mutex<HashMap<String, VecDeque<Payload>>>,
    came: Notify,
}

impl Heard {
    fn take(&self, name: &str) -> Option<Payload> {
        self.lock().get_mut(name)?.pop_front()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, VecDeque<Payload>>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Player<'_> {
    async fn happened(&mut self, session: u64, what: &What) {
        match what {
            What::Began { window } => self.begin(session, window).await,
            What::Ended { .. } => self.end(session),
            What::Call(made) if made.by == Half::Page => self.call(session, made).await,
            // The handlers of a page are not in the recording.
            What::Call(_) => self.report.to_pages += 1,
            What::Reply(answered) if answered.by == Half::Backend => {
                self.reply(session, answered).await;
            }
            What::Cancel {
                by: Half::Page,
                call,
            } => {
                let page = self.pages.get_mut(&session);
                page.and_then(|page| page.calls.remove(call));
            }
            What::Item {
                by: Half::Backend,
                call,
                payload,
                ..
            } => self.item(session, *call, payload.as_ref()).await,
            What::StreamEnd {
                by: Half::Backend,
                call,
                failure,
            } => self.stream_end(session, *call, failure.as_ref()).await,
            What::Message {
                by,
                channel,
                name,
                payload,
                ..
            } => {
                let payload = payload.as_ref();
                match by {
                    Half::Page => self.tell(session, channel, name, payload).await,
                    Half::Backend => self.hear(session, channel, name, payload).await,
                }
            }
            _ => {}
        }
    }

    async fn begin(&mut self, session: u64, window: &str) {
        let allowed = self.backend.allowed(window);
        let socket = self.backend.socket();
        let end = in_process::connect(socket, window, &self.executor, allowed);
        let heard = Arc::new(Heard::default());
        let hears = Arc::clone(&heard);
        end.witness_messages(move |message| {
            let name = format!("{}.{}", message.channel, message.name);
            let mut messages = hears.lock();
            let of_name = messages.entry(name).or_default();
            of_name.push_back(message.arguments.clone());
            drop(messages);
            hears.came.notify_one();
        });
        // A page that cannot start says so with its first call.
        let ipc = FrontendIpc::startup_any(end.clone(), Declared::default()).await;
        let page = Page {
            end,
            _ipc: ipc.ok(),
            calls: HashMap::new(),
            heard,
        };
        self.pages.insert(session, page);
    }

    /// The page of a session; one that began before the recording did is taken for the main one.
    async fn page(&mut self, session: u64) -> Option<&mut Page> {
        if !self.pages.contains_key(&session) {
            self.begin(session, "main").await;
        }
        self.pages.get_mut(&session)
    }

    fn end(&mut self, session: u64) {
        let Some(page) = self.pages.remove(&session) else {
            return;
        };
        let heard = std::mem::take(&mut *page.heard.lock());
        for (name, surplus) in heard {
            if !surplus.is_empty() && !self.replay.is_ignored(&name) {
                let count = surplus.len();
                self.report
                    .differs(name, format!("came {count} more times than recorded"));
            }
        }
    }

    fn finish(mut self) {
        let mut sessions: Vec<_> = self.pages.keys().copied().collect();
        sessions.sort_unstable();
        for session in sessions {
            self.end(session);
        }
    }

    async fn call(&mut self, session: u64, made: &CallMade) {
        let (Some(arguments), Ok(channel), Ok(method)) = (
            made.payload.as_ref().and_then(EncodedPayload::decoded),
            made.channel.parse(),
            made.method.parse(),
        ) else {
            self.report.left_out += 1;
            return;
        };
        let mut metadata = Metadata::default();
        for entry in made.metadata.chunks_exact(2) {
            metadata.insert(&entry[0], &entry[1]);
        }
        let stamps = StampSlot::default();
        let outgoing = Outgoing {
            channel,
            method,
            deadline_ms: made.deadline_ms,
            metadata,
            arguments,
            stamps: Some(stamps.clone()),
        };
        self.report.calls += 1;
        let name = format!("{}.{}", made.channel, made.method);
        let call = made.call;
        if let Some(page) = self.page(session).await {
            let state = State::Asked(page.end.invoke(outgoing));
            let running = Running {
                name,
                state,
                stamps,
            };
            page.calls.insert(call, running);
        }
    }

    async fn reply(&mut self, session: u64, answered: &CallAnswered) {
        let patience = self.replay.patience;
        let Some(page) = self.pages.get_mut(&session) else {
            return;
        };
        let Some(running) = page.calls.remove(&answered.call) else {
            return;
        };
        let State::Asked(invoked) = running.state else {
            return;
        };
        let name = running.name;
        let ignored = self.replay.is_ignored(&name);
        let difference = match tokio::time::timeout(patience, invoked).await {
            Err(_) => Some(format!("no answer came within {patience:?}")),
            Ok(Err(error)) => Some(format!("the answer was lost: {error}")),
            Ok(Ok(Answered::Ended(ending))) => compare::endings(&answered.ended, &ending),
            Ok(Ok(Answered::Streaming(items))) => {
                let state = State::Streams(Box::new(items));
                let running = Running {
                    name: name.clone(),
                    state,
                    stamps: running.stamps.clone(),
                };
                page.calls.insert(answered.call, running);
                compare::endings(&answered.ended, &Ending::Streaming)
            }
        };
        if let (Some(recorded), Some(played)) = (answered.times, running.stamps.get()) {
            self.report.took(&name, recorded, played);
        }
        if !ignored {
            self.report.compared(&name, difference);
        }
    }

    /// The next of a stream, by the name of its method; `None` where that is not compared.
    async fn next(
        &mut self,
        session: u64,
        call: u32,
    ) -> Option<(String, Result<Option<Result<Payload, ItemsEnd>>, String>)> {
        let patience = self.replay.patience;
        let running = self.pages.get_mut(&session)?.calls.get_mut(&call)?;
        let name = running.name.clone();
        let State::Streams(items) = &mut running.state else {
            return None;
        };
        if self.replay.is_ignored(&name) {
            return None;
        }
        let next = tokio::time::timeout(patience, items.next()).await;
        Some((
            name,
            next.map_err(|_| format!("nothing more of the stream came within {patience:?}")),
        ))
    }

    async fn item(&mut self, session: u64, call: u32, recorded: Option<&EncodedPayload>) {
        let Some((name, next)) = self.next(session, call).await else {
            return;
        };
        let difference = match next {
            Ok(Some(Ok(item))) => compare::payloads(recorded, Some(&item)),
            Ok(Some(Err(end))) => Some(format!("an item became the end of the stream: {end:?}")),
            Ok(None) => Some("an item became the end of the stream".to_owned()),
            Err(late) => Some(late),
        };
        self.report.compared(&name, difference);
    }

    async fn stream_end(
        &mut self,
        session: u64,
        call: u32,
        recorded: Option<&twinbridge_common::interfaces::inspector::Ended>,
    ) {
        let next = self.next(session, call).await;
        if let Some(page) = self.pages.get_mut(&session) {
            page.calls.remove(&call);
        }
        let Some((name, next)) = next else {
            return;
        };
        let difference = match (next, recorded) {
            (Err(late), _) => Some(late),
            (Ok(None), None) => None,
            (Ok(Some(Err(ItemsEnd::Failed(ending)))), Some(recorded)) => {
                compare::endings(recorded, &ending)
            }
            (Ok(Some(Ok(_))), _) => Some("the end of the stream became an item".to_owned()),
            (Ok(None), Some(recorded)) => {
                let text = &recorded.text;
                Some(format!(
                    "the stream failed with \"{text}\", and ends in order"
                ))
            }
            (Ok(Some(Err(end))), _) => Some(format!("the stream's end became {end:?}")),
        };
        self.report.compared(&name, difference);
    }

    async fn tell(
        &mut self,
        session: u64,
        channel: &str,
        name: &str,
        payload: Option<&EncodedPayload>,
    ) {
        let (Some(arguments), Ok(channel), Ok(name)) = (
            payload.and_then(EncodedPayload::decoded),
            channel.parse(),
            name.parse(),
        ) else {
            self.report.left_out += 1;
            return;
        };
        let sent = match self.page(session).await {
            Some(page) => page
                .end
                .send(&channel, &name, arguments, Delivery::Reliable),
            None => Ok(()),
        };
        if let Err(error) = sent {
            self.report.differs(
                format!("{channel}.{name}"),
                format!("was not sent: {error}"),
            );
        }
    }

    async fn hear(
        &mut self,
        session: u64,
        channel: &str,
        name: &str,
        recorded: Option<&EncodedPayload>,
    ) {
        let name = format!("{channel}.{name}");
        if self.replay.is_ignored(&name) {
            return;
        }
        let patience = self.replay.patience;
        let Some(page) = self.page(session).await else {
            return;
        };
        let heard = Arc::clone(&page.heard);
        let wait = async {
            loop {
                // Asked for before the look, so that what comes in between wakes it.
                let came = heard.came.notified();
                if let Some(payload) = heard.take(&name) {
                    return payload;
                }
                came.await;
            }
        };
        let difference = match tokio::time::timeout(patience, wait).await {
            Ok(payload) => compare::payloads(recorded, Some(&payload)),
            Err(_) => Some(format!("the message did not come within {patience:?}")),
        };
        self.report.compared(&name, difference);
    }
}
