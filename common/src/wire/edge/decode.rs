//! The deserializer over any token source.
//!
//! Special values reach typed destinations in the kind they ask for, or are refused by name; to a
//! visitor that takes anything they go as a carrier map, which serde can buffer and replay.
//! Longer than most files: serde's trait has thirty methods, which are one table.

use std::borrow::Cow;

use serde::Deserializer;
use serde::de::{Error as _, Unexpected, Visitor};

use super::access::{Carrier, Elements, Entries, EnumEntry, Pairs, UnitVariant};
use super::{Open, Source, Token};
use crate::wire::bytes::Offer;
use crate::wire::error::{DecodeProblem, MAX_DEPTH, unexpected};
use crate::wire::marker::{self, Special};

/// Reads values of any type from a source.
#[derive(Debug)]
pub(in crate::wire) struct Decoder<S> {
    pub(in crate::wire) source: S,
    depth: usize,
}

impl<'de, S: Source<'de>> Decoder<S> {
    pub(in crate::wire) fn new(source: S) -> Self {
        Self { source, depth: 0 }
    }

    /// A decoder of values that stand `depth` levels deep.
    pub(in crate::wire) fn nested(source: S, depth: usize) -> Self {
        Self { source, depth }
    }

    /// Runs `read` one level deeper.
    pub(super) fn deeper<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, DecodeProblem>,
    ) -> Result<T, DecodeProblem> {
        if self.depth == MAX_DEPTH {
            return Err(DecodeProblem::TooDeep);
        }
        self.depth += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn visit<V: Visitor<'de>>(
        &mut self,
        token: Token<'de>,
        visitor: V,
    ) -> Result<V::Value, DecodeProblem> {
        match token {
            Token::Null => visitor.visit_unit(),
            Token::Bool(value) => visitor.visit_bool(value),
            Token::Unsigned(value) => visitor.visit_u64(value),
            Token::Signed(value) => visitor.visit_i64(value),
            Token::Single(value) => visitor.visit_f32(value),
            Token::Double(value) => visitor.visit_f64(value),
            Token::Decimal(text) => visitor.visit_f64(double(text)?),
            Token::Text(Cow::Borrowed(text)) => visitor.visit_borrowed_str(text),
            Token::Text(Cow::Owned(text)) => visitor.visit_string(text),
            Token::Bytes(slice) => slice.visit(visitor),
            Token::Glued(bytes) => {
                let _offer = Offer::new(bytes.clone());
                visitor.visit_bytes(&bytes)
            }
            Token::Sequence(open) => self.sequence(open, visitor),
            Token::Mapping(open) => self.mapping(open, visitor),
            Token::Special(kind, _) => Err(unexpected(kind.name(), &visitor)),
        }
    }

    /// The next value for a visitor that takes anything. `exact` keeps kinds apart that are
    /// better resolved where a typed value may wait behind serde's buffering.
    fn any<V: Visitor<'de>>(&mut self, visitor: V, exact: bool) -> Result<V::Value, DecodeProblem> {
        match self.source.token()? {
            Token::Special(Special::Undefined, open) if !exact => {
                self.source.end_special(&open)?;
                visitor.visit_unit()
            }
            Token::Special(Special::BigInt, open) => {
                let digits = self.digits(&open)?;
                match (exact, digits.parse::<i64>(), digits.parse::<u64>()) {
                    (false, Ok(value), _) => visitor.visit_i64(value),
                    (false, _, Ok(value)) => visitor.visit_u64(value),
                    _ => self.deeper(|this| visitor.visit_map(Carrier::digits(this, digits))),
                }
            }
            Token::Special(kind, open) => self.carrier(kind, &open, visitor),
            token => self.visit(token, visitor),
        }
    }

    fn carrier<V: Visitor<'de>>(
        &mut self,
        kind: Special,
        open: &Open,
        visitor: V,
    ) -> Result<V::Value, DecodeProblem> {
        let value = self.deeper(|this| visitor.visit_map(Carrier::new(this, kind)))?;
        self.source.end_special(open)?;
        Ok(value)
    }

    fn sequence<V: Visitor<'de>>(
        &mut self,
        mut open: Open,
        visitor: V,
    ) -> Result<V::Value, DecodeProblem> {
        let value = self.deeper(|this| visitor.visit_seq(Elements::new(this, &mut open)))?;
        self.ended(&mut open)?;
        Ok(value)
    }

    fn mapping<V: Visitor<'de>>(
        &mut self,
        mut open: Open,
        visitor: V,
    ) -> Result<V::Value, DecodeProblem> {
        let value = self.deeper(|this| visitor.visit_map(Entries::new(this, &mut open)))?;
        self.ended(&mut open)?;
        Ok(value)
    }

    /// Demands that nothing is left between the brackets of `open`.
    pub(super) fn ended(&mut self, open: &mut Open) -> Result<(), DecodeProblem> {
        if !open.closed && self.source.more(open)? {
            return Err(DecodeProblem::custom("more elements than expected"));
        }
        Ok(())
    }

    /// The payload of a big integer, to its end.
    fn digits(&mut self, open: &Open) -> Result<Cow<'de, str>, DecodeProblem> {
        self.source.part(Special::BigInt, 0)?;
        let Token::Text(digits) = self.source.token()? else {
            return Err(DecodeProblem::Malformed {
                reason: "a big integer is not text",
            });
        };
        if !marker::is_big_integer(&digits) {
            return Err(DecodeProblem::Malformed {
                reason: "a big integer is not decimal",
            });
        }
        self.source.end_special(open)?;
        Ok(digits)
    }

    /// The milliseconds of a date, to its end.
    fn milliseconds(&mut self, open: &Open) -> Result<f64, DecodeProblem> {
        self.source.part(Special::Date, 0)?;
        let milliseconds = serde::Deserialize::deserialize(&mut *self)?;
        self.source.end_special(open)?;
        Ok(milliseconds)
    }

    fn integer<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, DecodeProblem> {
        match self.source.token()? {
            // JavaScript rounds to -0, which is an integer there.
            Token::Double(0.0) | Token::Single(0.0) => visitor.visit_u64(0),
            Token::Special(Special::BigInt, open) => {
                let digits = self.digits(&open)?;
                if let Ok(value) = digits.parse() {
                    visitor.visit_u64(value)
                } else if let Ok(value) = digits.parse() {
                    visitor.visit_i64(value)
                } else {
                    Err(DecodeProblem::invalid_value(
                        Unexpected::Other(&digits),
                        &visitor,
                    ))
                }
            }
            Token::Special(Special::Date, open) => {
                let milliseconds = self.milliseconds(&open)?;
                let whole = milliseconds as i64;
                if whole as f64 == milliseconds {
                    visitor.visit_i64(whole)
                } else {
                    visitor.visit_f64(milliseconds)
                }
            }
            token => self.visit(token, visitor),
        }
    }
}

/// Parses the text of a JSON number.
fn double(text: &str) -> Result<f64, DecodeProblem> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(DecodeProblem::Malformed {
            reason: "number out of range",
        }),
    }
}

macro_rules! integers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeProblem> {
            self.integer(visitor)
        })*
    };
}

macro_rules! plain {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeProblem> {
            match self.source.token()? {
                // serde's visitor of text would take bytes that happen to be UTF-8.
                Token::Bytes(_) | Token::Glued(_) => Err(unexpected("bytes", &visitor)),
                token => self.visit(token, visitor),
            }
        })*
    };
}

macro_rules! wide_integer {
    ($method:ident $visit:ident $type:ty) => {
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeProblem> {
            let digits = match self.source.token()? {
                Token::Double(0.0) | Token::Single(0.0) => Cow::Borrowed("0"),
                Token::Decimal(text) => Cow::Borrowed(text),
                Token::Special(Special::BigInt, open) => self.digits(&open)?,
                token => return self.visit(token, visitor),
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

impl<'de, S: Source<'de>> Deserializer<'de> for &mut Decoder<S> {
    type Error = DecodeProblem;

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    plain! {
        deserialize_bool deserialize_char deserialize_str deserialize_string
        deserialize_identifier
    }

    wide_integer!(deserialize_i128 visit_i128 i128);
    wide_integer!(deserialize_u128 visit_u128 u128);

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeProblem> {
        self.any(visitor, false)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(
        self,
        visitor: V,
    ) -> Result<V::Value, DecodeProblem> {
        self.any(visitor, false)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeProblem> {
        match self.source.token()? {
            // Straight to the type: over f64 a decimal could be rounded twice.
            Token::Decimal(text) => match text.parse::<f32>() {
                Ok(value) if value.is_finite() => visitor.visit_f32(value),
                _ => Err(DecodeProblem::Malformed {
                    reason: "number out of range",
                }),
            },
            Token::Special(Special::Date, open) => visitor.visit_f64(self.milliseconds(&open)?),
            token => self.visit(token, visitor),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeProblem> {
        match self.source.token()? {
            Token::Special(Special::Date, open) => visitor.visit_f64(self.milliseconds(&open)?),
            token => self.visit(token, visitor),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeProblem> {
        match self.source.token()? {
            Token::Special(Special::View, open) => {
                self.source.part(Special::View, 0)?;
                let name = self.source.token()?;
                if !matches!(name, Token::Text(_)) {
                    return Err(DecodeProblem::Malformed {
                        reason: "a view's kind is not text",
                    });
                }
                self.source.part(Special::View, 1)?;
                let slice = self.source.view_bytes()?;
                self.source.end_special(&open)?;
                slice.visit(visitor)
            }
            token => self.visit(token, visitor),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeProblem> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeProblem> {
        if self.source.take_absent()? {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeProblem> {
        if self.source.take_absent()? {
            return visitor.visit_unit();
        }
        let token = self.source.token()?;
        self.visit(token, visitor)
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
        if name == marker::VALUE {
            return visitor.visit_newtype_struct(Exact(self));
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeProblem> {
        match self.source.token()? {
            Token::Special(Special::Set, open) => self.deeper(|this| {
                this.source.part(Special::Set, 0)?;
                let Token::Sequence(elements) = this.source.token()? else {
                    return Err(DecodeProblem::Malformed {
                        reason: "a set is not a sequence",
                    });
                };
                let value = this.sequence(elements, visitor)?;
                this.source.end_special(&open)?;
                Ok(value)
            }),
            token => self.visit(token, visitor),
        }
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

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeProblem> {
        let (kind, open) = match self.source.token()? {
            Token::Special(kind @ (Special::Map | Special::Error), open) => (kind, open),
            token => return self.visit(token, visitor),
        };
        self.deeper(|this| {
            this.source.part(kind, 0)?;
            let value = match this.source.token()? {
                Token::Mapping(entries) if kind == Special::Error => {
                    this.mapping(entries, visitor)?
                }
                Token::Sequence(mut pairs) if kind == Special::Map => {
                    let value =
                        this.deeper(|this| visitor.visit_map(Pairs::new(this, &mut pairs)))?;
                    this.ended(&mut pairs)?;
                    value
                }
                _ => {
                    return Err(DecodeProblem::Malformed {
                        reason: "no entries in a marker",
                    });
                }
            };
            this.source.end_special(&open)?;
            Ok(value)
        })
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
        match self.source.token()? {
            Token::Text(variant) => visitor.visit_enum(UnitVariant(variant)),
            Token::Mapping(mut open) => {
                if !self.source.more(&mut open)? {
                    return Err(DecodeProblem::custom(
                        "an enum is a map of one entry, not none",
                    ));
                }
                let value = self.deeper(|this| visitor.visit_enum(EnumEntry(this)))?;
                self.ended(&mut open)?;
                Ok(value)
            }
            token => self.visit(token, visitor),
        }
    }
}

/// Deserializer of a dynamic value: no kind is resolved into a nearby one.
struct Exact<'a, S>(&'a mut Decoder<S>);

impl<'de, S: Source<'de>> Deserializer<'de> for Exact<'_, S> {
    type Error = DecodeProblem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeProblem> {
        self.0.any(visitor, true)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        option unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}
