//! What became of work that has a name: begun, done, dropped.
//!
//! The host has one board for its handlers and streams, every page one for its own. It is plain
//! memory behind a lock; work that waits to be released waits here.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_channel::oneshot;

use crate::contract::Tally;

/// Tallies by name. Clones are the same board.
#[derive(Clone, Debug, Default)]
pub struct Board(Arc<Mutex<BTreeMap<String, Entry>>>);

#[derive(Debug, Default)]
struct Entry {
    tally: Tally,
    is_released: bool,
    waiting: Vec<oneshot::Sender<()>>,
}

impl Board {
    /// What is known of this name.
    #[must_use]
    pub fn tally(&self, name: &str) -> Tally {
        let entries = self.lock();
        entries.get(name).map_or_else(Tally::default, |e| e.tally)
    }

    /// Work of this name begins; it has ended when what this gives is dropped.
    pub fn begin(&self, name: &str) -> Work {
        self.change(name, |entry| entry.tally.begun += 1);
        Work {
            board: self.clone(),
            name: name.to_owned(),
            is_done: false,
        }
    }

    /// Counts an item of a stream of this name.
    pub fn count_item(&self, name: &str) {
        self.change(name, |entry| entry.tally.items += 1);
    }

    /// Lets go of all that waits under this name, and of all that will.
    pub fn release(&self, name: &str) {
        let waiting = self.change(name, |entry| {
            entry.is_released = true;
            std::mem::take(&mut entry.waiting)
        });
        for waiting in waiting {
            // Whoever waited may have been dropped.
            let _ = waiting.send(());
        }
    }

    /// Waits until the name is released.
    pub fn released(&self, name: &str) -> impl Future<Output = ()> + Send + use<> {
        let wait = self.change(name, |entry| {
            let (waiting, wait) = oneshot::channel();
            if !entry.is_released {
                // Those who went away meanwhile are forgotten here.
                entry.waiting.retain(|waiting| !waiting.is_canceled());
                entry.waiting.push(waiting);
            }
            wait
        });
        // The other end is dropped at once where the name was released before.
        async move { wait.await.unwrap_or(()) }
    }

    fn change<T>(&self, name: &str, change: impl FnOnce(&mut Entry) -> T) -> T {
        change(self.lock().entry(name.to_owned()).or_default())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Work that runs. Dropped before it was done, it counts as dropped.
#[derive(Debug)]
#[must_use = "the work counts as dropped when this is"]
pub struct Work {
    board: Board,
    name: String,
    is_done: bool,
}

impl Work {
    /// It came to its own end.
    pub fn done(mut self) {
        self.is_done = true;
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let is_done = self.is_done;
        self.board.change(&self.name, |entry| {
            if is_done {
                entry.tally.done += 1;
            } else {
                entry.tally.dropped += 1;
            }
        });
    }
}
