//! Random values and random bytes through both codecs.
//!
//! What is sent arrives, nothing that arrives can panic, and where serde_json and rmp-serde have
//! an opinion ours is the same.

#![allow(clippy::unwrap_used)] // The helpers of the tests are tests too.

use proptest::collection::vec;
use proptest::prelude::*;
use serde::Serialize as _;
use serde::de::IgnoredAny;
use twinbridge_common::wire::{Bytes, Codec, DecodeError, Object, Payload, Value, View};

const CODECS: [Codec; 2] = [Codec::MessagePack, Codec::Json];

fn name() -> impl Strategy<Value = String> {
    prop_oneof![5 => any::<String>(), 1 => Just("$twinbridge".to_owned()), 1 => "[a-c]"]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        Just(Value::Undefined),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        (-200_i64..200).prop_map(Value::Int),
        any::<u64>().prop_map(|value| value.into()),
        any::<i128>().prop_map(|value| Value::BigInt(value.to_string())),
        any::<f64>().prop_map(Value::Float),
        prop_oneof![Just(f64::NAN), Just(-0.0), Just(f64::INFINITY), Just(1e23)]
            .prop_map(Value::Float),
        any::<f64>().prop_map(Value::Date),
        any::<String>().prop_map(Value::String),
        (vec(any::<u8>(), 0..40), 0..View::ALL.len()).prop_map(|(bytes, view)| Value::Bytes {
            bytes: Bytes::from(bytes),
            view: View::ALL[view],
        }),
        (any::<String>(), "[a-z]{0,3}").prop_map(|(source, flags)| Value::RegExp { source, flags }),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        let object = vec((name(), inner.clone()), 0..5).prop_map(Object).boxed();
        prop_oneof![
            vec(inner.clone(), 0..20).prop_map(Value::Array),
            object.clone().prop_map(Value::Object),
            object.prop_map(Value::Error),
            vec((inner.clone(), inner.clone()), 0..5).prop_map(Value::Map),
            vec(inner, 0..5).prop_map(Value::Set),
        ]
    })
}

/// JSON as another program could write it.
fn foreign() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        any::<u64>().prop_map(serde_json::Value::from),
        any::<f64>().prop_map(serde_json::Value::from),
        any::<String>().prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..20).prop_map(serde_json::Value::from),
            vec((any::<String>(), inner), 0..20)
                .prop_map(|entries| serde_json::Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn payload(codec: Codec, bytes: Vec<u8>) -> Payload {
    Payload {
        codec,
        bytes: bytes.into(),
        attachments: vec![Bytes::from(b"attached")],
    }
}

#[derive(Debug, serde::Deserialize)]
#[allow(dead_code)] // Only that decoding ends is of interest.
struct Everything {
    number: i32,
    text: Option<String>,
    data: Bytes,
    #[serde(flatten)]
    rest: std::collections::HashMap<String, Value>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(untagged)]
#[allow(dead_code)] // As above.
enum Anything {
    Data(Bytes),
    Many(Vec<Self>),
    Struct(Everything),
    Wide(u128),
    Any(Value),
}

/// Decodes as everything there is; what comes out does not matter.
fn decode_all(payload: &Payload) -> Result<Value, DecodeError> {
    let _ = payload.decode::<Everything>();
    let _ = payload.decode::<Anything>();
    let _ = payload.decode::<Vec<(u8, f32)>>();
    let _ = payload.decode::<std::collections::BTreeMap<i16, Bytes>>();
    let _ = payload.decode::<IgnoredAny>();
    if let Ok(mut arguments) = payload.arguments() {
        let _ = arguments.next::<u128>("a");
        let _ = arguments.next::<Value>("b");
        let _ = arguments.finish();
    }
    payload.decode::<Value>()
}

proptest! {
    #[test]
    fn a_random_value_arrives_as_sent(value in value()) {
        for codec in CODECS {
            let payload = Payload::encode(codec, &value).unwrap();
            prop_assert_eq!(decode_all(&payload).unwrap(), value.clone());
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..200)) {
        for codec in CODECS {
            let _ = decode_all(&payload(codec, bytes.clone()));
        }
    }

    #[test]
    fn random_json_like_text_never_panics(
        text in r#"([\[\]{},:0-9e.\-" ]|"a"|"\$twinbridge"|"bytes"|"view"|"map"|"date"|\\u|null){0,40}"#,
    ) {
        let _ = decode_all(&payload(Codec::Json, text.into_bytes()));
    }

    #[test]
    fn a_damaged_payload_never_panics(
        value in value(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<bool>(),
    ) {
        for codec in CODECS {
            let mut payload = Payload::encode(codec, &value).unwrap();
            let mut bytes = payload.bytes.into_vec();
            let at = at.index(bytes.len());
            if cut { bytes.truncate(at) } else { bytes[at] = byte }
            payload.bytes = bytes.into();
            let decoded = decode_all(&payload);
            prop_assert!(!cut || decoded.is_err() || codec == Codec::Json);
        }
    }

    #[test]
    fn foreign_json_is_read_as_serde_json_reads_it(value in foreign()) {
        let text = serde_json::to_string_pretty(&value).unwrap();
        let expected: serde_json::Value = serde_json::from_str(&text).unwrap();
        let seen = payload(Codec::Json, text.into_bytes()).decode::<serde_json::Value>();
        prop_assert_eq!(seen.unwrap(), expected);
    }

    #[test]
    fn json_is_accepted_where_serde_json_accepts_it(
        text in r#"([\[\]{}]|[,:]|-?[0-9]{1,3}(\.[0-9]{0,2})?([eE][+\-]?[0-9]{0,2})?|"a"|"\\(u00e9|n|x|ud83d|ude00)"| |true|nul){0,8}"#,
    ) {
        let seen = payload(Codec::Json, text.clone().into_bytes()).decode::<serde_json::Value>();
        match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(expected) => prop_assert_eq!(seen.unwrap(), expected),
            Err(_) => prop_assert!(seen.is_err(), "{}", text),
        }
    }

    #[test]
    fn ordinary_values_are_the_message_pack_of_rmp_serde(value in foreign()) {
        let mut serializer = rmp_serde::Serializer::new(Vec::new()).with_struct_map().with_human_readable();
        value.serialize(&mut serializer).unwrap();
        let bytes = serializer.into_inner();
        let ours = Payload::encode(Codec::MessagePack, &value).unwrap();
        prop_assert_eq!(ours.bytes.as_slice(), &bytes);
        let seen = payload(Codec::MessagePack, bytes).decode::<serde_json::Value>();
        prop_assert_eq!(seen.unwrap(), value);
    }

    #[test]
    fn doubles_survive_json(bits in any::<u64>(), narrow in any::<u32>()) {
        let (double, single) = (f64::from_bits(bits), f32::from_bits(narrow));
        let payload = Payload::encode(Codec::Json, &(double, single)).unwrap();
        let (seen, narrow) = payload.decode::<(f64, f32)>().unwrap();
        prop_assert!(seen.to_bits() == bits || seen.is_nan() && double.is_nan());
        prop_assert!(narrow.to_bits() == single.to_bits() || narrow.is_nan() && single.is_nan());
    }
}
