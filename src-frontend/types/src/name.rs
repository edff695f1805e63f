//! Names of the contract as JavaScript may have them.
//!
//! A name that is no identifier, or a word of the language, is changed as little as makes it one.

/// Words that cannot name an argument or a constant in a module.
const WORDS: [&str; 49] = [
    "arguments",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "eval",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "let",
    "new",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "undefined",
    "var",
    "void",
    "while",
    "with",
    "yield",
];

/// `some_name` as `someName`, and never a word of the language.
pub(crate) fn argument(rust: &str) -> String {
    let mut name = String::new();
    for part in rust
        .trim_start_matches("r#")
        .split('_')
        .filter(|part| !part.is_empty())
    {
        match name.is_empty() {
            true => name.push_str(part),
            false => name.push_str(&capitalised(part)),
        }
    }
    let name = if name.is_empty() {
        "argument".to_owned()
    } else {
        name
    };
    unreserved(name)
}

/// `SomeName` as `someName`.
pub(crate) fn constant(interface: &str) -> String {
    let mut letters = interface.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    unreserved(first.into_iter().chain(letters).collect())
}

/// `SomeName` as `some-name`, which is a file's.
pub(crate) fn file(interface: &str) -> String {
    let mut name = String::new();
    for letter in interface.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// With its first letter as a capital.
pub(crate) fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// The name of a type: letters and digits only.
pub(crate) fn type_name(name: &str) -> String {
    let parts = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    let name: String = parts.map(capitalised).collect();
    match name.starts_with(|first: char| first.is_ascii_digit()) || name.is_empty() {
        true => format!("T{name}"),
        false => name,
    }
}

/// A property or a method: as it is where it is an identifier, and in quotes otherwise.
pub(crate) fn property(name: &str) -> String {
    match is_identifier(name) {
        true => name.to_owned(),
        false => text(name),
    }
}

/// A text of JavaScript.
pub(crate) fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn is_identifier(name: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '$';
    name.chars().all(is_part)
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && !name.is_empty()
}

fn unreserved(name: String) -> String {
    match WORDS.contains(&name.as_str()) {
        true => name + "_",
        false => name,
    }
}
