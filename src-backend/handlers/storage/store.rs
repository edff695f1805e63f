//! One open store: its connection, and what is asked of it.
//!
//! One lock stands around the connection, so that changes have an order, in which they are told.
//! A store whose file was deleted or found damaged has no connection, and answers so.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension as _};
use twinbridge_common::{
    interfaces::storage::{StorageError, ValueType},
    wire::Value,
};

use super::{
    entry::{Entry, type_of, value_of},
    failure::Failure,
    limits::StorageLimits,
    name::StoreName,
};

/// A store that sessions have open.
#[derive(Debug)]
pub(super) struct Store {
    name: StoreName,
    limits: StorageLimits,
    connection: Mutex<Option<Connection>>,
}

impl Store {
    pub(super) fn new(name: StoreName, limits: StorageLimits, connection: Connection) -> Self {
        Self {
            name,
            limits,
            connection: Mutex::new(Some(connection)),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.lock().is_some()
    }

    /// Lets go of the file, whoever holds the store. Waits for work that goes on.
    pub(super) fn close(&self) {
        drop(self.lock().take());
    }

    pub(super) fn get(&self, key: &str) -> Result<Value, StorageError> {
        self.work(|connection| {
            let mut select =
                connection.prepare_cached("SELECT kind, value FROM entry WHERE key = ?1")?;
            let row = select
                .query_row([key], |row| {
                    Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?))
                })
                .optional()?;
            match row {
                Some((kind, bytes)) => {
                    value_of(&kind, bytes).ok_or_else(|| Failure::StrangeValue(key.to_owned()))
                }
                None => Ok(Value::Undefined),
            }
        })
    }

    pub(super) fn value_type(&self, key: &str) -> Result<Option<ValueType>, StorageError> {
        self.work(|connection| {
            let mut select = connection.prepare_cached("SELECT kind FROM entry WHERE key = ?1")?;
            let kind = select
                .query_row([key], |row| row.get::<_, String>(0))
                .optional()?;
            let kind = kind
                .map(|kind| type_of(&kind).ok_or_else(|| Failure::StrangeValue(key.to_owned())));
            kind.transpose()
        })
    }

    pub(super) fn keys(&self) -> Result<Vec<String>, StorageError> {
        self.work(|connection| {
            let mut select = connection.prepare_cached("SELECT key FROM entry ORDER BY key")?;
            let keys = select.query_map([], |row| row.get(0))?;
            Ok(keys.collect::<Result<_, _>>()?)
        })
    }

    /// `tell` is called while no other change can be made.
    pub(super) fn set(
        &self,
        key: &str,
        entry: &Entry,
        tell: impl FnOnce(),
    ) -> Result<(), StorageError> {
        self.work(|connection| {
            self.has_room_for(connection, key)?;
            let mut upsert = connection.prepare_cached(
                "INSERT INTO entry (key, kind, value) VALUES (?1, ?2, ?3)
                 ON CONFLICT (key) DO UPDATE SET kind = excluded.kind, value = excluded.value",
            )?;
            upsert.execute((key, entry.kind, &entry.bytes))?;
            tell();
            Ok(())
        })
    }

    /// Says whether the key was there. `tell` is called if it was.
    pub(super) fn remove(&self, key: &str, tell: impl FnOnce()) -> Result<bool, StorageError> {
        self.work(|connection| {
            let mut delete = connection.prepare_cached("DELETE FROM entry WHERE key = ?1")?;
            let was_there = delete.execute([key])? > 0;
            if was_there {
                tell();
            }
            Ok(was_there)
        })
    }

    pub(super) fn remove_all(&self, tell: impl FnOnce()) -> Result<(), StorageError> {
        self.work(|connection| {
            connection.execute("DELETE FROM entry", [])?;
            tell();
            Ok(())
        })
    }

    /// Refuses one key too many.
    fn has_room_for(&self, connection: &Connection, key: &str) -> Result<(), Failure> {
        // Rows are numbered upwards, so there are never more of them than this. Counting them
        // would read all keys, for each one that is set.
        let last: Option<i64> = connection
            .prepare_cached("SELECT max(rowid) FROM entry")?
            .query_row([], |row| row.get(0))?;
        let limit = self.limits.max_keys;
        let may_exceed = |rows: i64| u64::try_from(rows).is_ok_and(|rows| rows >= limit);
        if !may_exceed(last.unwrap_or(0)) {
            return Ok(());
        }
        let is_there = connection
            .prepare_cached("SELECT 1 FROM entry WHERE key = ?1")?
            .exists([key])?;
        let rows = connection.query_row("SELECT count(*) FROM entry", [], |row| row.get(0))?;
        if is_there || !may_exceed(rows) {
            return Ok(());
        }
        Err(Failure::Refused(StorageError::TooManyKeys {
            store: self.name.as_str().to_owned(),
            limit,
        }))
    }

    fn work<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<T, StorageError> {
        let mut connection = self.lock();
        let Some(open) = &*connection else {
            return Err(StorageError::NotOpen {
                store: self.name.as_str().to_owned(),
            });
        };
        work(open).map_err(|failure| {
            if failure.damage().is_some() {
                // Whoever opens the store again has its file looked at.
                *connection = None;
            }
            failure.told(&self.name, self.limits.max_store_bytes)
        })
    }

    /// SQLite's own state does not depend on where between its calls a panic came.
    fn lock(&self) -> MutexGuard<'_, Option<Connection>> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
