//! What a value looks like on the wire and what each kind of destination sees of it.
//!
//! One table runs every kind through both codecs, to a typed and to a dynamic destination; the
//! tables of `docs/values.md` say the same in words. The wire forms are pinned byte for byte.
//! Longer than most files, because the rows are to be read side by side.

#![allow(clippy::unwrap_used)] // The helpers of the tests are tests too.
#![allow(clippy::needless_pass_by_value)] // A row reads better without borrows.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Debug;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use twinbridge_common::wire::{Bytes, Codec, DecodeProblem, Object, Payload, Value, View};

const CODECS: [Codec; 2] = [Codec::MessagePack, Codec::Json];

/// Sends `sent` through both codecs and states what a typed and a dynamic destination see.
#[track_caller]
fn row<T>(sent: T, dynamic: impl Into<Value>)
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let dynamic = dynamic.into();
    for codec in CODECS {
        let payload = Payload::encode(codec, &sent).unwrap();
        assert_eq!(payload.decode::<T>().unwrap(), sent, "{codec}, typed");
        assert_eq!(
            payload.decode::<Value>().unwrap(),
            dynamic,
            "{codec}, dynamic"
        );
        // What a dynamic destination sees, it can send on to the typed one.
        let payload = Payload::encode(codec, &dynamic).unwrap();
        assert_eq!(
            payload.decode::<T>().unwrap(),
            sent,
            "{codec}, from dynamic"
        );
    }
}

/// Sends a dynamic value through both codecs; a dynamic destination sees the same value, a typed
/// one sees `typed`.
#[track_caller]
fn sees<T>(sent: impl Into<Value>, typed: T)
where
    T: DeserializeOwned + PartialEq + Debug,
{
    let sent = sent.into();
    for codec in CODECS {
        let payload = Payload::encode(codec, &sent).unwrap();
        assert_eq!(payload.decode::<Value>().unwrap(), sent, "{codec}, dynamic");
        assert_eq!(payload.decode::<T>().unwrap(), typed, "{codec}, typed");
    }
}

/// Sends a value through both codecs to a typed destination that refuses it with this text.
#[track_caller]
fn refuses<T: DeserializeOwned + Debug>(sent: impl Serialize, text: &str) {
    for codec in CODECS {
        let error = Payload::encode(codec, &sent)
            .unwrap()
            .decode::<T>()
            .unwrap_err();
        assert_eq!(error.problem.to_string(), text, "{codec}");
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Unit;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Id(u32);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Pair(i8, String);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Note {
    id: Id,
    text: Option<String>,
    data: Bytes,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum External {
    Unit,
    Newtype(Bytes),
    Tuple(i32, f64),
    Struct { data: Bytes },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Internal {
    Unit,
    Struct { data: Bytes, any: Value },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "content")]
enum Adjacent {
    Unit,
    Newtype(Bytes),
    Struct { any: Value },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(i64),
    // Before the text: serde's buffered form takes bytes that happen to be UTF-8 for text.
    Data(Bytes),
    Text(String),
    Struct { any: Value },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Inner {
    data: Bytes,
    any: Value,
    maybe: Option<u32>,
    float: f64,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Flat {
    id: u32,
    #[serde(flatten)]
    inner: Inner,
}

fn text(value: &str) -> Value {
    value.into()
}

fn floats(values: &[f64]) -> Value {
    Value::Array(values.iter().map(|value| Value::Float(*value)).collect())
}

#[test]
fn every_typed_kind_arrives_as_sent() {
    row((), Value::Null);
    row(Unit, Value::Null);
    row(true, true);
    row(false, false);
    row(0_u8, 0);
    row(i8::MIN, -128);
    row(u8::MAX, 255);
    row(i16::MIN, -32768);
    row(u32::MAX, u32::MAX);
    row(i32::MIN, i32::MIN);
    row(i64::MIN, i64::MIN);
    row(i64::MAX, i64::MAX);
    row(u64::MAX, u64::MAX);
    row(9_007_199_254_740_993_u64, 9_007_199_254_740_993_i64);
    row(5_i128, 5);
    row(u128::from(u64::MAX), u64::MAX);
    row(
        i128::MIN,
        Value::BigInt("-170141183460469231731687303715884105728".to_owned()),
    );
    row(
        u128::MAX,
        Value::BigInt("340282366920938463463374607431768211455".to_owned()),
    );
    row(1.0_f64, 1.0);
    row(0.1_f64, 0.1);
    row(f64::MAX, f64::MAX);
    row(f64::MIN_POSITIVE, f64::MIN_POSITIVE);
    row(5e-324_f64, 5e-324);
    row(f64::INFINITY, f64::INFINITY);
    row(f64::NEG_INFINITY, f64::NEG_INFINITY);
    row('é', text("é"));
    row(String::new(), text(""));
    row(
        "\0\u{1f}\"\\/😀\u{2028}".to_owned(),
        text("\0\u{1f}\"\\/😀\u{2028}"),
    );
    row::<Box<str>>("boxed".into(), text("boxed"));
    row(Bytes::from(&[0, 255]), Value::bytes(&[0, 255]));
    row(Bytes::new(), Value::bytes(Bytes::new()));
    row(vec![1_u8, 2], vec![Value::Int(1), Value::Int(2)]);
    row(Some(3), 3);
    row(None::<i32>, Value::Null);
    row(Some(Some(3)), 3);
    row(Id(7), 7);
    row(Pair(-1, "x".to_owned()), vec![Value::Int(-1), text("x")]);
    row(
        (1, "x".to_owned(), true),
        vec![Value::Int(1), text("x"), true.into()],
    );
    row([1.5, 2.5], floats(&[1.5, 2.5]));
    row(Vec::<String>::new(), Vec::<Value>::new());
    row("10.0.0.1".parse::<IpAddr>().unwrap(), text("10.0.0.1"));
    row("[::1]:80".parse::<SocketAddr>().unwrap(), text("[::1]:80"));
    row(
        Duration::new(1, 5),
        [("secs", Value::Int(1)), ("nanos", Value::Int(5))],
    );
    row(HashMap::from([("a".to_owned(), 1)]), [("a", Value::Int(1))]);
    row(BTreeSet::from([2, 1]), vec![Value::Int(1), Value::Int(2)]);
    row(
        Note {
            id: Id(1),
            text: None,
            data: Bytes::from(b"d"),
        },
        [
            ("id", Value::Int(1)),
            ("text", Value::Null),
            ("data", Value::bytes(b"d")),
        ],
    );
    row(External::Unit, text("Unit"));
    row(
        External::Newtype(Bytes::from(b"n")),
        [("Newtype", Value::bytes(b"n"))],
    );
    row(
        External::Tuple(1, -0.5),
        [("Tuple", Value::Array(vec![Value::Int(1), (-0.5).into()]))],
    );
    row(
        External::Struct {
            data: Bytes::from(b"s"),
        },
        [("Struct", [("data", Value::bytes(b"s"))].into())],
    );
    row(Internal::Unit, [("kind", text("Unit"))]);
    row(Adjacent::Unit, [("kind", text("Unit"))]);
    row(
        Adjacent::Newtype(Bytes::from(b"n")),
        [("kind", text("Newtype")), ("content", Value::bytes(b"n"))],
    );
    row(Untagged::Number(-4), -4);
    row(Untagged::Text("t".to_owned()), text("t"));
    row(Untagged::Data(Bytes::from(b"u")), Value::bytes(b"u"));
}

#[test]
fn keys_of_maps_arrive_in_their_own_type_and_as_names_in_a_dynamic_value() {
    row(
        BTreeMap::from([(-1, 'a'), (2, 'b')]),
        [("-1", text("a")), ("2", text("b"))],
    );
    row(
        BTreeMap::from([(u64::MAX, ())]),
        [("18446744073709551615", Value::Null)],
    );
    row(BTreeMap::from([(true, 1)]), [("true", Value::Int(1))]);
    row(BTreeMap::from([('k', 1)]), [("k", Value::Int(1))]);
    row(
        BTreeMap::from([("10.0.0.1".parse::<IpAddr>().unwrap(), 1)]),
        [("10.0.0.1", Value::Int(1))],
    );
    let wide = BTreeMap::from([(u128::MAX, 1)]);
    let tuples = BTreeMap::from([((1, 2), 3)]);
    for codec in CODECS {
        let payload = Payload::encode(codec, &wide).unwrap();
        assert_eq!(payload.decode::<BTreeMap<u128, i32>>().unwrap(), wide);
    }
    let payload = Payload::encode(Codec::MessagePack, &tuples).unwrap();
    assert_eq!(
        payload.decode::<BTreeMap<(i32, i32), i32>>().unwrap(),
        tuples
    );
    let error = Payload::encode(Codec::Json, &tuples).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a key of a JSON object must be text, a number or a truth value"
    );
}

#[test]
fn single_precision_stays_exact_and_widens_in_a_dynamic_value_as_the_codec_spells_it() {
    for number in [
        0.1_f32,
        f32::MAX,
        f32::MIN_POSITIVE,
        1e-45,
        16_777_217.0,
        -1.0,
    ] {
        for codec in CODECS {
            let payload = Payload::encode(codec, &number).unwrap();
            assert_eq!(
                payload.decode::<f32>().unwrap().to_bits(),
                number.to_bits(),
                "{codec}"
            );
        }
    }
    let seen = |codec| {
        Payload::encode(codec, &0.1_f32)
            .unwrap()
            .decode::<Value>()
            .unwrap()
    };
    assert_eq!(seen(Codec::MessagePack), Value::Float(0.10000000149011612));
    assert_eq!(seen(Codec::Json), Value::Float(0.1));
}

#[test]
fn nan_and_minus_zero_arrive_as_sent() {
    for codec in CODECS {
        let payload = Payload::encode(codec, &(f64::NAN, f32::NAN, -0.0, -0.0_f32)).unwrap();
        let (a, b, c, d) = payload.decode::<(f64, f32, f64, f32)>().unwrap();
        assert!(a.is_nan() && b.is_nan());
        assert!(c.is_sign_negative() && d.is_sign_negative());
        let values = payload.decode::<Value>().unwrap();
        assert_eq!(values, floats(&[f64::NAN, f64::NAN, -0.0, -0.0]));
        let (c, d) = Payload::encode(codec, &(-0.0, -0.0_f32))
            .unwrap()
            .decode::<(i32, u8)>()
            .unwrap();
        assert_eq!((c, d), (0, 0));
    }
}

#[test]
fn what_is_lost_is_known() {
    for codec in CODECS {
        let payload = Payload::encode(codec, &Some(None::<i32>)).unwrap();
        assert_eq!(payload.decode::<Option<Option<i32>>>().unwrap(), None);
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Outer {
        #[serde(flatten)]
        inner: Wide,
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Wide {
        wide: u128,
    }
    refuses::<Outer>(
        Outer {
            inner: Wide { wide: u128::MAX },
        },
        "u128 is not supported",
    );
}

#[test]
fn every_dynamic_kind_arrives_as_sent_and_typed_as_what_is_nearest() {
    sees(Value::Null, None::<i32>);
    sees(Value::Undefined, None::<i32>);
    sees(Value::Undefined, ());
    sees(Value::Undefined, Unit);
    sees(Value::BigInt("12".to_owned()), 12_u8);
    sees(Value::BigInt("-12".to_owned()), -12_i64);
    sees(Value::BigInt("-1".to_owned()), -1_i128);
    sees(
        Value::BigInt("340282366920938463463374607431768211455".to_owned()),
        u128::MAX,
    );
    sees(Value::Float(-0.0), 0_u16);
    sees(Value::Date(1.5), 1.5_f64);
    sees(Value::Date(1_700_000_000_000.0), 1_700_000_000_000_i64);
    sees(Value::Set(vec![1.into(), 2.into()]), vec![1, 2]);
    sees(Value::Set(vec![1.into(), 2.into()]), BTreeSet::from([1, 2]));
    sees(
        Value::Map(vec![(1.into(), text("a")), (2.into(), text("b"))]),
        BTreeMap::from([(1, "a".to_owned()), (2, "b".to_owned())]),
    );
    sees(
        Value::Map(vec![
            (text("id"), 1.into()),
            (text("text"), Value::Null),
            (text("data"), Value::bytes(b"d")),
        ]),
        Note {
            id: Id(1),
            text: None,
            data: Bytes::from(b"d"),
        },
    );
    sees(
        Value::Error(Object(vec![("message".to_owned(), text("no"))])),
        HashMap::from([("message".to_owned(), "no".to_owned())]),
    );
    for view in View::ALL {
        sees(
            Value::Bytes {
                bytes: Bytes::from(b"12345678"),
                view,
            },
            Bytes::from(b"12345678"),
        );
        sees(
            Value::Bytes {
                bytes: Bytes::new(),
                view,
            },
            Some(Bytes::new()),
        );
    }
    sees(
        Value::RegExp {
            source: "a/b".to_owned(),
            flags: "gi".to_owned(),
        },
        serde::de::IgnoredAny,
    );
    let nested = Value::Map(vec![(
        Value::Set(vec![Value::Undefined, Value::Date(f64::NAN)]),
        Value::Error(Object(vec![(
            "cause".to_owned(),
            Value::Array(vec![Value::Undefined]),
        )])),
    )]);
    sees(nested.clone(), nested);
}

#[test]
fn a_special_value_of_another_type_is_refused_by_its_name() {
    refuses::<String>(
        Value::Undefined,
        "invalid type: undefined, expected a string",
    );
    refuses::<u32>(Value::Undefined, "invalid type: undefined, expected u32");
    refuses::<String>(Value::Date(0.0), "invalid type: date, expected a string");
    refuses::<Note>(
        Value::Set(vec![]),
        "invalid type: set, expected struct Note",
    );
    refuses::<Note>(
        Value::Array(vec![]),
        "invalid type: sequence, expected struct Note",
    );
    refuses::<Vec<i32>>(Value::Map(vec![]), "invalid type: map, expected a sequence");
    refuses::<Bytes>(Value::Date(0.0), "invalid type: date, expected bytes");
    refuses::<External>(
        Value::Date(0.0),
        "invalid type: date, expected enum External",
    );
    refuses::<f64>(
        Value::BigInt("1".to_owned()),
        "invalid type: bigint, expected f64",
    );
    refuses::<u64>(
        Value::BigInt("18446744073709551616".to_owned()),
        "invalid value: 18446744073709551616, expected u64",
    );
    refuses::<bool>(
        Value::RegExp {
            source: "a".to_owned(),
            flags: String::new(),
        },
        "invalid type: regexp, expected a boolean",
    );
    refuses::<String>(
        Bytes::from(b"text"),
        "invalid type: bytes, expected a string",
    );
    refuses::<u8>(300, "invalid value: integer `300`, expected u8");
    refuses::<Bytes>("text", "invalid type: string \"text\", expected bytes");
}

#[test]
fn bytes_and_values_pass_through_serdes_buffering() {
    let any = Value::Array(vec![
        Value::Int(1),
        Value::Float(-0.0),
        Value::bytes(b"any"),
        Value::Bytes {
            bytes: Bytes::from(b"view"),
            view: View::Float32Array,
        },
        Value::BigInt("18446744073709551616".to_owned()),
        Value::Date(f64::NAN),
        Value::Map(vec![(Value::Null, Value::Set(vec![text("s")]))]),
        Value::RegExp {
            source: "a".to_owned(),
            flags: "g".to_owned(),
        },
        Value::Error(Object(vec![("name".to_owned(), text("E"))])),
        [("$twinbridge", Value::Int(1))].into(),
    ]);
    let inner = || Inner {
        data: Bytes::from(b"i"),
        any: any.clone(),
        maybe: Some(1),
        float: f64::INFINITY,
    };
    let seen = |id: &str, value: Value| {
        Value::from([
            (id, value),
            ("data", Value::bytes(b"i")),
            ("any", any.clone()),
            ("maybe", Value::Int(1)),
            ("float", Value::Float(f64::INFINITY)),
        ])
    };
    row(
        Flat {
            id: 1,
            inner: inner(),
        },
        seen("id", 1.into()),
    );
    row(
        Internal::Struct {
            data: Bytes::from(b"t"),
            any: any.clone(),
        },
        [
            ("kind", text("Struct")),
            ("data", Value::bytes(b"t")),
            ("any", any.clone()),
        ],
    );
    row(
        Adjacent::Struct { any: any.clone() },
        [
            ("kind", text("Struct")),
            ("content", [("any", any.clone())].into()),
        ],
    );
    row(
        Untagged::Struct { any: any.clone() },
        [("any", any.clone())],
    );
}

#[test]
fn behind_serdes_buffering_undefined_is_null_and_a_small_big_integer_an_integer() {
    let any = |any| Value::from([("any", any)]);
    for codec in CODECS {
        for (sent, seen) in [
            (Value::Undefined, Value::Null),
            (Value::BigInt("5".to_owned()), Value::Int(5)),
        ] {
            let payload = Payload::encode(codec, &any(sent)).unwrap();
            let untagged = payload.decode::<Untagged>().unwrap();
            assert_eq!(untagged, Untagged::Struct { any: seen }, "{codec}");
        }
    }
    let view = Value::Bytes {
        bytes: Bytes::from(b"v"),
        view: View::DataView,
    };
    sees(view, Untagged::Data(Bytes::from(b"v")));
    sees(Value::BigInt("-7".to_owned()), Untagged::Number(-7));
}

#[test]
fn an_object_with_the_markers_key_arrives_as_sent() {
    for object in [
        Value::from([("$twinbridge", text("mine"))]),
        Value::from([("$twinbridge", Value::Array(vec![text("undefined")]))]),
        Value::from([("a", Value::Int(1)), ("$twinbridge", Value::Int(2))]),
        Value::from([("$twinbridge", [("$twinbridge", Value::Undefined)].into())]),
    ] {
        sees(object.clone(), object);
    }
    row(
        BTreeMap::from([("$twinbridge".to_owned(), 1)]),
        [("$twinbridge", Value::Int(1))],
    );
}

#[test]
fn the_carriers_key_is_refused_in_both_directions() {
    let object = BTreeMap::from([("\0twinbridge", 1)]);
    for codec in CODECS {
        let error = Payload::encode(codec, &object).unwrap_err();
        assert_eq!(error.to_string(), "the key \"\\0twinbridge\" is reserved");
    }
    let forged: [(Codec, &'static [u8]); 3] = [
        (Codec::MessagePack, b"\x81\xab\0twinbridge\x91\x01"),
        (Codec::MessagePack, b"\x81\xd9\x0b\0twinbridge\x91\x01"),
        (Codec::Json, br#"{"\u0000twinbridge":[1]}"#),
    ];
    for (codec, bytes) in forged {
        let payload = Payload {
            codec,
            bytes: bytes.into(),
            attachments: Vec::new(),
        };
        let error = payload.decode::<Value>().unwrap_err();
        assert_eq!(error.problem.to_string(), "malformed: a reserved key");
    }
}

/// Pins the wire forms of one value, in both directions.
#[track_caller]
fn pinned(
    value: impl Into<Value>,
    message_pack: &'static [u8],
    json: &'static str,
    attached: &[&'static [u8]],
) {
    let value = value.into();
    let attachments = attached.iter().map(|bytes| Bytes::from(*bytes)).collect();
    for payload in [
        Payload {
            codec: Codec::MessagePack,
            bytes: message_pack.into(),
            attachments: Vec::new(),
        },
        Payload {
            codec: Codec::Json,
            bytes: json.as_bytes().into(),
            attachments,
        },
    ] {
        assert_eq!(Payload::encode(payload.codec, &value).unwrap(), payload);
        assert_eq!(payload.decode::<Value>().unwrap(), value);
    }
}

#[test]
fn the_wire_forms() {
    let string = ToOwned::to_owned;
    pinned(Value::Null, b"\xc0", "null", &[]);
    pinned(true, b"\xc3", "true", &[]);
    pinned(-1, b"\xff", "-1", &[]);
    pinned(300, b"\xcd\x01\x2c", "300", &[]);
    pinned(1.5, b"\xcb\x3f\xf8\0\0\0\0\0\0", "1.5", &[]);
    pinned("a\"", b"\xa2a\"", r#""a\"""#, &[]);
    pinned(vec![Value::Int(1)], b"\x91\x01", "[1]", &[]);
    pinned([("a", Value::Int(1))], b"\x81\xa1a\x01", r#"{"a":1}"#, &[]);
    pinned(
        f64::NAN,
        b"\xcb\x7f\xf8\0\0\0\0\0\0",
        r#"{"$twinbridge":["number","NaN"]}"#,
        &[],
    );
    pinned(
        f64::INFINITY,
        b"\xcb\x7f\xf0\0\0\0\0\0\0",
        r#"{"$twinbridge":["number","Infinity"]}"#,
        &[],
    );
    pinned(
        f64::NEG_INFINITY,
        b"\xcb\xff\xf0\0\0\0\0\0\0",
        r#"{"$twinbridge":["number","-Infinity"]}"#,
        &[],
    );
    pinned(
        -0.0,
        b"\xcb\x80\0\0\0\0\0\0\0",
        r#"{"$twinbridge":["number","-0"]}"#,
        &[],
    );
    pinned(
        Value::bytes(b"xyz"),
        b"\xc4\x03xyz",
        r#"{"$twinbridge":["bytes",0]}"#,
        &[b"xyz"],
    );
    pinned(
        Value::Undefined,
        b"\xc7\0\x01",
        r#"{"$twinbridge":["undefined"]}"#,
        &[],
    );
    pinned(
        Value::BigInt(string("123")),
        b"\xd6\x02\xa3123",
        r#"{"$twinbridge":["bigint","123"]}"#,
        &[],
    );
    pinned(
        Value::Bytes {
            bytes: Bytes::from(b"xyz"),
            view: View::Int8Array,
        },
        b"\xd8\x03\x92\xa9Int8Array\xc4\x03xyz",
        r#"{"$twinbridge":["view","Int8Array",0]}"#,
        &[b"xyz"],
    );
    pinned(
        Value::Date(1.5),
        b"\xc7\x09\x04\xcb\x3f\xf8\0\0\0\0\0\0",
        r#"{"$twinbridge":["date",1.5]}"#,
        &[],
    );
    pinned(
        Value::Map(vec![(Value::Int(1), text("a"))]),
        b"\xc7\x05\x05\x91\x92\x01\xa1a",
        r#"{"$twinbridge":["map",[[1,"a"]]]}"#,
        &[],
    );
    pinned(
        Value::Set(vec![Value::Int(1)]),
        b"\xd5\x06\x91\x01",
        r#"{"$twinbridge":["set",[1]]}"#,
        &[],
    );
    pinned(
        Value::RegExp {
            source: string("a"),
            flags: string("g"),
        },
        b"\xc7\x05\x07\x92\xa1a\xa1g",
        r#"{"$twinbridge":["regexp","a","g"]}"#,
        &[],
    );
    pinned(
        Value::Error(Object(vec![(string("name"), text("E"))])),
        b"\xd7\x08\x81\xa4name\xa1E",
        r#"{"$twinbridge":["error",{"name":"E"}]}"#,
        &[],
    );
    pinned(
        [("$twinbridge", Value::Int(1))],
        b"\x81\xab$twinbridge\x01",
        r#"{"$twinbridge":["object",{"$twinbridge":1}]}"#,
        &[],
    );
    pinned(
        vec![Value::bytes(b"a"), Value::bytes(b"b")],
        b"\x92\xc4\x01a\xc4\x01b",
        r#"[{"$twinbridge":["bytes",0]},{"$twinbridge":["bytes",1]}]"#,
        &[b"a", b"b"],
    );
}

#[test]
fn large_bytes_are_shared_with_the_payload_and_small_ones_let_go_of_it() {
    let sent = Bytes::from(vec![7; 5000]);
    let payload = Payload::encode(Codec::MessagePack, &sent).unwrap();
    let seen = payload.decode::<Bytes>().unwrap();
    assert!(std::ptr::eq(&payload.bytes[3], &seen[0]));
    let payload = Payload::encode(Codec::Json, &sent).unwrap();
    assert!(std::ptr::eq(&payload.attachments[0][0], &sent[0]));
    assert!(std::ptr::eq(
        &payload.decode::<Bytes>().unwrap()[0],
        &sent[0]
    ));
    let payload = Payload::encode(
        Codec::MessagePack,
        &(Bytes::from(b"small"), "x".repeat(5000)),
    )
    .unwrap();
    let (seen, _) = payload.decode::<(Bytes, String)>().unwrap();
    assert!(!payload.bytes.as_ptr_range().contains(&seen.as_ptr()));
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(Value::Null, |value, _| Value::Array(vec![value]))
}

#[test]
fn nesting_ends_at_128_levels() {
    for codec in CODECS {
        let deepest = Payload::encode(codec, &nested(128)).unwrap();
        assert_eq!(deepest.decode::<Value>().unwrap(), nested(128));
        let error = Payload::encode(codec, &nested(129)).unwrap_err();
        assert_eq!(error.to_string(), "value nests deeper than 128 levels");
    }
    for (codec, bytes) in [
        (Codec::MessagePack, vec![0x91; 100_000]),
        (Codec::MessagePack, b"\x81\xc0".repeat(100_000)),
        (Codec::Json, vec![b'['; 100_000]),
        (Codec::Json, br#"{"a":"#.repeat(100_000)),
        (Codec::Json, br#"{"$twinbridge":["set",["#.repeat(100_000)),
    ] {
        let payload = Payload {
            codec,
            bytes: bytes.into(),
            attachments: Vec::new(),
        };
        let error = payload.decode::<serde::de::IgnoredAny>().unwrap_err();
        assert_eq!(error.problem, DecodeProblem::TooDeep);
    }
    let mut bytes = Vec::new();
    for level in (0_u32..200).rev() {
        let len = level * 6 + 2;
        bytes.extend_from_slice(&[0xc9]);
        bytes.extend_from_slice(&len.to_be_bytes());
        bytes.push(6);
    }
    let payload = Payload {
        codec: Codec::MessagePack,
        bytes: bytes.into(),
        attachments: Vec::new(),
    };
    payload.decode::<Value>().unwrap_err();
}

#[test]
fn broken_payloads_are_refused_with_a_place_and_a_reason() {
    let attachments = || vec![Bytes::from(b"one")];
    let cases: [(Codec, &'static [u8], &str); 24] = [
        (
            Codec::MessagePack,
            b"",
            "MessagePack, byte 0: the value is cut off",
        ),
        (
            Codec::MessagePack,
            b"\xdd\xff\xff\xff\xff\x01",
            "MessagePack, byte 5: the value is cut off",
        ),
        (
            Codec::MessagePack,
            b"\xdf\xff\xff\xff\xff\x01",
            "MessagePack, byte 5: the value is cut off",
        ),
        (
            Codec::MessagePack,
            b"\xc6\xff\xff\xff\xff\x01",
            "MessagePack, byte 5: the value is cut off",
        ),
        (
            Codec::MessagePack,
            b"\xdb\xff\xff\xff\xff\x01",
            "MessagePack, byte 5: the value is cut off",
        ),
        (
            Codec::MessagePack,
            b"\xc9\xff\xff\xff\xff\x01",
            "MessagePack, byte 6: the value is cut off",
        ),
        (
            Codec::MessagePack,
            b"\x01\x02",
            "MessagePack, byte 1: 1 bytes follow the value",
        ),
        (
            Codec::MessagePack,
            b"\xc1",
            "MessagePack, byte 1: malformed: reserved first byte",
        ),
        (
            Codec::MessagePack,
            b"\xa1\xff",
            "MessagePack, byte 2: malformed: text is not UTF-8",
        ),
        (
            Codec::MessagePack,
            b"\xd4\x63\0",
            "MessagePack, byte 2: malformed: unknown extension type",
        ),
        (
            Codec::MessagePack,
            b"\xd5\x02\xa2xy",
            "MessagePack, byte 5: malformed: a big integer is not decimal",
        ),
        (
            Codec::MessagePack,
            b"\xd6\x06\x91\x01\x01\x01",
            "MessagePack, byte 4: malformed: an extension's length is not its payload's",
        ),
        (Codec::Json, b"", "JSON, byte 0: the value is cut off"),
        (
            Codec::Json,
            b"\xff",
            "JSON, byte 0: malformed: text is not UTF-8",
        ),
        (
            Codec::Json,
            b"1 2",
            "JSON, byte 2: 1 bytes follow the value",
        ),
        (
            Codec::Json,
            b"[1,]",
            "JSON, byte 3: malformed: a comma after the last element",
        ),
        (
            Codec::Json,
            b"[1 2]",
            "JSON, byte 3: malformed: no comma between two elements",
        ),
        (
            Codec::Json,
            b"{\"a\" 1}",
            "JSON, byte 5: malformed: no colon after a key",
        ),
        (Codec::Json, b"01", "JSON, byte 0: malformed: not a number"),
        (
            Codec::Json,
            b"1e999",
            "JSON, byte 5: malformed: number out of range",
        ),
        (
            Codec::Json,
            br#"{"$twinbridge":["bytes",7]}"#,
            "JSON, byte 25: attachment 7 does not exist, the payload has 1",
        ),
        (
            Codec::Json,
            br#"{"$twinbridge":["what"]}"#,
            "JSON, byte 22: malformed: a marker of unknown kind",
        ),
        (
            Codec::Json,
            br#"{"$twinbridge":["undefined"],"a":1}"#,
            "JSON, byte 28: malformed: a marker has a second key",
        ),
        (
            Codec::Json,
            br#"{"$twinbridge":["view","Nope",0]}"#,
            "JSON, byte 29: `Nope` is no view of bytes",
        ),
    ];
    for (codec, bytes, text) in cases {
        let payload = Payload {
            codec,
            bytes: bytes.into(),
            attachments: attachments(),
        };
        let error = payload.decode::<Value>().unwrap_err();
        assert_eq!(error.to_string(), text);
        let ignored = payload.decode::<serde::de::IgnoredAny>();
        assert!(ignored.is_err() || text.contains("no view"), "{text}");
    }
}

#[test]
fn a_collection_that_miscounts_itself_is_refused() {
    struct Liar;
    impl Serialize for Liar {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            use serde::ser::SerializeSeq as _;
            let mut seq = serializer.serialize_seq(Some(3))?;
            seq.serialize_element(&1)?;
            seq.end()
        }
    }
    for codec in CODECS {
        let error = Payload::encode(codec, &Liar).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a collection announced 3 elements and gave 1"
        );
    }
}

#[test]
fn a_big_integer_that_is_none_is_not_encoded() {
    for codec in CODECS {
        let error = Payload::encode(codec, &Value::BigInt("1e3".to_owned())).unwrap_err();
        assert_eq!(
            error.to_string(),
            "value refuses to be serialized: a big integer is not decimal"
        );
    }
}

#[test]
fn the_unit_payload_is_the_encoded_unit() {
    for codec in CODECS {
        assert_eq!(Payload::unit(codec), Payload::encode(codec, &()).unwrap());
        assert_eq!(Codec::from_number(codec.number()), Some(codec));
    }
    assert_eq!(Codec::from_number(0), None);
    let payload = Payload::encode(Codec::Json, &Bytes::from(b"abc")).unwrap();
    assert_eq!(payload.len(), payload.bytes.len() + 3);
}
