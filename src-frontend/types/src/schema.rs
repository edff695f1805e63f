//! A JSON Schema as a type of TypeScript.
//!
//! Of what a schema says the shape is kept, and the rules that no type can state (ranges, lengths,
//! patterns) are left out. A schema that is not understood is `unknown`, which is never wrong.

use serde_json::{Map, Value as Json};

use crate::{docs, name};

/// Which way values of a schema travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From the page.
    Given,
    /// To the page.
    Taken,
}

/// What is read: the way of its values, and how its definitions are called.
pub(crate) struct Reader<'a> {
    pub(crate) direction: Direction,
    /// The name of a definition, by the text of a `$ref`.
    pub(crate) names: &'a dyn Fn(&str) -> String,
}

/// Formats of integers that a number does not hold.
const WIDE: [&str; 6] = ["int64", "uint64", "int128", "uint128", "int", "uint"];

impl Reader<'_> {
    /// The type, as it stands behind a colon on a line of this indentation.
    pub(crate) fn of(&self, schema: &Json, indent: &str) -> String {
        let Json::Object(schema) = schema else {
            return match schema {
                Json::Bool(false) => "never".to_owned(),
                _ => "unknown".to_owned(),
            };
        };
        let mut parts = Vec::new();
        if let Some(target) = schema.get("$ref").and_then(Json::as_str) {
            parts.push((self.names)(target));
        }
        if let Some(value) = schema.get("const") {
            parts.push(value.to_string());
        }
        if let Some(values) = list(schema, "enum") {
            parts.push(union(values.iter().map(Json::to_string).collect(), indent));
        }
        for alternatives in ["oneOf", "anyOf"] {
            if let Some(schemas) = list(schema, alternatives) {
                parts.push(self.alternatives(schemas, indent));
            }
        }
        if let Some(schemas) = list(schema, "allOf") {
            parts.extend(schemas.iter().map(|schema| self.of(schema, indent)));
        }
        let is_shaped = ["properties", "patternProperties", "additionalProperties"];
        let is_said = schema.contains_key("const") || schema.contains_key("enum");
        match schema.get("type") {
            _ if is_said => {}
            Some(Json::String(kind)) => {
                // `type: object` beside a reference or alternatives says nothing of its own.
                let is_bare =
                    kind == "object" && !is_shaped.iter().any(|it| schema.contains_key(*it));
                if parts.is_empty() || !is_bare {
                    parts.push(self.one_kind(kind, schema, indent));
                }
            }
            Some(Json::Array(kinds)) => {
                let kinds = kinds.iter().filter_map(Json::as_str);
                let kinds = kinds.map(|kind| self.one_kind(kind, schema, indent));
                parts.push(union(kinds.collect(), indent));
            }
            _ if schema.contains_key("properties") => parts.push(self.object(schema, indent)),
            _ => {}
        }
        intersection(parts)
    }

    /// Alternatives, with the documentation of each where any has one.
    fn alternatives(&self, schemas: &[Json], indent: &str) -> String {
        let inner = format!("{indent}  ");
        let described = schemas
            .iter()
            .any(|schema| schema.get("description").is_some());
        if !described {
            let types = schemas.iter().map(|schema| self.of(schema, indent));
            return union(types.collect(), indent);
        }
        let mut text = String::new();
        for schema in schemas {
            let docs = schema.get("description").and_then(Json::as_str);
            text.push('\n');
            text.push_str(&docs::comment(docs.unwrap_or_default(), &inner));
            let alternative = grouped(self.of(schema, &inner));
            text.push_str(&format!("{inner}| {alternative}"));
        }
        text
    }

    fn one_kind(&self, kind: &str, schema: &Map<String, Json>, indent: &str) -> String {
        let format = schema
            .get("format")
            .and_then(Json::as_str)
            .unwrap_or_default();
        match kind {
            "string" if format == "bytes" => match self.direction {
                Direction::Given => "BytesLike".to_owned(),
                Direction::Taken => "Bytes".to_owned(),
            },
            "string" | "boolean" | "null" | "number" => kind.to_owned(),
            "integer" if WIDE.contains(&format) => "Integer".to_owned(),
            "integer" => "number".to_owned(),
            "array" => self.array(schema, indent),
            "object" => self.object(schema, indent),
            _ => "unknown".to_owned(),
        }
    }

    fn array(&self, schema: &Map<String, Json>, indent: &str) -> String {
        if let Some(items) = list(schema, "prefixItems") {
            let items: Vec<_> = items.iter().map(|item| self.of(item, indent)).collect();
            return format!("[{}]", items.join(", "));
        }
        // `[T; N]` says how many there are, which a type could as well; few would thank it.
        match schema.get("items") {
            Some(items) => format!("{}[]", grouped(self.of(items, indent))),
            None => "unknown[]".to_owned(),
        }
    }

    fn object(&self, schema: &Map<String, Json>, indent: &str) -> String {
        let mut parts = Vec::new();
        let inner = format!("{indent}  ");
        let properties = schema.get("properties").and_then(Json::as_object);
        if let Some(properties) = properties.filter(|properties| !properties.is_empty()) {
            let required = list(schema, "required").unwrap_or_default();
            let mut text = "{\n".to_owned();
            for (name, property) in properties {
                let docs = property.get("description").and_then(Json::as_str);
                text.push_str(&docs::comment(docs.unwrap_or_default(), &inner));
                let mark = if required.iter().any(|it| it == name) {
                    ""
                } else {
                    "?"
                };
                let (name, kind) = (name::property(name), self.of(property, &inner));
                text.push_str(&format!("{inner}{name}{mark}: {kind};\n"));
            }
            parts.push(format!("{text}{indent}}}"));
        }
        let patterns = schema.get("patternProperties").and_then(Json::as_object);
        let patterns = patterns.into_iter().flat_map(Map::values);
        let others = schema.get("additionalProperties");
        let others = others.filter(|others| !matches!(others, Json::Bool(_)));
        for values in patterns.chain(others) {
            parts.push(format!("Record<string, {}>", self.of(values, indent)));
        }
        match parts.is_empty() {
            true if schema.get("additionalProperties") == Some(&Json::Bool(false)) => {
                "Record<string, never>".to_owned()
            }
            true => "Record<string, unknown>".to_owned(),
            false => intersection(parts),
        }
    }
}

fn list<'a>(schema: &'a Map<String, Json>, name: &str) -> Option<&'a [Json]> {
    schema.get(name)?.as_array().map(Vec::as_slice)
}

fn union(types: Vec<String>, _indent: &str) -> String {
    let mut kept: Vec<String> = Vec::new();
    for one in types {
        if !kept.contains(&one) {
            kept.push(one);
        }
    }
    match kept.is_empty() {
        true => "never".to_owned(),
        false => kept.join(" | "),
    }
}

fn intersection(mut types: Vec<String>) -> String {
    match types.len() {
        0 => "unknown".to_owned(),
        1 => types.remove(0),
        _ => types
            .into_iter()
            .map(grouped)
            .collect::<Vec<_>>()
            .join(" & "),
    }
}

/// In parentheses where an operator outside would take a part of it.
fn grouped(kind: String) -> String {
    let mut depth = 0_i32;
    let has_operator = kind.chars().any(|letter| {
        match letter {
            '{' | '[' | '<' | '(' => depth += 1,
            '}' | ']' | '>' | ')' => depth -= 1,
            _ => {}
        }
        depth == 0 && (letter == '|' || letter == '&')
    });
    match has_operator {
        true => format!("({})", kind.trim_start()),
        false => kind,
    }
}
