//! The folder of the stores: which there are, opening one, setting a damaged one aside.
//!
//! A store is one file `<name>.db`, beside which SQLite keeps its log. The handler sees to it
//! that nothing of this happens twice at once.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, config::DbConfig};
use twinbridge_common::interfaces::storage::{SetAside, StorageError};

use super::{
    failure::{Failure, of_system},
    limits::StorageLimits,
    name::StoreName,
};

/// Marks a file as one of ours: `twst`.
const APPLICATION: i32 = 0x7477_7374;

/// The format that this app writes. A later one is refused and left alone.
const FORMAT: u32 = 1;

/// How long another process is waited for.
const BUSY: Duration = Duration::from_secs(5);

/// What SQLite keeps beside a file while it is open.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// SQLite's page, in bytes: its default, said since limits are counted in it.
const PAGE: u64 = 4096;

/// The folder of all stores.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    limits: StorageLimits,
}

impl Folder {
    pub(super) fn new(path: PathBuf, limits: StorageLimits) -> Self {
        Self { path, limits }
    }

    pub(super) fn limits(&self) -> &StorageLimits {
        &self.limits
    }

    /// Names of all stores, in order. A folder that is not there has none.
    pub(super) fn names(&self) -> Result<Vec<StoreName>, StorageError> {
        let failed = |error: &io::Error| StorageError::Io {
            problem: error.to_string(),
        };
        let entries = match fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(&error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let file = entry.map_err(|error| failed(&error))?.file_name();
            let name = file.to_str().and_then(|file| file.strip_suffix(".db"));
            // Other files may lie here; what is set aside has another ending.
            names.extend(name.and_then(|name| StoreName::parse(name.to_owned()).ok()));
        }
        names.sort();
        Ok(names)
    }

    /// Opens the file of a store, which is made if it is not there. One that is damaged is set
    /// aside first.
    pub(super) fn open(
        &self,
        name: &StoreName,
    ) -> Result<(Connection, Option<SetAside>), StorageError> {
        self.may_be(name)?;
        let limit = self.limits.max_store_bytes;
        let path = self.file(name);
        self.touch(&path)
            .map_err(|error| of_system(name, &error, limit))?;
        let damage = match self.open_sound(name, &path) {
            Ok(connection) => return Ok((connection, None)),
            Err(failure) => match failure.damage() {
                Some(damage) => damage,
                None => return Err(failure.told(name, limit)),
            },
        };
        let aside = set_aside(&path)
            .and_then(|aside| self.touch(&path).map(|()| aside))
            .map_err(|error| of_system(name, &error, limit))?;
        tracing::warn!(store = name.as_str(), path = %aside.display(), damage, "a damaged store was set aside");
        let connection = self
            .open_sound(name, &path)
            .map_err(|failure| failure.told(name, limit))?;
        let set_aside = SetAside {
            path: aside.to_string_lossy().into_owned(),
            problem: damage,
        };
        Ok((connection, Some(set_aside)))
    }

    /// Deletes the file of a store. Says whether there was one.
    pub(super) fn delete(&self, name: &StoreName) -> Result<bool, StorageError> {
        let failed = |error: &io::Error| of_system(name, error, self.limits.max_store_bytes);
        let path = self.file(name);
        // What lies beside goes first: left without its file, it would be taken for that of a
        // store made later. A file without its log is whole, if older, should this fail between.
        for ending in BESIDE {
            match fs::remove_file(beside(&path, ending)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(failed(&error));
                }
                _ => {}
            }
        }
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(failed(&error)),
        }
    }

    fn file(&self, name: &StoreName) -> PathBuf {
        self.path.join(format!("{}.db", name.as_str()))
    }

    /// Refuses a name that a system might take for another's, and one store too many.
    fn may_be(&self, name: &StoreName) -> Result<(), StorageError> {
        let names = self.names()?;
        if names.contains(name) {
            return Ok(());
        }
        let same = |other: &&StoreName| other.as_str().eq_ignore_ascii_case(name.as_str());
        if let Some(other) = names.iter().find(same) {
            return Err(StorageError::BadName {
                store: name.as_str().to_owned(),
                problem: format!(
                    "there is `{}`, and some systems would take one for the other",
                    other.as_str()
                ),
            });
        }
        if names.len() >= self.limits.max_stores as usize {
            let limit = self.limits.max_stores;
            return Err(StorageError::TooManyStores { limit });
        }
        Ok(())
    }

    /// Makes folder and file, if need be. The system says better than SQLite why it cannot.
    fn touch(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(&self.path)?;
        let mut options = fs::OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        options.open(path).map(drop)
    }

    /// Opens a file that is empty, or whole and ours.
    fn open_sound(&self, name: &StoreName, path: &Path) -> Result<Connection, Failure> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        // Closing must not write to a file that turns out to be damaged or not ours.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        connection.busy_timeout(BUSY)?;
        check(name, &connection)?;
        self.prepare(&connection)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        Ok(connection)
    }

    /// Settings of a sound file, and the table of a new one.
    fn prepare(&self, connection: &Connection) -> Result<(), Failure> {
        // Where the file system cannot share memory, SQLite stays with its older journal, which
        // is as safe.
        connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
        // Every commit is on the disk before it is answered.
        connection.pragma_update(None, "synchronous", "full")?;
        // The log is cut back to this after it was long.
        connection.pragma_update_and_check(None, "journal_size_limit", 4 << 20, |_| Ok(()))?;
        let pages = self.limits.max_store_bytes.div_ceil(PAGE).max(1);
        let pages = i64::try_from(pages).unwrap_or(i64::MAX);
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
        let is_new =
            connection.pragma_query_value(None, "application_id", |row| row.get::<_, i32>(0))? == 0;
        if is_new {
            // One transaction, so that a file has all of it or nothing.
            connection.execute_batch(&format!(
                "BEGIN IMMEDIATE;
                 CREATE TABLE IF NOT EXISTS entry (
                   key TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, value BLOB NOT NULL
                 ) STRICT;
                 PRAGMA application_id = {APPLICATION};
                 PRAGMA user_version = {FORMAT};
                 COMMIT;"
            ))?;
        }
        Ok(())
    }
}

/// Fails for a file that is neither empty nor whole and ours.
fn check(name: &StoreName, connection: &Connection) -> Result<(), Failure> {
    let application: i32 =
        connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let format: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let tables: u32 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application == 0 && format == 0 && tables == 0 {
        return Ok(());
    }
    if application != APPLICATION {
        return Err(Failure::Foreign);
    }
    if format > FORMAT {
        return Err(Failure::Refused(StorageError::Newer {
            store: name.as_str().to_owned(),
            found: format,
            known: FORMAT,
        }));
    }
    // Reads the whole file, which `max_store_bytes` keeps small enough for that.
    let found: String = connection.pragma_query_value(None, "quick_check", |row| row.get(0))?;
    if found != "ok" {
        return Err(Failure::Unsound(found));
    }
    Ok(())
}

/// Renames a file and its log to names that are free. Gives the file's.
fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let aside = (1..=u32::MAX)
        .map(|number| beside(path, &format!(".damaged-{number}")))
        .find(|aside| !aside.exists())
        .ok_or_else(|| io::Error::other("no name is free for a damaged store"))?;
    for ending in BESIDE {
        match fs::rename(beside(path, ending), beside(&aside, ending)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    fs::rename(path, &aside)?;
    Ok(aside)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
