//! From a value back to what is in a form: for calls that are made again, and for JSON.
//!
//! A value that the schema would not take fits no form, and is then edited as JSON.

use twinbridge_common::wire::{Object, Value, View};

use super::{
    model::{Form, NodeId, State},
    shape::{Record, Schema, Shape, Wrap},
    value::constant,
};
use crate::json;

impl Form {
    /// A form with these arguments in it; `None` where one does not fit its schema.
    pub(crate) fn filled<'a>(
        arguments: impl IntoIterator<Item = (&'a str, Schema)>,
        values: &[Value],
    ) -> Option<Self> {
        let mut form = Self::default();
        let mut values = values.iter();
        for (name, schema) in arguments {
            let root = match values.next() {
                Some(value) => form.refill(&schema, value)?,
                None => form.add(&schema),
            };
            form.roots.push((name.to_owned(), root));
        }
        values.next().is_none().then_some(form)
    }

    fn refill(&mut self, schema: &Schema, value: &Value) -> Option<NodeId> {
        let shape = schema.shape();
        let state = self.state_of(&shape, value, true)?;
        Some(self.insert(schema, shape, state))
    }

    /// The state that gives `value`. `is_whole` refuses members that no field has.
    fn state_of(&mut self, shape: &Shape, value: &Value, is_whole: bool) -> Option<State> {
        match (shape, value) {
            (Shape::Null, Value::Null) | (Shape::Undefined, Value::Undefined) => {
                Some(State::Nothing)
            }
            (Shape::Constant(wanted), _) => (constant(wanted) == *value).then_some(State::Nothing),
            (Shape::Bool, Value::Bool(flag)) => Some(State::Flag(*flag)),
            (Shape::Integer(_), Value::Int(number)) => Some(State::Text(number.to_string())),
            (Shape::Integer(_), Value::UInt(number)) => Some(State::Text(number.to_string())),
            // A shorter one would come out as an ordinary integer.
            (Shape::Integer(_), Value::BigInt(digits)) => {
                let is_long = digits.parse::<i64>().is_err() && digits.parse::<u64>().is_err();
                is_long.then(|| State::Text(digits.clone()))
            }
            (Shape::Float { .. }, Value::Float(number)) => Some(State::Text(float_text(*number))),
            (Shape::Float { .. }, Value::Int(number)) => Some(State::Text(number.to_string())),
            (Shape::Text { .. }, Value::String(text)) => Some(State::Text(text.clone())),
            (
                Shape::Bytes,
                Value::Bytes {
                    bytes,
                    view: View::Uint8Array,
                },
            ) => Some(State::Text(json::hex(bytes))),
            (Shape::Raw(_), value) => Some(State::Text(json::pretty(value))),
            (Shape::Choice(list), value) => {
                let at = list
                    .iter()
                    .position(|choice| constant(&choice.value) == *value)?;
                Some(State::Chosen(Some((at, None))))
            }
            (Shape::Alternatives(list), value) => list.iter().enumerate().find_map(|(at, one)| {
                let shape = one.schema.shape();
                let state = self.state_of(&shape, value, is_whole)?;
                Some(State::Chosen(Some((
                    at,
                    Some(self.insert(&one.schema, shape, state)),
                ))))
            }),
            (Shape::Optional(_), Value::Null | Value::Undefined) => Some(State::Optional(None)),
            (Shape::Optional(inner), value) => {
                let inner = self.refill(inner, value)?;
                Some(State::Optional(Some(inner)))
            }
            (Shape::List { items, .. }, Value::Array(values)) => {
                let items = values.iter().map(|value| self.refill(items, value));
                items.collect::<Option<_>>().map(State::List)
            }
            (Shape::Tuple(items), Value::Array(values)) if items.len() == values.len() => {
                let items = items.iter().zip(values);
                let items = items.map(|(item, value)| self.refill(item, value));
                items.collect::<Option<_>>().map(State::List)
            }
            (Shape::Record(record), Value::Object(object)) => {
                self.record_of(record, object, is_whole)
            }
            (Shape::Wrapped(wrap, inner), value) => {
                let inner = self.refill(inner, &unwrapped(*wrap, value)?)?;
                Some(State::Inner(inner))
            }
            _ => None,
        }
    }

    fn record_of(&mut self, record: &Record, object: &Object, is_whole: bool) -> Option<State> {
        let mut fields = Vec::new();
        for field in &record.fields {
            let shape = field.schema.shape();
            fields.push(match (object.get(&field.name), shape) {
                (None, _) if field.is_required => return None,
                (None, _) => None,
                (Some(Value::Null), Shape::Optional(_)) if !field.is_required => None,
                (Some(value), Shape::Optional(inner)) if !field.is_required => {
                    Some(self.refill(&inner, value)?)
                }
                (Some(value), _) => Some(self.refill(&field.schema, value)?),
            });
        }
        let is_field = |name: &str| record.fields.iter().any(|field| field.name == name);
        let others = object.iter().filter(|(name, _)| !is_field(name));
        let mut entries = Vec::new();
        for (name, value) in others {
            match &record.entries {
                Some(free) => entries.push((name.to_owned(), self.refill(&free.schema, value)?)),
                None if record.parts.is_empty() && is_whole => return None,
                None => {}
            }
        }
        let mut parts = Vec::new();
        for part in &record.parts {
            let shape = part.shape();
            let state = self.state_of(&shape, &Value::Object(object.clone()), false)?;
            parts.push(self.insert(part, shape, state));
        }
        Some(State::Record {
            fields,
            entries,
            parts,
        })
    }
}

/// A float as the form reads it.
fn float_text(number: f64) -> String {
    match number {
        _ if number.is_nan() => "NaN".to_owned(),
        _ if number.is_infinite() => if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned(),
        _ => format!("{number:?}"),
    }
}

fn unwrapped(wrap: Wrap, value: &Value) -> Option<Value> {
    let text = |text: &str| Value::String(text.to_owned());
    Some(match (wrap, value) {
        (Wrap::BigInt, Value::BigInt(digits)) => match (digits.parse(), digits.parse()) {
            (Ok(number), _) => Value::Int(number),
            (_, Ok(number)) => Value::UInt(number),
            _ => value.clone(),
        },
        (Wrap::Date, Value::Date(milliseconds)) => Value::Float(*milliseconds),
        (Wrap::Set, Value::Set(items)) => Value::Array(items.clone()),
        (Wrap::Map, Value::Map(pairs)) => {
            let pairs = pairs.iter().cloned();
            Value::Array(
                pairs
                    .map(|(key, value)| Value::Array(vec![key, value]))
                    .collect(),
            )
        }
        (Wrap::RegExp, Value::RegExp { source, flags }) => {
            Value::from([("source", text(source)), ("flags", text(flags))])
        }
        (Wrap::Error, Value::Error(object)) => Value::Object(object.clone()),
        (Wrap::View, Value::Bytes { bytes, view }) => Value::from([
            ("view", text(view.name())),
            ("bytes", Value::bytes(bytes.clone())),
        ]),
        _ => return None,
    })
}
