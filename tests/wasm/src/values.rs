//! Values: every kind through both codecs, typed and dynamic, with literal bytes for one of each.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    net::IpAddr,
    time::Duration,
};

use serde::{Serialize, de::DeserializeOwned};
use twinbridge_common::{
    ipc::test_contract::{Branch, Color, Id, Inner, Plain, Shape, Tagged, Tree, Untagged},
    wire::{Bytes, Codec, Object, Payload, Value, View},
};

use crate::{same, say};

const CODECS: [Codec; 2] = [Codec::MessagePack, Codec::Json];

fn survives<T>(value: &T) -> Result<(), String>
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    for codec in CODECS {
        let payload = Payload::encode(codec, value).map_err(say)?;
        let seen: T = payload.decode().map_err(say)?;
        same(&format!("{codec}"), &seen, value)?;
    }
    Ok(())
}

fn plain() -> Plain {
    Plain {
        first_field: "é\0\u{2028}😀".to_owned(),
        second_field: 7,
        third_field: Some(-0.5),
        inner: Inner { id: Id(u64::MAX) },
    }
}

pub(crate) fn typed_values_survive_both_codecs() -> Result<(), String> {
    survives(&())?;
    survives(&(true, 'é', Some("text".to_owned()), None::<u8>))?;
    survives(&Bytes::from(vec![0, 255]))?;
    survives(&vec![Bytes::new(), Bytes::from(vec![7; 5_000])])?;
    survives(&Cow::<str>::Borrowed("borrowed"))?;
    survives(&BTreeSet::from([3, 1, 2]))?;
    survives(&BTreeMap::from([(-1, 'a'), (2, 'b')]))?;
    survives(&BTreeMap::from([("k".to_owned(), vec![plain()])]))?;
    survives(&Duration::new(u64::MAX, 999_999_999))?;
    survives(&IpAddr::from([127, 0, 0, 1]))?;
    survives(&plain())?;
    survives(&[
        Shape::Empty,
        Shape::One(Id(1)),
        Shape::Two(1, "two".to_owned()),
        Shape::Named {
            width: 0.1,
            height: None,
        },
    ])?;
    survives(&[Tagged::Off, Tagged::On { level: 255 }])?;
    survives(&[
        Untagged::Number(i64::MIN),
        Untagged::Plain(Box::new(plain())),
        Untagged::Text("t".to_owned()),
    ])?;
    survives(&Color::DarkBlue)?;
    let leaf = || Box::new(Branch::Tree(Tree { branches: vec![] }));
    survives(&Branch::Fork(leaf(), leaf()))
}

fn every_kind() -> Vec<Value> {
    let object = Object(vec![
        ("z".to_owned(), Value::Null),
        ("$twinbridge".to_owned(), Value::Undefined),
    ]);
    let mut all = vec![
        Value::Null,
        Value::Undefined,
        Value::Bool(true),
        Value::Int(i64::MIN),
        Value::Int(9_007_199_254_740_993),
        Value::UInt(u64::MAX),
        Value::BigInt("-170141183460469231731687303715884105729".to_owned()),
        Value::Float(0.1),
        Value::Float(f64::NAN),
        Value::Float(f64::NEG_INFINITY),
        Value::Float(-0.0),
        Value::String("é😀\0".to_owned()),
        Value::Date(1_700_000_000_000.5),
        Value::Date(f64::NAN),
        Value::Array(vec![Value::Int(1), Value::Null]),
        Value::Object(object.clone()),
        Value::Map(vec![(Value::Bool(true), Value::Array(vec![]))]),
        Value::Set(vec![Value::Int(1), Value::Float(1.5)]),
        Value::RegExp {
            source: "a/b".to_owned(),
            flags: "gi".to_owned(),
        },
        Value::Error(object),
    ];
    all.extend(View::ALL.iter().map(|view| Value::Bytes {
        bytes: Bytes::from(b"12345678".to_vec()),
        view: *view,
    }));
    all
}

pub(crate) fn dynamic_values_survive_both_codecs() -> Result<(), String> {
    for value in every_kind() {
        survives(&value)?;
    }
    survives(&Value::Array(every_kind()))
}

pub(crate) fn values_have_their_native_bytes() -> Result<(), String> {
    let value = Value::Array(vec![
        Value::Int(-1),
        Value::Float(-0.0),
        Value::Undefined,
        Value::BigInt("5".to_owned()),
        Value::bytes(b"ab"),
    ]);
    let expected: [&[u8]; 2] = [
        b"\x95\xff\xcb\x80\0\0\0\0\0\0\0\xc7\0\x01\xd5\x02\xa15\xc4\x02ab",
        br#"[-1,{"$twinbridge":["number","-0"]},{"$twinbridge":["undefined"]},{"$twinbridge":["bigint","5"]},{"$twinbridge":["bytes",0]}]"#,
    ];
    for (codec, expected) in CODECS.into_iter().zip(expected) {
        let payload = Payload::encode(codec, &value).map_err(say)?;
        let found = String::from_utf8_lossy(&payload.bytes).into_owned();
        let text = String::from_utf8_lossy(expected).into_owned();
        if payload.bytes.as_slice() != expected {
            return Err(format!("{codec}: found {found:?}, expected {text:?}"));
        }
    }
    Ok(())
}

pub(crate) fn a_value_of_another_type_is_refused_in_words() -> Result<(), String> {
    for (codec, expected) in [
        (
            Codec::MessagePack,
            "MessagePack, byte 2: invalid type: string \"a\", expected u32",
        ),
        (
            Codec::Json,
            "JSON, byte 3: invalid type: string \"a\", expected u32",
        ),
    ] {
        let payload = Payload::encode(codec, "a").map_err(say)?;
        let found = payload.decode::<u32>().map_err(|error| error.to_string());
        same("a text for a number", &found, &Err(expected.to_owned()))?;
    }
    Ok(())
}
