//! What a visitor walks through: elements, entries, pairs, the parts of a carrier.
//!
//! One type for all of them, so that a visitor's code is compiled once for lists and once for
//! maps. It keeps what its source remembers and how deep it stands. Used by the decoder only.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess};

use super::key::Key;
use super::{Decoder, Open, Source as _, Token};
use crate::wire::error::DecodeProblem;
use crate::wire::marker::{CARRIER, Special};

/// An opened value that contains values.
#[derive(Debug)]
pub(in crate::wire) struct Bracket<'de> {
    open: Open,
    shape: Shape<'de>,
}

#[derive(Debug)]
enum Shape<'de> {
    Sequence,
    /// The entries of a map or struct.
    Mapping,
    /// The content of a special value. Boxed, since every value moves as far as this is large.
    Special(Box<Inner<'de>>),
}

#[derive(Debug)]
struct Inner<'de> {
    content: Content<'de>,
    /// The special value that ends with it.
    outer: Option<Open>,
    /// Levels of nesting that end with it.
    levels: usize,
}

#[derive(Debug)]
enum Content<'de> {
    /// The elements of a JavaScript set.
    Elements,
    /// The properties of a JavaScript error.
    Entries,
    /// The `[key, value]` pairs of a JavaScript map, for a destination that is a map, and the pair
    /// whose value comes next.
    Pairs(Open),
    /// A special value as a map, `{"\0twinbridge": [kind, part…]}`, and whether the key was given.
    Carrier(Carried<'de>, bool),
    /// The list in it, and the part that comes next; `None` before the kind was given.
    Parts(Carried<'de>, Option<usize>),
    /// A carrier whose list was handed on.
    Empty,
}

/// What a carrier carries.
#[derive(Debug)]
struct Carried<'de> {
    kind: Special,
    /// A big integer, whose payload was read.
    digits: Option<Cow<'de, str>>,
}

const NO_PAIR: DecodeProblem = DecodeProblem::Malformed {
    reason: "an entry of a map is not a pair",
};

impl<'de> Bracket<'de> {
    pub(super) fn sequence(open: Open) -> Self {
        let shape = Shape::Sequence;
        Self { open, shape }
    }

    pub(super) fn mapping(open: Open) -> Self {
        let shape = Shape::Mapping;
        Self { open, shape }
    }

    /// A JavaScript set, two levels deep.
    pub(super) fn elements(open: Open, outer: Open) -> Self {
        Self::special(Content::Elements, open, Some(outer), 2)
    }

    /// A JavaScript error, two levels deep.
    pub(super) fn entries(open: Open, outer: Open) -> Self {
        Self::special(Content::Entries, open, Some(outer), 2)
    }

    /// A JavaScript map, two levels deep.
    pub(super) fn pairs(open: Open, outer: Open) -> Self {
        Self::special(Content::Pairs(Open::default()), open, Some(outer), 2)
    }

    pub(super) fn carrier(kind: Special, outer: Open) -> Self {
        let carried = Carried { kind, digits: None };
        Self::carried(carried, Some(outer))
    }

    pub(super) fn big_integer(digits: Cow<'de, str>) -> Self {
        let carried = Carried {
            kind: Special::BigInt,
            digits: Some(digits),
        };
        Self::carried(carried, None)
    }

    fn carried(carried: Carried<'de>, outer: Option<Open>) -> Self {
        Self::special(Content::Carrier(carried, false), Open::default(), outer, 1)
    }

    fn special(content: Content<'de>, open: Open, outer: Option<Open>, levels: usize) -> Self {
        let shape = Shape::Special(Box::new(Inner {
            content,
            outer,
            levels,
        }));
        Self { open, shape }
    }

    /// Whether it is to be visited as a list, not as a map.
    pub(super) fn is_list(&self) -> bool {
        match &self.shape {
            Shape::Sequence => true,
            Shape::Mapping => false,
            Shape::Special(inner) => {
                matches!(inner.content, Content::Elements | Content::Parts(..))
            }
        }
    }

    fn content(&mut self) -> Option<&mut Content<'de>> {
        match &mut self.shape {
            Shape::Special(inner) => Some(&mut inner.content),
            _ => None,
        }
    }
}

/// A visitor's way through a bracket.
#[derive(Debug)]
pub(super) struct Walk<'a, 'de> {
    decoder: &'a mut Decoder<'de>,
    bracket: &'a mut Bracket<'de>,
}

enum NextKey<'de> {
    None,
    Text(Cow<'de, str>),
    /// It comes as a value.
    Value,
}

impl<'a, 'de> Walk<'a, 'de> {
    pub(super) fn new(decoder: &'a mut Decoder<'de>, bracket: &'a mut Bracket<'de>) -> Self {
        Self { decoder, bracket }
    }

    /// Whether an element follows. After true it is what the decoder reads next.
    fn next_element(&mut self) -> Result<bool, DecodeProblem> {
        if let Some(Content::Parts(carried, next)) = self.bracket.content() {
            return carried.next_part(next, self.decoder);
        }
        self.decoder.more(&mut self.bracket.open)
    }

    fn next_key(&mut self) -> Result<NextKey<'de>, DecodeProblem> {
        if let Some(Content::Empty | Content::Carrier(_, true)) = self.bracket.content() {
            return Ok(NextKey::None);
        }
        if let Some(Content::Carrier(_, named)) = self.bracket.content() {
            *named = true;
            return Ok(NextKey::Text(CARRIER.into()));
        }
        if !self.decoder.more(&mut self.bracket.open)? {
            return Ok(NextKey::None);
        }
        if let Some(Content::Pairs(pair)) = self.bracket.content() {
            let Token::Sequence(next) = self.decoder.source.token()? else {
                return Err(NO_PAIR);
            };
            *pair = next;
            if !self.decoder.source.more(pair)? {
                return Err(NO_PAIR);
            }
            self.decoder.enter()?;
            return Ok(NextKey::Value);
        }
        let key = self.decoder.source.key()?;
        Ok(key.map_or(NextKey::Value, NextKey::Text))
    }

    /// Makes the value the decoder's next.
    fn next_value(&mut self) -> Result<(), DecodeProblem> {
        let Some(content) = self.bracket.content() else {
            return Ok(());
        };
        match std::mem::replace(content, Content::Empty) {
            Content::Carrier(carried, _) => {
                let parts = Content::Parts(carried, None);
                let list = Bracket::special(parts, Open::default(), None, 0);
                self.decoder.ahead = Some(Token::Inside(list));
            }
            Content::Pairs(mut pair) => {
                if !self.decoder.source.more(&mut pair)? {
                    return Err(NO_PAIR);
                }
                *content = Content::Pairs(pair);
            }
            other => *content = other,
        }
        Ok(())
    }

    fn value_ended(&mut self) -> Result<(), DecodeProblem> {
        if let Some(Content::Pairs(pair)) = self.bracket.content() {
            self.decoder.ended(pair)?;
            self.decoder.leave(1);
        }
        Ok(())
    }

    fn len(&self) -> Option<usize> {
        match self.bracket.shape {
            Shape::Sequence | Shape::Mapping => self.decoder.source.len(&self.bracket.open),
            Shape::Special(_) => None,
        }
    }
}

impl<'de> Carried<'de> {
    /// Whether part `next` follows. After true it is what the decoder reads next.
    fn next_part(
        &mut self,
        next: &mut Option<usize>,
        decoder: &mut Decoder<'de>,
    ) -> Result<bool, DecodeProblem> {
        let Some(part) = *next else {
            *next = Some(0);
            decoder.ahead = Some(Token::Unsigned(self.kind.number().into()));
            return Ok(true);
        };
        if part == self.kind.parts() {
            return Ok(false);
        }
        *next = Some(part + 1);
        if let Some(digits) = self.digits.take() {
            decoder.ahead = Some(Token::Text(digits));
            return Ok(true);
        }
        decoder.source.part(self.kind, part)?;
        if self.kind == Special::View && part == 1 {
            decoder.ahead = Some(Token::Bytes(decoder.source.view_bytes()?));
        }
        Ok(true)
    }
}

impl<'de> SeqAccess<'de> for Walk<'_, 'de> {
    type Error = DecodeProblem;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeProblem> {
        if !self.next_element()? {
            return Ok(None);
        }
        seed.deserialize(&mut *self.decoder).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        self.len()
    }
}

impl<'de> MapAccess<'de> for Walk<'_, 'de> {
    type Error = DecodeProblem;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DecodeProblem> {
        match self.next_key()? {
            NextKey::None => Ok(None),
            NextKey::Text(key) => seed.deserialize(Key(key)).map(Some),
            NextKey::Value => seed.deserialize(&mut *self.decoder).map(Some),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, DecodeProblem> {
        self.next_value()?;
        let value = seed.deserialize(&mut *self.decoder)?;
        self.value_ended()?;
        Ok(value)
    }

    fn size_hint(&self) -> Option<usize> {
        self.len()
    }
}

impl<'de> Decoder<'de> {
    /// Whether an element or entry follows in `open`.
    pub(super) fn more(&mut self, open: &mut Open) -> Result<bool, DecodeProblem> {
        Ok(!open.closed && self.source.more(open)?)
    }

    /// Demands that nothing is left between the brackets of `open`.
    fn ended(&mut self, open: &mut Open) -> Result<(), DecodeProblem> {
        if self.more(open)? {
            return Err(DecodeProblem::custom("more elements than expected"));
        }
        Ok(())
    }

    /// Steps over the end of `bracket`, which must be here.
    pub(super) fn close(&mut self, mut bracket: Bracket<'de>) -> Result<(), DecodeProblem> {
        let levels = match bracket.shape {
            Shape::Sequence | Shape::Mapping => {
                self.ended(&mut bracket.open)?;
                1
            }
            Shape::Special(inner) => {
                if let Content::Elements | Content::Entries | Content::Pairs(_) = inner.content {
                    self.ended(&mut bracket.open)?;
                }
                if let Some(outer) = &inner.outer {
                    self.source.end_special(outer)?;
                }
                inner.levels
            }
        };
        self.leave(levels);
        Ok(())
    }
}
