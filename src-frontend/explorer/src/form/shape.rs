//! What a JSON Schema asks for, one level deep.
//!
//! Read level by level, since a type may contain itself. It never fails: what cannot be drawn
//! is [`Shape::Raw`], with the reason.

use std::sync::Arc;

use serde_json::{Map, Number, Value as Json, json};

use super::dynamic::{self, KIND};
use crate::schema;

/// Deepest chain of references and single alternatives that is followed within one level.
const MAX_HOPS: u8 = 16;

/// A schema within a document, whose definitions it may refer to. Clones are cheap.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Schema {
    root: Arc<Json>,
    at: Arc<Json>,
}

/// What a schema asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    /// Null, and nothing else.
    Null,
    /// This very value: the tag of an enum.
    Constant(Json),
    /// `undefined`, of the dynamic value only.
    Undefined,
    Bool,
    Integer(Bounds),
    Float {
        /// Rounded to 32 bits.
        is_single: bool,
    },
    Text {
        /// What kind of text, where the schema says: `uuid`, `date-time`, `char`.
        hint: Option<String>,
        min: Option<u64>,
        max: Option<u64>,
    },
    Bytes,
    /// One of these constants.
    Choice(Vec<Choice>),
    /// One of these schemas.
    Alternatives(Vec<Alternative>),
    /// A value or null.
    Optional(Schema),
    List {
        items: Schema,
        min: u64,
        max: Option<u64>,
    },
    Tuple(Vec<Schema>),
    Record(Record),
    /// A kind of the dynamic value around an ordinary one.
    Wrapped(Wrap, Schema),
    /// Not drawn; the sentence says why.
    Raw(String),
}

/// Least and greatest integer; 128 bits of either sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) min: Option<i128>,
    pub(crate) max: Option<u128>,
}

/// A constant among others.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Choice {
    pub(crate) value: Json,
    pub(crate) docs: String,
}

/// A schema among others.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Alternative {
    pub(crate) label: String,
    pub(crate) docs: String,
    pub(crate) schema: Schema,
}

/// An object: fields, then entries with free keys, then what other schemas add to it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Record {
    pub(crate) fields: Vec<Field>,
    pub(crate) entries: Option<Entries>,
    pub(crate) parts: Vec<Schema>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) docs: String,
    pub(crate) is_required: bool,
    pub(crate) schema: Schema,
}

/// Entries whose keys are free.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entries {
    pub(crate) key: Key,
    pub(crate) schema: Schema,
}

/// What a free key may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Text,
    Unsigned,
    Signed,
}

/// Kinds of the dynamic value that are made of an ordinary value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrap {
    BigInt,
    View,
    Date,
    Map,
    Set,
    RegExp,
    Error,
}

impl Schema {
    /// The schema of a document. Text that is not JSON asks for anything.
    pub(crate) fn parse(text: &str) -> Self {
        Self::of(serde_json::from_str(text).unwrap_or(Json::Bool(true)))
    }

    pub(crate) fn of(document: Json) -> Self {
        let root = Arc::new(document);
        Self {
            at: Arc::clone(&root),
            root,
        }
    }

    fn within(&self, at: &Json) -> Self {
        Self {
            root: Arc::clone(&self.root),
            at: Arc::new(at.clone()),
        }
    }

    /// A few words on it.
    pub(crate) fn in_words(&self) -> String {
        schema::describe(&self.at, &self.root, 0)
    }

    /// What it says of itself, Markdown.
    pub(crate) fn docs(&self) -> String {
        text_of(&self.at, "description")
    }

    /// What it asks for.
    pub(crate) fn shape(&self) -> Shape {
        self.shape_after(0)
    }

    fn shape_after(&self, hops: u8) -> Shape {
        if hops > MAX_HOPS {
            return raw("The schema refers to itself without end.");
        }
        let fields = match &*self.at {
            Json::Object(fields) => fields,
            Json::Bool(false) => return raw("The schema takes no value at all."),
            _ => return dynamic::any(),
        };
        if let Some(kind) = fields.get(KIND).and_then(Json::as_str) {
            return dynamic::of_kind(kind);
        }
        if Self::is_merged(fields) {
            return Shape::Record(self.record(fields));
        }
        if let Some(target) = fields.get("$ref").and_then(Json::as_str) {
            let found = target
                .strip_prefix('#')
                .and_then(|path| self.root.pointer(path));
            return match found {
                Some(found) => self.within(found).shape_after(hops + 1),
                None => raw("The schema refers to a definition that it does not have."),
            };
        }
        if let Some(value) = fields.get("const") {
            return Shape::Constant(value.clone());
        }
        if let Some(values) = fields.get("enum").and_then(Json::as_array) {
            return self.choice(values);
        }
        for word in ["oneOf", "anyOf", "allOf"] {
            if let Some(list) = fields.get(word).and_then(Json::as_array) {
                return match &list[..] {
                    [only] => self.within(only).shape_after(hops + 1),
                    _ if word == "allOf" => Shape::Record(self.record(fields)),
                    list => self.alternatives(list),
                };
            }
        }
        match fields.get("type") {
            Some(Json::String(kind)) => self.of_type(kind, fields),
            Some(Json::Array(kinds)) => self.of_types(kinds, fields),
            _ if fields.contains_key("properties") => Shape::Record(self.record(fields)),
            _ => dynamic::any(),
        }
    }

    /// Whether several schemas stand side by side, each of which adds to one object.
    fn is_merged(fields: &Map<String, Json>) -> bool {
        let own = fields.contains_key("properties") || fields.contains_key("patternProperties");
        let parts = ["$ref", "oneOf", "anyOf", "allOf"];
        let parts = parts.iter().filter(|word| fields.contains_key(**word));
        let parts = parts.count();
        parts > 1 || (own && parts > 0)
    }

    fn of_types(&self, kinds: &[Json], fields: &Map<String, Json>) -> Shape {
        let with = |kind: &str| {
            let mut one = fields.clone();
            one.insert("type".into(), kind.into());
            self.within(&Json::Object(one))
        };
        let names: Vec<&str> = kinds.iter().filter_map(Json::as_str).collect();
        let others: Vec<&str> = names
            .iter()
            .copied()
            .filter(|kind| *kind != "null")
            .collect();
        match (&others[..], others.len() < names.len()) {
            ([], _) => Shape::Null,
            ([one], true) => Shape::Optional(with(one)),
            ([one], false) => with(one).shape(),
            (several, _) => Shape::Alternatives(
                names
                    .iter()
                    .filter(|name| several.contains(name) || **name == "null")
                    .map(|kind| with(kind).alternative())
                    .collect(),
            ),
        }
    }

    fn of_type(&self, kind: &str, fields: &Map<String, Json>) -> Shape {
        let format = fields.get("format").and_then(Json::as_str);
        let number = |name: &str| fields.get(name).and_then(Json::as_u64);
        match kind {
            "null" => Shape::Null,
            "boolean" => Shape::Bool,
            "integer" => Shape::Integer(Bounds::of(format, fields)),
            "number" => Shape::Float {
                is_single: format == Some("float"),
            },
            "string" if format == Some("bytes") => Shape::Bytes,
            "string" => {
                let (min, max) = (number("minLength"), number("maxLength"));
                let hint = if (min, max) == (Some(1), Some(1)) {
                    Some("one character".to_owned())
                } else {
                    format.map(str::to_owned)
                };
                Shape::Text { hint, min, max }
            }
            "array" => match fields.get("prefixItems").and_then(Json::as_array) {
                Some(items) => Shape::Tuple(items.iter().map(|item| self.within(item)).collect()),
                None => Shape::List {
                    items: self.within(fields.get("items").unwrap_or(&Json::Bool(true))),
                    min: number("minItems").unwrap_or(0),
                    max: number("maxItems"),
                },
            },
            "object" => Shape::Record(self.record(fields)),
            other => raw(&format!("There is no form for the type `{other}`.")),
        }
    }

    fn choice(&self, values: &[Json]) -> Shape {
        let constant = |value: &Json| Choice {
            value: value.clone(),
            docs: String::new(),
        };
        let some: Vec<_> = values.iter().filter(|value| !value.is_null()).collect();
        if some.is_empty() {
            return Shape::Null;
        }
        if some.len() < values.len() {
            return Shape::Optional(self.within(&json!({ "enum": some })));
        }
        Shape::Choice(values.iter().map(constant).collect())
    }

    fn alternatives(&self, list: &[Json]) -> Shape {
        let is_null = |one: &&Json| one.get("type").is_some_and(|kind| kind == "null");
        let some: Vec<&Json> = list.iter().filter(|one| !is_null(one)).collect();
        if let [only] = some[..]
            && list.len() == 2
        {
            return Shape::Optional(self.within(only));
        }
        if some.len() < list.len() && some.len() > 1 {
            return Shape::Optional(self.within(&json!({ "oneOf": some })));
        }
        // Variants without content may stand together, and then beside those that have some.
        let mut constants = Vec::new();
        let mut all = Vec::new();
        for one in list {
            let docs = text_of(one, "description");
            let values: Vec<Json> = match (one.get("const"), one.get("enum")) {
                (Some(value), _) => vec![value.clone()],
                (None, Some(Json::Array(values))) => values.clone(),
                _ => Vec::new(),
            };
            if values.is_empty() {
                all.push(self.within(one).alternative());
            }
            for value in values {
                let schema = json!({ "const": value, "description": docs });
                all.push(self.within(&schema).alternative());
                let docs = docs.clone();
                constants.push(Choice { value, docs });
            }
        }
        if constants.len() == all.len() {
            Shape::Choice(constants)
        } else {
            Shape::Alternatives(all)
        }
    }

    fn alternative(&self) -> Alternative {
        let label = schema::tag(&self.at).unwrap_or_else(|| self.in_words());
        Alternative {
            label,
            docs: self.docs(),
            schema: self.clone(),
        }
    }

    fn record(&self, fields: &Map<String, Json>) -> Record {
        let required = fields.get("required").and_then(Json::as_array);
        let is_required =
            |name: &str| required.is_some_and(|list| list.iter().any(|one| one == name));
        let properties = fields.get("properties").and_then(Json::as_object);
        let properties = properties.into_iter().flatten();
        let mut record = Record {
            fields: properties
                .map(|(name, schema)| Field {
                    name: name.clone(),
                    docs: text_of(schema, "description"),
                    is_required: is_required(name),
                    schema: self.within(schema),
                })
                .collect(),
            entries: self.entries(fields),
            parts: Vec::new(),
        };
        if let Some(target) = fields.get("$ref") {
            record.parts.push(self.within(&json!({ "$ref": target })));
        }
        for word in ["oneOf", "anyOf"] {
            if let Some(list) = fields.get(word) {
                record.parts.push(self.within(&json!({ word: list })));
            }
        }
        let all = fields.get("allOf").and_then(Json::as_array);
        let all = all.into_iter().flatten();
        record.parts.extend(all.map(|part| self.within(part)));
        record
    }

    fn entries(&self, fields: &Map<String, Json>) -> Option<Entries> {
        let patterns = fields.get("patternProperties").and_then(Json::as_object);
        if let Some((pattern, schema)) = patterns.and_then(|patterns| patterns.iter().next()) {
            let key = match pattern.as_str() {
                r"^\d+$" => Key::Unsigned,
                r"^-?\d+$" => Key::Signed,
                _ => Key::Text,
            };
            let schema = self.within(schema);
            return Some(Entries { key, schema });
        }
        let open = match fields.get("additionalProperties") {
            None | Some(Json::Bool(false)) => return None,
            Some(schema) => self.within(schema),
        };
        Some(Entries {
            key: Key::Text,
            schema: open,
        })
    }
}

impl Bounds {
    /// What the format holds, and within it what the schema says.
    fn of(format: Option<&str>, fields: &Map<String, Json>) -> Self {
        let (min, max) = match format {
            Some("int8") => (Some(i8::MIN.into()), Some(i8::MAX as u128)),
            Some("int16") => (Some(i16::MIN.into()), Some(i16::MAX as u128)),
            Some("int32") => (Some(i32::MIN.into()), Some(i32::MAX as u128)),
            Some("int64") => (Some(i64::MIN.into()), Some(i64::MAX as u128)),
            Some("int128") => (Some(i128::MIN), Some(i128::MAX as u128)),
            Some("uint8") => (Some(0), Some(u8::MAX.into())),
            Some("uint16") => (Some(0), Some(u16::MAX.into())),
            Some("uint32") => (Some(0), Some(u32::MAX.into())),
            Some("uint64") => (Some(0), Some(u64::MAX.into())),
            Some("uint128") => (Some(0), Some(u128::MAX)),
            _ => (None, None),
        };
        let bound = |name: &str| fields.get(name).and_then(Json::as_number);
        let least = bound("minimum").and_then(Number::as_i128);
        let most = bound("maximum").and_then(Number::as_u128);
        Self {
            min: min.max(least),
            max: match (max, most) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            },
        }
    }
}

fn raw(why: &str) -> Shape {
    Shape::Raw(format!("{why} Give it as JSON."))
}

fn text_of(schema: &Json, key: &str) -> String {
    schema[key].as_str().unwrap_or_default().to_owned()
}
