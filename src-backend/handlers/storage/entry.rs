//! A value as a row has it: the name of its type, and bytes.
//!
//! SQLite's own numbers would not do: it keeps NaN as null and -0 as 0. So a number is its bits,
//! and bytes are under the name of what JavaScript holds them as.

use twinbridge_common::{
    interfaces::storage::{StorageError, ValueType},
    wire::{Value, View},
};

/// Longest string or bytes, in bytes.
pub(super) const MAX_VALUE: usize = 16 * 1024 * 1024;

/// A value on its way to a row.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) kind: &'static str,
    pub(super) bytes: Vec<u8>,
}

impl Entry {
    /// The row of a value, if stores keep such values.
    pub(super) fn of(value: Value) -> Result<Self, StorageError> {
        let (kind, bytes) = match value {
            Value::Null => ("null", Vec::new()),
            Value::Bool(value) => ("boolean", vec![u8::from(value)]),
            Value::Int(value) => ("integer", value.to_be_bytes().to_vec()),
            Value::UInt(value) => ("unsigned", value.to_be_bytes().to_vec()),
            Value::Float(value) => ("float", value.to_bits().to_be_bytes().to_vec()),
            Value::String(value) => ("string", value.into_bytes()),
            Value::Bytes { bytes, view } => (view.name(), bytes.into_vec()),
            other => {
                let what = kind_of(&other).to_owned();
                return Err(StorageError::NotStorable { what });
            }
        };
        if bytes.len() > MAX_VALUE {
            return Err(StorageError::ValueTooLarge {
                len: bytes.len() as u64,
                limit: MAX_VALUE as u64,
            });
        }
        Ok(Self { kind, bytes })
    }
}

/// The value of a row; `None` for one that [`Entry::of`] does not write.
pub(super) fn value_of(kind: &str, bytes: Vec<u8>) -> Option<Value> {
    let number = || bytes.as_slice().try_into().ok();
    Some(match kind {
        "null" => Value::Null,
        "boolean" => Value::Bool(bytes == [1]),
        "integer" => Value::Int(i64::from_be_bytes(number()?)),
        "unsigned" => Value::UInt(u64::from_be_bytes(number()?)),
        "float" => Value::Float(f64::from_bits(u64::from_be_bytes(number()?))),
        "string" => Value::String(String::from_utf8(bytes).ok()?),
        view => Value::Bytes {
            view: View::from_name(view)?,
            bytes: bytes.into(),
        },
    })
}

/// What kind of value a row holds; `None` for one that [`Entry::of`] does not write.
pub(super) fn type_of(kind: &str) -> Option<ValueType> {
    Some(match kind {
        "null" => ValueType::Null,
        "boolean" => ValueType::Boolean,
        "integer" | "unsigned" | "float" => ValueType::Number,
        "string" => ValueType::String,
        view => View::from_name(view).map(|_| ValueType::Bytes)?,
    })
}

/// What a value is that stores do not keep, with its article.
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Undefined => "undefined",
        Value::BigInt(_) => "a bigint",
        Value::Date(_) => "a date",
        Value::Array(_) => "an array",
        Value::Map(_) => "a map",
        Value::Set(_) => "a set",
        Value::RegExp { .. } => "a regular expression",
        Value::Error(_) => "an error",
        _ => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_comes_back_bit_for_bit() {
        let odd_nan = f64::from_bits(0xFFF8_0000_DEAD_BEEF);
        let numbers = [0.0, -0.0, 0.1, f64::MAX, f64::MIN_POSITIVE / 2.0];
        let special = [f64::INFINITY, f64::NEG_INFINITY, f64::NAN, odd_nan];
        for number in numbers.into_iter().chain(special) {
            let entry = Entry::of(Value::Float(number)).unwrap();
            match value_of(entry.kind, entry.bytes) {
                Some(Value::Float(back)) => assert_eq!(back.to_bits(), number.to_bits()),
                other => panic!("{number} came back as {other:?}"),
            }
        }
        for value in [
            Value::Null,
            Value::Bool(true),
            Value::Bool(false),
            Value::Int(i64::MIN),
            Value::UInt(u64::MAX),
            Value::String("a\0\u{10FFFF}".to_owned()),
            Value::String(String::new()),
            Value::bytes(vec![]),
        ] {
            let entry = Entry::of(value.clone()).unwrap();
            assert!(type_of(entry.kind).is_some());
            assert_eq!(value_of(entry.kind, entry.bytes), Some(value));
        }
    }

    #[test]
    fn bytes_keep_what_javascript_holds_them_as() {
        for view in View::ALL {
            let bytes = vec![0, 255, 7, 1, 2, 3, 4, 5].into();
            let value = Value::Bytes { bytes, view };
            let entry = Entry::of(value.clone()).unwrap();
            assert_eq!(type_of(entry.kind), Some(ValueType::Bytes));
            assert_eq!(value_of(entry.kind, entry.bytes), Some(value));
        }
    }

    #[test]
    fn other_values_are_refused_with_a_sentence() {
        for (value, what) in [
            (Value::Undefined, "undefined"),
            (Value::BigInt("1".to_owned()), "a bigint"),
            (Value::Date(0.0), "a date"),
            (Value::Array(vec![]), "an array"),
            (Value::Object(std::iter::empty().collect()), "an object"),
        ] {
            let expected = format!(
                "{what} cannot be stored; a value is a string, a number, a boolean, null or bytes"
            );
            assert_eq!(Entry::of(value).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn a_row_that_is_not_ours_is_no_value() {
        for (kind, bytes) in [("float", vec![1]), ("string", vec![0xFF]), ("Blob", vec![])] {
            assert_eq!(value_of(kind, bytes), None, "{kind}");
        }
    }
}
