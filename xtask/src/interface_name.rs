//! The name of an interface or an app to be: which ones are allowed, and what is made of them.
//!
//! One name gives a channel or a package, a module and a type, so it must do as each of them.
//! Files that are there already are not this module's business.

use crate::error::TaskError;

/// Longest name, in characters: generated names such as `…NotificationsInterface` stay readable.
const LONGEST: usize = 40;

/// What is no name for a module.
const KEYWORDS: [&str; 51] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// What every Rust file knows by these names, and would lose.
const TAKEN: [&str; 32] = [
    "alloc",
    "clone",
    "copy",
    "core",
    "debug",
    "default",
    "deserialize",
    "drop",
    "eq",
    "err",
    "extend",
    "fn-mut",
    "fn-once",
    "from",
    "future",
    "into",
    "ipc-error",
    "iterator",
    "json-schema",
    "main",
    "none",
    "ok",
    "option",
    "ord",
    "result",
    "self",
    "send",
    "serialize",
    "some",
    "std",
    "string",
    "vec",
];

/// `task-list`: lower-case words with hyphens between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name(String);

impl Name {
    /// # Errors
    /// `Refused` with a sentence on what a name is.
    ///
    /// `what` has it: `interface` or `app`.
    pub(crate) fn parse(text: &str, what: &str) -> Result<Self, TaskError> {
        let refused = |why: String| TaskError::Refused {
            problem: why,
            help: "a name is lower-case words with hyphens between them, such as `notes` or \
                   `task-list`; each starts with a letter"
                .to_owned(),
        };
        let is_word = |word: &str| {
            let mut letters = word.chars();
            letters
                .next()
                .is_some_and(|first| first.is_ascii_lowercase())
                && letters.all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
        };
        if text.is_empty() {
            return Err(refused("an empty name is no name".to_owned()));
        }
        if !text.split('-').all(is_word) {
            return Err(refused(format!("`{text}` cannot be the name of an {what}")));
        }
        if text.len() > LONGEST {
            let len = text.len();
            return Err(refused(format!(
                "`{text}` has {len} characters; the longest name has {LONGEST}"
            )));
        }
        if KEYWORDS.contains(&text) {
            return Err(refused(format!("`{text}` is a word of the language")));
        }
        if TAKEN.contains(&text) {
            return Err(refused(format!(
                "`{text}` would hide what Rust's own files call by that name"
            )));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name on the wire.
    pub(crate) fn channel(&self) -> &str {
        &self.0
    }

    /// `task_list`.
    pub(crate) fn module(&self) -> String {
        self.0.replace('-', "_")
    }

    /// `TaskList`.
    pub(crate) fn type_name(&self) -> String {
        let words = self.0.split('-').map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_ascii_uppercase() + rest
        });
        words.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_gives_a_channel_a_module_and_a_type() {
        let name = Name::parse("task-list2", "app").unwrap();
        assert_eq!(name.channel(), "task-list2");
        assert_eq!(name.module(), "task_list2");
        assert_eq!(name.type_name(), "TaskList2");
    }

    #[test]
    fn what_is_no_name_is_refused_in_words() {
        let long = "x".repeat(41);
        for (text, problem) in [
            ("", "an empty name is no name".to_owned()),
            (
                "Notes",
                "`Notes` cannot be the name of an interface".to_owned(),
            ),
            (
                "task_list",
                "`task_list` cannot be the name of an interface".to_owned(),
            ),
            ("-a", "`-a` cannot be the name of an interface".to_owned()),
            (
                "a--b",
                "`a--b` cannot be the name of an interface".to_owned(),
            ),
            ("2do", "`2do` cannot be the name of an interface".to_owned()),
            ("a/b", "`a/b` cannot be the name of an interface".to_owned()),
            ("é", "`é` cannot be the name of an interface".to_owned()),
            ("match", "`match` is a word of the language".to_owned()),
            (
                "result",
                "`result` would hide what Rust's own files call by that name".to_owned(),
            ),
            (
                &long,
                format!("`{long}` has 41 characters; the longest name has 40"),
            ),
        ] {
            assert_eq!(
                Name::parse(text, "interface").unwrap_err().to_string(),
                problem
            );
        }
    }
}
