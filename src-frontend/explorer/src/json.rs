//! The dynamic value as JSON that people read and write.
//!
//! The text is that of the wire's JSON, with its markers for what JSON lacks; bytes alone are
//! different, since a text has no attachments: `{"$bytes": "00ff"}`. What is printed is read back
//! as the same value.

use twinbridge_common::wire::{Bytes, Codec, Object, Payload, Value, View};

/// Key of an object that stands for bytes, in hexadecimal digits.
const BYTES: &str = "$bytes";
/// Key of the wire's own markers.
const MARKER: &str = "$twinbridge";
/// Lists and objects of this many characters stand on one line.
const ONE_LINE: usize = 60;

/// Reads a value.
///
/// # Errors
/// A sentence on what is wrong with the text.
pub(crate) fn parse(text: &str) -> Result<Value, String> {
    let payload = Payload {
        codec: Codec::Json,
        bytes: Bytes::copy_from_slice(text.as_bytes()),
        attachments: Vec::new(),
    };
    let value: Value = payload.decode().map_err(|error| {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        let error = error.to_string();
        match cause {
            Some(cause) if !error.ends_with(&cause) => {
                format!("This is no JSON: {error}: {cause}.")
            }
            _ => format!("This is no JSON: {error}."),
        }
    })?;
    with_bytes(value)
}

/// Puts bytes where their markers stand.
fn with_bytes(value: Value) -> Result<Value, String> {
    let list = |values: Vec<Value>| {
        values
            .into_iter()
            .map(with_bytes)
            .collect::<Result<Vec<_>, String>>()
    };
    Ok(match value {
        Value::Array(values) => Value::Array(list(values)?),
        Value::Set(values) => Value::Set(list(values)?),
        Value::Map(pairs) => {
            let pairs = pairs.into_iter();
            let pairs = pairs.map(|(key, value)| Ok((with_bytes(key)?, with_bytes(value)?)));
            Value::Map(pairs.collect::<Result<_, String>>()?)
        }
        Value::Object(Object(members)) => match &members[..] {
            [(name, Value::String(digits))] if name == BYTES => Value::bytes(of_hex(digits)?),
            [(name, Value::Array(parts))] if name == BYTES => match &parts[..] {
                [Value::String(view), Value::String(digits)] => Value::Bytes {
                    bytes: of_hex(digits)?.into(),
                    view: View::from_name(view)
                        .ok_or_else(|| format!("JavaScript has no view `{view}` of bytes."))?,
                },
                _ => return Err("A view is given as `[\"Int8Array\", \"00ff\"]`.".to_owned()),
            },
            _ => Value::Object(Object(
                members
                    .into_iter()
                    .map(|(name, value)| Ok((name, with_bytes(value)?)))
                    .collect::<Result<_, String>>()?,
            )),
        },
        other => other,
    })
}

/// Hexadecimal digits, in pairs; white space between them does not count.
pub(crate) fn of_hex(text: &str) -> Result<Vec<u8>, String> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .map(|letter| {
            letter
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect();
    let digits = digits.ok_or("Give hexadecimal digits, or choose a file.")?;
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() {
        return Err("A byte has two hexadecimal digits; one is left over.".to_owned());
    }
    Ok(pairs.iter().map(|[high, low]| high * 16 + low).collect())
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
    let digits = bytes.iter();
    digits
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// A value on several lines, where it is long.
pub(crate) fn pretty(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, 0);
    text
}

/// A value that holds no others, as its JSON text; `None` for one that may.
pub(crate) fn leaf(value: &Value) -> Option<String> {
    let marker = |kind: &str, rest: &str| format!("{{\"{MARKER}\": [\"{kind}\"{rest}]}}");
    Some(match value {
        Value::Null => "null".to_owned(),
        Value::Undefined => marker("undefined", ""),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::UInt(number) => number.to_string(),
        Value::BigInt(digits) => marker("bigint", &format!(", \"{digits}\"")),
        Value::Float(number) => float(*number),
        Value::String(text) => quoted(text),
        Value::Bytes {
            bytes,
            view: View::Uint8Array,
        } => format!("{{\"{BYTES}\": \"{}\"}}", hex(bytes)),
        Value::Bytes { bytes, view } => {
            format!("{{\"{BYTES}\": [\"{}\", \"{}\"]}}", view.name(), hex(bytes))
        }
        Value::Date(milliseconds) => marker("date", &format!(", {}", float(*milliseconds))),
        Value::RegExp { source, flags } => marker(
            "regexp",
            &format!(", {}, {}", quoted(source), quoted(flags)),
        ),
        Value::Array(_) | Value::Object(_) | Value::Map(_) | Value::Set(_) | Value::Error(_) => {
            return None;
        }
    })
}

fn write(text: &mut String, value: &Value, depth: usize) {
    if let Some(leaf) = leaf(value) {
        text.push_str(&leaf);
        return;
    }
    let around = |text: &mut String, kind: &str, inner: &dyn Fn(&mut String)| {
        text.push_str(&format!("{{\"{MARKER}\": [\"{kind}\", "));
        inner(text);
        text.push_str("]}");
    };
    match value {
        Value::Array(values) => list(text, values, depth),
        Value::Set(values) => around(text, "set", &|text| list(text, values, depth)),
        Value::Map(pairs) => around(text, "map", &|text| {
            let pairs = pairs.iter().cloned();
            let pairs: Vec<_> = pairs
                .map(|(key, value)| Value::Array(vec![key, value]))
                .collect();
            list(text, &pairs, depth);
        }),
        Value::Error(members) => around(text, "error", &|text| object(text, members, depth)),
        // A member of the marker's name would make a marker of the whole.
        Value::Object(members) if members.get(MARKER).is_some() => {
            around(text, "object", &|text| object(text, members, depth));
        }
        Value::Object(members) => object(text, members, depth),
        _ => {}
    }
}

fn list(text: &mut String, values: &[Value], depth: usize) {
    let items = values.iter();
    let items = items.map(|value| move |text: &mut String| write(text, value, depth + 1));
    enclosed(text, ('[', ']'), items, depth);
}

fn object(text: &mut String, members: &Object, depth: usize) {
    let members = members.iter().map(|(name, value)| {
        move |text: &mut String| {
            text.push_str(&quoted(name));
            text.push_str(": ");
            write(text, value, depth + 1);
        }
    });
    enclosed(text, ('{', '}'), members, depth);
}

fn enclosed(
    text: &mut String,
    (open, close): (char, char),
    items: impl Iterator<Item = impl Fn(&mut String)>,
    depth: usize,
) {
    let items: Vec<String> = items
        .map(|write| {
            let mut item = String::new();
            write(&mut item);
            item
        })
        .collect();
    text.push(open);
    let len: usize = items.iter().map(String::len).sum();
    if len <= ONE_LINE && !items.iter().any(|item| item.contains('\n')) {
        text.push_str(&items.join(", "));
    } else {
        let indent = "  ".repeat(depth + 1);
        for (at, item) in items.iter().enumerate() {
            text.push_str(if at == 0 { "\n" } else { ",\n" });
            text.push_str(&indent);
            text.push_str(item);
        }
        text.push('\n');
        text.push_str(&"  ".repeat(depth));
    }
    text.push(close);
}

fn float(number: f64) -> String {
    let odd = |word: &str| format!("{{\"{MARKER}\": [\"number\", \"{word}\"]}}");
    match number {
        _ if number.is_nan() => odd("NaN"),
        f64::INFINITY => odd("Infinity"),
        f64::NEG_INFINITY => odd("-Infinity"),
        0.0 if number.is_sign_negative() => odd("-0"),
        // With a point or an exponent, so that it is read back as a float.
        _ => format!("{number:?}"),
    }
}

pub(crate) fn quoted(text: &str) -> String {
    // Text has a JSON form, whatever it is.
    serde_json::to_string(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_back_as_the_same_value() {
        let member = |value: Value| ("a".to_owned(), value);
        for value in [
            Value::Null,
            Value::Undefined,
            Value::Bool(true),
            Value::Int(i64::MIN),
            Value::UInt(u64::MAX),
            Value::BigInt("-170141183460469231731687303715884105728".into()),
            Value::Float(0.1),
            Value::Float(3.0),
            Value::Float(1e300),
            Value::Float(f64::NAN),
            Value::Float(f64::NEG_INFINITY),
            Value::Float(-0.0),
            Value::from("a \"quoted\"\nline \u{1}"),
            Value::bytes(vec![0, 255, 16]),
            Value::Bytes {
                bytes: vec![1, 2].into(),
                view: View::Int16Array,
            },
            Value::Date(1.5),
            Value::RegExp {
                source: "a\\.b".into(),
                flags: "gi".into(),
            },
            Value::Array(vec![]),
            Value::Array(vec![Value::from("long enough for a line of its own"); 4]),
            Value::Set(vec![Value::Int(1)]),
            Value::Map(vec![(Value::Int(1), Value::from("one"))]),
            Value::from([("$twinbridge", Value::Int(1)), ("b", Value::bytes(vec![7]))]),
            Value::Error(Object(vec![member(Value::Int(1))])),
            Value::Object(Object(vec![member(Value::Object(Object(vec![member(
                Value::Null,
            )])))])),
        ] {
            let text = pretty(&value);
            assert_eq!(parse(&text).as_ref(), Ok(&value), "{text}");
        }
    }

    #[test]
    fn text_that_is_no_json_is_refused_with_the_reason() {
        for text in ["", "{", "[1,]", "tru", "1 2"] {
            let problem = parse(text).unwrap_err();
            assert!(problem.starts_with("This is no JSON: "), "{problem}");
        }
        assert_eq!(
            parse(r#"{"$bytes": "0"}"#).unwrap_err(),
            "A byte has two hexadecimal digits; one is left over."
        );
    }
}
