//! A JSON value whose objects keep the order of their properties.
//!
//! Holds what JSON can say and nothing else: `undefined`, dates and binary data are the carrier's
//! business. Parses and prints through any serde format, so it names no codec. Used for everything
//! in a reply that no Rust type describes: properties of errors and logging metadata.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::Object;

/// Any JSON value.
///
/// Equality is that of the printed text: the order of properties counts.
#[cfg_attr(doc, doc = include_str!("../examples/errors.md"))]
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Json {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction, or beyond the range of [`Json::Int`].
    Float(f64),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Self>),
    /// An object.
    Object(Object),
}

impl Json {
    /// What `value` prints as JSON.
    ///
    /// # Errors
    /// [`NotJson`] if its `Serialize` fails or needs keys that are not strings.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self, NotJson> {
        // Through text: a second serializer would have to repeat every rule of the first.
        let text = serde_json::to_string(value).map_err(|source| NotJson(Box::new(source)))?;
        serde_json::from_str(&text).map_err(|source| NotJson(Box::new(source)))
    }

    /// The text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if this is one; a fraction is cut off, a number out of range is the nearest.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            Self::Float(number) => Some(*number as i64),
            _ => None,
        }
    }

    /// The object, if this is one.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }
}

/// A value has no JSON form. Trying again cannot succeed.
#[cfg_attr(doc, doc = include_str!("../examples/errors.md"))]
#[derive(Debug, thiserror::Error)]
#[error("the value has no JSON form")]
pub struct NotJson(#[source] Box<dyn std::error::Error + Send + Sync>);

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Json {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<i32> for Json {
    fn from(value: i32) -> Self {
        Self::Int(value.into())
    }
}

impl From<u32> for Json {
    fn from(value: u32) -> Self {
        Self::Int(value.into())
    }
}

impl From<f64> for Json {
    /// As `JSON.stringify` sees it: NaN and infinities are `null`, a whole number has no fraction.
    fn from(value: f64) -> Self {
        // 2^53: beyond it a double no longer names one integer.
        const MAX_WHOLE: f64 = 9_007_199_254_740_992.0;
        if !value.is_finite() {
            Self::Null
        } else if value.fract() == 0.0 && value.abs() <= MAX_WHOLE {
            Self::Int(value as i64)
        } else {
            Self::Float(value)
        }
    }
}

impl From<&str> for Json {
    fn from(value: &str) -> Self {
        Self::String(value.to_owned())
    }
}

impl From<String> for Json {
    fn from(value: String) -> Self {
        Self::String(value)
    }
}

impl From<Vec<Self>> for Json {
    fn from(value: Vec<Self>) -> Self {
        Self::Array(value)
    }
}

impl From<Object> for Json {
    fn from(value: Object) -> Self {
        Self::Object(value)
    }
}

impl fmt::Display for Json {
    /// The JSON text, without spaces.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::String(value) => serializer.serialize_str(value),
            Self::Array(items) => items.serialize(serializer),
            Self::Object(object) => object.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        Json::deserialize(deserializer)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Json, E> {
        // Beyond i64 the nearest double, which is all a JavaScript peer keeps of it anyway.
        Ok(i64::try_from(value).map_or(Json::Float(value as f64), Json::Int))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Json::Object(Object::from_entries(entries)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Json {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_value_prints_as_it_was_read() {
        for text in [
            "null",
            "true",
            "-7",
            "9223372036854775807",
            "0.5",
            r#""a\"b""#,
            r#"[1,[],{}]"#,
            r#"{"z":1,"a":{"y":[null],"b":2},"m":"x"}"#,
        ] {
            assert_eq!(parse(text).to_string(), text);
        }
    }

    #[test]
    fn numbers_are_those_of_json_stringify() {
        for (number, text) in [
            (1.0, "1"),
            (-0.0, "0"),
            (1.5, "1.5"),
            (f64::NAN, "null"),
            (f64::INFINITY, "null"),
        ] {
            assert_eq!(Json::from(number).to_string(), text);
        }
    }

    #[test]
    fn a_rust_value_becomes_json_with_its_field_order() {
        #[derive(serde::Serialize)]
        struct Lock {
            state: u8,
            held: bool,
        }
        let json = Json::of(&Lock {
            state: 2,
            held: true,
        })
        .unwrap();
        assert_eq!(json.to_string(), r#"{"state":2,"held":true}"#);
        let unprintable = std::collections::BTreeMap::from([((1, 2), 3)]);
        let error = Json::of(&unprintable).unwrap_err();
        assert_eq!(error.to_string(), "the value has no JSON form");
    }

    #[test]
    fn nesting_beyond_the_limit_is_refused() {
        let deep = "[".repeat(200) + &"]".repeat(200);
        assert!(serde_json::from_str::<Json>(&deep).is_err());
    }
}
