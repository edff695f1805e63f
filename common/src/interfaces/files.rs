//! `files`: reads text files of any size, a page of lines at a time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{IpcError, IpcStream, ipc_interface, ipc_notifications};

/// Opens text files and reads pages of their lines, whatever their size.
///
/// A file is read in place; memory holds an index of about one offset per 64 KiB. Lines end at
/// `\n`; a `\r` before it is not part of the line. Bytes that are not UTF-8 are shown as U+FFFD.
#[cfg_attr(doc, doc = include_str!("../../examples/files.md"))]
#[ipc_interface(channel = "files", version = "1.2.0", fingerprint = "5af77980871b6a8a")]
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

    /// Finds the lines in which a pattern occurs, in their order, each as soon as it is found.
    /// The file is searched as long as it is when the search begins. Dropping the stream ends the
    /// search.
    #[blocking]
    fn search(
        &self,
        file: FileId,
        query: SearchQuery,
    ) -> Result<IpcStream<SearchItem, FilesError>, FilesError>;

    /// Follows what is written to a file, which is looked at four times a second. The first item
    /// comes when its lines have been counted; lines that are appended later can be read when
    /// their item has come. The stream ends when the file was cut or replaced, since what is open
    /// then is not what the path names; opening it again shows what is there.
    async fn follow(&self, file: FileId) -> Result<IpcStream<FollowEvent, FilesError>, FilesError>;

    /// Has the user choose a file in the system's dialog, and gives its path; `None` if they
    /// chose none. Nothing is opened.
    async fn choose(&self) -> Result<Option<String>, FilesError>;
}

/// Tells the first window what the user asks for outside of it.
#[cfg_attr(doc, doc = include_str!("../../examples/files.md"))]
#[ipc_notifications(
    channel = "files/asked",
    version = "1.0.0",
    fingerprint = "8bb4d12236bd1162"
)]
pub trait FilesAsked {
    /// The app was started once more with this file on its command line, or the file was dropped
    /// on a window.
    fn open(&self, path: String);
}

/// Number of an open file, unique while the backend runs.
#[cfg_attr(doc, doc = include_str!("../../examples/files.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct FileId(pub u32);

/// A file that was opened.
#[cfg_attr(doc, doc = include_str!("../../examples/files.md"))]
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
#[cfg_attr(doc, doc = include_str!("../../examples/files.md"))]
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
#[cfg_attr(doc, doc = include_str!("../../examples/files.md"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinePage {
    /// Number of the first line, counted from 0.
    pub first: u64,
    /// The lines.
    pub lines: Vec<Line>,
}

/// One line of a file.
#[cfg_attr(doc, doc = include_str!("../../examples/files.md"))]
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

/// What to search for.
#[cfg_attr(doc, doc = include_str!("../../examples/files.md"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchQuery {
    /// The text or regular expression, 1 to 4096 bytes, within one line.
    pub pattern: String,
    /// How to read the pattern.
    pub syntax: PatternSyntax,
    /// Whether letters match whatever their case.
    pub ignore_case: bool,
    /// Lines after which the search ends, 1 to 1 000 000.
    pub max_lines: u32,
}

/// How to read a pattern.
#[cfg_attr(doc, doc = include_str!("../../examples/files.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PatternSyntax {
    /// As text.
    Text,
    /// As a regular expression of Rust's `regex` crate: without look-around and back-references,
    /// so that time grows with the file alone.
    Regex,
}

/// An item of a search.
#[cfg_attr(doc, doc = include_str!("../../examples/files.md"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "kind")]
#[non_exhaustive]
pub enum SearchItem {
    /// A line in which the pattern occurs.
    Found(FoundLine),
    /// So much of the file was searched. It comes about every 8 MiB, unless items wait.
    Progress {
        /// Bytes searched.
        bytes: u64,
        /// Bytes there are to search.
        len: u64,
    },
    /// The last item.
    Done {
        /// Lines found.
        lines: u64,
        /// Whether the search ended at the limit, and there may be more.
        is_limited: bool,
    },
}

/// A line in which a pattern occurs.
#[cfg_attr(doc, doc = include_str!("../../examples/files.md"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FoundLine {
    /// Number of the line, counted from 0.
    pub number: u64,
    /// Where in the file it begins, in bytes.
    pub offset: u64,
    /// The line, as `lines` gives it.
    pub line: Line,
    /// Where in the line the pattern occurs, in bytes of the file from the beginning of the
    /// line: the first 64 places. They may lie beyond the text.
    pub ranges: Vec<MatchRange>,
}

/// A place in a line.
#[cfg_attr(doc, doc = include_str!("../../examples/files.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MatchRange {
    /// Its first byte.
    pub start: u64,
    /// The byte after its last.
    pub end: u64,
}

/// What happened to a file that is followed.
#[cfg_attr(doc, doc = include_str!("../../examples/files.md"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "kind")]
#[non_exhaustive]
pub enum FollowEvent {
    /// The file has so many lines, all of which can be read. A last line without a line end may
    /// still grow.
    Appended {
        /// Lines counted.
        lines: u64,
        /// Length of the file, in bytes.
        bytes: u64,
    },
    /// The file was cut, or written anew in its place. The last item.
    Truncated {
        /// Its length found, in bytes.
        now: u64,
    },
    /// The path names another file, as after log rotation. What was written to this one before
    /// has been told. The last item.
    Replaced,
    /// The path names no file. This one can be read on, and is followed until another has come
    /// to the path.
    Deleted,
}

/// Why a file could not be opened or read.
#[cfg_attr(doc, doc = include_str!("../../examples/files.md"))]
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
    /// More searches and followers run than may, of one file or of all.
    #[error("{limit} searches and followers run, which is the limit; end one first")]
    TooManyStreams {
        /// The limit.
        limit: u32,
    },
    /// The file was cut since it was opened, and written anew to more than its length. Opening it
    /// again shows what is there.
    #[error("`{path}` was written anew while it was open; open it again")]
    Rewritten {
        /// Its path.
        path: String,
    },
    /// The query cannot be searched for.
    #[error("the pattern cannot be searched for: {problem}")]
    BadPattern {
        /// Why not.
        problem: String,
    },
    /// A line is too long to be searched. Lines before it have been.
    #[error("`{path}` has a line of more than {limit} bytes, which is too long to be searched")]
    LineTooLong {
        /// Its path.
        path: String,
        /// The limit, in bytes.
        limit: u64,
    },
    /// There is no dialog to choose in.
    #[error("no file can be chosen: {problem}")]
    NoDialog {
        /// Why not.
        problem: String,
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
