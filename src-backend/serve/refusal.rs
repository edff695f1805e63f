//! What hyper answers by itself, said as this server says what it refuses.
//!
//! hyper reads heads, and answers one that is too large or none with a status alone. Such an answer
//! is told from ours on the way out, and replaced by one with the JSON body that every refusal has.

use std::{
    io::IoSlice,
    sync::atomic::{AtomicBool, Ordering},
};

use bytes::Bytes;
use twinbridge_common::rpc::web::WebAnswer;

/// How the answers that a connection is given by hyper alone begin. An interim one, such as
/// `100 Continue`, begins otherwise.
const REFUSED: &[u8] = b"HTTP/1.1 4";

/// What one connection is at. Set and read by the one task that it has.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    /// A body was left unread.
    pub(super) is_unread: AtomicBool,
    /// An answer of ours was given to hyper, and not all of it has left.
    is_answering: AtomicBool,
    /// The body of that answer is still to be read.
    has_body: AtomicBool,
}

impl Exchange {
    /// An answer of ours goes to hyper.
    pub(super) fn answer(&self) {
        self.has_body.store(true, Ordering::Relaxed);
        self.is_answering.store(true, Ordering::Relaxed);
    }

    /// hyper has all of the answer's body.
    pub(super) fn body_ended(&self) {
        self.has_body.store(false, Ordering::Relaxed);
    }

    /// Everything that hyper had has left.
    pub(super) fn flushed(&self) {
        if !self.has_body.load(Ordering::Relaxed) {
            self.is_answering.store(false, Ordering::Relaxed);
        }
    }

    /// What is to be sent in place of what hyper writes, if that is a refusal of its own. It
    /// writes one as the last thing of a connection, and in one piece unless an answer of ours is
    /// stuck before it, which is the one case that goes out bare.
    pub(super) fn refusal(&self, written: &[IoSlice<'_>], max_head: usize) -> Option<Bytes> {
        if self.is_answering.load(Ordering::Relaxed) {
            return None;
        }
        let first = written.iter().find(|piece| !piece.is_empty())?;
        if !first.starts_with(REFUSED) {
            return None;
        }
        let line = first.split(|byte| *byte == b'\r').next()?;
        let line = std::str::from_utf8(line).ok()?;
        let status = line.get("HTTP/1.1 ".len()..)?.get(..3)?.parse().ok()?;
        // What still comes of the request is thrown away, or the answer is lost on the way.
        self.is_unread.store(true, Ordering::Relaxed);
        let sentence = match status {
            431 => format!("The headers have more than {max_head} bytes, or are more than 100."),
            _ => "This is no request of HTTP/1.1.".to_owned(),
        };
        Some(whole(line, &sentence))
    }
}

/// Refuses a head that stopped coming.
pub(super) fn too_slow() -> Bytes {
    whole(
        "HTTP/1.1 408 Request Timeout",
        "The headers did not arrive in time.",
    )
}

/// An answer from its first to its last byte.
fn whole(line: &str, sentence: &str) -> Bytes {
    tracing::warn!(line, "a request was refused before it was one");
    let body = WebAnswer::refuse(0, sentence).body.into_bytes();
    let body = body.unwrap_or_default();
    let head = format!(
        "{line}\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nx-content-type-options: nosniff\r\n\
         cross-origin-resource-policy: same-origin\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), &body[..]].concat().into()
}
