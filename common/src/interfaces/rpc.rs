//! `files`, `storage` and `host` as RPC interfaces: the same operations for clients without a session.
//!
//! Contracts of their own, since an RPC interface has a name and policies where an IPC interface
//! has a channel; the impls are one line per operation over the handlers that exist.

use super::{
    files::{
        FileId, Files, FilesError, FollowEvent, LineCount, LinePage, OpenedFile, SearchItem,
        SearchQuery,
    },
    host::{AppHost, AppInfo, InterfaceDescription, Statistics},
    storage::{OpenedStore, Storage, StorageError, ValueType},
};
use crate::{IpcStream, rpc_interface, wire::Value};

/// Opens text files and reads pages of their lines: [`Files`] over any configuration.
///
/// A file belongs to whom the handler knows its caller by. The default handler goes by the
/// session of the call, so that callers without one share what they open.
#[cfg_attr(doc, doc = include_str!("../../examples/host.md"))]
#[rpc_interface(name = "FilesRpcInterface", version = "1.2.0")]
pub trait FilesRpc {
    /// Path of the file named on the command line; `None` if there was none.
    async fn initial(&self) -> Option<String>;

    /// Opens a file and starts counting its lines. It stays open until `close`, or until what the
    /// call belongs to ends.
    #[blocking]
    fn open(&self, path: String) -> Result<OpenedFile, FilesError>;

    /// Lines counted up to now.
    #[idempotent]
    async fn line_count(&self, file: FileId) -> Result<LineCount, FilesError>;

    /// Lines counted when the whole file has been looked at. Takes as long as reading the file.
    #[idempotent]
    async fn complete_line_count(&self, file: FileId) -> Result<LineCount, FilesError>;

    /// Up to `count` lines from line `first`, counted from 0; fewer at the end of the file, or
    /// where they would exceed 1 MiB. Lines that are not counted yet are waited for.
    #[blocking]
    #[idempotent]
    fn lines(&self, file: FileId, first: u64, count: u32) -> Result<LinePage, FilesError>;

    /// Closes a file. Closing one that is not open does nothing.
    #[idempotent]
    async fn close(&self, file: FileId);

    /// Finds the lines in which a pattern occurs, in their order, each as soon as it is found.
    #[blocking]
    fn search(
        &self,
        file: FileId,
        query: SearchQuery,
    ) -> Result<IpcStream<SearchItem, FilesError>, FilesError>;

    /// Follows what is written to a file, which is looked at four times a second.
    async fn follow(&self, file: FileId) -> Result<IpcStream<FollowEvent, FilesError>, FilesError>;
}

/// Keeps values under keys, in named stores on the disk: [`Storage`] over any configuration.
///
/// A store is open for whom the handler knows its caller by. The default handler goes by what the
/// call belongs to, so that callers without a session share what is open in their configuration, and
/// it is closed when that ends. They hear of no changes.
#[cfg_attr(doc, doc = include_str!("../../examples/host.md"))]
#[rpc_interface(name = "StorageRpcInterface", version = "1.0.0")]
pub trait StorageRpc {
    /// Opens a store, which is made if there is none of this name. Opening it twice does nothing.
    #[blocking]
    #[idempotent]
    fn open(&self, store: String) -> Result<OpenedStore, StorageError>;

    /// Closes a store. Closing one that is not open does nothing.
    #[blocking]
    #[idempotent]
    fn close(&self, store: String);

    /// Deletes a store and all that is in it, open or not. Says whether there was one.
    #[blocking]
    fn delete(&self, store: String) -> Result<bool, StorageError>;

    /// Names of all stores, open or not, in order.
    #[blocking]
    #[idempotent]
    fn names(&self) -> Result<Vec<String>, StorageError>;

    /// The value under a key; `undefined` for a key that is not there.
    #[blocking]
    #[idempotent]
    fn get(&self, store: String, key: String) -> Result<Value, StorageError>;

    /// Puts a value under a key, in the place of one that may be there.
    #[blocking]
    #[idempotent]
    fn set(&self, store: String, key: String, value: Value) -> Result<(), StorageError>;

    /// Removes a key and its value. Says whether it was there.
    #[blocking]
    fn remove(&self, store: String, key: String) -> Result<bool, StorageError>;

    /// All keys, in the order of their bytes.
    #[blocking]
    #[idempotent]
    fn keys(&self, store: String) -> Result<Vec<String>, StorageError>;

    /// Removes all keys and values.
    #[blocking]
    #[idempotent]
    fn remove_all(&self, store: String) -> Result<(), StorageError>;

    /// What kind of value is under a key; `None` for a key that is not there.
    #[blocking]
    #[idempotent]
    fn value_type(&self, store: String, key: String) -> Result<Option<ValueType>, StorageError>;
}

/// What runs at the other end: [`AppHost`] over any configuration.
#[cfg_attr(doc, doc = include_str!("../../examples/host.md"))]
#[rpc_interface(name = "AppHostRpcInterface", version = "1.1.0")]
pub trait AppHostRpc {
    /// Name, version and surroundings of the app.
    #[idempotent]
    async fn app_info(&self) -> AppInfo;

    /// Every interface registered for sessions, by channel, with its methods and their JSON
    /// Schemas.
    #[idempotent]
    async fn interfaces(&self) -> Vec<InterfaceDescription>;

    /// How busy the backend is.
    #[idempotent]
    async fn statistics(&self) -> Statistics;
}

/// Makes the handler of an IPC interface the impl of its RPC interface:
/// `FilesRpcServer(OverRpc(handler))`.
#[cfg_attr(doc, doc = include_str!("../../examples/host.md"))]
#[derive(Clone, Debug)]
pub struct OverRpc<T>(
    /// The handler.
    pub T,
);

impl<T: Files> FilesRpc for OverRpc<T> {
    async fn initial(&self) -> Option<String> {
        self.0.initial().await
    }

    fn open(&self, path: String) -> Result<OpenedFile, FilesError> {
        self.0.open(path)
    }

    async fn line_count(&self, file: FileId) -> Result<LineCount, FilesError> {
        self.0.line_count(file).await
    }

    async fn complete_line_count(&self, file: FileId) -> Result<LineCount, FilesError> {
        self.0.complete_line_count(file).await
    }

    fn lines(&self, file: FileId, first: u64, count: u32) -> Result<LinePage, FilesError> {
        self.0.lines(file, first, count)
    }

    async fn close(&self, file: FileId) {
        self.0.close(file).await;
    }

    fn search(
        &self,
        file: FileId,
        query: SearchQuery,
    ) -> Result<IpcStream<SearchItem, FilesError>, FilesError> {
        self.0.search(file, query)
    }

    async fn follow(&self, file: FileId) -> Result<IpcStream<FollowEvent, FilesError>, FilesError> {
        self.0.follow(file).await
    }
}

impl<T: Storage> StorageRpc for OverRpc<T> {
    fn open(&self, store: String) -> Result<OpenedStore, StorageError> {
        self.0.open(store)
    }

    fn close(&self, store: String) {
        self.0.close(store);
    }

    fn delete(&self, store: String) -> Result<bool, StorageError> {
        self.0.delete(store)
    }

    fn names(&self) -> Result<Vec<String>, StorageError> {
        self.0.names()
    }

    fn get(&self, store: String, key: String) -> Result<Value, StorageError> {
        self.0.get(store, key)
    }

    fn set(&self, store: String, key: String, value: Value) -> Result<(), StorageError> {
        self.0.set(store, key, value)
    }

    fn remove(&self, store: String, key: String) -> Result<bool, StorageError> {
        self.0.remove(store, key)
    }

    fn keys(&self, store: String) -> Result<Vec<String>, StorageError> {
        self.0.keys(store)
    }

    fn remove_all(&self, store: String) -> Result<(), StorageError> {
        self.0.remove_all(store)
    }

    fn value_type(&self, store: String, key: String) -> Result<Option<ValueType>, StorageError> {
        self.0.value_type(store, key)
    }
}

impl<T: AppHost> AppHostRpc for OverRpc<T> {
    async fn app_info(&self) -> AppInfo {
        self.0.app_info().await
    }

    async fn interfaces(&self) -> Vec<InterfaceDescription> {
        self.0.interfaces().await
    }

    async fn statistics(&self) -> Statistics {
        self.0.statistics().await
    }
}
