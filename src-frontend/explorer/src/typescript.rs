//! A method as TypeScript sees it: its signature, and the types that it names.
//!
//! For reading. Widths and ranges of numbers are not TypeScript's business, and what a schema
//! says beyond types is left out.

use serde_json::{Map, Value as Json};
use twinbridge_common::interfaces::host::MethodDescription;

use crate::json::quoted;

/// Deepest nesting that is written out.
const MAX_DEPTH: u8 = 12;

/// The signature of a method, and below it the types that it names.
pub(crate) fn signature(method: &MethodDescription) -> String {
    let mut named = Named::default();
    let arguments = method.arguments.iter().map(|argument| {
        let schema = parsed(&argument.schema);
        let text = named.typed(&schema);
        let mark = if is_nullable(&schema) { "?" } else { "" };
        let text = if mark.is_empty() {
            text
        } else {
            without_null(&text)
        };
        format!("{}{mark}: {text}", camel_case(&argument.name))
    });
    let arguments: Vec<_> = arguments.collect();
    let result = match (&method.stream, &method.result) {
        (Some(stream), _) => format!("AsyncIterable<{}>", named.typed(&parsed(&stream.item))),
        (None, Some(result)) => named.typed(&parsed(result)),
        (None, None) => "void".to_owned(),
    };
    // An optional parameter may stand only behind all that are not.
    let mut text = format!(
        "{}({}): Promise<{result}>",
        method.name,
        in_order(&arguments).join(", ")
    );
    for (name, definition) in &named.done {
        text.push_str(&format!("\n\ntype {name} = {definition}"));
    }
    text
}

fn in_order(arguments: &[String]) -> Vec<String> {
    let last_required = arguments
        .iter()
        .rposition(|argument| !argument.split(':').next().unwrap_or("").ends_with('?'));
    let arguments = arguments.iter().enumerate();
    let arguments = arguments.map(|(at, argument)| match argument.split_once("?: ") {
        Some((name, kind)) if last_required.is_some_and(|last| at < last) => {
            format!("{name}: {kind} | null")
        }
        _ => argument.clone(),
    });
    arguments.collect()
}

fn without_null(text: &str) -> String {
    text.strip_suffix(" | null").unwrap_or(text).to_owned()
}

fn parsed(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or(Json::Bool(true))
}

fn is_nullable(schema: &Json) -> bool {
    let is_null = |one: &Json| one == "null";
    let in_types = schema["type"]
        .as_array()
        .is_some_and(|kinds| kinds.iter().any(is_null));
    let in_any = schema["anyOf"]
        .as_array()
        .is_some_and(|list| list.iter().any(|one| is_null(&one["type"])));
    in_types || in_any
}

/// `first_line` as `firstLine`.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        text + &first.into_iter().chain(letters).collect::<String>()
    })
}

/// Types that have a name, in the order in which they were met.
#[derive(Default)]
struct Named {
    done: Vec<(String, String)>,
}

impl Named {
    fn typed(&mut self, document: &Json) -> String {
        self.of(document, document, 0)
    }

    fn of(&mut self, schema: &Json, root: &Json, depth: u8) -> String {
        let Json::Object(fields) = schema else {
            return "any".to_owned();
        };
        if depth > MAX_DEPTH {
            return "unknown".to_owned();
        }
        let mut parts = Vec::new();
        if let Some(target) = fields.get("$ref").and_then(Json::as_str) {
            parts.push(self.reference(target, root, depth));
        }
        if let Some(value) = fields.get("const") {
            parts.push(value.to_string());
        } else if let Some(values) = fields.get("enum").and_then(Json::as_array) {
            parts.push(union(values.iter().map(Json::to_string)));
        } else {
            for word in ["oneOf", "anyOf"] {
                if let Some(list) = fields.get(word).and_then(Json::as_array) {
                    let list = list.iter().map(|one| self.of(one, root, depth + 1));
                    parts.push(union(list.collect::<Vec<_>>().into_iter()));
                }
            }
            let is_object = fields.contains_key("properties");
            if is_object || parts.is_empty() {
                parts.push(self.by_type(fields, root, depth));
            }
        }
        match &parts[..] {
            [only] => only.clone(),
            several => several
                .iter()
                .map(|part| {
                    if part.contains(" | ") {
                        format!("({part})")
                    } else {
                        part.clone()
                    }
                })
                .collect::<Vec<_>>()
                .join(" & "),
        }
    }

    fn reference(&mut self, target: &str, root: &Json, depth: u8) -> String {
        let name = target.rsplit('/').next().unwrap_or(target).to_owned();
        if self.done.iter().all(|(known, _)| *known != name) {
            // Its place comes first: it may refer to itself.
            let at = self.done.len();
            self.done.push((name.clone(), String::new()));
            let definition = target.strip_prefix('#').and_then(|path| root.pointer(path));
            let text = definition.map_or_else(
                || "unknown".to_owned(),
                |definition| self.of(definition, root, depth + 1),
            );
            self.done[at].1 = text;
        }
        name
    }

    fn by_type(&mut self, fields: &Map<String, Json>, root: &Json, depth: u8) -> String {
        match fields.get("type") {
            Some(Json::String(kind)) => self.one(kind, fields, root, depth),
            Some(Json::Array(kinds)) => {
                let kinds = kinds.iter().filter_map(Json::as_str);
                let kinds: Vec<_> = kinds
                    .map(|kind| self.one(kind, fields, root, depth))
                    .collect();
                union(kinds.into_iter())
            }
            _ if fields.contains_key("properties") => self.one("object", fields, root, depth),
            _ => "any".to_owned(),
        }
    }

    fn one(&mut self, kind: &str, fields: &Map<String, Json>, root: &Json, depth: u8) -> String {
        let format = fields.get("format").and_then(Json::as_str).unwrap_or("");
        match kind {
            "null" => "null".to_owned(),
            "boolean" => "boolean".to_owned(),
            "integer" if format.ends_with("64") || format.ends_with("128") => {
                "number | bigint".to_owned()
            }
            "integer" | "number" => "number".to_owned(),
            "string" if format == "bytes" => "Uint8Array".to_owned(),
            "string" => "string".to_owned(),
            "array" => self.array(fields, root, depth),
            "object" => self.object(fields, root, depth),
            _ => "unknown".to_owned(),
        }
    }

    fn array(&mut self, fields: &Map<String, Json>, root: &Json, depth: u8) -> String {
        if let Some(items) = fields.get("prefixItems").and_then(Json::as_array) {
            let items = items.iter().map(|item| self.of(item, root, depth + 1));
            return format!("[{}]", items.collect::<Vec<_>>().join(", "));
        }
        let item = fields
            .get("items")
            .map_or_else(|| "any".to_owned(), |item| self.of(item, root, depth + 1));
        match item.contains([' ', '|']) {
            true => format!("({item})[]"),
            false => format!("{item}[]"),
        }
    }

    fn object(&mut self, fields: &Map<String, Json>, root: &Json, depth: u8) -> String {
        let required = fields.get("required").and_then(Json::as_array);
        let is_required =
            |name: &str| required.is_some_and(|list| list.iter().any(|one| one == name));
        let properties = fields.get("properties").and_then(Json::as_object);
        let mut members: Vec<String> = Vec::new();
        for (name, schema) in properties.into_iter().flatten() {
            let mark = if is_required(name) { "" } else { "?" };
            let key = if is_plain(name) {
                name.clone()
            } else {
                quoted(name)
            };
            members.push(format!("{key}{mark}: {}", self.of(schema, root, depth + 1)));
        }
        let patterns = fields.get("patternProperties").and_then(Json::as_object);
        let pattern = patterns.and_then(|patterns| patterns.values().next());
        let open = fields.get("additionalProperties");
        let open = pattern.or(open.filter(|open| **open != Json::Bool(false)));
        if let Some(schema) = open {
            let of = self.of(schema, root, depth + 1);
            let key = if pattern.is_some() {
                "number"
            } else {
                "string"
            };
            if members.is_empty() {
                return format!("Record<{key}, {of}>");
            }
            members.push(format!("[key: {key}]: {of}"));
        }
        match members.is_empty() {
            true => "object".to_owned(),
            false => braced(&members),
        }
    }
}

/// Members on one line, or on one each where they are long.
fn braced(members: &[String]) -> String {
    const ONE_LINE: usize = 48;
    let text = members.join("; ");
    if text.len() <= ONE_LINE && !text.contains('\n') {
        return format!("{{ {text} }}");
    }
    let lines = members.iter();
    let lines = lines.map(|member| format!("\n  {};", member.replace('\n', "\n  ")));
    format!("{{{}\n}}", lines.collect::<String>())
}

fn is_plain(name: &str) -> bool {
    let letters = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '$';
    name.chars().all(letters) && !name.starts_with(|first: char| first.is_ascii_digit())
}

/// Alternatives, each once.
fn union(parts: impl Iterator<Item = String>) -> String {
    let mut kept: Vec<String> = Vec::new();
    for part in parts {
        if !kept.contains(&part) {
            kept.push(part);
        }
    }
    kept.join(" | ")
}

#[cfg(test)]
mod tests {
    use twinbridge_common::interfaces::host::{ArgumentDescription, StreamDescription};

    use super::*;

    fn method(arguments: &[(&str, &str)], result: Option<&str>) -> MethodDescription {
        let arguments = arguments.iter().map(|(name, schema)| ArgumentDescription {
            name: (*name).to_owned(),
            schema: (*schema).to_owned(),
        });
        MethodDescription {
            name: "find".into(),
            signature: String::new(),
            docs: String::new(),
            arguments: arguments.collect(),
            result: result.map(str::to_owned),
            error: None,
            stream: None,
            deadline_ms: 0,
        }
    }

    #[test]
    fn types_as_typescript_writes_them() {
        for (schema, text) in [
            ("true", "any"),
            (r#"{"type":"integer","format":"uint32"}"#, "number"),
            (r#"{"type":"integer","format":"int64"}"#, "number | bigint"),
            (r#"{"type":"string","format":"bytes"}"#, "Uint8Array"),
            (r#"{"type":["string","null"]}"#, "string | null"),
            (r#"{"enum":["a","b"]}"#, r#""a" | "b""#),
            (
                r#"{"type":"array","items":{"type":["string","null"]}}"#,
                "(string | null)[]",
            ),
            (
                r#"{"type":"array","prefixItems":[{"type":"string"},{"type":"boolean"}]}"#,
                "[string, boolean]",
            ),
            (
                r#"{"type":"object","properties":{"a":{"type":"null"},"b-c":{}},"required":["a"]}"#,
                r#"{ a: null; "b-c"?: any }"#,
            ),
            (
                r#"{"type":"object","patternProperties":{"^\\d+$":{"type":"string"}},"additionalProperties":false}"#,
                "Record<number, string>",
            ),
            (
                r##"{"type":"object","properties":{"t":{"const":"x"}},"required":["t"],"$ref":"#/$defs/P","$defs":{"P":{"type":"object","properties":{"p":{"type":"null"}}}}}"##,
                r#"P & { t: "x" }"#,
            ),
        ] {
            assert_eq!(Named::default().typed(&parsed(schema)), text);
        }
    }

    #[test]
    fn a_signature_names_its_types_once() {
        let tree = r##"{"$ref":"#/$defs/Tree","$defs":{"Tree":{"type":"object","properties":{"of":{"type":"array","items":{"$ref":"#/$defs/Tree"}}},"required":["of"]}}}"##;
        assert_eq!(
            signature(&method(&[("in_tree", tree)], Some(tree))),
            "find(inTree: Tree): Promise<Tree>\n\ntype Tree = { of: Tree[] }"
        );
    }

    #[test]
    fn a_long_type_has_a_line_for_each_member() {
        let names = [
            "first_of_the_names",
            "second_of_the_names",
            "third_of_the_names",
        ];
        let members = names.map(|name| format!("{name}: null"));
        assert_eq!(
            braced(&members),
            "{\n  first_of_the_names: null;\n  second_of_the_names: null;\n  third_of_the_names: null;\n}"
        );
        assert_eq!(braced(&members[..1]), "{ first_of_the_names: null }");
    }

    #[test]
    fn what_may_be_missing_is_optional_at_the_end_only() {
        let (text, nullable) = (r#"{"type":"string"}"#, r#"{"type":["string","null"]}"#);
        assert_eq!(
            signature(&method(
                &[("a", nullable), ("b", text), ("c", nullable)],
                None
            )),
            "find(a: string | null, b: string, c?: string): Promise<void>"
        );
    }

    #[test]
    fn a_stream_is_iterated() {
        let mut streaming = method(&[], None);
        streaming.stream = Some(StreamDescription {
            item: r#"{"type":"boolean"}"#.into(),
            error: None,
        });
        assert_eq!(
            signature(&streaming),
            "find(): Promise<AsyncIterable<boolean>>"
        );
    }
}
