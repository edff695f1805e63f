//! Which form a payload takes as a body: text, bytes as they are, parts, or MessagePack.
//!
//! The same choice for requests and answers. A body is given in pieces, so that no large data is
//! copied into one.

use super::multipart::{self, Towards};
use super::negotiation::MESSAGE_PACK;
use crate::wire::{Bytes, Codec, Payload};

/// Content type of JSON text, as iTwin.js names it.
pub(super) const TEXT: &str = "text/plain";
/// The same as servers send it.
pub(super) const TEXT_IN_UTF_8: &str = "text/plain; charset=utf-8";
/// Content type of bytes.
pub(super) const OCTETS: &str = "application/octet-stream";

/// Whether a content type says that the body is bytes. By its start alone, as iTwin.js goes.
pub(super) fn is_octets(content_type: &str) -> bool {
    starts_with(content_type, OCTETS)
}

/// Whether a content type starts so, in letters of either case.
pub(super) fn starts_with(content_type: &str, start: &str) -> bool {
    let found = content_type.get(..start.len());
    found.is_some_and(|found| found.eq_ignore_ascii_case(start))
}

/// A body: what it is, and its bytes in pieces.
#[cfg_attr(doc, doc = include_str!("../../../examples/web_wire.md"))]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// The content type; empty where there is no body.
    pub content_type: String,
    /// The bytes, one piece after another.
    pub pieces: Vec<Bytes>,
}

impl Body {
    /// No body.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    pub(super) fn of(content_type: &str, bytes: Bytes) -> Self {
        Self {
            content_type: content_type.to_owned(),
            pieces: vec![bytes],
        }
    }

    /// The arguments of a request.
    ///
    /// iTwin.js sends arguments that start with bytes as these bytes alone, and loses the
    /// others. Here that form is used only where the bytes are all there is.
    pub(super) fn of_arguments(arguments: &Payload) -> Self {
        let alone = |marker| format!("[{marker}]");
        Self::choose(arguments, Towards::Server, alone)
    }

    /// A result, or what else a server answers.
    pub(super) fn of_result(result: &Payload) -> Self {
        Self::choose(result, Towards::Client, |marker| marker)
    }

    fn choose(payload: &Payload, towards: Towards, alone: fn(String) -> String) -> Self {
        let [bytes] = &payload.attachments[..] else {
            return match payload.codec {
                Codec::MessagePack => Self::of(MESSAGE_PACK, payload.bytes.clone()),
                _ if payload.attachments.is_empty() => Self::of(TEXT, payload.bytes.clone()),
                _ => Self::of_parts(payload, towards),
            };
        };
        let size = bytes.len();
        let marker = format!(r#"{{"isBinary":true,"index":0,"size":{size},"chunks":1}}"#);
        if *payload.bytes == *alone(marker).as_bytes() {
            return Self::of(OCTETS, bytes.clone());
        }
        Self::of_parts(payload, towards)
    }

    fn of_parts(payload: &Payload, towards: Towards) -> Self {
        let (content_type, pieces) =
            multipart::write(&payload.bytes, &payload.attachments, towards);
        Self {
            content_type,
            pieces,
        }
    }

    /// Length of all pieces, in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pieces.iter().map(|piece| piece.len()).sum()
    }

    /// Whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes in one piece; copies them where there are several.
    #[must_use]
    pub fn into_bytes(mut self) -> Bytes {
        match self.pieces.len() {
            1 => self.pieces.swap_remove(0),
            _ => {
                let mut whole = Vec::with_capacity(self.len());
                for piece in &self.pieces {
                    whole.extend_from_slice(piece);
                }
                whole.into()
            }
        }
    }
}
