//! Which session has which stores open, and who is told of a change.
//!
//! Plain data: it opens no file, sends nothing and waits for nobody. The handler and `telling.rs`
//! use it, each time for a moment.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use twinbridge_common::{
    interfaces::storage::StorageError,
    ipc::{CallOwner, Endpoint},
};

use super::{name::StoreName, store::Store};

/// Who called: a session, or without one a configuration of RPC, whose callers are one. `None` for
/// calls that the backend makes itself.
pub(super) type Asker = Option<CallOwner>;

/// All open stores, by name, and who has them open.
#[derive(Debug, Default)]
pub(super) struct Table {
    stores: HashMap<StoreName, Arc<Store>>,
    askers: HashMap<Asker, Subscriber>,
}

#[derive(Debug, Default)]
struct Subscriber {
    /// Where changes are told; `None` for callers without a session.
    page: Option<Endpoint>,
    open: HashSet<StoreName>,
    /// Stores of which a change could not be told, and how many changes since.
    missed: HashMap<StoreName, u64>,
}

/// A page that hears of changes.
#[derive(Debug)]
pub(super) struct Listener {
    pub(super) asker: Asker,
    pub(super) page: Endpoint,
}

impl Table {
    /// The store, if it is open for `asker`.
    pub(super) fn find(&self, asker: &Asker, name: &StoreName) -> Result<Arc<Store>, StorageError> {
        let has_it = |subscriber: &Subscriber| subscriber.open.contains(name);
        let is_open = self.askers.get(asker).is_some_and(has_it);
        match self.stores.get(name) {
            Some(store) if is_open => Ok(Arc::clone(store)),
            _ => Err(not_open(name)),
        }
    }

    /// The store, if anybody has it open.
    pub(super) fn shared(&self, name: &StoreName) -> Option<Arc<Store>> {
        self.stores.get(name).cloned()
    }

    /// Fails where `asker` may open no further store than those it has.
    pub(super) fn may_open(
        &self,
        asker: &Asker,
        name: &StoreName,
        limit: u32,
    ) -> Result<(), StorageError> {
        match self.askers.get(asker) {
            Some(subscriber)
                if !subscriber.open.contains(name) && subscriber.open.len() >= limit as usize =>
            {
                Err(StorageError::TooManyOpen { limit })
            }
            _ => Ok(()),
        }
    }

    /// Opens the store for `asker`; `store` takes the place of one of its name. Says whether
    /// `asker` had none open before.
    pub(super) fn open(
        &mut self,
        asker: &Asker,
        page: Option<Endpoint>,
        name: StoreName,
        store: Arc<Store>,
    ) -> bool {
        self.stores.insert(name.clone(), store);
        let is_first = !self.askers.contains_key(asker);
        let subscriber = self.askers.entry(asker.clone()).or_default();
        subscriber.page = page;
        // Who opens a store has yet to read it.
        subscriber.missed.remove(&name);
        subscriber.open.insert(name);
        is_first
    }

    /// Closes a store for `asker`. Gives it, if nobody has it open any more.
    pub(super) fn close(&mut self, asker: &Asker, name: &StoreName) -> Option<Arc<Store>> {
        let subscriber = self.askers.get_mut(asker)?;
        subscriber.missed.remove(name);
        if !subscriber.open.remove(name) {
            return None;
        }
        self.unused(name)
    }

    /// Closes all stores of `asker`. Gives those that nobody has open any more.
    pub(super) fn close_all(&mut self, asker: &Asker) -> Vec<Arc<Store>> {
        let subscriber = self.askers.remove(asker).unwrap_or_default();
        let names = subscriber.open.iter();
        names.filter_map(|name| self.unused(name)).collect()
    }

    /// Closes a store for everybody.
    pub(super) fn forget(&mut self, name: &StoreName) -> Option<Arc<Store>> {
        for subscriber in self.askers.values_mut() {
            subscriber.open.remove(name);
            subscriber.missed.remove(name);
        }
        self.stores.remove(name)
    }

    /// Who is to be told of a change: all who have the store open, but `by`. Those who wait to
    /// be told that they missed something, missed one more.
    pub(super) fn audience(&mut self, by: &Asker, name: &StoreName) -> Vec<Listener> {
        let mut audience = Vec::new();
        for (asker, subscriber) in &mut self.askers {
            let Some(page) = &subscriber.page else {
                continue;
            };
            if asker == by || !subscriber.open.contains(name) {
                continue;
            }
            match subscriber.missed.get_mut(name) {
                Some(missed) => *missed += 1,
                None => audience.push(Listener {
                    asker: asker.clone(),
                    page: page.clone(),
                }),
            }
        }
        audience
    }

    /// Remembers that `asker` missed a change. Says whether it is the first one, so that somebody
    /// has to wait until it can be told.
    pub(super) fn fell_behind(&mut self, asker: &Asker, name: &StoreName) -> bool {
        let Some(subscriber) = self.askers.get_mut(asker) else {
            return false;
        };
        let known = subscriber.missed.insert(name.clone(), 0);
        known.is_none()
    }

    /// How many changes `asker` missed since it was found behind; `None` if it closed the store.
    pub(super) fn missed(&self, asker: &Asker, name: &StoreName) -> Option<u64> {
        self.askers.get(asker)?.missed.get(name).copied()
    }

    /// Takes `asker` for one that knows all, unless it missed more than these.
    pub(super) fn caught_up(&mut self, asker: &Asker, name: &StoreName, missed: u64) -> bool {
        let Some(subscriber) = self.askers.get_mut(asker) else {
            return true;
        };
        if subscriber.missed.get(name).is_some_and(|&now| now > missed) {
            return false;
        }
        subscriber.missed.remove(name);
        true
    }

    fn unused(&mut self, name: &StoreName) -> Option<Arc<Store>> {
        let mut subscribers = self.askers.values();
        if subscribers.any(|subscriber| subscriber.open.contains(name)) {
            return None;
        }
        self.stores.remove(name)
    }
}

fn not_open(name: &StoreName) -> StorageError {
    StorageError::NotOpen {
        store: name.as_str().to_owned(),
    }
}
