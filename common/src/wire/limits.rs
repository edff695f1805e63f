//! What one side is willing to take. Each side announces its own in the handshake.
//!
//! A sender checks against the receiver's limits before it sends, so that an honest caller gets
//! a typed error and only a lying one loses its session.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Limits of one side of a session. `Limits::default()` suits a desktop app.
#[cfg_attr(doc, doc = include_str!("../../examples/shell.md"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Limits {
    /// Largest frame taken, in bytes. A larger one ends the session unread. Default 2 MiB; a
    /// side that takes less than 128 KiB and 16 bytes cannot be spoken to.
    pub max_frame_bytes: u32,
    /// Largest message taken, in bytes, however many frames it comes in. A larger request is
    /// refused. Default 128 MiB.
    pub max_message_bytes: u32,
    /// Largest notification or one-way message taken, in bytes. It is never split. Default
    /// 256 KiB.
    pub max_notification_bytes: u32,
    /// Calls that the other side may have running here; the next is refused as busy. Default
    /// 4096.
    pub max_running_calls: u32,
    /// Streams that the other side may have open here; a call that would open the next one is
    /// refused. Default 1024.
    pub max_open_streams: u32,
    /// Items of a stream that may be sent before any is consumed. Default 8192.
    pub stream_items: u32,
    /// Bytes of a stream that may be sent before any are consumed, and one item beyond them.
    /// Default 4 MiB.
    pub stream_bytes: u32,
    /// Bytes that may wait here to be sent; then a call is refused before it leaves. Default
    /// 256 MiB, and never less than one message.
    pub max_queued_bytes: u32,
    /// Bytes that may wait in line here before a one-way message is refused or has to wait.
    /// Default 8 MiB, and never less than one message.
    pub max_queued_notification_bytes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_frame_bytes: 2 * 1024 * 1024,
            max_message_bytes: 128 * 1024 * 1024,
            max_notification_bytes: 256 * 1024,
            max_running_calls: 4096,
            max_open_streams: 1024,
            stream_items: 8192,
            stream_bytes: 4 * 1024 * 1024,
            max_queued_bytes: 256 * 1024 * 1024,
            max_queued_notification_bytes: 8 * 1024 * 1024,
        }
    }
}
