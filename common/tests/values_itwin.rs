//! iTwin's JSON: what is written for every kind, and what its marker is read as.
//!
//! The texts are those that iTwin.js 5.x wrote. Holds the codec alone; bodies and headers are
//! tested in `rpc_web`.

#![allow(clippy::unwrap_used)] // The helpers of the tests are tests too.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*};
use serde::{Deserialize, Serialize};
use twinbridge_common::wire::{
    ArgumentsWriter, Bytes, Codec, DecodeProblem, EncodeError, Object, Payload, Value, View,
};

fn payload(text: &str, attachments: &[&'static [u8]]) -> Payload {
    Payload {
        codec: Codec::ITwinJson,
        bytes: text.as_bytes().to_vec().into(),
        attachments: attachments
            .iter()
            .map(|bytes| Bytes::from(*bytes))
            .collect(),
    }
}

fn written<T: Serialize + ?Sized>(value: &T) -> Payload {
    Payload::encode(Codec::ITwinJson, value).unwrap()
}

fn text<T: Serialize + ?Sized>(value: &T) -> String {
    String::from_utf8(written(value).bytes.into_vec()).unwrap()
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Nested {
    p: Bytes,
    q: BTreeMap<String, Bytes>,
    k: String,
}

#[test]
fn nested_bytes_are_written_and_read_as_itwin_writes_them() {
    let value = Nested {
        p: Bytes::from(&[1]),
        q: BTreeMap::from([("r".to_owned(), Bytes::from(&[2, 3]))]),
        k: "v".to_owned(),
    };
    let expected = payload(
        concat!(
            r#"{"p":{"isBinary":true,"index":0,"size":1,"chunks":1},"#,
            r#""q":{"r":{"isBinary":true,"index":1,"size":2,"chunks":1}},"k":"v"}"#
        ),
        &[&[1], &[2, 3]],
    );
    assert_eq!(written(&value), expected);
    assert_eq!(expected.decode::<Nested>().unwrap(), value);
}

#[test]
fn every_kind_looks_as_javascript_writes_it() {
    let member = |value| Value::from([("a", Value::from(1)), ("u", value), ("b", Value::from(2))]);
    for (value, expected) in [
        (Value::Undefined, ""),
        (Value::Null, "null"),
        (member(Value::Undefined), r#"{"a":1,"b":2}"#),
        (Value::from([("u", Value::Undefined)]), "{}"),
        (
            Value::from([
                ("u", Value::Undefined),
                ("a", Value::Undefined),
                ("b", Value::from(1)),
            ]),
            r#"{"b":1}"#,
        ),
        (
            Value::from(vec![Value::Undefined, Value::from(5)]),
            "[null,5]",
        ),
        (
            Value::from(vec![
                Value::from([("a", Value::Undefined)]),
                Value::from(1),
                Value::Undefined,
            ]),
            "[{},1,null]",
        ),
        (Value::from(5.0), "5"),
        (Value::from(-1.5), "-1.5"),
        (Value::from(1e300), "1e+300"),
        (Value::from(-0.0), "0"),
        (Value::from(f64::NAN), "null"),
        (Value::from(f64::NEG_INFINITY), "null"),
        (
            Value::Date(1_700_000_000_000.0),
            "\"2023-11-14T22:13:20.000Z\"",
        ),
        (Value::Date(f64::NAN), "null"),
        (Value::Map(vec![(Value::bytes(&[1]), Value::from(1))]), "{}"),
        (Value::Set(vec![Value::from(1)]), "{}"),
        (
            Value::RegExp {
                source: "a{1}".to_owned(),
                flags: "g".to_owned(),
            },
            "{}",
        ),
        (Value::Error(Object::default()), r#"{"isError":true}"#),
        (
            Value::Error(
                [("message".to_owned(), Value::from("no"))]
                    .into_iter()
                    .collect(),
            ),
            r#"{"message":"no","isError":true}"#,
        ),
        (
            Value::from([("$twinbridge", Value::from("kept"))]),
            r#"{"$twinbridge":"kept"}"#,
        ),
        (
            Value::from([("isBinary", Value::from(false))]),
            r#"{"isBinary":false}"#,
        ),
    ] {
        assert_eq!(text(&value), expected, "{value:?}");
    }
}

#[test]
fn a_map_that_is_lost_leaves_no_attachment_behind() {
    let value = Value::from(vec![
        Value::Map(vec![(Value::from("k"), Value::bytes(&[1]))]),
        Value::Bytes {
            bytes: Bytes::from(&[2, 3]),
            view: View::Int8Array,
        },
    ]);
    assert_eq!(
        written(&value),
        payload(
            r#"[{},{"isBinary":true,"index":0,"size":2,"chunks":1}]"#,
            &[&[2, 3]]
        )
    );
}

#[test]
fn what_would_be_lost_or_destroyed_is_refused() {
    let encode = |value: &Value| Payload::encode(Codec::ITwinJson, value).unwrap_err();
    assert_eq!(
        encode(&Value::BigInt("12".to_owned())).to_string(),
        "iTwin's JSON has no form for a bigint"
    );
    assert_eq!(
        Payload::encode(Codec::ITwinJson, &u128::MAX).unwrap_err(),
        EncodeError::NotInITwinJson { kind: "bigint" }
    );
    for truthy in [
        Value::from(true),
        Value::from(1),
        Value::from("x"),
        Value::from(vec![]),
    ] {
        for others in [vec![], vec![("name".to_owned(), Value::from("x"))]] {
            let mut members = vec![("isBinary".to_owned(), truthy.clone())];
            members.extend(others);
            assert_eq!(
                encode(&Value::Object(Object(members))),
                EncodeError::LooksBinary
            );
        }
    }
    for falsy in [
        Value::from(false),
        Value::Null,
        Value::from(0),
        Value::from(""),
    ] {
        assert!(Payload::encode(Codec::ITwinJson, &Value::from([("isBinary", falsy)])).is_ok());
    }
}

#[test]
fn markers_of_every_form_are_read() {
    let four: &[&'static [u8]] = &[&[1, 2, 3, 4], &[5, 6, 7, 8], &[9, 10], &[]];
    for (marker, expected) in [
        (
            r#"{"isBinary":true,"index":0,"size":4,"chunks":1}"#,
            &[1, 2, 3, 4][..],
        ),
        (
            r#"{"isBinary":true,"index":0,"size":-1,"chunks":1}"#,
            &[1, 2, 3, 4],
        ),
        (r#"{"isBinary":true,"index":3,"size":0,"chunks":1}"#, &[]),
        (r#"{"isBinary":true,"index":0,"size":0,"chunks":0}"#, &[]),
        (r#"{"isBinary":true,"index":9,"size":0,"chunks":0}"#, &[]),
        (
            r#"{"isBinary":true,"index":0,"size":10,"chunks":3}"#,
            &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        ),
        (
            r#"{"isBinary":true,"index":1,"size":-1,"chunks":2}"#,
            &[5, 6, 7, 8, 9, 10],
        ),
    ] {
        let expected = Bytes::copy_from_slice(expected);
        let payload = payload(&format!("[{marker}]"), four);
        assert_eq!(
            payload.decode::<Vec<Bytes>>().unwrap(),
            std::slice::from_ref(&expected),
            "{marker}"
        );
        let value = payload.decode::<Value>().unwrap();
        assert_eq!(value, Value::from(vec![Value::bytes(expected.clone())]));
        let mut arguments = payload.arguments().unwrap();
        assert_eq!(
            arguments.next::<Option<Bytes>>("data").unwrap(),
            Some(expected)
        );
        arguments.finish().unwrap();
    }
}

#[test]
fn markers_that_lie_are_refused() {
    let pieces: &[&'static [u8]] = &[&[1, 2], &[3]];
    let no_attachment = |index| DecodeProblem::NoAttachment { index, count: 2 };
    let malformed = |reason| DecodeProblem::Malformed { reason };
    for (text, problem) in [
        (
            r#"[{"isBinary":true,"index":2,"size":1,"chunks":1}]"#,
            no_attachment(2),
        ),
        (
            r#"[{"isBinary":true,"index":1,"size":3,"chunks":2}]"#,
            no_attachment(2),
        ),
        (
            r#"[{"isBinary":true,"index":18446744073709551615,"size":3,"chunks":2}]"#,
            no_attachment(u64::MAX - 1),
        ),
        (
            r#"[{"isBinary":true,"index":0,"size":4,"chunks":2}]"#,
            malformed("the pieces of binary data do not add up to its size"),
        ),
        (
            concat!(
                r#"[{"isBinary":true,"index":0,"size":3,"chunks":2},"#,
                r#"{"isBinary":true,"index":0,"size":3,"chunks":2}]"#
            ),
            malformed("pieces of binary data are named more than once"),
        ),
    ] {
        let error = payload(text, pieces).decode::<Vec<Bytes>>().unwrap_err();
        assert_eq!(error.problem, problem, "{text}");
    }
    let error = payload(r#"{"isBinary":true,"index":0,"size":1,"chunks":2}"#, pieces)
        .decode::<String>()
        .unwrap_err();
    assert!(
        error.to_string().starts_with("iTwin's JSON, byte "),
        "{error}"
    );
}

#[test]
fn bytes_in_pieces_are_no_text() {
    let pieces: &[&'static [u8]] = &[b"a", b"b"];
    let marker = r#"{"isBinary":true,"index":0,"size":2,"chunks":2}"#;
    let error = payload(marker, pieces).decode::<String>().unwrap_err();
    assert!(
        error
            .to_string()
            .contains("invalid type: bytes, expected a string"),
        "{error}"
    );
}

#[test]
fn an_object_of_an_app_with_is_binary_arrives_as_it_is() {
    let text = r#"{"isBinary":true,"name":"photo.jpg","index":1}"#;
    let value = payload(text, &[]).decode::<Value>().unwrap();
    assert_eq!(value.get("name"), Some(&Value::from("photo.jpg")));
    let own = r#"{"$twinbridge":["bytes",0]}"#;
    let value = payload(own, &[&[1]]).decode::<Value>().unwrap();
    assert!(
        value.get("$twinbridge").is_some(),
        "only our own dialect has such markers"
    );
}

#[test]
fn no_text_is_undefined_and_nothing_else() {
    let nothing = Payload::unit(Codec::ITwinJson);
    assert!(nothing.is_empty());
    assert_eq!(nothing.decode::<Value>().unwrap(), Value::Undefined);
    assert_eq!(nothing.decode::<Option<u8>>().unwrap(), None);
    nothing.decode::<()>().unwrap();
    assert!(nothing.decode::<String>().is_err());
    assert!(nothing.decode::<Vec<u8>>().is_err());
    assert!(nothing.arguments().is_err());
    assert!(payload(" ", &[]).decode::<Value>().is_err());
    assert!(payload("[,]", &[]).decode::<Value>().is_err());
}

#[test]
fn arguments_that_are_undefined_keep_their_place() {
    let mut arguments = ArgumentsWriter::new(Codec::ITwinJson, 3).unwrap();
    arguments.push(&Value::Undefined).unwrap();
    arguments.push(&5).unwrap();
    arguments.push(&Bytes::from(&[7])).unwrap();
    let arguments = arguments.finish().unwrap();
    assert_eq!(
        arguments,
        payload(
            r#"[null,5,{"isBinary":true,"index":0,"size":1,"chunks":1}]"#,
            &[&[7]]
        )
    );
    let mut read = arguments.arguments().unwrap();
    assert_eq!(read.next::<Option<String>>("a").unwrap(), None);
    assert_eq!(read.next::<u8>("b").unwrap(), 5);
    assert_eq!(read.next::<Bytes>("c").unwrap(), Bytes::from(&[7]));
    read.finish().unwrap();
}

/// Values that plain JSON and the marker can carry.
fn plain() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("has a fraction", |f| f.is_finite() && f.trunc() != *f)
            .prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        vec(any::<u8>(), 0..40).prop_map(|bytes| Value::bytes(Bytes::from(bytes))),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::Array),
            vec(("[a-z$]{0,6}", inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn plain_values_come_back(value in plain()) {
        let there = written(&value);
        prop_assert_eq!(there.decode::<Value>().unwrap(), value);
        prop_assert!(serde_json::from_slice::<serde_json::Value>(&there.bytes).is_ok());
    }

    #[test]
    fn any_text_is_a_value_or_an_error(
        text in r#"[\[\]{}:,"a0-]|"isBinary":true|"index":0|"size":-?1|"chunks":[0-3]"#,
        repeats in 1_usize..6,
        data in vec(any::<u8>(), 0..4),
    ) {
        let payload = Payload {
            codec: Codec::ITwinJson,
            bytes: text.repeat(repeats).into_bytes().into(),
            attachments: vec![Bytes::from(data)],
        };
        let _ = payload.decode::<Value>();
        let _ = payload.decode::<Vec<Option<Bytes>>>();
    }
}
