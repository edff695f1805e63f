//! A value on the wire, not decoded yet.
//!
//! It is decoded once, at the typed edge, as the type that is asked for; nothing converts one
//! codec into the other. Frames carry payloads without looking into them.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::edge::{Decoder, Encoder, Input, Source as _};
use super::error::{DecodeError, DecodeProblem, EncodeError};
use super::{Bytes, json, message_pack};

/// How a payload's bytes are to be read.
#[cfg_attr(doc, doc = include_str!("../../examples/values.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// MessagePack, between Rust halves.
    MessagePack,
    /// JSON with binary attachments, towards JavaScript.
    Json,
    /// JSON as iTwin.js writes it for RPC: its own marker for bytes, and nothing else that plain
    /// JSON lacks. No text at all is `undefined`.
    ITwinJson,
}

impl Codec {
    /// The codec's number in a frame.
    pub const fn number(self) -> u8 {
        match self {
            Self::MessagePack => 1,
            Self::Json => 2,
            Self::ITwinJson => 3,
        }
    }

    /// The codec of a number in a frame; `None` for all but 1 to 3.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::MessagePack),
            2 => Some(Self::Json),
            3 => Some(Self::ITwinJson),
            _ => None,
        }
    }

    /// How its JSON is spelled; of no interest for MessagePack.
    pub(super) const fn dialect(self) -> json::Dialect {
        match self {
            Self::ITwinJson => json::Dialect::ITwin,
            Self::MessagePack | Self::Json => json::Dialect::Own,
        }
    }
}

/// One encoded value.
#[cfg_attr(doc, doc = include_str!("../../examples/values.md"))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// How to read [`bytes`](Self::bytes).
    pub codec: Codec,
    /// The value.
    pub bytes: Bytes,
    /// Binary data beside JSON text, in the order of its markers. Empty for MessagePack.
    pub attachments: Vec<Bytes>,
}

impl Payload {
    /// Encodes `value`.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the value has no wire form.
    ///
    /// ```
    /// # use twinbridge_common::wire::{Codec, Payload};
    /// let payload = Payload::encode(Codec::Json, &[1, 2])?;
    /// assert_eq!(payload.bytes.as_slice(), b"[1,2]");
    /// assert_eq!(payload.decode::<Vec<u8>>()?, [1, 2]);
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn encode<T: Serialize + ?Sized>(codec: Codec, value: &T) -> Result<Self, EncodeError> {
        match codec {
            Codec::MessagePack => {
                let mut sink = message_pack::Writer::default();
                // Most results fit; growing step by step would copy each several times.
                sink.out.reserve(128);
                let mut encoder = Encoder::new(sink);
                value.serialize(&mut encoder)?;
                Ok(encoder.sink.into())
            }
            Codec::Json | Codec::ITwinJson => {
                let mut encoder = Encoder::new(json::Writer::new(codec.dialect()));
                value.serialize(&mut encoder)?;
                Ok(encoder.sink.into())
            }
        }
    }

    /// Decodes the value, which must take up the whole payload.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the payload is malformed or holds another type.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        let source = Input::new(self).map_err(|problem| self.error(0, problem))?;
        let mut decoder = Decoder::new(source);
        let value =
            T::deserialize(&mut decoder).and_then(|value| decoder.source.finish().map(|()| value));
        value.map_err(|problem| self.error(decoder.source.position(), problem))
    }

    /// The payload of `()`.
    pub fn unit(codec: Codec) -> Self {
        let bytes: &'static [u8] = match codec {
            Codec::MessagePack => &[0xc0],
            Codec::Json => b"null",
            // What a JavaScript function returns that returns nothing.
            Codec::ITwinJson => b"",
        };
        Self {
            codec,
            bytes: bytes.into(),
            attachments: Vec::new(),
        }
    }

    /// Size in bytes, attachments included.
    pub fn len(&self) -> usize {
        self.bytes.len()
            + self
                .attachments
                .iter()
                .map(|bytes| bytes.len())
                .sum::<usize>()
    }

    /// Bytes that value and attachments take in a frame, the attachments' lengths among them.
    pub(crate) fn encoded_len(&self) -> usize {
        self.len() + 4 * self.attachments.len()
    }

    /// Lets go of the buffer that it came in, which may be that of a whole batch.
    pub(crate) fn detach(&mut self) {
        for bytes in std::iter::once(&mut self.bytes).chain(&mut self.attachments) {
            *bytes = Bytes::copy_from_slice(bytes);
        }
    }

    /// Whether there are no bytes at all: iTwin's `undefined`, and no value of other codecs.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn error(&self, offset: usize, problem: DecodeProblem) -> DecodeError {
        DecodeError {
            codec: self.codec,
            offset,
            problem,
        }
    }
}

impl From<message_pack::Writer> for Payload {
    fn from(writer: message_pack::Writer) -> Self {
        Self {
            codec: Codec::MessagePack,
            bytes: writer.out.into(),
            attachments: Vec::new(),
        }
    }
}

impl From<json::Writer> for Payload {
    fn from(writer: json::Writer) -> Self {
        Self {
            codec: writer.dialect.codec(),
            bytes: writer.out.into(),
            attachments: writer.attachments,
        }
    }
}
