//! `log`: the lines that the backend logs while it answers the session that asks.
//!
//! A page sees its own lines only; the inspector sees those of all.

use crate::{IpcStream, interfaces::inspector::Happening, ipc_interface};

/// The backend's log, as far as it concerns the page that asks.
#[cfg_attr(doc, doc = include_str!("../../examples/logs.md"))]
#[ipc_interface(channel = "log", version = "1.0.0", fingerprint = "9d1d7bc83b4629b4")]
pub trait SessionLog {
    /// Lines that are logged from now on while calls and messages of this session are handled,
    /// oldest first, in batches. A reader that is too slow misses some, and is told how many.
    async fn lines(&self) -> IpcStream<Vec<Happening>>;
}
