//! Puts the pieces of large frames together.
//!
//! Plain data. It believes a sender's total only up to the limit, and allocates as pieces come;
//! what is announced gets a little room ahead.

use std::collections::HashMap;

use crate::wire::{Bytes, Part};

/// Unfinished messages a sender may have open; an honest one has one per call.
const MAX_OPEN: usize = 8192;

/// Bytes that a message gets room for on its sender's word, while few are open.
const RESERVE: usize = 1024 * 1024;

/// Unfinished messages that get such room.
const RESERVED: usize = 16;

/// Unfinished messages may together hold this many times the largest message.
const MAX_OPEN_FACTOR: usize = 4;

/// Large frames that have not arrived whole.
#[derive(Debug)]
pub(crate) struct Assembler {
    open: HashMap<u32, Vec<u8>>,
    open_bytes: usize,
    max_message: usize,
}

/// A piece that fits nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadPart {
    #[error("a message of {total} bytes exceeds the limit of {max} bytes")]
    TooLarge { total: usize, max: usize },
    #[error("more pieces came than the message of {total} bytes has")]
    Overrun { total: usize },
    #[error("{MAX_OPEN} messages are unfinished")]
    TooMany,
    #[error("{open} bytes of unfinished messages, the limit is {max}")]
    TooMuch { open: usize, max: usize },
}

impl Assembler {
    pub(crate) fn new(max_message: u32) -> Self {
        Self {
            open: HashMap::new(),
            open_bytes: 0,
            max_message: max_message as usize,
        }
    }

    /// Takes a piece; gives the whole frame when it was the last.
    pub(crate) fn add(&mut self, part: &Part) -> Result<Option<Bytes>, BadPart> {
        let total = part.total as usize;
        if total == 0 {
            // The sender withdrew the rest; it may have withdrawn what never began to arrive.
            self.open_bytes -= self
                .open
                .remove(&part.message)
                .map_or(0, |message| message.len());
            return Ok(None);
        }
        if total > self.max_message {
            return Err(BadPart::TooLarge {
                total,
                max: self.max_message,
            });
        }
        if self.open.len() >= MAX_OPEN && !self.open.contains_key(&part.message) {
            return Err(BadPart::TooMany);
        }
        let max = self.max_message.saturating_mul(MAX_OPEN_FACTOR);
        if self.open_bytes + part.piece.len() > max {
            return Err(BadPart::TooMuch {
                open: self.open_bytes + part.piece.len(),
                max,
            });
        }
        let is_crowded = self.open.len() >= RESERVED;
        let message = self.open.entry(part.message).or_insert_with(|| {
            // Growing step by step would copy the bytes once more.
            Vec::with_capacity(if is_crowded { 0 } else { total.min(RESERVE) })
        });
        if part.piece.is_empty() || message.len() + part.piece.len() > total {
            return Err(BadPart::Overrun { total });
        }
        message.extend_from_slice(&part.piece);
        self.open_bytes += part.piece.len();
        if message.len() < total {
            return Ok(None);
        }
        self.open_bytes -= total;
        Ok(self.open.remove(&part.message).map(Bytes::from))
    }

    /// Forgets all unfinished messages.
    pub(crate) fn clear(&mut self) {
        self.open = HashMap::new();
        self.open_bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(message: u32, total: u32, piece: &[u8]) -> Part {
        Part {
            message,
            total,
            piece: Bytes::from(piece.to_vec()),
        }
    }

    #[test]
    fn pieces_of_two_messages_may_alternate() {
        let mut assembler = Assembler::new(10);
        assert_eq!(assembler.add(&part(1, 4, b"ab")), Ok(None));
        assert_eq!(assembler.add(&part(2, 2, b"x")), Ok(None));
        assert_eq!(
            assembler.add(&part(1, 4, b"cd")),
            Ok(Some(Bytes::from(b"abcd".to_vec())))
        );
        assert_eq!(
            assembler.add(&part(2, 2, b"y")),
            Ok(Some(Bytes::from(b"xy".to_vec())))
        );
    }

    #[test]
    fn a_lying_total_is_refused_before_anything_is_kept() {
        let mut assembler = Assembler::new(10);
        let error = assembler.add(&part(1, 11, b"a")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a message of 11 bytes exceeds the limit of 10 bytes"
        );
        assert_eq!(
            assembler.add(&part(1, 2, b"abc")),
            Err(BadPart::Overrun { total: 2 })
        );
    }

    #[test]
    fn a_withdrawn_message_is_forgotten() {
        let mut assembler = Assembler::new(10);
        assert_eq!(assembler.add(&part(1, 4, b"ab")), Ok(None));
        assert_eq!(assembler.add(&part(1, 0, b"")), Ok(None));
        assert_eq!(
            assembler.add(&part(1, 2, b"cd")),
            Ok(Some(Bytes::from(b"cd".to_vec())))
        );
    }
}
