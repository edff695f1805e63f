//! Tables of what one side of a socket offers: handlers by channel, listeners by channel.
//!
//! Shared by all sessions of a backend, and owned by the one session of a frontend. Registering
//! gives a guard; dropping the guard takes the entry out.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use super::{IpcHandler, Message, NotificationListener, VersionPolicy};
use crate::wire::{Build, ChannelName, DeclaredInterface, Verdict};

/// Handlers, one per channel.
#[derive(Clone, Default)]
pub(crate) struct Handlers {
    table: Arc<Mutex<HashMap<ChannelName, Entry>>>,
}

type Table = Mutex<HashMap<ChannelName, Entry>>;

struct Entry {
    handler: Arc<dyn IpcHandler>,
    policy: VersionPolicy,
}

/// A channel can have one handler, and has one already.
#[cfg_attr(doc, doc = include_str!("../../examples/calls.md"))]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("channel `{channel}` has a handler already; every interface needs a channel of its own")]
pub struct ChannelTaken {
    /// The channel.
    pub channel: ChannelName,
}

impl Handlers {
    pub(crate) fn insert(
        &self,
        handler: Arc<dyn IpcHandler>,
        policy: VersionPolicy,
    ) -> Result<HandlerGuard, ChannelTaken> {
        let channel = handler.channel_name();
        let mut table = lock(&self.table);
        if table.contains_key(&channel) {
            return Err(ChannelTaken { channel });
        }
        table.insert(channel.clone(), Entry { handler, policy });
        Ok(HandlerGuard {
            channel,
            table: Arc::downgrade(&self.table),
        })
    }

    pub(crate) fn get(&self, channel: &ChannelName) -> Option<Arc<dyn IpcHandler>> {
        lock(&self.table)
            .get(channel)
            .map(|entry| Arc::clone(&entry.handler))
    }

    /// All handlers, by channel.
    pub(crate) fn all(&self) -> Vec<Arc<dyn IpcHandler>> {
        let mut all: Vec<_> = lock(&self.table)
            .values()
            .map(|e| Arc::clone(&e.handler))
            .collect();
        all.sort_by_key(|handler| handler.channel_name());
        all
    }

    /// Judges what a frontend declares; what is not here may be among its session's `own`.
    pub(crate) fn judge(&self, declared: &[DeclaredInterface], own: &Self) -> Vec<Verdict> {
        let judged = declared.iter().map(|declared| {
            let judged = self.judge_one(declared).or_else(|| own.judge_one(declared));
            judged.unwrap_or_else(|| VersionPolicy::Exact.judge(declared, None))
        });
        judged.collect()
    }

    fn judge_one(&self, declared: &DeclaredInterface) -> Option<Verdict> {
        let table = lock(&self.table);
        let entry = table.get(&declared.channel)?;
        let build = Build {
            version: entry.handler.version().to_owned(),
            fingerprint: entry.handler.interface().map(|info| info.fingerprint),
        };
        Some(entry.policy.judge(declared, Some(build)))
    }
}

impl fmt::Debug for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(lock(&self.table).keys()).finish()
    }
}

/// Keeps a handler registered. Dropping it takes the handler out; calls it is running go on.
#[cfg_attr(doc, doc = include_str!("../../examples/calls.md"))]
#[must_use = "the handler is taken out when this guard is dropped"]
pub struct HandlerGuard {
    channel: ChannelName,
    table: Weak<Table>,
}

impl HandlerGuard {
    /// The channel that is served while the guard lives.
    #[must_use]
    pub fn channel(&self) -> &ChannelName {
        &self.channel
    }

    /// Takes the handler out now; same as dropping, said aloud.
    pub fn remove(self) {}
}

impl Drop for HandlerGuard {
    fn drop(&mut self) {
        // The table may be gone first, when the backend shuts down before its owner.
        if let Some(table) = self.table.upgrade() {
            // Bound, so that it is dropped when nothing is locked: it is the app's code, and may
            // hold another guard.
            let _handler = lock(&table).remove(&self.channel);
        }
    }
}

impl fmt::Debug for HandlerGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlerGuard")
            .field("channel", &self.channel)
            .finish_non_exhaustive()
    }
}

/// Listeners of one-way messages, any number per channel.
#[derive(Clone, Default)]
pub(crate) struct Listeners {
    table: Arc<Mutex<ListenerTable>>,
}

type SharedListener = Arc<dyn NotificationListener>;

/// Bytes of messages that are kept for their channel's first listener.
const MAX_KEPT_BYTES: usize = 1024 * 1024;

/// What a kept message counts besides its arguments.
const KEPT_COST: usize = 128;

fn kept_cost(message: &Message) -> usize {
    message.arguments.len() + KEPT_COST
}

#[derive(Default)]
struct ListenerTable {
    next: u64,
    by_channel: HashMap<ChannelName, Channel>,
    /// Messages wait for the first listener of their channel, up to a limit.
    keeps: bool,
    kept_bytes: usize,
}

#[derive(Default)]
struct Channel {
    /// Copied when it changes, which is seldom, and not when a message comes.
    listeners: Arc<[(u64, SharedListener)]>,
    /// Somebody has listened, so nobody needs to be waited for.
    was_heard: bool,
    kept: VecDeque<Message>,
    kept_bytes: usize,
    /// What was kept is being delivered, and what comes must stay behind it.
    is_delivering: bool,
    has_dropped: bool,
}

impl ListenerTable {
    /// Keeps a message; gives how many older ones it pushed out.
    fn keep(&mut self, message: &Message) -> usize {
        let Some(channel) = self.by_channel.get_mut(&message.channel) else {
            return 0;
        };
        let mut message = message.clone();
        // It may be kept for long, and the batch it came in must not be.
        message.arguments.detach();
        self.kept_bytes += kept_cost(&message);
        channel.kept_bytes += kept_cost(&message);
        channel.kept.push_back(message);
        let mut dropped = 0;
        while self.kept_bytes > MAX_KEPT_BYTES && self.drop_oldest() {
            dropped += 1;
        }
        dropped
    }

    /// Drops the oldest message of the channel that keeps most, so that a talkative channel costs
    /// the others nothing.
    fn drop_oldest(&mut self) -> bool {
        let channels = self.by_channel.iter_mut();
        let Some((name, channel)) = channels.max_by_key(|(_, channel)| channel.kept_bytes) else {
            return false;
        };
        let Some(oldest) = channel.kept.pop_front() else {
            return false;
        };
        self.kept_bytes -= kept_cost(&oldest);
        channel.kept_bytes -= kept_cost(&oldest);
        if !std::mem::replace(&mut channel.has_dropped, true) {
            let channel = name.as_str();
            tracing::warn!(
                channel,
                "nobody has listened so far, and more messages came than are kept; the oldest are lost"
            );
        }
        true
    }

    fn take_kept(&mut self, channel: &ChannelName) -> Option<Message> {
        let state = self.by_channel.get_mut(channel)?;
        let message = state.kept.pop_front();
        match &message {
            Some(message) => {
                self.kept_bytes -= kept_cost(message);
                state.kept_bytes -= kept_cost(message);
            }
            None => state.is_delivering = false,
        }
        message
    }
}

impl Listeners {
    /// Listeners that find what came before the first of them.
    pub(crate) fn keeping() -> Self {
        let listeners = Self::default();
        lock(&listeners.table).keeps = true;
        listeners
    }

    /// Attaches a listener. Says whether messages were kept for it, which
    /// [`Self::deliver_kept`] delivers.
    pub(crate) fn insert(&self, listener: Arc<dyn NotificationListener>) -> (Listener, bool) {
        let channel = listener.channel_name();
        let mut table = lock(&self.table);
        let id = table.next;
        table.next += 1;
        let state = table.by_channel.entry(channel.clone()).or_default();
        let mut listeners = state.listeners.to_vec();
        listeners.push((id, listener));
        state.listeners = listeners.into();
        state.was_heard = true;
        let has_kept = !state.kept.is_empty() && !state.is_delivering;
        state.is_delivering |= has_kept;
        let guard = Listener {
            id,
            channel,
            table: Arc::downgrade(&self.table),
        };
        (guard, has_kept)
    }

    /// Delivers what was kept for a channel, up to what has come meanwhile.
    pub(crate) fn deliver_kept(&self, channel: &ChannelName) {
        loop {
            // Not in the loop's head, where the lock would be held while the message is delivered.
            let kept = lock(&self.table).take_kept(channel);
            match kept {
                Some(message) => self.deliver_now(&message),
                None => return,
            }
        }
    }

    /// Hands a message to every listener of its channel, or keeps it for the first one. Gives
    /// how many kept messages had to be dropped for it.
    pub(crate) fn deliver(&self, message: &Message) -> usize {
        let mut table = lock(&self.table);
        let keeps = table.keeps;
        let channel = match table.by_channel.get_mut(&message.channel) {
            Some(channel) => channel,
            None if keeps => table.by_channel.entry(message.channel.clone()).or_default(),
            None => return 0,
        };
        if channel.is_delivering || (keeps && !channel.was_heard) {
            return table.keep(message);
        }
        let listeners = Arc::clone(&channel.listeners);
        drop(table);
        self.deliver_to(message, &listeners);
        0
    }

    fn deliver_now(&self, message: &Message) {
        let listeners = {
            let table = lock(&self.table);
            let channel = table.by_channel.get(&message.channel);
            channel.map(|channel| Arc::clone(&channel.listeners))
        };
        self.deliver_to(message, &listeners.unwrap_or_default());
    }

    /// In the order they were attached. A listener that fails or panics is logged and does not
    /// keep it from the others.
    fn deliver_to(&self, message: &Message, listeners: &Arc<[(u64, SharedListener)]>) {
        for (at, (id, listener)) in listeners.iter().enumerate() {
            // Detached by an earlier listener of this same message: detaching is immediate.
            if at > 0 && !self.is_attached(&message.channel, *id) {
                continue;
            }
            let deliver = || message.origin.enter(|| listener.receive(message));
            match std::panic::catch_unwind(std::panic::AssertUnwindSafe(deliver)) {
                Ok(Ok(())) => {}
                Ok(Err(refusal)) => tracing::warn!(%refusal, "a message was not understood"),
                Err(_) => tracing::error!(
                    channel = %message.channel, name = %message.name, "a listener panicked"
                ),
            }
        }
    }

    fn is_attached(&self, channel: &ChannelName, id: u64) -> bool {
        let table = lock(&self.table);
        let channel = table.by_channel.get(channel);
        channel.is_some_and(|channel| channel.listeners.iter().any(|(own, _)| *own == id))
    }
}

impl fmt::Debug for Listeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = lock(&self.table);
        let channels = table.by_channel.iter();
        f.debug_map()
            .entries(channels.map(|(name, channel)| (name, channel.listeners.len())))
            .finish()
    }
}

/// Keeps a listener attached. Dropping it detaches the listener, at once.
#[cfg_attr(doc, doc = include_str!("../../examples/notifications.md"))]
#[must_use = "the listener is detached when this guard is dropped"]
pub struct Listener {
    id: u64,
    channel: ChannelName,
    table: Weak<Mutex<ListenerTable>>,
}

impl Listener {
    /// Detaches now; same as dropping, said aloud.
    pub fn remove(self) {}
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(table) = self.table.upgrade() {
            // Outlives the lock: what a listener holds is the app's, and may be another guard.
            let _before;
            let mut table = lock(&table);
            let keeps = table.keeps;
            if let Some(channel) = table.by_channel.get_mut(&self.channel) {
                let others = channel.listeners.iter().filter(|(id, _)| *id != self.id);
                let others = others.cloned().collect();
                _before = std::mem::replace(&mut channel.listeners, others);
                // Where messages are kept, the entry says that this channel was heard.
                if channel.listeners.is_empty() && !keeps {
                    table.by_channel.remove(&self.channel);
                }
            }
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener")
            .field("channel", &self.channel)
            .finish_non_exhaustive()
    }
}

/// The tables hold no invariant that a panic between two statements could break.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
