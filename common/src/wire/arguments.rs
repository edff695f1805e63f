//! The arguments of a call: one array on the wire, written and read element by element.
//!
//! Each argument is decoded at its own type and refused under its own name. Generated code uses
//! both halves; no tuple type is ever built.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::edge::{Decoder, Encoder, Open, Sink as _, Source};
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
#[derive(Debug)]
pub struct ArgumentsReader<'a> {
    reader: Reader<'a>,
    payload: &'a Payload,
    open: Open,
    taken: usize,
}

#[derive(Debug)]
enum Reader<'a> {
    MessagePack(Decoder<message_pack::Reader<'a>>),
    Json(Decoder<json::Reader<'a>>),
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
        let (reader, open) = match self.codec {
            Codec::MessagePack => {
                let mut source = message_pack::Reader::new(&self.bytes);
                let open = source.array().and_then(|open| open.ok_or(NO_ARRAY));
                let open = open.map_err(|problem| self.error(0, problem))?;
                (Reader::MessagePack(Decoder::nested(source, 1)), open)
            }
            Codec::Json | Codec::ITwinJson => {
                let mut source =
                    json::Reader::new(self).map_err(|problem| self.error(0, problem))?;
                let open = source.array().and_then(|open| open.ok_or(NO_ARRAY));
                let open = open.map_err(|problem| self.error(0, problem))?;
                (Reader::Json(Decoder::nested(source, 1)), open)
            }
        };
        Ok(ArgumentsReader {
            reader,
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
        let next = match &mut self.reader {
            Reader::MessagePack(decoder) => next(decoder, &mut self.open),
            Reader::Json(decoder) => next(decoder, &mut self.open),
        };
        match next {
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
        let result = match &mut self.reader {
            Reader::MessagePack(decoder) if self.open.left == 0 => decoder.source.finish(),
            Reader::MessagePack(_) => {
                let (expected, found) = (self.taken, self.taken + self.open.left);
                return Err(ArgumentError::TooMany { expected, found });
            }
            Reader::Json(decoder) => {
                skip(decoder, &mut self.open).and_then(|()| decoder.source.finish())
            }
        };
        result.map_err(|problem| ArgumentError::Malformed(self.error(problem)))
    }

    fn error(&self, problem: DecodeProblem) -> DecodeError {
        let offset = match &self.reader {
            Reader::MessagePack(decoder) => decoder.source.position(),
            Reader::Json(decoder) => decoder.source.position(),
        };
        self.payload.error(offset, problem)
    }
}

fn next<'de, T, S>(decoder: &mut Decoder<S>, open: &mut Open) -> Result<Option<T>, DecodeProblem>
where
    T: DeserializeOwned,
    S: Source<'de>,
{
    if open.closed || !decoder.source.more(open)? {
        return Ok(None);
    }
    T::deserialize(decoder).map(Some)
}

/// Steps over the arguments that are left.
fn skip<'de, S: Source<'de>>(
    decoder: &mut Decoder<S>,
    open: &mut Open,
) -> Result<(), DecodeProblem> {
    while next::<serde::de::IgnoredAny, S>(decoder, open)?.is_some() {}
    Ok(())
}
