//! The source of whichever codec a payload has.
//!
//! The decoder reads from this and has no type parameter, so that a type is compiled once and not
//! once per codec, which a page would have to load. Nothing is decided here.

use std::borrow::Cow;

use super::{Open, Slice, Source, Token};
use crate::wire::error::DecodeProblem;
use crate::wire::marker::Special;
use crate::wire::{Codec, Payload, json, message_pack};

/// A payload as tokens.
#[derive(Debug)]
pub(in crate::wire) enum Input<'de> {
    MessagePack(message_pack::Reader<'de>),
    Json(json::Reader<'de>),
}

impl<'de> Input<'de> {
    /// Starts at the first byte of `payload`.
    pub(in crate::wire) fn new(payload: &'de Payload) -> Result<Self, DecodeProblem> {
        match payload.codec {
            Codec::MessagePack => Ok(Self::MessagePack(message_pack::Reader::new(&payload.bytes))),
            Codec::Json | Codec::ITwinJson => json::Reader::new(payload).map(Self::Json),
        }
    }
}

macro_rules! of_either {
    ($self:ident, $reader:ident => $result:expr) => {
        match $self {
            Self::MessagePack($reader) => $result,
            Self::Json($reader) => $result,
        }
    };
}

impl<'de> Source<'de> for Input<'de> {
    fn position(&self) -> usize {
        of_either!(self, reader => reader.position())
    }

    fn finish(&mut self) -> Result<(), DecodeProblem> {
        of_either!(self, reader => reader.finish())
    }

    fn array(&mut self) -> Result<Option<Open>, DecodeProblem> {
        of_either!(self, reader => reader.array())
    }

    fn token(&mut self) -> Result<Token<'de>, DecodeProblem> {
        of_either!(self, reader => reader.token())
    }

    fn take_absent(&mut self) -> Result<bool, DecodeProblem> {
        of_either!(self, reader => reader.take_absent())
    }

    fn more(&mut self, open: &mut Open) -> Result<bool, DecodeProblem> {
        of_either!(self, reader => reader.more(open))
    }

    fn len(&self, open: &Open) -> Option<usize> {
        of_either!(self, reader => reader.len(open))
    }

    fn key(&mut self) -> Result<Option<Cow<'de, str>>, DecodeProblem> {
        of_either!(self, reader => reader.key())
    }

    fn part(&mut self, kind: Special, index: usize) -> Result<(), DecodeProblem> {
        of_either!(self, reader => reader.part(kind, index))
    }

    fn view_bytes(&mut self) -> Result<Slice<'de>, DecodeProblem> {
        of_either!(self, reader => reader.view_bytes())
    }

    fn end_special(&mut self, open: &Open) -> Result<(), DecodeProblem> {
        of_either!(self, reader => reader.end_special(open))
    }
}
