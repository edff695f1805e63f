//! `recordings`: recordings on the disk, for a page that shows them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Bytes, IpcError, IpcStream, ipc_interface};

/// Reads recordings, and no other files.
#[cfg_attr(doc, doc = include_str!("../../examples/logs.md"))]
#[ipc_interface(
    channel = "recordings",
    version = "1.0.0",
    fingerprint = "a0f1e8b85afb39af"
)]
pub trait Recordings {
    /// The bytes of a recording, in pieces. A file whose first line is no recording's is refused,
    /// and so is one of more than 256 MiB.
    #[blocking]
    fn read(&self, path: String) -> Result<IpcStream<Bytes, RecordingError>, RecordingError>;
}

/// Why a recording is not read.
#[cfg_attr(doc, doc = include_str!("../../examples/logs.md"))]
#[derive(
    Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error, IpcError,
)]
#[ipc_error(scope = "recordings")]
#[serde(rename_all = "camelCase")]
pub enum RecordingError {
    /// The file cannot be read, or is no recording.
    #[error("`{path}` cannot be shown: {problem}")]
    #[serde(rename_all = "camelCase")]
    Unreadable {
        /// The file.
        path: String,
        /// Why not, in words.
        problem: String,
    },
    /// The file is larger than a page can show.
    #[error(
        "`{path}` has {len} bytes, and a page shows at most {max}; `twinbridge replay` reads it whole"
    )]
    #[serde(rename_all = "camelCase")]
    TooLarge {
        /// The file.
        path: String,
        /// Its length.
        len: u64,
        /// The longest that is read.
        max: u64,
    },
}
