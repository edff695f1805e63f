//! The argument that is not there.
//!
//! A deserializer without input: `Option` gets none, unit types get unit, a dynamic value gets
//! `undefined`, and every other type refuses. Used by the arguments reader only.

use serde::Deserializer;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Error as _, IntoDeserializer, Visitor};

use super::error::DecodeProblem;
use super::marker::{CARRIER, Special, VALUE};

/// Deserializer of nothing.
pub(super) struct Missing;

struct Undefined;

impl<'de> IntoDeserializer<'de, DecodeProblem> for Undefined {
    type Deserializer = SeqDeserializer<std::iter::Once<u8>, DecodeProblem>;

    fn into_deserializer(self) -> Self::Deserializer {
        SeqDeserializer::new(std::iter::once(Special::Undefined.number()))
    }
}

impl<'de> Deserializer<'de> for Missing {
    type Error = DecodeProblem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeProblem> {
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeProblem> {
        visitor.visit_none()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeProblem> {
        if name == VALUE {
            let carrier = std::iter::once((CARRIER, Undefined));
            return visitor.visit_map(MapDeserializer::new(carrier));
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, DecodeProblem> {
        Err(DecodeProblem::custom("missing"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
