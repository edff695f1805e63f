//! Versions of programs, as far as they are compared.
//!
//! Three numbers and no more: a pre-release counts as its release. Used for the compiler, for Node
//! and for the distribution's own compiler.

use std::fmt;

/// `1.95.0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub(crate) u32, pub(crate) u32, pub(crate) u32);

impl Version {
    /// The first version in `text`, as in `rustc 1.95.0 (59807616e 2026-04-14)` or `v20.11.1`.
    /// What is left out counts as zero.
    pub(crate) fn find(text: &str) -> Option<Self> {
        text.split_whitespace().find_map(|word| {
            let word = word.strip_prefix('v').unwrap_or(word);
            let mut numbers = word.split(['.', '-', '+']).map(str::parse::<u32>);
            let major = numbers.next()?.ok()?;
            let mut rest = numbers.map_while(Result::ok);
            Some(Self(
                major,
                rest.next().unwrap_or(0),
                rest.next().unwrap_or(0),
            ))
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_print() {
        for (text, version) in [
            ("rustc 1.95.0 (59807616e 2026-04-14)", Version(1, 95, 0)),
            (
                "rustc 1.97.0-nightly (e50aa6fba 2026-05-19)",
                Version(1, 97, 0),
            ),
            ("v20.20.2\n", Version(20, 20, 2)),
            ("1.90", Version(1, 90, 0)),
        ] {
            assert_eq!(Version::find(text), Some(version), "{text}");
        }
        assert_eq!(Version::find("no version here"), None);
    }

    #[test]
    fn versions_compare_by_number_and_not_by_text() {
        assert!(Version(1, 100, 0) > Version(1, 95, 9));
        assert!(Version(9, 0, 0) < Version(18, 0, 0));
    }
}
