//! The dynamic value: everything that JavaScript can hand over, and what Rust makes of it.
//!
//! For calls whose types are not known when the program is built: the Explorer, `any` in a
//! contract, hand-written JavaScript. Typed code never meets it.

use std::borrow::Cow;

use super::Bytes;

/// Any value.
///
/// Two values are equal if they look the same on the wire: NaN equals NaN, and -0 is not 0.
#[cfg_attr(doc, doc = include_str!("../../examples/values.md"))]
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// JavaScript's `null`, Rust's `None` and `()`.
    #[default]
    Null,
    /// JavaScript's `undefined`.
    Undefined,
    /// `true` or `false`.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// An integer above `i64::MAX`; lower ones are decoded as [`Int`](Self::Int).
    UInt(u64),
    /// JavaScript's `bigint`: decimal digits, with a minus sign if below zero.
    BigInt(String),
    /// A number with a fraction, or one that is too large, or NaN, ±infinity, -0.
    Float(f64),
    /// Text.
    String(String),
    /// Binary data and what JavaScript holds it as.
    Bytes {
        /// The data.
        bytes: Bytes,
        /// What JavaScript holds it as.
        view: View,
    },
    /// A point in time, in milliseconds since 1970 in UTC. NaN is JavaScript's invalid date.
    Date(f64),
    /// An array.
    Array(Vec<Self>),
    /// An object, or a Rust struct or map.
    Object(Object),
    /// JavaScript's `Map`, in its order.
    Map(Vec<(Self, Self)>),
    /// JavaScript's `Set`, in its order.
    Set(Vec<Self>),
    /// JavaScript's `RegExp`.
    RegExp {
        /// The pattern, without slashes.
        source: String,
        /// The flags, such as `gi`.
        flags: String,
    },
    /// JavaScript's `Error`: its name, message and other own properties.
    Error(Object),
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) | (Self::Undefined, Self::Undefined) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::UInt(a), Self::UInt(b)) => a == b,
            (Self::Float(a), Self::Float(b)) | (Self::Date(a), Self::Date(b)) => {
                a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
            }
            (Self::BigInt(a), Self::BigInt(b)) | (Self::String(a), Self::String(b)) => a == b,
            (Self::Bytes { bytes: a, view: x }, Self::Bytes { bytes: b, view: y }) => {
                a == b && x == y
            }
            (Self::Array(a), Self::Array(b)) | (Self::Set(a), Self::Set(b)) => a == b,
            (Self::Object(a), Self::Object(b)) | (Self::Error(a), Self::Error(b)) => a == b,
            (Self::Map(a), Self::Map(b)) => a == b,
            (
                Self::RegExp {
                    source: a,
                    flags: x,
                },
                Self::RegExp {
                    source: b,
                    flags: y,
                },
            ) => a == b && x == y,
            _ => false,
        }
    }
}

impl Eq for Value {}

impl Value {
    /// Binary data as a `Uint8Array`.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self::Bytes {
            bytes: bytes.into(),
            view: View::Uint8Array,
        }
    }

    /// The value of an object's property; `None` for other values and for an absent property.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(object) | Self::Error(object) => object.get(name),
            _ => None,
        }
    }
}

macro_rules! from {
    ($($type:ty => $value:ident => $result:expr;)*) => {
        $(impl From<$type> for Value {
            fn from($value: $type) -> Self {
                $result
            }
        })*
    };
}

from! {
    () => _unit => Self::Null;
    bool => value => Self::Bool(value);
    i32 => value => Self::Int(value.into());
    u32 => value => Self::Int(value.into());
    i64 => value => Self::Int(value);
    u64 => value => i64::try_from(value).map_or(Self::UInt(value), Self::Int);
    f64 => value => Self::Float(value);
    &str => value => Self::String(value.to_owned());
    String => value => Self::String(value);
    Bytes => value => Self::bytes(value);
    Vec<Self> => value => Self::Array(value);
    Object => value => Self::Object(value);
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<const N: usize> From<[(&str, Self); N]> for Value {
    fn from(properties: [(&str, Self); N]) -> Self {
        Self::Object(
            properties
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }
}

impl schemars::JsonSchema for Value {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Value".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        true.into()
    }
}

/// The properties of an object, in the order in which they came.
///
/// A property that comes twice on the wire is kept twice, and the last one counts, as in
/// JavaScript; only the text of the message shows the first.
#[cfg_attr(doc, doc = include_str!("../../examples/values.md"))]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object(pub Vec<(String, Value)>);

impl Object {
    /// The value of a property.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    /// The properties, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// How many properties there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no property.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(String, Value)> for Object {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(properties: I) -> Self {
        Self(properties.into_iter().collect())
    }
}

/// What JavaScript holds binary data as.
#[cfg_attr(doc, doc = include_str!("../../examples/values.md"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // Each is the JavaScript type of its name.
pub enum View {
    /// What plain bytes become, and the only one that needs no mark on the wire.
    #[default]
    Uint8Array,
    ArrayBuffer,
    Int8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
    DataView,
}

impl View {
    /// Every view.
    pub const ALL: [Self; 13] = [
        Self::Uint8Array,
        Self::ArrayBuffer,
        Self::Int8Array,
        Self::Uint8ClampedArray,
        Self::Int16Array,
        Self::Uint16Array,
        Self::Int32Array,
        Self::Uint32Array,
        Self::Float32Array,
        Self::Float64Array,
        Self::BigInt64Array,
        Self::BigUint64Array,
        Self::DataView,
    ];

    /// Name of the JavaScript type.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uint8Array => "Uint8Array",
            Self::ArrayBuffer => "ArrayBuffer",
            Self::Int8Array => "Int8Array",
            Self::Uint8ClampedArray => "Uint8ClampedArray",
            Self::Int16Array => "Int16Array",
            Self::Uint16Array => "Uint16Array",
            Self::Int32Array => "Int32Array",
            Self::Uint32Array => "Uint32Array",
            Self::Float32Array => "Float32Array",
            Self::Float64Array => "Float64Array",
            Self::BigInt64Array => "BigInt64Array",
            Self::BigUint64Array => "BigUint64Array",
            Self::DataView => "DataView",
        }
    }

    /// The view of a JavaScript type's name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.name() == name)
    }
}
