//! What a caller is told of a failure of SQLite or of the system.
//!
//! Variants by what the caller can do about it. The words of SQLite are kept for those that
//! only a person can make use of.

use std::io;

use rusqlite::ErrorCode;
use twinbridge_common::interfaces::storage::StorageError;

use super::name::StoreName;

/// Why work on a store failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// SQLite or the file.
    Sql(rusqlite::Error),
    /// The value under this key is not one that this app would have written.
    StrangeValue(String),
    /// A database, but not one of a store.
    Foreign,
    /// What SQLite's own check found.
    Unsound(String),
    /// A rule of the storage.
    Refused(StorageError),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        Self::Refused(error)
    }
}

impl Failure {
    /// What is wrong with the file itself; `None` where the file may be whole.
    pub(super) fn damage(&self) -> Option<String> {
        match self {
            Self::Refused(_) | Self::StrangeValue(_) => None,
            Self::Foreign => Some("it is a database of another kind".to_owned()),
            Self::Unsound(found) => Some(found.clone()),
            Self::Sql(error) => match error.sqlite_error_code() {
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                    Some(error.to_string())
                }
                _ => None,
            },
        }
    }

    /// What the caller is told.
    pub(super) fn told(self, name: &StoreName, limit: u64) -> StorageError {
        let store = name.as_str().to_owned();
        if let Some(problem) = self.damage() {
            return StorageError::Damaged { store, problem };
        }
        let error = match self {
            Self::Refused(error) => return error,
            Self::StrangeValue(key) => return StorageError::Unreadable { store, key },
            Self::Sql(error) => error,
            Self::Foreign | Self::Unsound(_) => {
                unreachable!("these are damage")
            }
        };
        let problem = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => StorageError::Full { store, limit },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                StorageError::Busy { store }
            }
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                StorageError::Permission { store, problem }
            }
            _ => StorageError::Io { problem },
        }
    }
}

/// What the caller is told of a failure of the system.
pub(super) fn of_system(name: &StoreName, error: &io::Error, limit: u64) -> StorageError {
    let store = name.as_str().to_owned();
    let problem = error.to_string();
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            StorageError::Permission { store, problem }
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            StorageError::Full { store, limit }
        }
        _ => StorageError::Io { problem },
    }
}
