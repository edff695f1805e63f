//! JavaScript's values as the wire's dynamic value, by the table in `docs/values.md`.
//!
//! Whatever has no wire form is refused by name before anything is sent. Getters and proxies of
//! the page run meanwhile; what they throw is thrown on.

use js_sys::{Array, ArrayBuffer, Date, Error, Map, Object as JsObject, Reflect, RegExp, Set};
use js_sys::{JsString, Symbol, Uint8Array};
use twinbridge_common::wire::{ArgumentsWriter, Codec, MAX_DEPTH, Object, Payload, Value, View};
use wasm_bindgen::{JsCast as _, JsValue};

use crate::failure;

/// The largest integer of which JavaScript's numbers hold all below.
pub(crate) const MAX_SAFE: f64 = 9_007_199_254_740_991.0;

/// Encodes the arguments of a call or a message.
pub(crate) fn arguments(arguments: &Array) -> Result<Payload, JsValue> {
    let refuse = |error: twinbridge_common::wire::EncodeError| failure::of_arguments(error);
    let count = usize::try_from(arguments.length()).unwrap_or(usize::MAX);
    let mut writer = ArgumentsWriter::new(Codec::Json, count).map_err(refuse)?;
    for at in 0..arguments.length() {
        writer.push(&read(&arguments.get(at), 1)?).map_err(refuse)?;
    }
    writer.finish().map_err(refuse)
}

/// One value.
pub(crate) fn value(value: &JsValue) -> Result<Value, JsValue> {
    read(value, 0)
}

fn read(value: &JsValue, depth: usize) -> Result<Value, JsValue> {
    // What contains itself would have no end.
    if depth > MAX_DEPTH {
        let text = format!("the value nests more than {MAX_DEPTH} levels deep, or contains itself");
        return Err(failure::no_wire_form(&text));
    }
    if let Some(number) = value.as_f64() {
        return Ok(read_number(number));
    }
    if value.is_string() {
        return Ok(Value::String(text(value.unchecked_ref())?));
    }
    if value.is_undefined() {
        return Ok(Value::Undefined);
    }
    if value.is_null() {
        return Ok(Value::Null);
    }
    if let Some(truth) = value.as_bool() {
        return Ok(Value::Bool(truth));
    }
    if value.is_bigint() {
        let digits = value.unchecked_ref::<js_sys::BigInt>().to_string(10)?;
        return Ok(Value::BigInt(String::from(digits)));
    }
    if Array::is_array(value) {
        let array: &Array = value.unchecked_ref();
        let items = (0..array.length()).map(|at| read(&array.get(at), depth + 1));
        return items.collect::<Result<_, _>>().map(Value::Array);
    }
    if value.is_object() {
        return read_object(value, depth);
    }
    let what = match value.is_function() {
        true => "a function has no wire form",
        false => "a symbol has no wire form",
    };
    Err(failure::no_wire_form(what))
}

fn read_number(number: f64) -> Value {
    // -0 is no integer, and most integers beyond 53 bits are not what they were.
    let is_integer = number.trunc() == number && number.abs() <= MAX_SAFE;
    if is_integer && (number != 0.0 || number.is_sign_positive()) {
        Value::Int(number as i64)
    } else {
        Value::Float(number)
    }
}

/// Text, of which Rust and UTF-8 know no half of a surrogate pair.
fn text(string: &JsString) -> Result<String, JsValue> {
    let text = String::from(string);
    // What stands for a half that was there, unless it was there itself; asking takes long.
    if text.contains(char::REPLACEMENT_CHARACTER) && !string.is_valid_utf16() {
        return Err(failure::no_wire_form(
            "the text has half of a surrogate pair",
        ));
    }
    Ok(text)
}

fn read_object(value: &JsValue, depth: usize) -> Result<Value, JsValue> {
    if ArrayBuffer::is_view(value) {
        return read_view(value);
    }
    if value.is_instance_of::<ArrayBuffer>() {
        return Ok(Value::Bytes {
            bytes: Uint8Array::new(value).to_vec().into(),
            view: View::ArrayBuffer,
        });
    }
    if value.is_instance_of::<Date>() {
        return Ok(Value::Date(value.unchecked_ref::<Date>().get_time()));
    }
    if value.is_instance_of::<Map>() {
        return entries(value, depth + 2);
    }
    if value.is_instance_of::<Set>() {
        let items = Array::from(value);
        let items = (0..items.length()).map(|at| read(&items.get(at), depth + 1));
        return items.collect::<Result<_, _>>().map(Value::Set);
    }
    if value.is_instance_of::<RegExp>() {
        let part = |name: &str| Reflect::get(value, &name.into());
        let (source, flags) = (part("source")?, part("flags")?);
        return Ok(Value::RegExp {
            source: source.as_string().unwrap_or_default(),
            flags: flags.as_string().unwrap_or_default(),
        });
    }
    let mut own = properties(value, depth)?;
    if value.is_instance_of::<Error>() {
        // They stand on the prototype, or are not enumerated.
        for name in ["message", "name"] {
            let part = Reflect::get(value, &name.into())?;
            if own.get(name).is_none() && part.is_string() {
                own.0.insert(0, (name.to_owned(), read(&part, depth + 1)?));
            }
        }
        return Ok(Value::Error(own));
    }
    Ok(Value::Object(own))
}

/// Bytes behind a typed array or a `DataView`.
fn read_view(value: &JsValue) -> Result<Value, JsValue> {
    let tag = Reflect::get(value, Symbol::to_string_tag().as_ref())?;
    let name = tag.as_string().unwrap_or_default();
    let view = View::from_name(&name)
        .ok_or_else(|| failure::no_wire_form(&format!("`{name}` has no wire form")))?;
    let part = |name: &str| Reflect::get(value, &name.into());
    let (buffer, offset, length) = (part("buffer")?, part("byteOffset")?, part("byteLength")?);
    // Lengths of buffers fit 32 bits as far as their bytes fit this module.
    let number = |value: JsValue| value.as_f64().unwrap_or_default() as u32;
    let bytes =
        Uint8Array::new_with_byte_offset_and_length(&buffer, number(offset), number(length));
    Ok(Value::Bytes {
        bytes: bytes.to_vec().into(),
        view,
    })
}

fn entries(map: &JsValue, depth: usize) -> Result<Value, JsValue> {
    let pairs = Array::from(map);
    let pairs = (0..pairs.length()).map(|at| {
        let pair: Array = pairs.get(at).unchecked_into();
        Ok((read(&pair.get(0), depth)?, read(&pair.get(1), depth)?))
    });
    pairs.collect::<Result<_, JsValue>>().map(Value::Map)
}

/// Its own properties that are enumerated and have names.
fn properties(value: &JsValue, depth: usize) -> Result<Object, JsValue> {
    let names = JsObject::keys(value.unchecked_ref::<JsObject>());
    let properties = (0..names.length()).map(|at| {
        let name = names.get(at);
        let property = read(&Reflect::get(value, &name)?, depth + 1)?;
        Ok((text(name.unchecked_ref())?, property))
    });
    properties.collect()
}
