//! Forms of real types: what schemars writes for them, filled in, and read as the type again.

use std::collections::{BTreeMap, HashMap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use twinbridge_common::{
    Bytes,
    ipc::schema_accepted,
    wire::{Codec, Payload, Value, View},
};

use super::{
    Form, Schema,
    model::{NodeId, State},
    shape::{Record, Shape},
};

fn schema_of<T: JsonSchema>() -> Schema {
    Schema::of(schema_accepted::<T>())
}

/// The value that a filled form holds, as the handler sees it.
fn seen<T: DeserializeOwned>(form: &Form) -> T {
    let values = form.arguments().unwrap();
    let payload = Payload::encode(Codec::MessagePack, &values[0]).unwrap();
    payload.decode().unwrap()
}

/// What the page gets of a value.
fn sent<T: Serialize>(value: &T) -> Value {
    let payload = Payload::encode(Codec::MessagePack, value).unwrap();
    payload.decode().unwrap()
}

/// A value goes into the form of its type and comes out as it was.
fn check<T>(value: &T)
where
    T: JsonSchema + Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let dynamic = sent(value);
    let form = Form::filled(
        [("value", schema_of::<T>())],
        std::slice::from_ref(&dynamic),
    );
    let form = form.unwrap_or_else(|| panic!("{dynamic:?} does not fit {:?}", schema_of::<T>()));
    assert_eq!(seen::<T>(&form), *value);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Inner {
    name: String,
    count: Option<u32>,
    #[serde(default)]
    with_default: bool,
}

fn inner() -> Inner {
    Inner {
        name: "a\n\"b\"".into(),
        count: Some(7),
        with_default: true,
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
enum Unit {
    First,
    /// The second.
    Second,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
enum External {
    Plain,
    Other,
    New(u32),
    Pair(u8, String),
    Fields { inner: Inner },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum Internal {
    Plain,
    Fields { a: u8 },
    Newtype(Inner),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "t", content = "c")]
enum Adjacent {
    Plain,
    New(String),
    Pair(u8, u8),
    Fields { a: Option<u8> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Untagged {
    Number(i32),
    Text(String),
    Inner(Inner),
    List(Vec<u8>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
enum Tree {
    Leaf(i64),
    Node(Box<Self>, Box<Self>),
    Many(Vec<Self>),
    Maybe(Option<Box<Self>>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Flattened {
    own: u8,
    #[serde(flatten)]
    inner: Inner,
    #[serde(flatten)]
    kind: Internal2,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Open {
    own: u8,
    #[serde(flatten)]
    rest: BTreeMap<String, u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "form")]
enum Internal2 {
    Round { radius: f64 },
    Flat,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct UnitStruct;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Many {
    text: String,
    letter: char,
    tiny: i8,
    wide: u64,
    wide_signed: i64,
    huge: u128,
    huge_signed: i128,
    single: f32,
    double: f64,
    flag: bool,
    unit: (),
    unit_struct: UnitStruct,
    maybe_unit: Option<Unit>,
    maybe_inner: Option<Inner>,
    maybe_bytes: Option<Bytes>,
    data: Bytes,
    list: Vec<Inner>,
    fixed: [u16; 3],
    tuple: (u8, String, Option<bool>),
    by_text: HashMap<String, Unit>,
    by_number: BTreeMap<u32, String>,
    by_signed: BTreeMap<i16, f64>,
    by_variant: BTreeMap<VariantKey, u8>,
    any: Value,
}

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
enum VariantKey {
    Left,
    Right,
}

fn many() -> Many {
    Many {
        text: String::new(),
        letter: 'ß',
        tiny: -128,
        wide: u64::MAX,
        wide_signed: (1 << 53) + 1,
        huge: u128::MAX,
        huge_signed: i128::MIN,
        single: 0.1,
        double: 0.1 + 0.2,
        flag: true,
        unit: (),
        unit_struct: UnitStruct,
        maybe_unit: Some(Unit::Second),
        maybe_inner: Some(inner()),
        maybe_bytes: Some(Bytes::from(vec![1])),
        data: Bytes::from(vec![0, 255]),
        list: vec![inner(), inner()],
        fixed: [1, 2, 3],
        tuple: (1, "two".into(), Some(false)),
        by_text: HashMap::from([("a key".into(), Unit::First)]),
        by_number: BTreeMap::from([(7, "seven".into())]),
        by_signed: BTreeMap::from([(-7, f64::INFINITY)]),
        by_variant: BTreeMap::from([(VariantKey::Right, 1)]),
        any: Value::Map(vec![(Value::Int(1), Value::Undefined)]),
    }
}

#[test]
fn a_value_of_any_kind_goes_through_its_form_unchanged() {
    check(&many());
    check(&Many {
        maybe_unit: None,
        maybe_inner: None,
        maybe_bytes: None,
        list: Vec::new(),
        by_number: BTreeMap::new(),
        ..many()
    });
    check(&vec![Unit::First, Unit::Second]);
    check(&UnitStruct);
    check(&Some(3_u8));
}

#[test]
fn every_way_to_write_an_enum_has_a_form() {
    for value in [
        External::Plain,
        External::Other,
        External::New(1),
        External::Pair(1, "x".into()),
        External::Fields { inner: inner() },
    ] {
        check(&value);
        check(&Some(value));
    }
    for value in [
        Internal::Plain,
        Internal::Fields { a: 1 },
        Internal::Newtype(inner()),
    ] {
        check(&value);
    }
    for value in [
        Adjacent::Plain,
        Adjacent::New("x".into()),
        Adjacent::Pair(1, 2),
        Adjacent::Fields { a: None },
    ] {
        check(&value);
    }
    for value in [
        Untagged::Number(-1),
        Untagged::Text("-1".into()),
        Untagged::Inner(inner()),
        Untagged::List(vec![1, 2]),
    ] {
        check(&value);
    }
}

#[test]
fn flattened_structs_enums_and_maps_add_to_one_object() {
    for kind in [Internal2::Flat, Internal2::Round { radius: 1.5 }] {
        check(&Flattened {
            own: 1,
            inner: inner(),
            kind,
        });
    }
    check(&Open {
        own: 1,
        rest: BTreeMap::from([("more".into(), 9)]),
    });
}

#[test]
fn a_type_that_contains_itself_is_drawn_as_deep_as_it_is_opened() {
    let leaf = || Box::new(Tree::Leaf(i64::MIN));
    check(&Tree::Node(
        leaf(),
        Box::new(Tree::Many(vec![
            Tree::Leaf(0),
            Tree::Maybe(Some(leaf())),
            Tree::Maybe(None),
        ])),
    ));
}

#[test]
fn the_dynamic_value_has_a_form_for_each_of_its_kinds() {
    for value in [
        Value::Null,
        Value::Undefined,
        Value::Bool(true),
        Value::Int(-1),
        Value::UInt(u64::MAX),
        Value::BigInt("12".into()),
        Value::Float(-0.0),
        Value::Float(f64::NAN),
        Value::from("text"),
        Value::bytes(vec![1, 2]),
        Value::Bytes {
            bytes: vec![1, 2].into(),
            view: View::Float64Array,
        },
        Value::Date(f64::NAN),
        Value::Array(vec![Value::Null, Value::Undefined]),
        Value::from([("a", Value::Int(1))]),
        Value::Map(vec![(Value::Null, Value::Set(vec![Value::Int(1)]))]),
        Value::RegExp {
            source: "a".into(),
            flags: "g".into(),
        },
    ] {
        check(&value);
    }
}

fn fill(form: &mut Form, text: &str) -> Result<Vec<Value>, Vec<(NodeId, String)>> {
    let root = form.roots[0].1;
    form.set(root, State::Text(text.to_owned()));
    form.arguments()
}

fn problem(form: &mut Form, text: &str) -> String {
    let mut problems = fill(form, text).unwrap_err();
    problems.remove(0).1
}

#[test]
fn integers_are_exact_and_held_against_their_type() {
    let mut form = Form::new([("value", schema_of::<u64>())]);
    for (text, value) in [
        ("18446744073709551615", Value::UInt(u64::MAX)),
        ("9 007 199 254 740 993", Value::Int((1 << 53) + 1)),
        ("-0", Value::Int(0)),
        ("+007", Value::Int(7)),
    ] {
        assert_eq!(fill(&mut form, text), Ok(vec![value]));
    }
    for text in ["-1", "18446744073709551616", &"9".repeat(60)] {
        assert_eq!(
            problem(&mut form, text),
            "Give a whole number from 0 to 18446744073709551615."
        );
    }
    for text in ["", "-", "1.5", "1e3", "one"] {
        assert_eq!(problem(&mut form, text), "Give a whole number.");
    }
    let mut form = Form::new([("value", schema_of::<i8>())]);
    assert_eq!(fill(&mut form, "-128"), Ok(vec![Value::Int(-128)]));
    assert_eq!(
        problem(&mut form, "128"),
        "Give a whole number from -128 to 127."
    );
    let mut form = Form::new([("value", schema_of::<u128>())]);
    let most = Value::BigInt(u128::MAX.to_string());
    assert_eq!(fill(&mut form, &u128::MAX.to_string()), Ok(vec![most]));
}

#[test]
fn floats_may_be_what_json_cannot_say() {
    let mut form = Form::new([("value", schema_of::<f64>())]);
    for (text, number) in [
        ("NaN", f64::NAN),
        ("-infinity", f64::NEG_INFINITY),
        ("-0", -0.0),
        (".5", 0.5),
        ("1e-320", 1e-320),
        ("5e-324", f64::from_bits(1)),
    ] {
        assert_eq!(fill(&mut form, text), Ok(vec![Value::Float(number)]));
    }
    assert_eq!(
        problem(&mut form, "1e999"),
        "The number is too large. `Infinity` is written so."
    );
    assert_eq!(
        problem(&mut form, "much"),
        "Give a number, `NaN`, `Infinity` or `-Infinity`."
    );
    let mut form = Form::new([("value", schema_of::<f32>())]);
    let nearest = Value::Float(f64::from(0.1_f32));
    assert_eq!(fill(&mut form, "0.1"), Ok(vec![nearest]));
}

#[test]
fn every_problem_is_noted_where_it_is() {
    let mut form = Form::new([
        ("value", schema_of::<Inner>()),
        ("letter", schema_of::<char>()),
    ]);
    let (record, letter) = (form.roots[0].1, form.roots[1].1);
    let Shape::Record(Record { fields, .. }) = form.shape(record) else {
        panic!("a struct is a record");
    };
    let at = fields
        .iter()
        .position(|field| field.name == "count")
        .unwrap();
    form.switch_field(record, at, true);
    let State::Record { fields, .. } = form.state(record) else {
        panic!("a record has fields");
    };
    let count = fields[at].unwrap();
    assert_eq!(
        form.arguments().unwrap_err(),
        [
            (count, "Give a whole number.".to_owned()),
            (letter, "Give one character; these are 0.".to_owned()),
        ]
    );
}

#[test]
fn keys_are_held_against_their_type_and_stand_once() {
    let mut form = Form::new([("value", schema_of::<BTreeMap<u32, ()>>())]);
    let root = form.roots[0].1;
    let (first, second) = (form.push(root).unwrap(), form.push(root).unwrap());
    form.rename(root, first, "-1");
    form.rename(root, second, "-1");
    let sentence = "The key is a whole number without a sign.".to_owned();
    assert_eq!(
        form.arguments().unwrap_err(),
        [(first, sentence.clone()), (second, sentence)]
    );
    form.rename(root, first, "1");
    form.rename(root, second, "1");
    assert_eq!(
        form.arguments().unwrap_err(),
        [(second, "The key `1` stands here twice.".to_owned())]
    );
    form.remove(root, second);
    assert_eq!(seen::<BTreeMap<u32, ()>>(&form), BTreeMap::from([(1, ())]));
}

#[test]
fn what_cannot_be_drawn_is_given_as_json() {
    let document = serde_json::json!({ "$ref": "#/$defs/Loop", "$defs": { "Loop": { "$ref": "#/$defs/Loop" } } });
    let mut form = Form::new([("value", Schema::of(document))]);
    assert_eq!(
        *form.shape(form.roots[0].1),
        Shape::Raw("The schema refers to itself without end. Give it as JSON.".to_owned())
    );
    assert_eq!(
        fill(&mut form, r#"{"a": [1]}"#),
        Ok(vec![Value::from([(
            "a",
            Value::Array(vec![Value::Int(1)])
        )])])
    );
}
