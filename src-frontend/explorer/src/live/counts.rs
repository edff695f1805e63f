//! How much the list shows, how much it has, and what it lost, in words.
//!
//! Plain numbers in, sentences out. Nothing that happened is missing without being counted here.

use super::{
    Log,
    log::{Lost, MOST},
};
use crate::format;

/// The numbers of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counts {
    shown: u64,
    kept: u64,
    pub(super) lost: Lost,
}

impl Counts {
    pub(super) fn of(log: &Log) -> Self {
        Self {
            shown: log.shown() as u64,
            kept: log.len() as u64,
            lost: log.lost(),
        }
    }

    /// How many there are, shown or not.
    pub(super) fn kept(self) -> u64 {
        self.kept
    }

    /// `3 of 1 204`, `the newest 1 000 000 of 1 204 331`.
    pub(super) fn in_words(self) -> String {
        let Self { shown, kept, lost } = self;
        let newest = if lost.older > 0 { "the newest " } else { "" };
        let grouped = format::count;
        match shown == kept {
            true if lost.older > 0 => {
                let all = kept + lost.older;
                format!("{newest}{} of {}", grouped(kept), grouped(all))
            }
            true => format::counted(kept, "entry", "entries"),
            false => format!("{} of {newest}{}", grouped(shown), grouped(kept)),
        }
    }

    /// A sentence for each way in which something is not in the list.
    pub(super) fn lost_in_words(self) -> Vec<String> {
        let Lost {
            older,
            newer,
            on_the_way,
        } = self.lost;
        let most = format::count(MOST as u64);
        let sentence =
            |count: u64, rest: &str| (count > 0).then(|| format!("{}{rest}", format::count(count)));
        [
            sentence(
                older,
                &format!(" older are gone: the list keeps {most}. Pause it to keep what it shows."),
            ),
            sentence(
                newer,
                " came while the list was paused and full, and are not in it. Clear it to make room.",
            ),
            sentence(
                on_the_way,
                " came faster than this page took them, and are not in it. A recording \
                 (`--record FILE`) does not wait for the page.",
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_the_list_says_what_it_shows_of_how_much() {
        for (shown, kept, older, text) in [
            (1, 1, 0, "1 entry"),
            (1204, 1204, 0, "1\u{202f}204 entries"),
            (3, 1204, 0, "3 of 1\u{202f}204"),
            (
                1_000_000,
                1_000_000,
                204_331,
                "the newest 1\u{202f}000\u{202f}000 of 1\u{202f}204\u{202f}331",
            ),
            (
                3,
                1_000_000,
                204_331,
                "3 of the newest 1\u{202f}000\u{202f}000",
            ),
        ] {
            let lost = Lost {
                older,
                ..Lost::default()
            };
            let counts = Counts { shown, kept, lost };
            assert_eq!(counts.in_words(), text);
        }
    }

    #[test]
    fn each_way_of_being_lost_is_a_sentence() {
        let counts = |lost| Counts {
            shown: 0,
            kept: 0,
            lost,
        };
        assert_eq!(
            counts(Lost::default()).lost_in_words(),
            Vec::<String>::new()
        );
        let lost = Lost {
            older: 204_331,
            newer: 2,
            on_the_way: 12_000,
        };
        let sentences = counts(lost).lost_in_words();
        assert_eq!(sentences.len(), 3);
        assert_eq!(
            sentences[0],
            "204\u{202f}331 older are gone: the list keeps 1\u{202f}000\u{202f}000. Pause it to \
             keep what it shows."
        );
        assert!(sentences[1].starts_with("2 came while the list was paused and full"));
        assert!(sentences[2].starts_with("12\u{202f}000 came faster than this page took them"));
    }
}
