//! `files`: reads text files of any size, a page of lines at a time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{IpcError, ipc_interface, ipc_notifications};

/// Opens text files and reads pages of their lines, whatever their size.
///
/// A file is read in place; memory holds an index of about one offset per 64 KiB. Lines end at
/// `\n`; a `\r` before it is not part of the line. Bytes that are not UTF-8 are shown as U+FFFD.
#[ipc_interface(channel = "files", version = "1.0.0")]
pub trait Files {
    /// Path of the file named on the command line; `None` if there was none.
    async fn initial(&self) -> Option<String>;

    /// Opens a file and starts counting its lines. It stays open until `close`, or until the
    /// page that opened it goes away.
    #[blocking]
    fn open(&self, path: String) -> Result<OpenedFile, FilesError>;

    /// Lines counted up to now.
    async fn line_count(&self, file: FileId) -> Result<LineCount, FilesError>;

    /// Lines counted when the whole file has been looked at. Takes as long as reading the file.
    async fn complete_line_count(&self, file: FileId) -> Result<LineCount, FilesError>;

    /// Up to `count` lines from line `first`, counted from 0; fewer at the end of the file, or
    /// where they would exceed 1 MiB, each counted as its text and 32 bytes. One always fits.
    /// Lines that are not counted yet are waited for.
    #[blocking]
    fn lines(&self, file: FileId, first: u64, count: u32) -> Result<LinePage, FilesError>;

    /// Closes a file. Closing one that is not open does nothing.
    async fn close(&self, file: FileId);
}

/// Tells the first window what the user asks for outside of it.
#[ipc_notifications(channel = "files/asked", version = "1.0.0")]
pub trait FilesAsked {
    /// The app was started once more, with this file on its command line.
    fn open(&self, path: String);
}

/// Number of an open file, unique while the backend runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct FileId(pub u32);

/// A file that was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OpenedFile {
    /// Its number.
    pub file: FileId,
    /// Its path, without links and `..`.
    pub path: String,
    /// Its length when it was opened, in bytes.
    pub len: u64,
}

/// How many lines a file has, as far as it was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LineCount {
    /// Lines counted. A last line without a line end counts.
    pub lines: u64,
    /// Bytes looked at.
    pub bytes: u64,
    /// Whether that was the whole file, as long as it was when it was opened.
    pub is_complete: bool,
}

/// Lines of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinePage {
    /// Number of the first line, counted from 0.
    pub first: u64,
    /// The lines.
    pub lines: Vec<Line>,
}

/// One line of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Its text, at most the first 16 KiB of it.
    pub text: String,
    /// Its whole length without the line end, in bytes.
    pub len: u64,
    /// Whether bytes of the text were not UTF-8 and are shown as U+FFFD.
    pub is_lossy: bool,
}

/// Why a file could not be opened or read.
#[derive(
    Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error, IpcError,
)]
#[serde(rename_all = "camelCase", tag = "kind")]
#[ipc_error(scope = "files")]
#[non_exhaustive]
pub enum FilesError {
    /// There is no such file.
    #[error("there is no file at `{path}`")]
    NotFound {
        /// The path asked for.
        path: String,
    },
    /// The path is a folder, a device or a pipe.
    #[error("`{path}` is {what}, not a file")]
    NotAFile {
        /// The path asked for.
        path: String,
        /// What it is.
        what: String,
    },
    /// The user may not read it.
    #[error("no permission to read `{path}`")]
    Permission {
        /// The path asked for.
        path: String,
    },
    /// The file became shorter since it was opened. Opening it again shows what is there.
    #[error("`{path}` was cut from {was} to {now} bytes while it was open; open it again")]
    Truncated {
        /// Its path.
        path: String,
        /// Its length when it was opened, in bytes.
        was: u64,
        /// Its length found, in bytes.
        now: u64,
    },
    /// No file of this number is open.
    #[error("file {file} is not open")]
    NotOpen {
        /// The number asked for.
        file: u32,
    },
    /// More files are open than one page may have open.
    #[error("{limit} files are open, which is the limit; close one first")]
    TooManyOpen {
        /// The limit.
        limit: u32,
    },
    /// The call was cancelled while it waited for lines to be counted.
    #[error("the call was cancelled")]
    Cancelled,
    /// The system failed in another way.
    #[error("reading `{path}` failed: {problem}")]
    Io {
        /// Its path.
        path: String,
        /// What the system said.
        problem: String,
    },
}
