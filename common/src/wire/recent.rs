//! Names that came of late, so that each is checked and allocated once and not per frame.
//!
//! A session uses few names, over and over. What is found here was checked when it came first.
//! Used by a session for the frames that it reads.

use std::str::FromStr;

use super::name::{BadName, ChannelName, MethodName};

/// Names of each kind that are remembered. They are searched one by one.
const REMEMBERED: usize = 8;

/// The names that a session has read of late.
#[derive(Debug, Default)]
pub(crate) struct RecentNames {
    pub(super) channels: Recent<ChannelName>,
    pub(super) methods: Recent<MethodName>,
}

#[derive(Debug)]
pub(super) struct Recent<N> {
    names: Vec<N>,
    /// The one that gives way next.
    oldest: usize,
}

impl<N> Default for Recent<N> {
    fn default() -> Self {
        Self {
            names: Vec::new(),
            oldest: 0,
        }
    }
}

impl<N: Clone + FromStr<Err = BadName> + std::borrow::Borrow<str>> Recent<N> {
    /// The name of this text.
    pub(super) fn get(&mut self, text: &[u8]) -> Result<N, NotAName> {
        if let Some(known) = self
            .names
            .iter()
            .find(|name| (*name).borrow().as_bytes() == text)
        {
            return Ok(known.clone());
        }
        let text = std::str::from_utf8(text).map_err(|_| NotAName::Utf8)?;
        let name: N = text.parse().map_err(|_| NotAName::Rule)?;
        if self.names.len() < REMEMBERED {
            self.names.push(name.clone());
        } else {
            self.names[self.oldest] = name.clone();
            self.oldest = (self.oldest + 1) % REMEMBERED;
        }
        Ok(name)
    }
}

/// Why a text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotAName {
    Utf8,
    Rule,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_again_and_gives_way_to_others_in_time() {
        let mut recent = Recent::<ChannelName>::default();
        for round in 0..3 {
            for number in 0..3 * REMEMBERED {
                let text = format!("channel{number}");
                let name = recent.get(text.as_bytes()).unwrap();
                assert_eq!(name.as_str(), text, "round {round}");
            }
        }
        assert_eq!(recent.names.len(), REMEMBERED);
    }

    #[test]
    fn what_is_no_name_is_not_remembered() {
        let mut recent = Recent::<MethodName>::default();
        for _ in 0..2 {
            assert_eq!(recent.get(b"a b"), Err(NotAName::Rule));
            assert_eq!(recent.get(b"\xff"), Err(NotAName::Utf8));
        }
        assert!(recent.names.is_empty());
    }
}
