//! Tables of what one side of a socket offers: handlers by channel, listeners by channel.
//!
//! Shared by all sessions of a backend, and owned by the one session of a frontend. Registering
//! gives a guard; dropping the guard takes the entry out.

use std::{
    collections::HashMap,
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

    /// Judges what a frontend declares.
    pub(crate) fn judge(&self, declared: &[DeclaredInterface]) -> Vec<Verdict> {
        let table = lock(&self.table);
        declared
            .iter()
            .map(|declared| match table.get(&declared.channel) {
                Some(entry) => {
                    let build = Build {
                        version: entry.handler.version().to_owned(),
                        fingerprint: entry.handler.interface().map(|info| info.fingerprint),
                    };
                    entry.policy.judge(declared, Some(build))
                }
                None => VersionPolicy::Exact.judge(declared, None),
            })
            .collect()
    }
}

impl fmt::Debug for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(lock(&self.table).keys()).finish()
    }
}

/// Keeps a handler registered. Dropping it takes the handler out; calls it is running go on.
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
            lock(&table).remove(&self.channel);
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

#[derive(Default)]
struct ListenerTable {
    next: u64,
    by_channel: HashMap<ChannelName, Vec<(u64, SharedListener)>>,
}

impl Listeners {
    pub(crate) fn insert(&self, listener: Arc<dyn NotificationListener>) -> Listener {
        let channel = listener.channel_name();
        let mut table = lock(&self.table);
        let id = table.next;
        table.next += 1;
        table
            .by_channel
            .entry(channel.clone())
            .or_default()
            .push((id, listener));
        Listener {
            id,
            channel,
            table: Arc::downgrade(&self.table),
        }
    }

    /// Hands a message to every listener of its channel, in the order they were attached. A
    /// listener that fails or panics is logged and does not keep it from the others.
    pub(crate) fn deliver(&self, message: &Message) {
        let listeners: Vec<_> = match lock(&self.table).by_channel.get(&message.channel) {
            Some(listeners) => listeners.clone(),
            None => return,
        };
        for (id, listener) in listeners {
            // Detached by an earlier listener of this same message: detaching is immediate.
            let still_attached = lock(&self.table)
                .by_channel
                .get(&message.channel)
                .is_some_and(|now| now.iter().any(|(other, _)| *other == id));
            if !still_attached {
                continue;
            }
            let deliver = std::panic::AssertUnwindSafe(|| listener.receive(message));
            match std::panic::catch_unwind(deliver) {
                Ok(Ok(())) => {}
                Ok(Err(refusal)) => tracing::warn!(%refusal, "a message was not understood"),
                Err(_) => tracing::error!(
                    channel = %message.channel, name = %message.name, "a listener panicked"
                ),
            }
        }
    }
}

impl fmt::Debug for Listeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = lock(&self.table);
        f.debug_map()
            .entries(table.by_channel.iter().map(|(k, v)| (k, v.len())))
            .finish()
    }
}

/// Keeps a listener attached. Dropping it detaches the listener, at once.
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
            let mut table = lock(&table);
            if let Some(listeners) = table.by_channel.get_mut(&self.channel) {
                listeners.retain(|(id, _)| *id != self.id);
                if listeners.is_empty() {
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
