//! The dynamic value as shapes: every kind that it has, each over an ordinary schema.
//!
//! The kinds that JSON Schema has no word for are schemas with a key of our own, which no
//! contract can write.

use serde_json::json;
use twinbridge_common::wire::View;

use super::shape::{Alternative, Schema, Shape, Wrap};

/// Key of schemas that only the dynamic value has.
pub(super) const KIND: &str = "$value";

/// The dynamic value: first choose what it is.
pub(super) fn any() -> Shape {
    let kinds = [
        ("null", json!({ "type": "null" })),
        ("undefined", json!({ KIND: "undefined" })),
        ("boolean", json!({ "type": "boolean" })),
        ("integer", json!({ "type": "integer" })),
        ("big integer", json!({ KIND: "bigint" })),
        ("number", json!({ "type": "number" })),
        ("text", json!({ "type": "string" })),
        ("bytes", json!({ "type": "string", "format": "bytes" })),
        ("bytes with a view", json!({ KIND: "view" })),
        ("date", json!({ KIND: "date" })),
        ("array", json!({ "type": "array", "items": true })),
        (
            "object",
            json!({ "type": "object", "additionalProperties": true }),
        ),
        ("map", json!({ KIND: "map" })),
        ("set", json!({ KIND: "set" })),
        ("regular expression", json!({ KIND: "regexp" })),
        ("error", json!({ KIND: "error" })),
    ];
    let kinds = kinds.into_iter().map(|(label, schema)| Alternative {
        label: label.to_owned(),
        docs: String::new(),
        schema: Schema::of(schema),
    });
    Shape::Alternatives(kinds.collect())
}

/// A kind that JSON Schema has no word for.
pub(super) fn of_kind(kind: &str) -> Shape {
    let object = json!({ "type": "object", "additionalProperties": true });
    let (wrap, inner) = match kind {
        "undefined" => return Shape::Undefined,
        "bigint" => (Wrap::BigInt, json!({ "type": "integer" })),
        "date" => (
            Wrap::Date,
            json!({ "type": "number", "description": "Milliseconds since 1970 in UTC." }),
        ),
        "set" => (Wrap::Set, json!({ "type": "array", "items": true })),
        "map" => {
            let pair = json!({ "type": "array", "prefixItems": [true, true] });
            (Wrap::Map, json!({ "type": "array", "items": pair }))
        }
        "regexp" => {
            let text = json!({ "type": "string" });
            let fields = json!({ "source": text, "flags": text });
            let required = json!(["source", "flags"]);
            let object = json!({ "type": "object", "properties": fields, "required": required });
            (Wrap::RegExp, object)
        }
        "view" => {
            let views: Vec<_> = View::ALL.iter().map(|view| view.name()).collect();
            let bytes = json!({ "type": "string", "format": "bytes" });
            let fields = json!({ "view": { "enum": views }, "bytes": bytes });
            let required = json!(["view", "bytes"]);
            let object = json!({ "type": "object", "properties": fields, "required": required });
            (Wrap::View, object)
        }
        _ => (Wrap::Error, object),
    };
    Shape::Wrapped(wrap, Schema::of(inner))
}
