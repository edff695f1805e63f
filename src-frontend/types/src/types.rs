//! The named types of one module.
//!
//! Every schema of a contract brings its own definitions. Those of one name that come out as the
//! same text are one type; where what is accepted differs from what is sent, as for fields that
//! may be left out, the one that the page gives is called `…Input`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::{
    docs, name,
    schema::{Direction, Reader},
};

/// Titles of schemas that TypeScript has a word for.
const PLAIN: [&str; 3] = ["String", "Character", "Bytes"];

/// What says of a schema that it is more than any value.
const SHAPES: [&str; 8] = [
    "type",
    "properties",
    "oneOf",
    "anyOf",
    "allOf",
    "enum",
    "const",
    "$ref",
];

/// The types of a module, in the order in which they are needed.
#[derive(Debug, Default)]
pub(crate) struct Types {
    /// By name: what it stands for, whole.
    known: BTreeMap<String, Closure>,
    texts: Vec<String>,
}

/// A definition and all that it leads to, as text, under the names of the contract.
type Closure = BTreeMap<String, String>;

/// One schema with its definitions.
struct Root<'a> {
    schema: &'a Json,
    direction: Direction,
    /// The name of the schema itself, where it is one of a named type.
    title: Option<&'a str>,
}

impl Types {
    /// Types that leave these names to others.
    pub(crate) fn beside(names: impl IntoIterator<Item = String>) -> Self {
        let taken = |name| (name, Closure::new());
        Self {
            known: names.into_iter().map(taken).collect(),
            texts: Vec::new(),
        }
    }

    /// The type of a schema, on a line of this indentation.
    pub(crate) fn add(&mut self, schema: &Json, direction: Direction, indent: &str) -> String {
        let root = Root::new(schema, direction);
        let names = self.name_all(&root);
        if let Some(title) = root.title {
            return names[title].clone();
        }
        let named = |target: &str| root.named(target, &names);
        let names = &named;
        Reader { direction, names }.of(schema, indent)
    }

    /// The declarations of all types.
    pub(crate) fn declarations(&self) -> String {
        self.texts.concat()
    }

    /// The names of all definitions of a schema; what is not known yet is declared.
    fn name_all(&mut self, root: &Root<'_>) -> BTreeMap<String, String> {
        let mut names = BTreeMap::new();
        let mut unknown = Vec::new();
        for raw in root.definitions() {
            let closure = root.closure(&raw);
            let (name, is_known) = self.name_of(&raw, &closure, root.direction);
            if !is_known {
                self.known.insert(name.clone(), closure);
                unknown.push(raw.clone());
            }
            names.insert(raw, name);
        }
        for raw in unknown {
            let named = |target: &str| root.named(target, &names);
            let text = root.declaration(&raw, &names[&raw], &named);
            self.texts.push(text);
        }
        names
    }

    /// What a definition is called, and whether it is declared already.
    fn name_of(&self, raw: &str, closure: &Closure, direction: Direction) -> (String, bool) {
        let plain = name::type_name(raw);
        let ending = match direction {
            Direction::Given => "Input",
            Direction::Taken => "Output",
        };
        let candidates = [plain.clone(), format!("{plain}{ending}")];
        let numbered = (2..).map(|number| format!("{plain}{ending}{number}"));
        for name in candidates.into_iter().chain(numbered) {
            match self.known.get(&name) {
                None => return (name, false),
                Some(known) if known == closure => return (name, true),
                Some(_) => {}
            }
        }
        unreachable!("numbers do not end")
    }
}

impl<'a> Root<'a> {
    fn new(schema: &'a Json, direction: Direction) -> Self {
        let title = schema.get("title").and_then(Json::as_str);
        // What has no name of its own has one that says what it is made of.
        let is_named = |title: &&str| {
            title.starts_with(|first: char| first.is_ascii_uppercase())
                && !title.contains("_of_")
                && !title.starts_with("Map_from_")
                && !title.starts_with("Nullable_")
                && !PLAIN.contains(title)
                && SHAPES.iter().any(|shape| schema.get(shape).is_some())
        };
        Self {
            schema,
            direction,
            title: title.filter(is_named),
        }
    }

    fn definitions(&self) -> Vec<String> {
        let defined = self.schema.get("$defs").and_then(Json::as_object);
        let defined = defined.into_iter().flat_map(serde_json::Map::keys);
        let title = self.title.into_iter().map(str::to_owned);
        let mut all: Vec<_> = title.collect();
        for name in defined {
            if !all.contains(name) {
                all.push(name.clone());
            }
        }
        all
    }

    /// The definition of this name; the schema itself has its title.
    fn definition(&self, raw: &str) -> &'a Json {
        match self.title == Some(raw) {
            true => self.schema,
            false => &self.schema["$defs"][raw],
        }
    }

    /// The name behind a `$ref`.
    fn raw<'t>(&self, target: &'t str) -> Option<&'t str>
    where
        'a: 't,
    {
        match target {
            "#" => self.title,
            _ => target.strip_prefix("#/$defs/"),
        }
    }

    fn named(&self, target: &str, names: &BTreeMap<String, String>) -> String {
        // A pointer writes `~` and `/` in a way of its own.
        let name = self
            .raw(target)
            .map(|raw| raw.replace("~1", "/").replace("~0", "~"));
        let name = name.and_then(|raw| names.get(&raw).cloned());
        name.unwrap_or_else(|| "unknown".to_owned())
    }

    /// A definition and what it leads to, with the names of the contract.
    fn closure(&self, raw: &str) -> Closure {
        let mut closure = Closure::new();
        let mut open = vec![raw.to_owned()];
        while let Some(raw) = open.pop() {
            if closure.contains_key(&raw) {
                continue;
            }
            let seen = std::cell::RefCell::new(BTreeSet::new());
            let named = |target: &str| {
                let raw = self.raw(target).unwrap_or("unknown").to_owned();
                seen.borrow_mut().insert(raw.clone());
                raw
            };
            let text = self.declaration(&raw, &raw, &named);
            closure.insert(raw, text);
            let all = self.definitions();
            open.extend(
                seen.into_inner()
                    .into_iter()
                    .filter(|raw| all.contains(raw)),
            );
        }
        closure
    }

    fn declaration(&self, raw: &str, name: &str, names: &dyn Fn(&str) -> String) -> String {
        let schema = self.definition(raw);
        let docs = schema.get("description").and_then(Json::as_str);
        let docs = docs::comment(docs.unwrap_or_default(), "");
        let direction = self.direction;
        let kind = Reader { direction, names }.of(schema, "");
        let is_object =
            kind.starts_with('{') && kind.matches("\n}").count() == 1 && kind.ends_with('}');
        match is_object {
            true => format!("{docs}export interface {name} {kind}\n\n"),
            false if kind.starts_with('\n') => format!("{docs}export type {name} ={kind};\n\n"),
            false => format!("{docs}export type {name} = {kind};\n\n"),
        }
    }
}
