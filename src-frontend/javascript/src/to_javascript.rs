//! The wire's dynamic value as JavaScript has it, by the table in `docs/values.md`.
//!
//! Integers are numbers as far as numbers hold them, and `bigint` beyond. What JavaScript refuses
//! to make (a regular expression that is none) is a failure of the codec.

use js_sys::{Array, Date, Error, Function, Map, Object as JsObject, Reflect, Set, Uint8Array};
use twinbridge_common::wire::{Bytes, Object, Payload, Value, View};
use wasm_bindgen::{JsCast as _, JsValue};

use crate::{failure, from_javascript::MAX_SAFE};

/// Decodes a reply, an item or an error.
pub(crate) fn decoded(payload: &Payload) -> Result<JsValue, JsValue> {
    let value = payload.decode::<Value>();
    let made = value.map_err(|error| failure::of_reply(&error))?;
    made_of(&made).map_err(|thrown| failure::not_made(&thrown))
}

/// Decodes the arguments of a call or a message: one array.
pub(crate) fn arguments(payload: &Payload) -> Result<Array, String> {
    match payload
        .decode::<Value>()
        .map_err(|error| error.to_string())?
    {
        Value::Array(arguments) => array(&arguments).map_err(|thrown| format!("{thrown:?}")),
        _ => Err("arguments are not an array".to_owned()),
    }
}

/// One value.
pub(crate) fn made_of(value: &Value) -> Result<JsValue, JsValue> {
    Ok(match value {
        Value::Null => JsValue::NULL,
        Value::Undefined => JsValue::UNDEFINED,
        Value::Bool(truth) => (*truth).into(),
        Value::Int(number) if number.unsigned_abs() <= MAX_SAFE as u64 => (*number as f64).into(),
        Value::Int(number) => (*number).into(),
        Value::UInt(number) => (*number).into(),
        Value::BigInt(digits) => js_sys::BigInt::new(&digits.into())?.into(),
        Value::Float(number) => (*number).into(),
        Value::String(text) => text.into(),
        Value::Bytes { bytes, view } => binary(bytes, *view)?,
        Value::Date(milliseconds) => Date::new(&(*milliseconds).into()).into(),
        Value::Array(items) => array(items)?.into(),
        Value::Object(object) => {
            let made = JsObject::new();
            set_all(&made, object)?;
            made.into()
        }
        Value::Map(entries) => {
            let map = Map::new();
            for (key, value) in entries {
                map.set(&made_of(key)?, &made_of(value)?);
            }
            map.into()
        }
        Value::Set(items) => {
            let set = Set::new(&JsValue::UNDEFINED);
            for item in items {
                set.add(&made_of(item)?);
            }
            set.into()
        }
        Value::RegExp { source, flags } => construct("RegExp", &[source.into(), flags.into()])?,
        Value::Error(object) => {
            let message = match object.get("message") {
                Some(Value::String(message)) => message.as_str(),
                _ => "",
            };
            let error = Error::new(message);
            set_all(error.unchecked_ref(), object)?;
            error.into()
        }
    })
}

fn array(items: &[Value]) -> Result<Array, JsValue> {
    let array = Array::new();
    for item in items {
        array.push(&made_of(item)?);
    }
    Ok(array)
}

fn set_all(object: &JsObject, properties: &Object) -> Result<(), JsValue> {
    for (name, value) in properties.iter() {
        let value = made_of(value)?;
        if name == "__proto__" {
            // Setting it would give the object another prototype.
            let own = Array::of2(&name.into(), &value);
            let own = JsObject::from_entries(&Array::of1(&own))?;
            let own = Reflect::get_own_property_descriptor(&own, &name.into())?;
            Reflect::define_property(object, &name.into(), own.unchecked_ref())?;
        } else {
            Reflect::set(object, &name.into(), &value)?;
        }
    }
    Ok(())
}

fn binary(bytes: &Bytes, view: View) -> Result<JsValue, JsValue> {
    let bytes = Uint8Array::from(bytes.as_slice());
    match view {
        View::Uint8Array => Ok(bytes.into()),
        View::ArrayBuffer => Ok(bytes.buffer().into()),
        other => construct(other.name(), &[bytes.buffer().into()]),
    }
}

/// `new name(…)`, of a class that every browser has.
fn construct(name: &str, arguments: &[JsValue]) -> Result<JsValue, JsValue> {
    let class = Reflect::get(&js_sys::global(), &name.into())?;
    let list: Array = arguments.iter().collect();
    Reflect::construct(class.unchecked_ref::<Function>(), &list)
}
