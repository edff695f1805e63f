//! Tests of the canonical form: what counts and what does not.
//!
//! Types stand in two or more modules that differ in one thing each, and are compared as the
//! schemas that generated code makes of them. Long for the pairs of types.

use schemars::JsonSchema;
use serde::Serialize;

use super::*;
use crate::{
    ipc::{ArgumentInfo, schema_accepted, schema_sent},
    wire::MethodName,
};

const CHANNEL: ChannelName = ChannelName::literal("test");

fn method(name: &'static str, arguments: Vec<Json>, result: Option<Json>) -> MethodInfo {
    let arguments = arguments
        .into_iter()
        .map(|schema| ArgumentInfo {
            name: "argument",
            schema,
        })
        .collect();
    MethodInfo {
        name: MethodName::literal(name),
        rust_name: name,
        signature: "",
        docs: "",
        arguments,
        result,
        error: None,
        stream: None,
        deadline_ms: 0,
    }
}

fn of(methods: &[MethodInfo]) -> Fingerprint {
    of_methods(&CHANNEL, methods)
}

fn of_type<T: JsonSchema>() -> Fingerprint {
    of(&[method(
        "f",
        vec![schema_accepted::<T>()],
        Some(schema_sent::<T>()),
    )])
}

#[allow(dead_code, reason = "only the schemas are used")]
mod plain {
    use super::*;

    #[derive(Serialize, serde::Deserialize, JsonSchema)]
    pub(super) struct Note {
        id: u32,
        text: Option<String>,
        color: Color,
        one: One,
        kind: Kind,
        next: Option<Box<Self>>,
        more: Vec<Color>,
        twice: (Color, Kind),
    }

    #[derive(Serialize, serde::Deserialize, JsonSchema)]
    pub(super) enum Color {
        Red,
        Green,
        Blue,
    }

    #[derive(Serialize, serde::Deserialize, JsonSchema)]
    pub(super) enum One {
        Only,
    }

    #[derive(Serialize, serde::Deserialize, JsonSchema)]
    pub(super) enum Kind {
        Empty,
        Field(u8),
        Other,
        Fields { a: Color, b: f64 },
    }
}

/// The same with documentation everywhere, other type names and another order of variants.
#[allow(dead_code, reason = "only the schemas are used")]
mod documented {
    use super::*;

    /// A note.
    #[derive(Serialize, serde::Deserialize, JsonSchema)]
    pub(super) struct Memo {
        /// # Its id
        id: u32,
        /// Its text.
        #[deprecated]
        text: Option<String>,
        /// Its color.
        color: Paint,
        /// One.
        one: Single,
        /// Kind.
        kind: Sort,
        /// The next.
        next: Option<Box<Self>>,
        /// More.
        #[schemars(example = &"nothing", title = "More")]
        more: Vec<Paint>,
        /// Twice.
        twice: (Paint, Sort),
    }

    /// A color.
    #[derive(Serialize, serde::Deserialize, JsonSchema)]
    pub(super) enum Paint {
        /// Like grass.
        Green,
        Blue,
        /// Like blood.
        Red,
    }

    /// The only one.
    #[derive(Serialize, serde::Deserialize, JsonSchema)]
    pub(super) enum Single {
        /// The only one.
        Only,
    }

    /// The kind.
    #[derive(Serialize, serde::Deserialize, JsonSchema)]
    pub(super) enum Sort {
        /// Fields.
        Fields {
            /// One.
            a: Paint,
            /// Another.
            b: f64,
        },
        /// Other.
        Other,
        /// A field.
        Field(
            /// The field.
            u8,
        ),
        Empty,
    }
}

#[test]
fn documentation_names_of_types_and_order_of_variants_do_not_count() {
    assert_eq!(of_type::<plain::Color>(), of_type::<documented::Paint>());
    assert_eq!(of_type::<plain::One>(), of_type::<documented::Single>());
    assert_eq!(of_type::<plain::Kind>(), of_type::<documented::Sort>());
    assert_eq!(of_type::<plain::Note>(), of_type::<documented::Memo>());
    assert_eq!(
        of_type::<Vec<plain::Note>>(),
        of_type::<Vec<documented::Memo>>()
    );
}

#[test]
fn types_that_differ_in_one_thing_differ() {
    macro_rules! schema_of {
        ($($item:tt)*) => {{
            #[derive(Serialize, serde::Deserialize, JsonSchema)]
            #[allow(dead_code, reason = "only the schema is used")]
            $($item)*
            of_type::<T>()
        }};
    }
    let all = [
        schema_of!(
            struct T {
                a: u32,
            }
        ),
        schema_of!(
            struct T {
                a: u64,
            }
        ),
        schema_of!(
            struct T {
                a: i32,
            }
        ),
        schema_of!(
            struct T {
                b: u32,
            }
        ),
        schema_of!(
            struct T {
                a: Option<u32>,
            }
        ),
        schema_of!(
            struct T {
                #[serde(default)]
                a: u32,
            }
        ),
        schema_of!(
            struct T {
                a: Vec<u32>,
            }
        ),
        schema_of!(
            struct T {
                a: u32,
                b: u32,
            }
        ),
        schema_of!(
            struct T {
                title: u32,
            }
        ),
        schema_of!(
            struct T {
                description: u32,
            }
        ),
        schema_of!(
            struct T(u32, String);
        ),
        schema_of!(
            struct T(String, u32);
        ),
        schema_of!(
            enum T {
                A,
                B,
            }
        ),
        schema_of!(
            enum T {
                A,
                C,
            }
        ),
        schema_of!(
            enum T {
                A(u32),
                B,
            }
        ),
        schema_of!(
            #[serde(tag = "t")]
            enum T {
                A,
                B,
            }
        ),
        schema_of!(
            struct T {
                a: Option<Box<Self>>,
            }
        ),
        schema_of!(
            struct T {
                a: Vec<Self>,
            }
        ),
        schema_of!(
            struct T {
                a: plain::Color,
                b: plain::One,
            }
        ),
        schema_of!(
            struct T {
                a: plain::One,
                b: plain::Color,
            }
        ),
        of_type::<crate::Bytes>(),
        of_type::<Vec<u8>>(),
        of_type::<()>(),
    ];
    for (at, one) in all.iter().enumerate() {
        for (other_at, other) in all.iter().enumerate() {
            assert_eq!(one == other, at == other_at, "{at} and {other_at}");
        }
    }
}

#[test]
fn the_order_of_arguments_counts_and_that_of_methods_does_not() {
    let (number, text) = (schema_accepted::<u32>(), schema_accepted::<String>());
    let one_way = method("f", vec![number.clone(), text.clone()], None);
    let other_way = method("f", vec![text, number], None);
    assert_ne!(of(std::slice::from_ref(&one_way)), of(&[other_way]));
    let g = method("g", Vec::new(), None);
    assert_eq!(of(&[one_way.clone(), g.clone()]), of(&[g, one_way]));
}

#[test]
fn names_of_methods_and_channels_count() {
    let (f, g) = (method("f", Vec::new(), None), method("g", Vec::new(), None));
    assert_ne!(of(std::slice::from_ref(&f)), of(&[g]));
    assert_ne!(
        of_methods(&ChannelName::literal("other"), std::slice::from_ref(&f)),
        of(&[f])
    );
}

#[test]
fn a_result_of_nothing_differs_from_a_result_of_null_and_from_an_error() {
    let unit = method("f", Vec::new(), None);
    let null = method("f", Vec::new(), Some(schema_sent::<()>()));
    let error = MethodInfo {
        error: Some(schema_sent::<()>()),
        ..unit.clone()
    };
    let all = [of(&[unit]), of(&[null]), of(&[error])];
    assert!(all[0] != all[1] && all[1] != all[2] && all[0] != all[2]);
}

#[test]
fn names_of_arguments_documentation_and_deadlines_do_not_count() {
    let bare = method("f", vec![schema_accepted::<u32>()], None);
    let mut dressed = bare.clone();
    dressed.arguments[0].name = "other";
    dressed.docs = "Does it.";
    dressed.signature = "fn f()";
    dressed.rust_name = "eff";
    dressed.deadline_ms = 7;
    assert_eq!(of(&[bare]), of(&[dressed]));
}

#[test]
fn the_order_of_keys_does_not_count() {
    let mut forwards = Map::new();
    let mut backwards = Map::new();
    let entries = [
        ("default", json!({"a": 1, "b": 2})),
        ("format", json!("x")),
        ("type", json!("object")),
    ];
    for (key, value) in entries.clone() {
        forwards.insert(key.to_owned(), value);
    }
    for (key, value) in entries.into_iter().rev() {
        backwards.insert(key.to_owned(), value);
    }
    assert_eq!(
        canonical(&Json::Object(forwards)).to_string(),
        canonical(&Json::Object(backwards)).to_string()
    );
}

#[test]
fn the_canonical_form_of_a_recursive_type() {
    assert_eq!(
        canonical(&schema_sent::<Vec<Link>>()).to_string(),
        concat!(
            r#"[{"items":{"$ref":0},"type":"array"},"#,
            r##"{"properties":{"next":{"anyOf":[{"$ref":0},{"type":"null"}]}},"##,
            r#""required":["next"],"type":"object"}]"#
        )
    );
}

/// A list.
#[derive(Serialize, JsonSchema)]
struct Link {
    next: Option<Box<Self>>,
}

#[test]
fn a_fingerprint_as_text() {
    let fingerprint = Fingerprint(0x00ab_cdef_0123_4567);
    assert_eq!(fingerprint.to_string(), "00abcdef01234567");
    assert_eq!("00abcdef01234567".parse(), Ok(fingerprint));
    assert_eq!(
        serde_json::to_string(&fingerprint).unwrap(),
        r#""00abcdef01234567""#
    );
    assert_eq!(
        serde_json::from_str::<Fingerprint>(r#""00abcdef01234567""#).unwrap(),
        fingerprint
    );
    for bad in [
        "",
        "0",
        "+0abcdef01234567",
        "00ABCDEF01234567",
        "00abcdef012345678",
        "é0abcdef0123456",
    ] {
        assert_eq!(
            bad.parse::<Fingerprint>().unwrap_err().to_string(),
            format!("`{bad}` is not a fingerprint: 16 hexadecimal digits in small letters")
        );
    }
}

#[test]
fn the_hash_is_fnv_1a() {
    assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
    assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
    assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
}
