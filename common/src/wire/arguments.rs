//! The arguments of a call: one array on the wire, written and read element by element.
//!
//! Each argument is decoded at its own type and refused under its own name. Generated code uses
//! both halves; no tuple type is ever built.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::edge::{Decoder, Encoder, Input, Open, Sink as _, Source as _};
use super::error::{ArgumentError, DecodeError, DecodeProblem, EncodeError};
use super::missing::Missing;
use super::{Codec, Payload, json, message_pack};

/// Writes the arguments of a call.
///
/// ```
/// # use twinbridge_common::wire::{ArgumentsWriter, Codec};
/// let mut arguments = ArgumentsWriter::new(Codec::MessagePack, 2)?;
/// arguments.push("notes")?;
/// arguments.push(&7)?;
/// let payload = arguments.finish()?;
/// let mut arguments = payload.arguments()?;
/// assert_eq!(arguments.next::<String>("folder")?, "notes");
/// assert_eq!(arguments.next::<u32>("id")?, 7);
/// arguments.finish()?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[cfg_attr(doc, doc = include_str!("../../examples/values.md"))]
#[derive(Debug)]
pub struct ArgumentsWriter {
    writer: Writer,
    count: usize,
    given: usize,
}

#[derive(Debug)]
enum Writer {
    MessagePack(Encoder<message_pack::Writer>),
    Json(Encoder<json::Writer>),
}

impl ArgumentsWriter {
    /// Starts an array of `count` arguments.
    ///
    /// # Errors
    ///
    /// [`EncodeError::TooLong`] from 2^32 arguments on.
    pub fn new(codec: Codec, count: usize) -> Result<Self, EncodeError> {
        let writer = match codec {
            Codec::MessagePack => {
                let mut sink = message_pack::Writer::default();
                // Most calls fit; without it the vector would grow three times on the way.
                sink.out.reserve(128);
                sink.array(count)?;
                Writer::MessagePack(Encoder::nested(sink, 1))
            }
            Codec::Json | Codec::ITwinJson => {
                let mut sink = json::Writer::new(codec.dialect());
                sink.begin_sequence(Some(count))?;
                Writer::Json(Encoder::nested(sink, 1))
            }
        };
        Ok(Self {
            writer,
            count,
            given: 0,
        })
    }

    /// Adds the next argument.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the value has no wire form; the writer is of no use after that.
    pub fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        let first = self.given == 0;
        self.given += 1;
        match &mut self.writer {
            Writer::MessagePack(encoder) => value.serialize(encoder),
            Writer::Json(encoder) => {
                if !first {
                    encoder.sink.out.push(b',');
                }
                value.serialize(encoder)
            }
        }
    }

    /// The array as a payload.
    ///
    /// # Errors
    ///
    /// [`EncodeError::WrongLength`] if another number of arguments was given than announced.
    pub fn finish(self) -> Result<Payload, EncodeError> {
        let (announced, given) = (self.count, self.given);
        if announced != given {
            return Err(EncodeError::WrongLength { announced, given });
        }
        match self.writer {
            Writer::MessagePack(encoder) => Ok(encoder.sink.into()),
            Writer::Json(mut encoder) => {
                encoder.sink.out.push(b']');
                Ok(encoder.sink.into())
            }
        }
    }
}

/// Reads the arguments of a call, one after another.
#[cfg_attr(doc, doc = include_str!("../../examples/values.md"))]
#[derive(Debug)]
pub struct ArgumentsReader<'a> {
    decoder: Decoder<'a>,
    payload: &'a Payload,
    open: Open,
    taken: usize,
}

impl Payload {
    /// Reads the payload as the arguments of a call.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if it is no array.
    pub fn arguments(&self) -> Result<ArgumentsReader<'_>, DecodeError> {
        const NO_ARRAY: DecodeProblem = DecodeProblem::Malformed {
            reason: "arguments are not an array",
        };
        let source = Input::new(self).map_err(|problem| self.error(0, problem))?;
        let mut decoder = Decoder::nested(source, 1);
        let open = decoder.source.array().and_then(|open| open.ok_or(NO_ARRAY));
        let open = open.map_err(|problem| self.error(0, problem))?;
        Ok(ArgumentsReader {
            decoder,
            payload: self,
            open,
            taken: 0,
        })
    }
}

impl ArgumentsReader<'_> {
    /// Takes the next argument; `name` is for the refusal.
    ///
    /// # Errors
    ///
    /// [`ArgumentError::Missing`] if there is none and `T` has no value for "nothing", as
    /// `Option` and `()` have; [`ArgumentError::Wrong`] if it is of another type. The reader is
    /// of no use after that.
    pub fn next<T: DeserializeOwned>(&mut self, name: &'static str) -> Result<T, ArgumentError> {
        self.taken += 1;
        let position = self.taken;
        match next(&mut self.decoder, &mut self.open) {
            Ok(Some(value)) => Ok(value),
            Ok(None) => {
                T::deserialize(Missing).map_err(|_| ArgumentError::Missing { name, position })
            }
            Err(problem) => Err(ArgumentError::Wrong {
                name,
                position,
                source: self.error(problem),
            }),
        }
    }

    /// Says that the method has no more arguments.
    ///
    /// # Errors
    ///
    /// [`ArgumentError::TooMany`] if there are more, unless they come from JavaScript, where
    /// functions ignore them; [`ArgumentError::Malformed`] if something else follows.
    pub fn finish(mut self) -> Result<(), ArgumentError> {
        let from_javascript = self.payload.codec != Codec::MessagePack;
        if !from_javascript && self.open.left != 0 {
            let (expected, found) = (self.taken, self.taken + self.open.left);
            return Err(ArgumentError::TooMany { expected, found });
        }
        let rest = if from_javascript { self.skip() } else { Ok(()) };
        rest.and_then(|()| self.decoder.source.finish())
            .map_err(|problem| ArgumentError::Malformed(self.error(problem)))
    }

    /// Steps over the arguments that are left.
    fn skip(&mut self) -> Result<(), DecodeProblem> {
        while next::<serde::de::IgnoredAny>(&mut self.decoder, &mut self.open)?.is_some() {}
        Ok(())
    }

    fn error(&self, problem: DecodeProblem) -> DecodeError {
        self.payload.error(self.decoder.source.position(), problem)
    }
}

fn next<T: DeserializeOwned>(
    decoder: &mut Decoder<'_>,
    open: &mut Open,
) -> Result<Option<T>, DecodeProblem> {
    if open.closed || !decoder.source.more(open)? {
        return Ok(None);
    }
    T::deserialize(decoder).map(Some)
}
