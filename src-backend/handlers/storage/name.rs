//! Names of stores, which are names of files on every system.
//!
//! Checked once, where a call comes in; inside, a name cannot lead out of the folder.

use twinbridge_common::interfaces::storage::StorageError;

/// Name of a store: 1 to 64 ASCII letters, digits, `-`, `_` and `.`, the first one a letter or
/// digit.
///
/// Narrow enough that the file is named as the store: no system gives one of these characters a
/// meaning at its place, and names of devices are refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct StoreName(String);

impl StoreName {
    /// Longest accepted name, in bytes.
    pub(super) const MAX_LEN: usize = 64;

    pub(super) fn parse(name: String) -> Result<Self, StorageError> {
        match problem_of(&name) {
            None => Ok(Self(name)),
            Some(problem) => Err(StorageError::BadName {
                store: name,
                problem: problem.to_owned(),
            }),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which rule a name breaks.
fn problem_of(name: &str) -> Option<&'static str> {
    if name.is_empty() || name.len() > StoreName::MAX_LEN {
        return Some("it has to have 1 to 64 characters");
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if !name.bytes().all(is_plain) {
        return Some("only ASCII letters, digits, `-`, `_` and `.` may be in it");
    }
    if !name.as_bytes()[0].is_ascii_alphanumeric() {
        return Some("it has to begin with a letter or a digit");
    }
    // Windows has these as devices in every folder, whatever follows a dot.
    let stem = name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    let numbered = ["com", "lpt"].iter().any(|device| {
        stem.strip_prefix(device)
            .is_some_and(|number| matches!(number.as_bytes(), [b'0'..=b'9']))
    });
    let is_device = numbered || ["con", "prn", "aux", "nul"].contains(&&*stem);
    is_device.then_some("some systems have a device of this name")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_stores() {
        let long = "x".repeat(64);
        for good in [
            "a",
            "7",
            "Settings",
            "my-app_2.state",
            "a..b",
            "com10",
            &long,
        ] {
            assert_eq!(StoreName::parse(good.to_owned()).unwrap().as_str(), good);
        }
        let (length, characters, start, device) = (
            "it has to have 1 to 64 characters",
            "only ASCII letters, digits, `-`, `_` and `.` may be in it",
            "it has to begin with a letter or a digit",
            "some systems have a device of this name",
        );
        for (bad, problem) in [
            ("", length),
            (&*"x".repeat(65), length),
            ("../a", characters),
            ("a/b", characters),
            ("a\\b", characters),
            ("c:a", characters),
            ("a\0", characters),
            ("é", characters),
            (" a", characters),
            ("..", start),
            (".hidden", start),
            ("-rf", start),
            ("CON", device),
            ("nul.txt", device),
            ("Com1", device),
        ] {
            let error = StoreName::parse(bad.to_owned()).unwrap_err();
            let expected = format!("`{bad}` cannot be the name of a store: {problem}");
            assert_eq!(error.to_string(), expected);
        }
    }
}
