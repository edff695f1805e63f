//! The rules for the arguments of a call.
//!
//! Each argument is decoded by itself: what is missing, wrong or too much is refused by name, and
//! the texts are what a developer reads in the page's console.

#![allow(clippy::unwrap_used)] // The helpers of the tests are tests too.

use std::error::Error as _;

use serde::Deserialize;
use twinbridge_common::wire::{ArgumentError, ArgumentsWriter, Bytes, Codec, Payload, Value};

const CODECS: [Codec; 2] = [Codec::MessagePack, Codec::Json];

fn arguments(codec: Codec, values: &[Value]) -> Payload {
    let mut writer = ArgumentsWriter::new(codec, values.len()).unwrap();
    for value in values {
        writer.push(value).unwrap();
    }
    writer.finish().unwrap()
}

#[test]
fn arguments_are_one_array_on_the_wire() {
    let values = [Value::Int(1), Value::bytes(b"b"), Value::from("c")];
    let payload = arguments(Codec::MessagePack, &values);
    assert_eq!(payload.bytes.as_slice(), b"\x93\x01\xc4\x01b\xa1c");
    let payload = arguments(Codec::Json, &values);
    assert_eq!(
        payload.bytes.as_slice(),
        br#"[1,{"$twinbridge":["bytes",0]},"c"]"#
    );
    assert_eq!(payload.attachments, [Bytes::from(b"b")]);
    assert_eq!(arguments(Codec::MessagePack, &[]).bytes.as_slice(), b"\x90");
    assert_eq!(arguments(Codec::Json, &[]).bytes.as_slice(), b"[]");
    for codec in CODECS {
        assert_eq!(
            arguments(codec, &values),
            Payload::encode(codec, &values).unwrap()
        );
    }
}

#[test]
fn each_argument_is_decoded_at_its_own_type() {
    for codec in CODECS {
        let payload = arguments(
            codec,
            &[1.into(), "two".into(), Value::bytes(b"3"), Value::Undefined],
        );
        let mut reader = payload.arguments().unwrap();
        assert_eq!(reader.next::<u8>("a").unwrap(), 1);
        assert_eq!(reader.next::<String>("b").unwrap(), "two");
        assert_eq!(reader.next::<Bytes>("c").unwrap(), Bytes::from(b"3"));
        assert_eq!(reader.next::<Option<u8>>("d").unwrap(), None);
        reader.finish().unwrap();
    }
}

#[test]
fn a_missing_argument_is_nothing_where_a_type_has_nothing() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Unit;
    #[derive(Debug, PartialEq, Deserialize)]
    struct Maybe(Option<u8>);
    for codec in CODECS {
        let payload = arguments(codec, &[]);
        let mut reader = payload.arguments().unwrap();
        assert_eq!(reader.next::<Option<String>>("a").unwrap(), None);
        reader.next::<()>("b").unwrap();
        assert_eq!(reader.next::<Unit>("c").unwrap(), Unit);
        assert_eq!(reader.next::<Maybe>("d").unwrap(), Maybe(None));
        assert_eq!(reader.next::<Value>("e").unwrap(), Value::Undefined);
        reader.finish().unwrap();
    }
}

#[test]
fn a_missing_argument_is_refused_by_name() {
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    enum Kind {
        One,
    }
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Note {
        id: Option<u8>,
    }
    fn refusal<T: serde::de::DeserializeOwned + std::fmt::Debug>(codec: Codec) -> String {
        let payload = arguments(codec, &[1.into()]);
        let mut reader = payload.arguments().unwrap();
        reader.next::<u8>("first").unwrap();
        reader.next::<T>("id").unwrap_err().to_string()
    }
    for codec in CODECS {
        for text in [
            refusal::<u8>(codec),
            refusal::<String>(codec),
            refusal::<Bytes>(codec),
            refusal::<Vec<u8>>(codec),
            refusal::<Kind>(codec),
            refusal::<Note>(codec),
            refusal::<(u8, u8)>(codec),
        ] {
            assert_eq!(text, "argument 2, `id`, is missing");
        }
    }
}

#[test]
fn a_wrong_argument_is_refused_by_name() {
    for (codec, place) in [(Codec::MessagePack, "byte 7"), (Codec::Json, "byte 9")] {
        let payload = arguments(codec, &[1.into(), "text".into()]);
        let mut reader = payload.arguments().unwrap();
        reader.next::<u8>("first").unwrap();
        let error = reader.next::<u8>("id").unwrap_err();
        assert_eq!(error.to_string(), "argument 2, `id`, is wrong");
        let source = error.source().unwrap().to_string();
        assert_eq!(
            source,
            format!("{codec}, {place}: invalid type: string \"text\", expected u8"),
        );
    }
}

#[test]
fn surplus_arguments_are_refused_between_typed_halves_and_ignored_from_javascript() {
    let values = [1.into(), 2.into(), Value::Set(vec![Value::Null])];
    let payload = arguments(Codec::MessagePack, &values);
    let mut reader = payload.arguments().unwrap();
    reader.next::<u8>("id").unwrap();
    let error = reader.finish().unwrap_err();
    assert_eq!(
        error,
        ArgumentError::TooMany {
            expected: 1,
            found: 3
        }
    );
    assert_eq!(
        error.to_string(),
        "3 arguments were given, the method has 1"
    );
    let payload = arguments(Codec::Json, &values);
    let mut reader = payload.arguments().unwrap();
    reader.next::<u8>("id").unwrap();
    reader.finish().unwrap();
    payload.arguments().unwrap().finish().unwrap();
}

#[test]
fn malformed_arguments_are_refused() {
    for (codec, bytes, text) in [
        (
            Codec::MessagePack,
            &b"\xc0"[..],
            "MessagePack, byte 0: malformed: arguments are not an array",
        ),
        (
            Codec::Json,
            b"{}",
            "JSON, byte 0: malformed: arguments are not an array",
        ),
        (
            Codec::MessagePack,
            b"",
            "MessagePack, byte 0: the value is cut off",
        ),
    ] {
        let payload = Payload {
            codec,
            bytes: bytes.into(),
            attachments: Vec::new(),
        };
        assert_eq!(payload.arguments().unwrap_err().to_string(), text);
    }
    for (codec, bytes, text) in [
        (
            Codec::MessagePack,
            &b"\x90\x01"[..],
            "MessagePack, byte 1: 1 bytes follow the value",
        ),
        (Codec::Json, b"[1,", "JSON, byte 3: the value is cut off"),
        (
            Codec::Json,
            b"[1]]",
            "JSON, byte 3: 1 bytes follow the value",
        ),
        (
            Codec::Json,
            b"[1,nope]",
            "JSON, byte 3: malformed: not a value",
        ),
    ] {
        let payload = Payload {
            codec,
            bytes: bytes.into(),
            attachments: Vec::new(),
        };
        let error = payload.arguments().unwrap().finish().unwrap_err();
        assert_eq!(error.to_string(), "the arguments are malformed");
        assert_eq!(error.source().unwrap().to_string(), text);
    }
}

#[test]
fn a_writer_that_was_given_too_few_arguments_has_no_payload() {
    for codec in CODECS {
        let mut writer = ArgumentsWriter::new(codec, 2).unwrap();
        writer.push(&1).unwrap();
        let error = writer.finish().unwrap_err();
        assert_eq!(
            error.to_string(),
            "a collection announced 2 elements and gave 1"
        );
    }
}
