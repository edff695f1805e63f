//! A stream of items as one body: each with its kind and length, and a word at the end.
//!
//! `kind u8 · length u32, little-endian · bytes`. Without the last piece a body was cut off, which
//! HTTP itself does not always tell. Streams of `Bytes` are not framed: they are the body as it is.

use std::collections::VecDeque;

use crate::wire::{BadFrame, Bytes, Codec, Ending, Frame, Payload, Reply};

/// Bytes before each piece.
const HEAD: usize = 5;
const ITEM: u8 = 0;
const END: u8 = 1;
const FAILED: u8 = 2;

/// A piece of a stream.
#[cfg_attr(doc, doc = include_str!("../../../examples/web_bodies.md"))]
#[derive(Clone, Debug, PartialEq)]
pub enum StreamPiece {
    /// An item in MessagePack.
    Item(Payload),
    /// The end.
    End,
    /// The end by a failure, as a reply says it.
    Failed(Ending),
}

impl StreamPiece {
    /// The piece as bytes: its head, and the rest. Nothing of an item is copied.
    ///
    /// # Errors
    ///
    /// [`StreamError::TooLong`] if it has 4 GiB or more.
    pub fn write(&self) -> Result<[Bytes; 2], StreamError> {
        let (kind, bytes) = match self {
            Self::Item(item) => (ITEM, item.bytes.clone()),
            Self::End => (END, Bytes::new()),
            Self::Failed(ending) => (FAILED, write_ending(ending.clone())),
        };
        let len = u32::try_from(bytes.len()).map_err(|_| StreamError::TooLong {
            len: bytes.len() as u64,
            max: u32::MAX as usize,
        })?;
        let mut head = vec![kind];
        head.extend_from_slice(&len.to_le_bytes());
        Ok([head.into(), bytes])
    }
}

/// How a call ended, as bytes: the frame of a reply to call 0.
pub(super) fn write_ending(ending: Ending) -> Bytes {
    Frame::Reply(Reply { call: 0, ending }).to_bytes().into()
}

pub(super) fn read_ending(bytes: &Bytes) -> Result<Ending, StreamError> {
    match Frame::read(bytes)? {
        Frame::Reply(reply) => Ok(reply.ending),
        _ => Err(StreamError::NoEnding),
    }
}

/// Reads pieces out of a body that comes bit by bit.
///
/// ```
/// # use twinbridge_common::{rpc::web::{StreamPiece, StreamReader}, wire::{Codec, Payload}};
/// let item = StreamPiece::Item(Payload::encode(Codec::MessagePack, "a")?);
/// let mut reader = StreamReader::new(1024);
/// for bytes in item.write()? {
///     reader.push(bytes);
/// }
/// assert_eq!(reader.next_piece()?, Some(item));
/// assert_eq!(reader.next_piece()?, None);
/// assert!(reader.finish().is_err(), "it was cut off");
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[cfg_attr(doc, doc = include_str!("../../../examples/web_bodies.md"))]
#[derive(Debug)]
pub struct StreamReader {
    max: usize,
    waiting: VecDeque<Bytes>,
    len: usize,
    ended: bool,
}

impl StreamReader {
    /// A reader of items of up to `max` bytes.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self {
            max,
            waiting: VecDeque::new(),
            len: 0,
            ended: false,
        }
    }

    /// Takes the next bytes of the body. They are kept as they are until they are read.
    pub fn push(&mut self, bytes: Bytes) {
        self.len += bytes.len();
        if !bytes.is_empty() {
            self.waiting.push_back(bytes);
        }
    }

    /// Bytes that were taken and not read.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.len
    }

    /// The next piece; `None` until more bytes come, and after the end.
    ///
    /// # Errors
    ///
    /// [`StreamError`] if the bytes are no pieces; the reader is of no use after that.
    pub fn next_piece(&mut self) -> Result<Option<StreamPiece>, StreamError> {
        if self.ended {
            return match self.len {
                0 => Ok(None),
                _ => Err(StreamError::AfterEnd),
            };
        }
        let mut head = [0; HEAD];
        let bytes = self.waiting.iter().flat_map(|bytes| bytes.iter());
        let found = head
            .iter_mut()
            .zip(bytes)
            .map(|(to, from)| *to = *from)
            .count();
        if found < HEAD {
            return Ok(None);
        }
        let [kind, length @ ..] = head;
        let len = u32::from_le_bytes(length) as usize;
        if len > self.max {
            return Err(StreamError::TooLong {
                len: len as u64,
                max: self.max,
            });
        }
        if !matches!((kind, len), (ITEM | FAILED, _) | (END, 0)) {
            return Err(StreamError::BadPiece { kind });
        }
        if self.len - HEAD < len {
            return Ok(None);
        }
        self.take(HEAD);
        let bytes = self.take(len);
        self.ended = kind != ITEM;
        Ok(Some(match kind {
            ITEM => StreamPiece::Item(Payload {
                codec: Codec::MessagePack,
                bytes,
                attachments: Vec::new(),
            }),
            END => StreamPiece::End,
            _ => StreamPiece::Failed(read_ending(&bytes)?),
        }))
    }

    /// Says that the body is over.
    ///
    /// # Errors
    ///
    /// [`StreamError::CutOff`] if the stream is not.
    pub fn finish(&self) -> Result<(), StreamError> {
        if self.ended {
            Ok(())
        } else {
            Err(StreamError::CutOff)
        }
    }

    /// The next `len` bytes, which are there; shared where they came in one piece.
    fn take(&mut self, len: usize) -> Bytes {
        self.len -= len;
        if let Some(first) = self.waiting.front_mut()
            && first.len() >= len
        {
            let taken = first.slice(..len);
            *first = first.slice(len..);
            if first.is_empty() {
                self.waiting.pop_front();
            }
            return taken;
        }
        let mut taken = Vec::with_capacity(len);
        while taken.len() < len {
            let Some(first) = self.waiting.front_mut() else {
                break;
            };
            let part = first.len().min(len - taken.len());
            taken.extend_from_slice(&first[..part]);
            *first = first.slice(part..);
            if first.is_empty() {
                self.waiting.pop_front();
            }
        }
        taken.into()
    }
}

/// Why a body is no stream. The same body fails again.
#[cfg_attr(doc, doc = include_str!("../../../examples/web_bodies.md"))]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StreamError {
    /// The body ended before the stream did.
    #[error("the stream was cut off")]
    CutOff,
    /// Something follows the stream's end.
    #[error("something follows the end of the stream")]
    AfterEnd,
    /// A piece of unknown kind, or an end with content.
    #[error("a piece of kind {kind} is malformed")]
    BadPiece {
        /// Its number.
        kind: u8,
    },
    /// An item is larger than taken.
    #[error("an item of {len} bytes exceeds the limit of {max} bytes")]
    TooLong {
        /// Its length, in bytes.
        len: u64,
        /// Bytes taken.
        max: usize,
    },
    /// The failure at its end is no frame.
    #[error("the failure at the end is malformed: {0}")]
    BadFailure(#[from] BadFrame),
    /// The failure at its end is another frame.
    #[error("the failure at the end is no reply")]
    NoEnding,
}
