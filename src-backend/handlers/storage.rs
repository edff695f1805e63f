//! The handler of `storage`: named stores of keys and values, on SQLite.
//!
//! It knows the callers and their limits; files and rows are the business of the modules below.
//! The default app registers it, and any app that has something to remember may.

mod entry;
mod failure;
mod folder;
mod limits;
mod name;
mod store;
mod table;
mod telling;

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use twinbridge_common::{
    CallContext,
    interfaces::storage::{OpenedStore, Storage, StorageError, StoreChange, ValueType},
    wire::Value,
};

use entry::Entry;
use folder::Folder;
pub use limits::StorageLimits;
use name::StoreName;
use store::Store;
use table::{Asker, Table};
use telling::tell;

/// Longest key, in bytes of UTF-8.
pub const MAX_KEY: usize = 1024;

/// Longest string or bytes under a key, in bytes.
pub const MAX_VALUE: usize = entry::MAX_VALUE;

/// Keeps values under keys, in one file for each store.
///
/// A store is open for the sessions that opened it, and its file while there are any. The end of
/// a session closes what it had open. The clients of one configuration of RPC are one, which ends
/// with it. Clones are the same storage: the app's own code may call
/// one, outside of any session, and pages hear of what it changes.
#[cfg_attr(doc, doc = include_str!("../examples/handlers.md"))]
#[derive(Clone)]
pub struct StorageHandler {
    folder: Arc<Folder>,
    table: Arc<Mutex<Table>>,
    /// Held while files come and go: opening, deleting and the last closing of stores.
    files: Arc<Mutex<()>>,
}

impl StorageHandler {
    /// Keeps the stores in `folder`, which is made when the first is opened.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self::with_limits(folder, StorageLimits::default())
    }

    /// As [`Self::new`], with other limits.
    #[must_use]
    pub fn with_limits(folder: PathBuf, limits: StorageLimits) -> Self {
        Self {
            folder: Arc::new(Folder::new(folder, limits)),
            table: Arc::default(),
            files: Arc::default(),
        }
    }

    /// The store of this name, if the caller has it open.
    fn store(&self, store: String) -> Result<(StoreName, Arc<Store>), StorageError> {
        let name = StoreName::parse(store)?;
        let store = lock(&self.table).find(&asking(), &name)?;
        Ok((name, store))
    }

    /// Has the table forget what the current call's session has open, when that ends.
    fn close_at_session_end(&self) {
        let Some(context) = CallContext::current() else {
            return;
        };
        let asker = Some(context.owner());
        let (table, files) = (Arc::downgrade(&self.table), Arc::clone(&self.files));
        // Runs at once where the session ended while the store was being opened.
        context.on_session_end(move || {
            let unused = match table.upgrade() {
                Some(table) => lock(&table).close_all(&asker),
                None => return,
            };
            if unused.is_empty() {
                return;
            }
            // SQLite writes when a file is closed, and sessions end on threads that must not
            // wait. Should there be no thread, the closure is dropped here and the files with it.
            let closing = thread::Builder::new().name("stores closing".to_owned());
            let _ = closing.spawn(move || {
                let _files = lock(&files);
                drop(unused);
            });
        });
    }

    fn tell(&self, name: &StoreName, change: &StoreChange) {
        tell(&self.table, &asking(), name, change);
    }
}

impl Storage for StorageHandler {
    fn open(&self, store: String) -> Result<OpenedStore, StorageError> {
        let name = StoreName::parse(store)?;
        let asker = &asking();
        let _files = lock(&self.files);
        let shared = {
            let table = lock(&self.table);
            table.may_open(asker, &name, self.folder.limits().max_open_stores)?;
            table.shared(&name)
        };
        let (store, set_aside) = match shared.filter(|store| store.is_open()) {
            Some(store) => (store, None),
            None => {
                let (connection, set_aside) = self.folder.open(&name)?;
                let limits = self.folder.limits().clone();
                let store = Store::new(name.clone(), limits, connection);
                (Arc::new(store), set_aside)
            }
        };
        let page = CallContext::current().and_then(|context| context.session());
        let is_first = lock(&self.table).open(asker, page, name.clone(), store);
        if is_first {
            self.close_at_session_end();
        }
        Ok(OpenedStore {
            store: name.as_str().to_owned(),
            set_aside,
        })
    }

    fn close(&self, store: String) {
        // What cannot be a store's name is not open.
        let Ok(name) = StoreName::parse(store) else {
            return;
        };
        let _files = lock(&self.files);
        let unused = lock(&self.table).close(&asking(), &name);
        drop(unused);
    }

    fn delete(&self, store: String) -> Result<bool, StorageError> {
        let name = StoreName::parse(store)?;
        let _files = lock(&self.files);
        let shared = lock(&self.table).shared(&name);
        if let Some(store) = shared {
            store.close();
        }
        let was_there = self.folder.delete(&name)?;
        self.tell(&name, &StoreChange::Deleted);
        lock(&self.table).forget(&name);
        Ok(was_there)
    }

    fn names(&self) -> Result<Vec<String>, StorageError> {
        let names = self.folder.names()?.into_iter();
        Ok(names.map(|name| name.as_str().to_owned()).collect())
    }

    fn get(&self, store: String, key: String) -> Result<Value, StorageError> {
        check_key(&key)?;
        self.store(store)?.1.get(&key)
    }

    fn set(&self, store: String, key: String, value: Value) -> Result<(), StorageError> {
        check_key(&key)?;
        let entry = Entry::of(value)?;
        let (name, store) = self.store(store)?;
        store.set(&key, &entry, || {
            self.tell(&name, &StoreChange::Set { key: key.clone() });
        })
    }

    fn remove(&self, store: String, key: String) -> Result<bool, StorageError> {
        check_key(&key)?;
        let (name, store) = self.store(store)?;
        store.remove(&key, || {
            self.tell(&name, &StoreChange::Removed { key: key.clone() });
        })
    }

    fn keys(&self, store: String) -> Result<Vec<String>, StorageError> {
        self.store(store)?.1.keys()
    }

    fn remove_all(&self, store: String) -> Result<(), StorageError> {
        let (name, store) = self.store(store)?;
        store.remove_all(|| self.tell(&name, &StoreChange::AllRemoved))
    }

    fn value_type(&self, store: String, key: String) -> Result<Option<ValueType>, StorageError> {
        check_key(&key)?;
        self.store(store)?.1.value_type(&key)
    }
}

impl fmt::Debug for StorageHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StorageHandler")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

/// Who makes the current call.
fn asking() -> Asker {
    CallContext::current().map(|context| context.owner())
}

fn check_key(key: &str) -> Result<(), StorageError> {
    if key.len() > MAX_KEY {
        return Err(StorageError::KeyTooLong {
            len: key.len() as u64,
            limit: MAX_KEY as u64,
        });
    }
    Ok(())
}

/// Nothing behind these locks has an invariant that a panic between two statements could break.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
