//! What a visitor is given for values that contain values.
//!
//! Each type here walks one bracket of a source: elements, entries, the pairs of a JavaScript
//! map, the entry of an enum, the carrier of a special value. Used by the decoder only.

use std::borrow::Cow;

use serde::Deserializer;
use serde::de::value::{
    BorrowedStrDeserializer, CowStrDeserializer, StrDeserializer, U8Deserializer,
};
use serde::de::{
    DeserializeSeed, EnumAccess, Error as _, IntoDeserializer as _, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};

use super::key::Key;
use super::{Decoder, Open, Slice, Source, Token};
use crate::wire::error::DecodeProblem;
use crate::wire::marker::{CARRIER, Special};

/// The elements of a sequence.
pub(super) struct Elements<'a, S> {
    decoder: &'a mut Decoder<S>,
    open: &'a mut Open,
}

impl<'a, S> Elements<'a, S> {
    pub(super) fn new(decoder: &'a mut Decoder<S>, open: &'a mut Open) -> Self {
        Self { decoder, open }
    }
}

impl<'de, S: Source<'de>> SeqAccess<'de> for Elements<'_, S> {
    type Error = DecodeProblem;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeProblem> {
        if self.open.closed || !self.decoder.source.more(self.open)? {
            return Ok(None);
        }
        seed.deserialize(&mut *self.decoder).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        self.decoder.source.len(self.open)
    }
}

/// The entries of a map or struct.
pub(super) struct Entries<'a, S> {
    decoder: &'a mut Decoder<S>,
    open: &'a mut Open,
}

impl<'a, S> Entries<'a, S> {
    pub(super) fn new(decoder: &'a mut Decoder<S>, open: &'a mut Open) -> Self {
        Self { decoder, open }
    }
}

impl<'de, S: Source<'de>> MapAccess<'de> for Entries<'_, S> {
    type Error = DecodeProblem;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DecodeProblem> {
        if self.open.closed || !self.decoder.source.more(self.open)? {
            return Ok(None);
        }
        match self.decoder.source.key()? {
            Some(key) => seed.deserialize(Key(key)).map(Some),
            None => seed.deserialize(&mut *self.decoder).map(Some),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, DecodeProblem> {
        seed.deserialize(&mut *self.decoder)
    }

    fn size_hint(&self) -> Option<usize> {
        self.decoder.source.len(self.open)
    }
}

/// The `[key, value]` pairs of a JavaScript map, for a destination that is a map.
pub(super) struct Pairs<'a, S> {
    decoder: &'a mut Decoder<S>,
    open: &'a mut Open,
    pair: Open,
}

impl<'a, S> Pairs<'a, S> {
    pub(super) fn new(decoder: &'a mut Decoder<S>, open: &'a mut Open) -> Self {
        Self {
            decoder,
            open,
            pair: Open::default(),
        }
    }
}

const NO_PAIR: DecodeProblem = DecodeProblem::Malformed {
    reason: "an entry of a map is not a pair",
};

impl<'de, S: Source<'de>> MapAccess<'de> for Pairs<'_, S> {
    type Error = DecodeProblem;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DecodeProblem> {
        if self.open.closed || !self.decoder.source.more(self.open)? {
            return Ok(None);
        }
        let Token::Sequence(pair) = self.decoder.source.token()? else {
            return Err(NO_PAIR);
        };
        self.pair = pair;
        if !self.decoder.source.more(&mut self.pair)? {
            return Err(NO_PAIR);
        }
        self.decoder
            .deeper(|decoder| seed.deserialize(decoder))
            .map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, DecodeProblem> {
        if !self.decoder.source.more(&mut self.pair)? {
            return Err(NO_PAIR);
        }
        let value = self.decoder.deeper(|decoder| seed.deserialize(decoder))?;
        self.decoder.ended(&mut self.pair)?;
        Ok(value)
    }
}

/// An enum variant without content.
pub(super) struct UnitVariant<'de>(pub(super) Cow<'de, str>);

impl<'de> EnumAccess<'de> for UnitVariant<'de> {
    type Error = DecodeProblem;
    type Variant = NoContent;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, NoContent), DecodeProblem> {
        let name: CowStrDeserializer<'de, DecodeProblem> = self.0.into_deserializer();
        Ok((seed.deserialize(name)?, NoContent))
    }
}

/// The content of a variant that came as its name alone.
pub(super) struct NoContent;

impl<'de> VariantAccess<'de> for NoContent {
    type Error = DecodeProblem;

    fn unit_variant(self) -> Result<(), DecodeProblem> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        _seed: T,
    ) -> Result<T::Value, DecodeProblem> {
        Err(DecodeProblem::invalid_type(
            Unexpected::UnitVariant,
            &"newtype variant",
        ))
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        _len: usize,
        _visitor: V,
    ) -> Result<V::Value, DecodeProblem> {
        Err(DecodeProblem::invalid_type(
            Unexpected::UnitVariant,
            &"tuple variant",
        ))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, DecodeProblem> {
        Err(DecodeProblem::invalid_type(
            Unexpected::UnitVariant,
            &"struct variant",
        ))
    }
}

/// The one entry of an enum variant with content.
pub(super) struct EnumEntry<'a, S>(pub(super) &'a mut Decoder<S>);

impl<'de, S: Source<'de>> EnumAccess<'de> for EnumEntry<'_, S> {
    type Error = DecodeProblem;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self), DecodeProblem> {
        let variant = match self.0.source.key()? {
            Some(name) => seed.deserialize(Key(name))?,
            None => seed.deserialize(&mut *self.0)?,
        };
        Ok((variant, self))
    }
}

impl<'de, S: Source<'de>> VariantAccess<'de> for EnumEntry<'_, S> {
    type Error = DecodeProblem;

    fn unit_variant(self) -> Result<(), DecodeProblem> {
        serde::Deserialize::deserialize(self.0)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, DecodeProblem> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeProblem> {
        self.0.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeProblem> {
        self.0.deserialize_map(visitor)
    }
}

/// A special value as a map: `{"\0twinbridge": [kind, part…]}`.
pub(super) struct Carrier<'a, 'de, S> {
    decoder: &'a mut Decoder<S>,
    kind: Special,
    digits: Option<Cow<'de, str>>,
    named: bool,
}

impl<'a, 'de, S> Carrier<'a, 'de, S> {
    pub(super) fn new(decoder: &'a mut Decoder<S>, kind: Special) -> Self {
        Self {
            decoder,
            kind,
            digits: None,
            named: false,
        }
    }

    /// A big integer whose payload was read.
    pub(super) fn digits(decoder: &'a mut Decoder<S>, digits: Cow<'de, str>) -> Self {
        Self {
            decoder,
            kind: Special::BigInt,
            digits: Some(digits),
            named: false,
        }
    }
}

impl<'de, S: Source<'de>> MapAccess<'de> for Carrier<'_, 'de, S> {
    type Error = DecodeProblem;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DecodeProblem> {
        if self.named {
            return Ok(None);
        }
        self.named = true;
        seed.deserialize(BorrowedStrDeserializer::<DecodeProblem>::new(CARRIER))
            .map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, DecodeProblem> {
        seed.deserialize(CarrierBody {
            decoder: self.decoder,
            kind: self.kind,
            digits: self.digits.take(),
        })
    }
}

struct CarrierBody<'a, 'de, S> {
    decoder: &'a mut Decoder<S>,
    kind: Special,
    digits: Option<Cow<'de, str>>,
}

impl<'de, S: Source<'de>> Deserializer<'de> for CarrierBody<'_, 'de, S> {
    type Error = DecodeProblem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeProblem> {
        visitor.visit_seq(CarrierParts {
            body: self,
            next: None,
        })
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        option unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

struct CarrierParts<'a, 'de, S> {
    body: CarrierBody<'a, 'de, S>,
    /// The part to read next; `None` before the kind was given.
    next: Option<usize>,
}

impl<'de, S: Source<'de>> SeqAccess<'de> for CarrierParts<'_, 'de, S> {
    type Error = DecodeProblem;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeProblem> {
        let kind = self.body.kind;
        let Some(part) = self.next else {
            self.next = Some(0);
            let number: U8Deserializer<DecodeProblem> = kind.number().into_deserializer();
            return seed.deserialize(number).map(Some);
        };
        if part == kind.parts() {
            return Ok(None);
        }
        self.next = Some(part + 1);
        if let Some(digits) = &self.body.digits {
            return seed.deserialize(StrDeserializer::new(digits)).map(Some);
        }
        self.body.decoder.source.part(kind, part)?;
        if kind == Special::View && part == 1 {
            let slice = self.body.decoder.source.view_bytes()?;
            return seed.deserialize(BytesPart(slice)).map(Some);
        }
        seed.deserialize(&mut *self.body.decoder).map(Some)
    }
}

/// Deserializer of the bytes of a view.
struct BytesPart<'de>(Slice<'de>);

impl<'de> Deserializer<'de> for BytesPart<'de> {
    type Error = DecodeProblem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeProblem> {
        self.0.visit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeProblem> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        option unit unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
