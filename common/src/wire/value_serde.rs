//! How the dynamic value passes through serde.
//!
//! Out: special kinds go under reserved newtype names, which our codecs recognise and other
//! formats ignore. In: they come as the carrier map that the decoder makes of them.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, DeserializeSeed, Error as _, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::ser::{Error as _, SerializeMap as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::marker::{self, CARRIER, Special};
use super::value::Object;
use super::{Bytes, Value, View};

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Undefined => special(serializer, Special::Undefined, &()),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::UInt(value) => serializer.serialize_u64(*value),
            Self::BigInt(digits) if marker::is_big_integer(digits) => {
                special(serializer, Special::BigInt, digits)
            }
            Self::BigInt(_) => Err(S::Error::custom("a big integer is not decimal")),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::String(value) => serializer.serialize_str(value),
            Self::Bytes {
                bytes,
                view: View::Uint8Array,
            } => bytes.serialize(serializer),
            Self::Bytes { bytes, view } => {
                special(serializer, Special::View, &(view.name(), bytes))
            }
            Self::Date(milliseconds) => special(serializer, Special::Date, milliseconds),
            Self::Array(values) => serializer.collect_seq(values),
            Self::Object(object) => object.serialize(serializer),
            Self::Map(entries) => special(serializer, Special::Map, entries),
            Self::Set(values) => special(serializer, Special::Set, values),
            Self::RegExp { source, flags } => {
                special(serializer, Special::RegExp, &(source, flags))
            }
            Self::Error(object) => special(serializer, Special::Error, object),
        }
    }
}

fn special<S: Serializer, T: Serialize + ?Sized>(
    serializer: S,
    kind: Special,
    payload: &T,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_newtype_struct(kind.newtype(), payload)
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (name, value) in self.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(marker::VALUE, ValueVisitor)
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Object(object) => Ok(object),
            _ => Err(D::Error::custom("not an object")),
        }
    }
}

struct ValueVisitor;

macro_rules! visit {
    ($($method:ident $type:ty: $value:ident => $result:expr;)*) => {
        $(fn $method<E: de::Error>(self, $value: $type) -> Result<Value, E> {
            Ok($result)
        })*
    };
}

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    visit! {
        visit_bool bool: value => Value::Bool(value);
        visit_i64 i64: value => Value::Int(value);
        visit_u64 u64: value => value.into();
        visit_i128 i128: value => i64::try_from(value)
            .map_or_else(|_| Value::BigInt(value.to_string()), Value::Int);
        visit_u128 u128: value => u64::try_from(value)
            .map_or_else(|_| Value::BigInt(value.to_string()), Value::from);
        visit_f64 f64: value => Value::Float(value);
        visit_str &str: value => Value::String(value.to_owned());
        visit_string String: value => Value::String(value);
        visit_byte_buf Vec<u8>: value => Value::bytes(value);
        visit_bytes &[u8]: value => Value::bytes(super::bytes::shared_or_copied(value));
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Value, D::Error> {
        Value::deserialize(inner)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Value, D::Error> {
        inner.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        // The hint never exceeds the input's size in bytes, but a value is larger than a byte.
        let mut values = Vec::with_capacity(elements.size_hint().unwrap_or(0).min(1024));
        while let Some(value) = elements.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut properties = Vec::with_capacity(map.size_hint().unwrap_or(0).min(1024));
        while let Some(Name(name)) = map.next_key()? {
            if name == CARRIER {
                return map.next_value_seed(Carried(SpecialValue));
            }
            properties.push((name, map.next_value()?));
        }
        Ok(Value::Object(Object(properties)))
    }
}

/// A property's name: text, or a number or truth value in its text form, as JavaScript does it.
struct Name(String);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;

        impl Visitor<'_> for NameVisitor {
            type Value = Name;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a property's name")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Name, E> {
                Ok(Name(name.to_owned()))
            }

            fn visit_string<E: de::Error>(self, name: String) -> Result<Name, E> {
                Ok(Name(name))
            }

            fn visit_bool<E: de::Error>(self, name: bool) -> Result<Name, E> {
                Ok(Name(name.to_string()))
            }

            fn visit_i64<E: de::Error>(self, name: i64) -> Result<Name, E> {
                Ok(Name(name.to_string()))
            }

            fn visit_u64<E: de::Error>(self, name: u64) -> Result<Name, E> {
                Ok(Name(name.to_string()))
            }
        }

        deserializer.deserialize_any(NameVisitor)
    }
}

/// What to make of the parts of a carrier: `[kind, part…]`.
trait FromParts {
    type Value;

    fn parts<'de, A: SeqAccess<'de>>(kind: Special, parts: A) -> Result<Self::Value, A::Error>;
}

/// Reads the list inside a carrier.
struct Carried<T>(T);

impl<'de, T: FromParts> DeserializeSeed<'de> for Carried<T> {
    type Value = T::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T::Value, D::Error> {
        struct PartsVisitor<T>(PhantomData<T>);

        impl<'de, T: FromParts> Visitor<'de> for PartsVisitor<T> {
            type Value = T::Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the parts of a special value")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<T::Value, A::Error> {
                let number = part(&mut parts)?;
                let kind = Special::from_number(number).ok_or_else(|| {
                    A::Error::invalid_value(Unexpected::Unsigned(number.into()), &"a kind")
                })?;
                T::parts(kind, parts)
            }
        }

        deserializer.deserialize_seq(PartsVisitor(PhantomData::<T>))
    }
}

fn part<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(parts: &mut A) -> Result<T, A::Error> {
    parts
        .next_element()?
        .ok_or_else(|| A::Error::custom("a special value lacks a part"))
}

/// Any special value.
struct SpecialValue;

impl FromParts for SpecialValue {
    type Value = Value;

    fn parts<'de, A: SeqAccess<'de>>(kind: Special, mut parts: A) -> Result<Value, A::Error> {
        let parts = &mut parts;
        Ok(match kind {
            Special::Undefined => Value::Undefined,
            Special::BigInt => Value::BigInt(part(parts)?),
            Special::View => {
                let name: String = part(parts)?;
                let view = View::from_name(&name).ok_or_else(|| {
                    A::Error::custom(format_args!("`{name}` is no view of bytes"))
                })?;
                Value::Bytes {
                    bytes: part(parts)?,
                    view,
                }
            }
            Special::Date => Value::Date(part(parts)?),
            Special::Map => Value::Map(part(parts)?),
            Special::Set => Value::Set(part(parts)?),
            Special::RegExp => Value::RegExp {
                source: part(parts)?,
                flags: part(parts)?,
            },
            Special::Error => Value::Error(part(parts)?),
        })
    }
}

/// The bytes of a view, for a destination that is bytes.
pub(super) struct BytesCarrier;

impl BytesCarrier {
    /// Reads a carrier that a visitor of bytes was given.
    pub(super) fn read<'de, A: MapAccess<'de>>(mut map: A) -> Result<Bytes, A::Error> {
        match map.next_key()? {
            Some(Name(name)) if name == CARRIER => map.next_value_seed(Carried(Self)),
            _ => Err(A::Error::invalid_type(Unexpected::Map, &"bytes")),
        }
    }
}

impl FromParts for BytesCarrier {
    type Value = Bytes;

    fn parts<'de, A: SeqAccess<'de>>(kind: Special, mut parts: A) -> Result<Bytes, A::Error> {
        if kind != Special::View {
            return Err(A::Error::invalid_type(
                Unexpected::Other(kind.name()),
                &"bytes",
            ));
        }
        let _name: String = part(&mut parts)?;
        part(&mut parts)
    }
}
