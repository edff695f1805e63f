//! Any bytes as a payload of either codec, decoded as everything there is.
//!
//! None may panic, and a dynamic value that was decoded must survive both codecs. The first byte
//! chooses the codec and how much of the end is an attachment.
#![no_main]

use std::collections::{BTreeMap, HashMap};

use libfuzzer_sys::fuzz_target;
use serde::{Deserialize, de::IgnoredAny};
use twinbridge_common::wire::{Bytes, Codec, Payload, Value};

const CODECS: [Codec; 2] = [Codec::MessagePack, Codec::Json];

#[derive(Deserialize)]
#[allow(dead_code, reason = "only that decoding ends is of interest")]
struct Everything {
    number: i32,
    text: Option<String>,
    data: Bytes,
    #[serde(flatten)]
    rest: HashMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
#[allow(dead_code, reason = "only that decoding ends is of interest")]
enum Anything {
    Data(Bytes),
    Many(Vec<Self>),
    Struct(Everything),
    Wide(u128),
    Any(Value),
}

fuzz_target!(|data: &[u8]| {
    let Some((&first, rest)) = data.split_first() else {
        return;
    };
    let attached = usize::from(first >> 1).min(rest.len());
    let (bytes, attachment) = rest.split_at(rest.len() - attached);
    let payload = Payload {
        codec: CODECS[usize::from(first & 1)],
        bytes: Bytes::from(bytes.to_vec()),
        attachments: vec![Bytes::from(attachment.to_vec())],
    };
    let _ = payload.decode::<IgnoredAny>();
    let _ = payload.decode::<Everything>();
    let _ = payload.decode::<Anything>();
    let _ = payload.decode::<Vec<(u8, f32, Option<char>)>>();
    let _ = payload.decode::<BTreeMap<i16, Bytes>>();
    let _ = payload.decode::<(i128, u64, f64)>();
    if let Ok(mut arguments) = payload.arguments() {
        let _ = arguments.next::<u128>("a");
        let _ = arguments.next::<Option<String>>("b");
        let _ = arguments.next::<Value>("c");
        let _ = arguments.finish();
    }
    if let Ok(value) = payload.decode::<Value>() {
        for codec in CODECS {
            let again = Payload::encode(codec, &value).expect("a decoded value has a wire form");
            let seen = again.decode::<Value>();
            assert_eq!(seen, Ok(value.clone()), "{codec}");
        }
    }
});
