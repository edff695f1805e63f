//! How much a storage takes.
//!
//! Plain numbers; the defaults suit an app's settings and drafts, not its documents.

/// Limits of a [`StorageHandler`](super::StorageHandler).
#[cfg_attr(doc, doc = include_str!("../../examples/handlers.md"))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StorageLimits {
    /// Largest file of one store, in bytes; what would exceed it is `Full`. Default 256 MiB.
    pub max_store_bytes: u64,
    /// Keys in one store; the next is refused. Default 100 000, so that a list of the longest
    /// keys is one message.
    pub max_keys: u64,
    /// Stores in the folder; the next is refused. Default 1000.
    pub max_stores: u32,
    /// Stores that one session may have open; the next is refused. Default 64.
    pub max_open_stores: u32,
}

impl Default for StorageLimits {
    fn default() -> Self {
        Self {
            max_store_bytes: 256 * 1024 * 1024,
            max_keys: 100_000,
            max_stores: 1000,
            max_open_stores: 64,
        }
    }
}

impl StorageLimits {
    /// Sets [`max_store_bytes`](Self::max_store_bytes). It is rounded up to 4 KiB.
    #[must_use]
    pub fn max_store_bytes(mut self, bytes: u64) -> Self {
        self.max_store_bytes = bytes;
        self
    }

    /// Sets [`max_keys`](Self::max_keys).
    #[must_use]
    pub fn max_keys(mut self, keys: u64) -> Self {
        self.max_keys = keys;
        self
    }

    /// Sets [`max_stores`](Self::max_stores).
    #[must_use]
    pub fn max_stores(mut self, stores: u32) -> Self {
        self.max_stores = stores;
        self
    }

    /// Sets [`max_open_stores`](Self::max_open_stores).
    #[must_use]
    pub fn max_open_stores(mut self, stores: u32) -> Self {
        self.max_open_stores = stores;
        self
    }
}
