//! Reads at an offset, and names for what is not a file, on Unix.
//!
//! The system reads at an offset without moving a cursor, so that threads share one handle
//! without a lock. `other.rs` offers the same elsewhere.

use std::{
    fs::{self, File, FileType, Metadata},
    io,
    os::{
        fd::AsRawFd as _,
        unix::fs::{FileExt as _, FileTypeExt as _, MetadataExt as _},
    },
    path::PathBuf,
};

/// A file that is read at given offsets.
#[derive(Debug)]
pub(in super::super) struct PositionedFile {
    file: File,
}

impl PositionedFile {
    pub(in super::super) fn new(file: File) -> Self {
        Self { file }
    }

    /// Its length at this moment, in bytes.
    pub(in super::super) fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// Reads at most as much as `buffer` holds.
    pub(in super::super) fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }
}

/// Where an open file is; it was opened by `path`, which may lead elsewhere by now.
pub(in super::super) fn place_of(file: &File, path: PathBuf) -> PathBuf {
    if cfg!(target_os = "linux") {
        let link = format!("/proc/self/fd/{}", file.as_raw_fd());
        // Where there is no such folder, there is no better answer than the path.
        return fs::read_link(link).unwrap_or(path);
    }
    fs::canonicalize(&path).unwrap_or(path)
}

/// Tells a file from others, also from one that came to its path: device and inode.
pub(in super::super) type Identity = (u64, u64);

pub(in super::super) fn identity_of(metadata: &Metadata) -> Option<Identity> {
    Some((metadata.dev(), metadata.ino()))
}

/// What something is that is not a file, with its article.
pub(in super::super) fn kind_of(file_type: FileType) -> &'static str {
    if file_type.is_dir() {
        "a folder"
    } else if file_type.is_fifo() {
        "a named pipe"
    } else if file_type.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}
