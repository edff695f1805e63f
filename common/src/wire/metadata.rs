//! What travels with a request beside its arguments.
//!
//! All entries stand in one text, since every call has some and most have two or three. It knows
//! names and values and not what they mean.

use std::fmt;

/// Short texts that travel with a request beside its arguments, such as an activity id.
///
/// At most 255 entries; a name has at most 255 bytes, a value at most 65 535. What is longer is
/// left out.
#[cfg_attr(doc, doc = include_str!("../../examples/names.md"))]
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Name, value, name, value, without anything in between.
    text: String,
    /// Lengths of each name and its value.
    lens: Vec<(u8, u16)>,
}

impl Metadata {
    /// Most entries of one request.
    pub const MAX_ENTRIES: usize = 255;

    /// The value under `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    /// Adds an entry, in place of an earlier one of that name. Says whether it fits the wire; one
    /// that does not is left out.
    pub fn insert(&mut self, name: &str, value: &str) -> bool {
        let (Ok(name_len), Ok(value_len)) = (u8::try_from(name.len()), u16::try_from(value.len()))
        else {
            return false;
        };
        self.remove(name);
        if self.lens.len() >= Self::MAX_ENTRIES {
            return false;
        }
        let len = name.len() + value.len();
        if self.text.capacity() - self.text.len() < len {
            // Room for what a call usually has.
            self.text.reserve(64.max(len));
        }
        self.text.push_str(name);
        self.text.push_str(value);
        self.lens.push((name_len, value_len));
        true
    }

    fn remove(&mut self, name: &str) {
        let Some(place) = self.iter().position(|(known, _)| known == name) else {
            return;
        };
        let len = |(name, value): &(u8, u16)| usize::from(*name) + usize::from(*value);
        let begin: usize = self.lens[..place].iter().map(len).sum();
        let end = begin + len(&self.lens[place]);
        self.text.replace_range(begin..end, "");
        self.lens.remove(place);
    }

    /// Bytes that the entries take on the wire.
    pub(crate) fn encoded_len(&self) -> usize {
        3 * self.lens.len() + self.text.len()
    }

    /// All entries, in the order they were added.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        let mut rest = self.text.as_str();
        self.lens.iter().map(move |(name, value)| {
            let (name, behind) = rest.split_at(usize::from(*name));
            let (value, behind) = behind.split_at(usize::from(*value));
            rest = behind;
            (name, value)
        })
    }
}

impl fmt::Debug for Metadata {
    /// Names alone: a value may prove who asks, and must not reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.iter().map(|(name, _)| name))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(metadata: &Metadata) -> Vec<(&str, &str)> {
        metadata.iter().collect()
    }

    #[test]
    fn an_entry_takes_the_place_of_one_of_its_name() {
        let mut metadata = Metadata::default();
        for (name, value) in [("a", "1"), ("bé", "zwei"), ("", "")] {
            assert!(metadata.insert(name, value));
        }
        assert_eq!(entries(&metadata), [("a", "1"), ("bé", "zwei"), ("", "")]);
        assert!(metadata.insert("bé", "2"));
        assert_eq!(entries(&metadata), [("a", "1"), ("", ""), ("bé", "2")]);
        assert_eq!(metadata.get("bé"), Some("2"));
        assert_eq!(metadata.get("b"), None);
        assert_eq!(metadata.encoded_len(), 3 * 3 + 2 + 4);
        assert_eq!(format!("{metadata:?}"), r#"{"a", "", "bé"}"#);
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let mut metadata = Metadata::default();
        assert!(metadata.insert(&"n".repeat(255), &"v".repeat(65_535)));
        assert!(!metadata.insert(&"n".repeat(256), ""));
        assert!(!metadata.insert("v", &"v".repeat(65_536)));
        for number in 1..255 {
            assert!(metadata.insert(&number.to_string(), ""));
        }
        assert!(!metadata.insert("one more", ""));
        assert!(metadata.insert("7", "again"));
        assert_eq!(metadata.iter().len(), Metadata::MAX_ENTRIES);
    }
}
