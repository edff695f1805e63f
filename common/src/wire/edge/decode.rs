//! The deserializer over any token source.
//!
//! Special values reach typed destinations in the kind they ask for, or are refused by name; to a
//! visitor that takes anything they go as a carrier map, which serde can buffer and replay. Each
//! method is compiled for each visitor, so all that does not concern the visitor is elsewhere, and
//! as in `serde_json` a visitor is offered only kinds that are near to what it asks for.

use std::borrow::Cow;

use serde::Deserializer;
use serde::de::{Error as _, Expected, Unexpected, Visitor};

use super::bracket::{Bracket, Walk};
use super::head::Ask;
use super::variant::Variant;
use super::{Input, Source as _, Token};
use crate::wire::bytes::Offer;
use crate::wire::error::{DecodeProblem, MAX_DEPTH};
use crate::wire::marker;

/// Reads values of any type from a payload.
#[derive(Debug)]
pub(in crate::wire) struct Decoder<'de> {
    pub(in crate::wire) source: Input<'de>,
    depth: usize,
    /// What comes before the source's next token: a piece of a carrier.
    pub(super) ahead: Option<Token<'de>>,
    /// The next value is a dynamic one.
    exact: bool,
}

/// An integer beyond 64 bits, or what else came.
enum Wide<'de> {
    Digits(Cow<'de, str>),
    Other(Token<'de>),
}

/// Which variant of an enum came.
enum Chosen<'de> {
    Unit(Cow<'de, str>),
    /// Its name, unless that is no text, and the map whose one entry it is.
    Entry(Option<Cow<'de, str>>, Bracket<'de>),
}

impl<'de> Decoder<'de> {
    pub(in crate::wire) fn new(source: Input<'de>) -> Self {
        Self::nested(source, 0)
    }

    /// A decoder of values that stand `depth` levels deep.
    pub(in crate::wire) fn nested(source: Input<'de>, depth: usize) -> Self {
        Self {
            source,
            depth,
            ahead: None,
            exact: false,
        }
    }

    /// Goes one level deeper.
    pub(super) fn enter(&mut self) -> Result<(), DecodeProblem> {
        if self.depth == MAX_DEPTH {
            return Err(DecodeProblem::TooDeep);
        }
        self.depth += 1;
        Ok(())
    }

    /// Comes back from `levels` levels. After an error nobody does, as nothing is read after it.
    pub(super) fn leave(&mut self, levels: usize) {
        self.depth -= levels;
    }

    fn read<V: Visitor<'de>>(&mut self, ask: Ask, visitor: V) -> Result<V::Value, DecodeProblem> {
        let mut head = self.head();
        self.settle(&mut head, ask, &visitor);
        self.visit(head, visitor)
    }

    #[inline(always)]
    fn visit<V: Visitor<'de>>(
        &mut self,
        head: Result<Token<'de>, DecodeProblem>,
        visitor: V,
    ) -> Result<V::Value, DecodeProblem> {
        match head {
            Ok(Token::Null) => visitor.visit_unit(),
            Ok(Token::Bool(value)) => visitor.visit_bool(value),
            Ok(Token::Unsigned(value)) => visitor.visit_u64(value),
            Ok(Token::Signed(value)) => visitor.visit_i64(value),
            Ok(Token::Single(value)) => visitor.visit_f32(value),
            Ok(Token::Double(value)) => visitor.visit_f64(value),
            Ok(Token::Text(Cow::Borrowed(text))) => visitor.visit_borrowed_str(text),
            Ok(Token::Text(Cow::Owned(text))) => visitor.visit_string(text),
            Ok(Token::Bytes(slice)) => {
                // The visitor may take the handle instead of a copy.
                let _offer = slice.handle.map(Offer::new);
                visitor.visit_borrowed_bytes(slice.bytes)
            }
            Ok(Token::Glued(bytes)) => {
                let _offer = Offer::new(bytes.clone());
                visitor.visit_bytes(&bytes)
            }
            Ok(Token::Sequence(open)) => self.walk(Bracket::sequence(open), visitor),
            Ok(Token::Mapping(open)) => self.walk(Bracket::mapping(open), visitor),
            Ok(Token::Inside(bracket)) => self.walk(bracket, visitor),
            // `head` resolves them or refuses them itself.
            Ok(token @ (Token::Decimal(_) | Token::Special(..))) => Err(token.unexpected(&visitor)),
            Err(problem) => Err(problem),
        }
    }

    /// A number for a visitor of numbers.
    fn number<V: Visitor<'de>>(&mut self, ask: Ask, visitor: V) -> Result<V::Value, DecodeProblem> {
        match self.scalar(ask, &visitor)? {
            Token::Unsigned(value) => visitor.visit_u64(value),
            Token::Signed(value) => visitor.visit_i64(value),
            Token::Single(value) => visitor.visit_f32(value),
            Token::Double(value) => visitor.visit_f64(value),
            token => Err(token.unexpected(&visitor)),
        }
    }

    /// Text for a visitor of text.
    fn text<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, DecodeProblem> {
        match self.scalar(Ask::Text, &visitor)? {
            Token::Text(Cow::Borrowed(text)) => visitor.visit_borrowed_str(text),
            Token::Text(Cow::Owned(text)) => visitor.visit_string(text),
            token => Err(token.unexpected(&visitor)),
        }
    }

    fn scalar(&mut self, ask: Ask, expected: &dyn Expected) -> Result<Token<'de>, DecodeProblem> {
        let mut head = self.head();
        self.settle(&mut head, ask, expected);
        head
    }

    /// Reads the opening of what a visitor of lists or maps walks through.
    fn bracket(
        &mut self,
        ask: Ask,
        expected: &dyn Expected,
    ) -> Result<Bracket<'de>, DecodeProblem> {
        let mut head = self.head();
        self.settle(&mut head, ask, expected);
        match head? {
            Token::Sequence(open) => Ok(Bracket::sequence(open)),
            Token::Mapping(open) => Ok(Bracket::mapping(open)),
            Token::Inside(bracket) => Ok(bracket),
            token => Err(token.unexpected(expected)),
        }
    }

    fn walk<V: Visitor<'de>>(
        &mut self,
        mut bracket: Bracket<'de>,
        visitor: V,
    ) -> Result<V::Value, DecodeProblem> {
        let value = match bracket.is_list() {
            true => visitor.visit_seq(Walk::new(self, &mut bracket))?,
            false => visitor.visit_map(Walk::new(self, &mut bracket))?,
        };
        self.close(bracket)?;
        Ok(value)
    }

    /// Walks through a list, for a visitor of lists.
    fn list<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, DecodeProblem> {
        let mut bracket = self.bracket(Ask::Sequence, &visitor)?;
        if !bracket.is_list() {
            return Err(DecodeProblem::invalid_type(Unexpected::Map, &visitor));
        }
        let value = visitor.visit_seq(Walk::new(self, &mut bracket))?;
        self.close(bracket)?;
        Ok(value)
    }

    /// Walks through entries, for a visitor of maps. That of a struct would take a list, too, which
    /// no encoder of ours writes and whose code would be half of all decoding in a page.
    fn entries<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, DecodeProblem> {
        let mut bracket = self.bracket(Ask::Mapping, &visitor)?;
        if bracket.is_list() {
            return Err(DecodeProblem::invalid_type(Unexpected::Seq, &visitor));
        }
        let value = visitor.visit_map(Walk::new(self, &mut bracket))?;
        self.close(bracket)?;
        Ok(value)
    }

    /// Whether nothing comes next, which is read then.
    fn take_absent(&mut self) -> Result<bool, DecodeProblem> {
        Ok(self.ahead.is_none() && self.source.take_absent()?)
    }

    fn wide(&mut self, expected: &dyn Expected) -> Result<Wide<'de>, DecodeProblem> {
        let mut head = self.head();
        self.settle(&mut head, Ask::Wide, expected);
        match head? {
            Token::Double(0.0) | Token::Single(0.0) => Ok(Wide::Digits("0".into())),
            Token::Decimal(text) => Ok(Wide::Digits(text.into())),
            Token::Special(_, open) => self.digits(&open).map(Wide::Digits),
            token => Ok(Wide::Other(token)),
        }
    }

    /// Reads which variant of an enum comes next.
    fn variant(&mut self, expected: &dyn Expected) -> Result<Chosen<'de>, DecodeProblem> {
        let mut head = self.head();
        self.settle(&mut head, Ask::Other, expected);
        match head? {
            Token::Text(name) => Ok(Chosen::Unit(name)),
            Token::Mapping(mut open) => {
                if !self.more(&mut open)? {
                    return Err(DecodeProblem::custom(
                        "an enum is a map of one entry, not none",
                    ));
                }
                let name = self.source.key()?;
                Ok(Chosen::Entry(name, Bracket::mapping(open)))
            }
            head => Err(head.unexpected(expected)),
        }
    }
}

macro_rules! numbers {
    ($($method:ident $ask:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeProblem> {
            self.number(Ask::$ask, visitor)
        })*
    };
}

macro_rules! texts {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeProblem> {
            self.text(visitor)
        })*
    };
}

macro_rules! wide_integer {
    ($method:ident $visit:ident $type:ty) => {
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeProblem> {
            let digits = match self.wide(&visitor)? {
                Wide::Digits(digits) => digits,
                Wide::Other(Token::Unsigned(value)) => return visitor.visit_u64(value),
                Wide::Other(Token::Signed(value)) => return visitor.visit_i64(value),
                Wide::Other(token) => return Err(token.unexpected(&visitor)),
            };
            match digits.parse::<$type>() {
                Ok(value) => visitor.$visit(value),
                Err(_) => Err(DecodeProblem::invalid_value(
                    Unexpected::Other(&digits),
                    &visitor,
                )),
            }
        }
    };
}

impl<'de> Deserializer<'de> for &mut Decoder<'de> {
    type Error = DecodeProblem;

    numbers! {
        deserialize_i8 Integer deserialize_i16 Integer deserialize_i32 Integer
        deserialize_i64 Integer deserialize_u8 Integer deserialize_u16 Integer
        deserialize_u32 Integer deserialize_u64 Integer
        deserialize_f32 Single deserialize_f64 Double
    }

    texts! { deserialize_char deserialize_str deserialize_string deserialize_identifier }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeProblem> {
        match self.scalar(Ask::Text, &visitor)? {
            Token::Bool(value) => visitor.visit_bool(value),
            token => Err(token.unexpected(&visitor)),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeProblem> {
        self.read(Ask::Bytes, visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeProblem> {
        self.read(Ask::Bytes, visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(
        self,
        visitor: V,
    ) -> Result<V::Value, DecodeProblem> {
        self.read(Ask::Any, visitor)
    }

    wide_integer!(deserialize_i128 visit_i128 i128);
    wide_integer!(deserialize_u128 visit_u128 u128);

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeProblem> {
        let ask = match std::mem::take(&mut self.exact) {
            true => Ask::Exact,
            false => Ask::Any,
        };
        self.read(ask, visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeProblem> {
        if self.take_absent()? {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeProblem> {
        if self.take_absent()? {
            return visitor.visit_unit();
        }
        match self.scalar(Ask::Other, &visitor)? {
            Token::Null => visitor.visit_unit(),
            token => Err(token.unexpected(&visitor)),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeProblem> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeProblem> {
        // What `Value` does with it is to ask for anything.
        self.exact = name == marker::VALUE;
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeProblem> {
        self.list(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeProblem> {
        self.entries(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeProblem> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeProblem> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeProblem> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeProblem> {
        let (variant, bracket) = match self.variant(&visitor)? {
            Chosen::Unit(name) => (Variant::unit(name), None),
            Chosen::Entry(name, bracket) => (Variant::entry(name, self), Some(bracket)),
        };
        let value = visitor.visit_enum(variant)?;
        if let Some(bracket) = bracket {
            self.close(bracket)?;
        }
        Ok(value)
    }
}
