//! A JSON Schema in a few words, and whole.
//!
//! The words are for scanning a list of arguments; whoever needs the rules unfolds the schema.
//! It never fails: a schema that is not understood is `any`, and text that is not JSON is shown.

use leptos::prelude::*;
use serde_json::Value;

/// The schema in words, behind `name` where it has one, unfolding to the whole of it.
pub(crate) fn schema_view(name: Option<&str>, schema: &str) -> AnyView {
    let mut parsed: Option<Value> = serde_json::from_str(schema).ok();
    // The dialect is the same everywhere, and says nothing of this one.
    if let Some(Value::Object(fields)) = &mut parsed {
        fields.remove("$schema");
    }
    let words = parsed.as_ref().map_or_else(|| "any".to_owned(), in_words);
    let whole = parsed
        .and_then(|schema| serde_json::to_string_pretty(&schema).ok())
        .unwrap_or_else(|| schema.to_owned());
    let name = name.map(|name| view! { <span class="name">{name.to_owned()}</span>" " });
    view! {
        <details class="schema">
            <summary>{name}<code>{words}</code></summary>
            <pre>{whole}</pre>
        </details>
    }
    .into_any()
}

fn in_words(schema: &Value) -> String {
    describe(schema, schema, 0)
}

pub(crate) fn describe(schema: &Value, root: &Value, depth: u8) -> String {
    // A type may contain itself.
    if depth > 4 {
        return "…".to_owned();
    }
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        let name = target.rsplit('/').next().unwrap_or(target);
        let definition = target.strip_prefix('#').and_then(|path| root.pointer(path));
        return match definition {
            // Enumerations and numbers say more than their name does.
            Some(definition) if definition.get("properties").is_none() => {
                describe(definition, root, depth + 1)
            }
            _ => name.to_owned(),
        };
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return joined(values.iter().map(Value::to_string));
    }
    if let Some(value) = schema.get("const") {
        return value.to_string();
    }
    for alternatives in ["anyOf", "oneOf"] {
        if let Some(list) = schema.get(alternatives).and_then(Value::as_array) {
            return joined(list.iter().map(|one| describe(one, root, depth + 1)));
        }
    }
    match schema.get("type") {
        Some(Value::String(kind)) => one_type(kind, schema, root, depth),
        Some(Value::Array(kinds)) => joined(
            kinds
                .iter()
                .filter_map(Value::as_str)
                .map(|kind| one_type(kind, schema, root, depth)),
        ),
        _ => "any".to_owned(),
    }
}

/// What tells a variant of an enum from the others: its tag, or the name of its only member.
pub(crate) fn tag(schema: &Value) -> Option<String> {
    if let Some(value) = schema.get("const") {
        return Some(plain(value));
    }
    let fields = schema.get("properties")?.as_object()?;
    let tag = fields.values().find_map(|field| field.get("const"));
    let only = (fields.len() == 1).then(|| fields.keys().next().cloned());
    tag.map(plain).or_else(|| only.flatten())
}

/// Text without its quotes.
pub(crate) fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn one_type(kind: &str, schema: &Value, root: &Value, depth: u8) -> String {
    match kind {
        "array" => match schema.get("items") {
            Some(items) => format!("array of {}", describe(items, root, depth + 1)),
            None => kind.to_owned(),
        },
        "object" => match schema.get("properties").and_then(Value::as_object) {
            Some(fields) if !fields.is_empty() => {
                let tag = fields.values().find_map(|field| field.get("const"));
                let names: Vec<&str> = fields.keys().map(String::as_str).collect();
                match tag {
                    Some(tag) => tag.to_string(),
                    None => format!("{{ {} }}", names.join(", ")),
                }
            }
            _ => kind.to_owned(),
        },
        _ => match schema.get("format").and_then(Value::as_str) {
            Some(format) => format!("{kind} ({format})"),
            None => kind.to_owned(),
        },
    }
}

/// Alternatives, each once; a long list is cut.
fn joined(words: impl Iterator<Item = String>) -> String {
    const MOST: usize = 6;
    let mut kept: Vec<String> = Vec::new();
    for word in words {
        if !kept.contains(&word) {
            kept.push(word);
        }
    }
    if kept.len() > MOST {
        kept.truncate(MOST);
        kept.push("…".to_owned());
    }
    kept.join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_in_words() {
        for (schema, words) in [
            ("{}", "any"),
            ("true", "any"),
            (r#"{"type":"string"}"#, "string"),
            (
                r#"{"type":"integer","format":"uint64"}"#,
                "integer (uint64)",
            ),
            (r#"{"type":["string","null"]}"#, "string | null"),
            (
                r#"{"type":"array","items":{"type":"boolean"}}"#,
                "array of boolean",
            ),
            (r#"{"enum":["a","b"]}"#, r#""a" | "b""#),
            (
                r#"{"type":"object","properties":{"file":{},"len":{}}}"#,
                "{ file, len }",
            ),
            (
                r##"{"$ref":"#/$defs/Id","$defs":{"Id":{"type":"integer"}}}"##,
                "integer",
            ),
            (
                r#"{"oneOf":[{"type":"object","properties":{"kind":{"const":"notFound"}}}]}"#,
                r#""notFound""#,
            ),
        ] {
            assert_eq!(in_words(&serde_json::from_str(schema).unwrap()), words);
        }
    }

    #[test]
    fn a_schema_that_contains_itself_ends() {
        let schema = r##"{"$ref":"#/$defs/T","$defs":{"T":{"anyOf":[{"$ref":"#/$defs/T"}]}}}"##;
        assert_eq!(in_words(&serde_json::from_str(schema).unwrap()), "…");
    }
}
