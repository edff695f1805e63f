//! Reads at an offset, and names for what is not a file, where the system is not Unix.
//!
//! The one handle has one cursor, so a read takes a lock, seeks and reads. `unix.rs` needs
//! neither.

use std::{
    fs::{self, File, FileType, Metadata},
    io::{self, Read as _, Seek as _, SeekFrom},
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

/// A file that is read at given offsets.
#[derive(Debug)]
pub(in super::super) struct PositionedFile {
    file: Mutex<File>,
}

impl PositionedFile {
    pub(in super::super) fn new(file: File) -> Self {
        Self {
            file: Mutex::new(file),
        }
    }

    /// Its length at this moment, in bytes.
    pub(in super::super) fn len(&self) -> io::Result<u64> {
        Ok(self.lock().metadata()?.len())
    }

    /// Reads at most as much as `buffer` holds.
    pub(in super::super) fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut file = self.lock();
        file.seek(SeekFrom::Start(offset))?;
        file.read(buffer)
    }

    /// Every read seeks first, so a cursor that a panic left anywhere does no harm.
    fn lock(&self) -> MutexGuard<'_, File> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where an open file is; it was opened by `path`, which may lead elsewhere by now.
pub(in super::super) fn place_of(_: &File, path: PathBuf) -> PathBuf {
    fs::canonicalize(&path).unwrap_or(path)
}

/// Tells a file from others, also from one that came to its path: when it was made. `None` where
/// the system does not remember.
pub(in super::super) type Identity = SystemTime;

pub(in super::super) fn identity_of(metadata: &Metadata) -> Option<Identity> {
    metadata.created().ok()
}

/// What something is that is not a file, with its article.
pub(in super::super) fn kind_of(file_type: FileType) -> &'static str {
    if file_type.is_dir() {
        "a folder"
    } else {
        "a device"
    }
}
