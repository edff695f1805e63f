//! The dynamic value of what was put in.
//!
//! Every problem is noted at its input, so that one look shows all of them.

use serde_json::Value as Json;
use twinbridge_common::wire::{Object, Value, View};

use super::{
    model::{Form, NodeId, State},
    number,
    shape::{Key, Record, Shape, Wrap},
};
use crate::json;

type Problems = Vec<(NodeId, String)>;

impl Form {
    /// The value of a node. Where something is wrong it is noted, and the value is of no use.
    pub(super) fn value(&self, id: NodeId, problems: &mut Problems) -> Value {
        match self.try_value(id, problems) {
            Ok(value) => value,
            Err(problem) => {
                problems.push((id, problem));
                Value::Null
            }
        }
    }

    fn try_value(&self, id: NodeId, problems: &mut Problems) -> Result<Value, String> {
        match (self.shape(id), self.state(id)) {
            (Shape::Constant(value), _) => Ok(constant(value)),
            (Shape::Undefined, _) => Ok(Value::Undefined),
            (Shape::Bool, State::Flag(flag)) => Ok(Value::Bool(*flag)),
            (Shape::Integer(bounds), State::Text(text)) => number::integer(text, *bounds),
            (Shape::Float { is_single }, State::Text(text)) => number::float(text, *is_single),
            (Shape::Text { min, max, .. }, State::Text(text)) => sized_text(text, *min, *max),
            (Shape::Bytes, State::Text(text)) => json::of_hex(text).map(Value::bytes),
            (Shape::Bytes, State::File(_, bytes)) => Ok(Value::bytes(bytes.to_vec())),
            (Shape::Raw(_), State::Text(text)) => json::parse(text),
            (Shape::Choice(list), State::Chosen(Some((at, _)))) => list
                .get(*at)
                .map(|choice| constant(&choice.value))
                .ok_or_else(|| CHOOSE.to_owned()),
            (_, State::Chosen(Some((_, Some(inner))))) => Ok(self.value(*inner, problems)),
            (_, State::Chosen(_)) => Err(CHOOSE.to_owned()),
            (_, State::Optional(Some(inner))) => Ok(self.value(*inner, problems)),
            (Shape::List { min, max, .. }, State::List(items)) => {
                let count = items.len() as u64;
                if count < *min || max.is_some_and(|max| count > max) {
                    return Err(wanted_items(*min, *max));
                }
                Ok(self.values(items, problems))
            }
            (_, State::List(items)) => Ok(self.values(items, problems)),
            (Shape::Record(record), state) => Ok(self.object(id, record, state, problems)),
            (Shape::Wrapped(wrap, _), State::Inner(inner)) => {
                wrapped(*wrap, self.value(*inner, problems))
            }
            _ => Ok(Value::Null),
        }
    }

    fn values(&self, items: &[NodeId], problems: &mut Problems) -> Value {
        let items = items.iter().map(|item| self.value(*item, problems));
        Value::Array(items.collect())
    }

    fn object(&self, id: NodeId, record: &Record, state: &State, problems: &mut Problems) -> Value {
        let State::Record {
            fields,
            entries,
            parts,
        } = state
        else {
            return Value::Null;
        };
        let mut object = Vec::new();
        for (field, node) in record.fields.iter().zip(fields) {
            if let Some(node) = node {
                object.push((field.name.clone(), self.value(*node, problems)));
            }
        }
        for (name, node) in entries {
            let key = record
                .entries
                .as_ref()
                .map_or(Key::Text, |entries| entries.key);
            if let Some(problem) = wrong_key(key, name) {
                problems.push((*node, problem));
            } else if object.iter().any(|(known, _)| known == name) {
                problems.push((*node, format!("The key `{name}` stands here twice.")));
            }
            object.push((name.clone(), self.value(*node, problems)));
        }
        for part in parts {
            match self.value(*part, problems) {
                Value::Object(more) => object.extend(more.0),
                Value::Null => {}
                _ => problems.push((id, "This part is not an object.".to_owned())),
            }
        }
        Value::Object(Object(object))
    }
}

const CHOOSE: &str = "Choose one.";

/// A constant of a schema as a value.
pub(super) fn constant(value: &Json) -> Value {
    match value {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::String(text) => Value::String(text.clone()),
        Json::Array(items) => Value::Array(items.iter().map(constant).collect()),
        Json::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), constant(value)))
                .collect(),
        ),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Value::Int(number),
            (None, Some(number)) => Value::UInt(number),
            _ => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
    }
}

fn sized_text(text: &str, min: Option<u64>, max: Option<u64>) -> Result<Value, String> {
    let len = text.chars().count() as u64;
    if min.is_some_and(|min| len < min) || max.is_some_and(|max| len > max) {
        let (min, max) = (min.unwrap_or(0), max);
        return Err(match max {
            Some(1) if min == 1 => format!("Give one character; these are {len}."),
            Some(max) if max == min => format!("Give {min} characters; these are {len}."),
            Some(max) => format!("Give {min} to {max} characters; these are {len}."),
            None => format!("Give at least {min} characters; these are {len}."),
        });
    }
    Ok(Value::String(text.to_owned()))
}

fn wanted_items(min: u64, max: Option<u64>) -> String {
    match max {
        Some(max) if max == min => format!("Give {min} items."),
        Some(max) => format!("Give {min} to {max} items."),
        None => format!("Give at least {min} items."),
    }
}

fn wrong_key(key: Key, name: &str) -> Option<String> {
    let digits = match key {
        Key::Text => return None,
        Key::Unsigned => name,
        Key::Signed => name.strip_prefix('-').unwrap_or(name),
    };
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    (!is_number).then(|| match key {
        Key::Unsigned => "The key is a whole number without a sign.".to_owned(),
        _ => "The key is a whole number.".to_owned(),
    })
}

/// A kind of the dynamic value, of the ordinary value within.
fn wrapped(wrap: Wrap, inner: Value) -> Result<Value, String> {
    let text = |name: &str| match inner.get(name) {
        Some(Value::String(text)) => text.clone(),
        _ => String::new(),
    };
    Ok(match (wrap, &inner) {
        (Wrap::BigInt, Value::Int(number)) => Value::BigInt(number.to_string()),
        (Wrap::BigInt, Value::UInt(number)) => Value::BigInt(number.to_string()),
        (Wrap::Date, Value::Float(milliseconds)) => Value::Date(*milliseconds),
        (Wrap::Set, Value::Array(items)) => Value::Set(items.clone()),
        (Wrap::Map, Value::Array(pairs)) => {
            let pairs = pairs.iter().filter_map(|pair| match pair {
                Value::Array(pair) => pair.clone().try_into().ok(),
                _ => None,
            });
            Value::Map(pairs.map(|[key, value]: [Value; 2]| (key, value)).collect())
        }
        (Wrap::RegExp, _) => Value::RegExp {
            source: text("source"),
            flags: text("flags"),
        },
        (Wrap::Error, Value::Object(object)) => Value::Error(object.clone()),
        (Wrap::View, _) => match inner.get("bytes") {
            Some(Value::Bytes { bytes, .. }) => Value::Bytes {
                bytes: bytes.clone(),
                view: View::from_name(&text("view")).unwrap_or_default(),
            },
            _ => inner,
        },
        _ => inner,
    })
}
