//! A hash over what a contract means on the wire.
//!
//! Equal contracts have equal fingerprints on every target, in every build, whatever their types
//! are called and however they are documented; it is no proof against a peer that lies. Used by
//! the handshake, to tell two builds under one version apart.

use std::{collections::HashMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::MethodInfo;
use crate::wire::ChannelName;

/// Hash of an interface: channel, method names, and the schemas of arguments, results and errors.
///
/// Written as 16 hexadecimal digits in small letters. Names of arguments and types, documentation,
/// deadlines and the order of methods do not count; the order of arguments does.
#[cfg_attr(doc, doc = include_str!("../../examples/contract.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// One that stands in a contract. For generated code.
    #[doc(hidden)]
    #[must_use]
    pub const fn pinned(number: u64) -> Self {
        Self(number)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for Fingerprint {
    type Err = BadFingerprint;

    fn from_str(text: &str) -> Result<Self, BadFingerprint> {
        let bad = || BadFingerprint {
            text: text.to_owned(),
        };
        // `from_str_radix` alone would take `+1` and capital letters.
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != 16 || !text.bytes().all(digit) {
            return Err(bad());
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| bad())
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = BadFingerprint;

    fn try_from(text: String) -> Result<Self, BadFingerprint> {
        text.parse()
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

/// A peer sent a fingerprint that none can be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a fingerprint: 16 hexadecimal digits in small letters")]
pub struct BadFingerprint {
    text: String,
}

/// The fingerprint of an interface.
pub(crate) fn of_methods(channel: &ChannelName, methods: &[MethodInfo]) -> Fingerprint {
    let mut methods: Vec<_> = methods.iter().collect();
    methods.sort_by(|a, b| a.name.cmp(&b.name));
    let methods: Vec<_> = methods.into_iter().map(canonical_method).collect();
    // A list, since the order of keys in an object depends on features of `serde_json`.
    Fingerprint(fnv1a(
        json!([channel.as_str(), methods]).to_string().as_bytes(),
    ))
}

fn canonical_method(method: &MethodInfo) -> Json {
    let arguments: Vec<_> = method
        .arguments
        .iter()
        .map(|argument| canonical(&argument.schema))
        .collect();
    // `false` is no type's schema, so a unit result differs from all values, null among them.
    let or_none = |schema: &Option<Json>| schema.as_ref().map_or(Json::Bool(false), canonical);
    let mut parts = vec![
        json!(method.name.as_str()),
        json!(arguments),
        or_none(&method.result),
        or_none(&method.error),
    ];
    if let Some(stream) = &method.stream {
        parts.push(canonical(&stream.item));
        parts.push(or_none(&stream.error));
    }
    Json::Array(parts)
}

fn fnv1a(bytes: &[u8]) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    bytes.iter().fold(OFFSET, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(PRIME)
    })
}

/// A schema with all that does not matter taken out or put in one order: the schema itself,
/// followed by the definitions that it uses.
fn canonical(root: &Json) -> Json {
    let mut names = Names::default();
    let mut parts = vec![names.number(&normal(root))];
    // Numbering one definition may find further ones; a recursive one is found once.
    let mut next = 0;
    while let Some(pointer) = names.used.get(next).cloned() {
        let definition = root.pointer(&pointer).map_or(Json::Null, normal);
        parts.push(names.number(&definition));
        next += 1;
    }
    Json::Array(parts)
}

/// Definitions by position of their first use.
#[derive(Default)]
struct Names {
    /// JSON pointers into the root schema.
    used: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl Names {
    /// `schema` with the numbers of definitions in place of their names.
    fn number(&mut self, schema: &Json) -> Json {
        match schema {
            Json::Object(object) => object
                .iter()
                .map(|(key, value)| match (key.as_str(), value) {
                    ("$ref", Json::String(target)) => (key.clone(), self.number_of(target)),
                    _ => (key.clone(), self.number(value)),
                })
                .collect(),
            Json::Array(list) => list.iter().map(|value| self.number(value)).collect(),
            other => other.clone(),
        }
    }

    fn number_of(&mut self, target: &str) -> Json {
        match target.strip_prefix('#') {
            Some(pointer) if !pointer.is_empty() => {
                let next = self.used.len();
                let number = *self.numbers.entry(pointer.to_owned()).or_insert(next);
                if number == next {
                    self.used.push(pointer.to_owned());
                }
                json!(number)
            }
            // `#` is the root, which a recursive root refers to.
            _ => json!(target),
        }
    }
}

/// One schema in normal form, with names of definitions as they were.
///
/// Keys are inserted in sorted order, which stands whether or not `serde_json` keeps the order of
/// insertion.
fn normal(schema: &Json) -> Json {
    let Json::Object(object) = schema else {
        return schema.clone();
    };
    let mut normal_object = Map::new();
    for (key, value) in sorted_entries(object) {
        let (key, value) = match key {
            "title" | "description" | "examples" | "deprecated" | "$schema" | "$defs"
            | "$comment" => continue,
            "const" => ("enum", json!([ordered(value)])),
            "enum" | "required" | "type" => (key, sorted_list(ordered(value))),
            "oneOf" => (key, sorted_list(merged(each(value, normal)))),
            "anyOf" => (key, sorted_list(each(value, normal))),
            "allOf" | "prefixItems" | "properties" | "patternProperties" | "dependentSchemas" => {
                (key, each(value, normal))
            }
            "items"
            | "additionalProperties"
            | "unevaluatedProperties"
            | "propertyNames"
            | "contains"
            | "not"
            | "if"
            | "then"
            | "else" => (key, normal(value)),
            _ => (key, ordered(value)),
        };
        normal_object.insert(key.to_owned(), value);
    }
    ordered(&Json::Object(lifted(normal_object)))
}

/// The fieldless variants of an enum as one alternative. Undocumented ones come as one `enum`,
/// documented ones as a `const` each.
fn merged(alternatives: Json) -> Json {
    let Json::Array(alternatives) = alternatives else {
        return alternatives;
    };
    let mut merged: Vec<Json> = Vec::new();
    for alternative in alternatives {
        let earlier = merged.iter_mut().find(|earlier| {
            is_plain_enum(earlier)
                && is_plain_enum(&alternative)
                && earlier["type"] == alternative["type"]
        });
        match (
            earlier.map(|earlier| &mut earlier["enum"]),
            &alternative["enum"],
        ) {
            (Some(Json::Array(values)), Json::Array(more)) => {
                values.extend(more.iter().cloned());
                values.sort_by_cached_key(Json::to_string);
            }
            _ => merged.push(alternative),
        }
    }
    Json::Array(merged)
}

fn is_plain_enum(schema: &Json) -> bool {
    schema.as_object().is_some_and(|object| {
        object.len() == 2 && object.contains_key("enum") && object.contains_key("type")
    })
}

/// Puts a single alternative in the place of its `oneOf`.
fn lifted(mut object: Map<String, Json>) -> Map<String, Json> {
    if let Some(Json::Array(alternatives)) = object.get("oneOf")
        && let [Json::Object(only)] = alternatives.as_slice()
        && !only.keys().any(|key| object.contains_key(key))
    {
        let only = only.clone();
        object.remove("oneOf");
        object.extend(only);
    }
    object
}

/// `change` for each value of a list or of an object's entries.
fn each(value: &Json, change: fn(&Json) -> Json) -> Json {
    match value {
        Json::Array(list) => list.iter().map(change).collect(),
        Json::Object(object) => sorted_entries(object)
            .into_iter()
            .map(|(key, value)| (key.to_owned(), change(value)))
            .collect(),
        other => other.clone(),
    }
}

/// The same value with the keys of all objects sorted.
fn ordered(value: &Json) -> Json {
    each(value, ordered)
}

/// A list sorted by its items' text, in which names of definitions do not count.
fn sorted_list(list: Json) -> Json {
    let Json::Array(mut list) = list else {
        return list;
    };
    list.sort_by_cached_key(|item| nameless(item).to_string());
    Json::Array(list)
}

fn nameless(value: &Json) -> Json {
    let mut value = each(value, nameless);
    if let Some(target @ Json::String(_)) = value.get_mut("$ref") {
        *target = Json::Null;
    }
    value
}

fn sorted_entries(object: &Map<String, Json>) -> Vec<(&str, &Json)> {
    let mut entries: Vec<_> = object
        .iter()
        .map(|(key, value)| (key.as_str(), value))
        .collect();
    entries.sort_by_key(|(key, _)| *key);
    entries
}

#[cfg(test)]
mod tests;
