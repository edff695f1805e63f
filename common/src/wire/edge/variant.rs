//! An enum's variant, by its name alone or as the one entry of a map.
//!
//! One type for both, so that an enum's code is compiled once. Used by the decoder and for keys.

use std::borrow::Cow;

use serde::Deserializer as _;
use serde::de::{
    DeserializeSeed, EnumAccess, Error as _, Expected, Unexpected, VariantAccess, Visitor,
};

use super::Decoder;
use super::key::Key;
use crate::wire::error::DecodeProblem;

/// A variant.
#[derive(Debug)]
pub(super) struct Variant<'a, 'de> {
    /// `None` if it is no text, and comes as a value.
    name: Option<Cow<'de, str>>,
    /// Reads the content; `None` if there is only the name.
    content: Option<&'a mut Decoder<'de>>,
}

impl<'a, 'de> Variant<'a, 'de> {
    /// A variant without content.
    pub(super) fn unit(name: Cow<'de, str>) -> Self {
        Self {
            name: Some(name),
            content: None,
        }
    }

    /// The variant whose content `decoder` reads next.
    pub(super) fn entry(name: Option<Cow<'de, str>>, decoder: &'a mut Decoder<'de>) -> Self {
        Self {
            name,
            content: Some(decoder),
        }
    }

    fn content(self, wanted: &dyn Expected) -> Result<&'a mut Decoder<'de>, DecodeProblem> {
        self.content
            .ok_or_else(|| DecodeProblem::invalid_type(Unexpected::UnitVariant, wanted))
    }
}

impl<'a, 'de> EnumAccess<'de> for Variant<'a, 'de> {
    type Error = DecodeProblem;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(
        mut self,
        seed: V,
    ) -> Result<(V::Value, Self), DecodeProblem> {
        let variant = match (self.name.take(), &mut self.content) {
            (Some(name), _) => seed.deserialize(Key(name))?,
            (None, Some(decoder)) => seed.deserialize(&mut **decoder)?,
            (None, None) => return Err(DecodeProblem::Truncated),
        };
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = DecodeProblem;

    fn unit_variant(self) -> Result<(), DecodeProblem> {
        match self.content {
            Some(decoder) => serde::Deserialize::deserialize(decoder),
            None => Ok(()),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, DecodeProblem> {
        seed.deserialize(self.content(&"newtype variant")?)
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeProblem> {
        self.content(&"tuple variant")?.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeProblem> {
        self.content(&"struct variant")?.deserialize_map(visitor)
    }
}
