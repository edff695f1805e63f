//! `storage`: named stores of keys and values, which outlive the app.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{IpcError, ipc_interface, ipc_notifications, wire::Value};

/// Keeps values under keys, in named stores on the disk.
///
/// A session opens a store before it uses it, as often as it likes; several sessions may have one
/// open. A value is a string, a number, a boolean, null, or bytes of at most 16 MiB, and comes
/// back bit for bit as it went. When a change has been answered, it survives the end of the
/// process, however that ends. iTwin.js: `NativeAppStorage`.
///
/// A name has 1 to 64 characters, which are ASCII letters, digits, `-`, `_` or `.`, the first one
/// a letter or digit. A key is any text of at most 1024 bytes in UTF-8.
#[cfg_attr(doc, doc = include_str!("../../examples/storage.md"))]
#[ipc_interface(
    channel = "storage",
    version = "1.0.0",
    fingerprint = "9f9be5de4149f3ae"
)]
pub trait Storage {
    /// Opens a store, which is made if there is none of this name. From here on the session hears
    /// on `storage/changed` of what others change in it. Opening it twice does nothing.
    #[blocking]
    fn open(&self, store: String) -> Result<OpenedStore, StorageError>;

    /// Closes a store for this session; the end of the session does, too. Closing one that is not
    /// open does nothing.
    #[blocking]
    fn close(&self, store: String);

    /// Deletes a store and all that is in it, open or not; for every session that had it open it
    /// is closed. Says whether there was one.
    #[blocking]
    fn delete(&self, store: String) -> Result<bool, StorageError>;

    /// Names of all stores, open or not, in order.
    #[blocking]
    fn names(&self) -> Result<Vec<String>, StorageError>;

    /// The value under a key; `undefined` for a key that is not there.
    #[blocking]
    fn get(&self, store: String, key: String) -> Result<Value, StorageError>;

    /// Puts a value under a key, in the place of one that may be there.
    #[blocking]
    fn set(&self, store: String, key: String, value: Value) -> Result<(), StorageError>;

    /// Removes a key and its value. Says whether it was there.
    #[blocking]
    fn remove(&self, store: String, key: String) -> Result<bool, StorageError>;

    /// All keys, in the order of their bytes.
    #[blocking]
    fn keys(&self, store: String) -> Result<Vec<String>, StorageError>;

    /// Removes all keys and values.
    #[blocking]
    fn remove_all(&self, store: String) -> Result<(), StorageError>;

    /// What kind of value is under a key; `None` for a key that is not there.
    #[blocking]
    fn value_type(&self, store: String, key: String) -> Result<Option<ValueType>, StorageError>;
}

/// Tells a session what other sessions changed in the stores that it has open.
#[cfg_attr(doc, doc = include_str!("../../examples/storage.md"))]
#[ipc_notifications(
    channel = "storage/changed",
    version = "1.0.0",
    fingerprint = "5351394cda3268c1"
)]
pub trait StorageChanged {
    /// A store was changed. Changes of one store arrive in the order they were made.
    fn changed(&self, store: String, change: StoreChange);
}

/// A store that is open.
#[cfg_attr(doc, doc = include_str!("../../examples/storage.md"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OpenedStore {
    /// Its name.
    pub store: String,
    /// The damaged file that was set aside for it. The store is empty then.
    pub set_aside: Option<SetAside>,
}

/// A file that could not be read as a store. Nothing in it was changed.
#[cfg_attr(doc, doc = include_str!("../../examples/storage.md"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetAside {
    /// Where it lies.
    pub path: String,
    /// What is wrong with it.
    pub problem: String,
}

/// What another session changed in a store.
#[cfg_attr(doc, doc = include_str!("../../examples/storage.md"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "kind")]
#[non_exhaustive]
pub enum StoreChange {
    /// A value was put under this key.
    Set {
        /// The key.
        key: String,
    },
    /// This key was removed.
    Removed {
        /// The key.
        key: String,
    },
    /// All keys were removed.
    AllRemoved,
    /// The store was deleted, and is not open any more.
    Deleted,
    /// There were changes that are not told one by one, since messages to this session piled up.
    Missed,
}

/// What kind of value is under a key, by iTwin.js's names.
#[cfg_attr(doc, doc = include_str!("../../examples/storage.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ValueType {
    /// Text.
    String,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// Bytes, whatever JavaScript holds them as.
    #[serde(rename = "Uint8Array")]
    Bytes,
    /// `null`.
    Null,
}

/// Why a store did not do what it was asked.
#[cfg_attr(doc, doc = include_str!("../../examples/storage.md"))]
#[derive(
    Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error, IpcError,
)]
#[serde(rename_all = "camelCase", tag = "kind")]
#[ipc_error(scope = "storage")]
#[non_exhaustive]
pub enum StorageError {
    /// The name cannot be that of a store.
    #[error("`{store}` cannot be the name of a store: {problem}")]
    BadName {
        /// The name.
        store: String,
        /// Which rule it breaks.
        problem: String,
    },
    /// The key is too long.
    #[error("a key has {len} bytes, the limit is {limit}")]
    KeyTooLong {
        /// Its length in UTF-8, in bytes.
        len: u64,
        /// The limit, in bytes.
        limit: u64,
    },
    /// The value is of a kind that stores do not keep.
    #[error("{what} cannot be stored; a value is a string, a number, a boolean, null or bytes")]
    NotStorable {
        /// What it is.
        what: String,
    },
    /// The value is too large.
    #[error("a value has {len} bytes, the limit is {limit}")]
    ValueTooLarge {
        /// Its length, in bytes.
        len: u64,
        /// The limit, in bytes.
        limit: u64,
    },
    /// This session has no store of this name open.
    #[error("store `{store}` is not open")]
    NotOpen {
        /// The name.
        store: String,
    },
    /// The session has as many stores open as it may.
    #[error("{limit} stores are open, which is the limit; close one first")]
    TooManyOpen {
        /// The limit.
        limit: u32,
    },
    /// There are as many stores as there may be.
    #[error("there are {limit} stores, which is the limit; delete one first")]
    TooManyStores {
        /// The limit.
        limit: u32,
    },
    /// The store has as many keys as it may.
    #[error("store `{store}` has {limit} keys, which is the limit; remove one first")]
    TooManyKeys {
        /// The name.
        store: String,
        /// The limit.
        limit: u64,
    },
    /// The disk has no room, or the store is as large as it may be. Nothing was changed.
    #[error("store `{store}` has no room: the disk is full, or the store has {limit} bytes")]
    Full {
        /// The name.
        store: String,
        /// The largest a store may be, in bytes.
        limit: u64,
    },
    /// The file was found to be damaged while it was open. Opening the store again sets the file
    /// aside.
    #[error("store `{store}` is damaged: {problem}; open it again to begin with an empty one")]
    Damaged {
        /// The name.
        store: String,
        /// What is wrong.
        problem: String,
    },
    /// The value was not written by this version of the app. The others can be read.
    #[error("the value under `{key}` in store `{store}` cannot be read; set or remove it")]
    Unreadable {
        /// The name.
        store: String,
        /// The key.
        key: String,
    },
    /// The file was written by a later version of the app. It is left as it is.
    #[error(
        "store `{store}` was written by a later version of this app and is left as it is: it has format {found}, and up to {known} is read here; take the later version, or another store"
    )]
    Newer {
        /// The name.
        store: String,
        /// Its format.
        found: u32,
        /// The latest format that this app knows.
        known: u32,
    },
    /// Another process keeps the store busy. Later the same call may succeed.
    #[error("store `{store}` is busy in another process")]
    Busy {
        /// The name.
        store: String,
    },
    /// The user may not read or write the file.
    #[error("no permission for store `{store}`: {problem}")]
    Permission {
        /// The name.
        store: String,
        /// What the system said.
        problem: String,
    },
    /// The system failed in another way.
    #[error("the storage failed: {problem}")]
    Io {
        /// What the system said.
        problem: String,
    },
}
