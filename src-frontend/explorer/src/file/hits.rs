//! What a search has found: lines in their order, and which of them is the current one.
//!
//! Plain data. Of a line it keeps as much as a row of the list shows; the rest is in the file.

use std::collections::VecDeque;

use twinbridge_common::interfaces::files::{FoundLine, MatchRange};

/// Bytes of a line that are kept for its row.
const KEPT_OF_LINE: usize = 240;

/// Bytes that a row shows before the first place, so that the place is in sight.
const BEFORE: usize = 40;

/// A line that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    /// Number of the line, counted from 0.
    pub(crate) number: u64,
    /// What its row shows.
    pub(crate) text: String,
    /// Where in the line the pattern occurs, in bytes. Empty where bytes of the text are not
    /// those of the file.
    pub(crate) ranges: Vec<MatchRange>,
    /// What of the text of the row is a place, in bytes.
    pub(crate) marks: Vec<MatchRange>,
}

impl From<FoundLine> for Hit {
    fn from(found: FoundLine) -> Self {
        let FoundLine {
            number,
            line,
            ranges,
            ..
        } = found;
        let ranges = match line.is_lossy {
            true => Vec::new(),
            false => ranges,
        };
        let (text, marks) = excerpt(&line.text, &ranges);
        Self {
            number,
            text,
            ranges,
            marks,
        }
    }
}

/// The part of a line around its first place, and the places in it.
fn excerpt(line: &str, ranges: &[MatchRange]) -> (String, Vec<MatchRange>) {
    let first = ranges.first().map_or(0, |range| index(range.start));
    let start = match first > KEPT_OF_LINE / 2 && first < line.len() {
        true => line.floor_char_boundary(first - BEFORE),
        // What stands before the first word says nothing in a row.
        false => line.len() - line.trim_start().len(),
    };
    let start = start.min(line.floor_char_boundary(first));
    let end = line.floor_char_boundary(start + KEPT_OF_LINE);
    let before = if start > 0 && !line[..start].trim().is_empty() {
        "…"
    } else {
        ""
    };
    let after = if end < line.len() { "…" } else { "" };
    let text = format!("{before}{}{after}", &line[start..end]);
    let shift = |at: u64| index(at).clamp(start, end) - start + before.len();
    let marks = ranges.iter().map(|range| MatchRange {
        start: shift(range.start) as u64,
        end: shift(range.end) as u64,
    });
    (text, marks.filter(|mark| mark.start < mark.end).collect())
}

/// Lines that were found, in the order of the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hits {
    lines: VecDeque<Hit>,
}

impl Hits {
    /// Adds the next one.
    pub(crate) fn push(&mut self, hit: Hit) {
        self.lines.push_back(hit);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }

    /// The one at a place of the list.
    pub(crate) fn get(&self, at: usize) -> Option<&Hit> {
        self.lines.get(at)
    }

    /// The first at or behind a line, counted from 0.
    pub(crate) fn first_from(&self, line: u64) -> usize {
        self.lines.partition_point(|hit| hit.number < line)
    }

    /// Those among the lines from `first` to before `end`.
    pub(crate) fn within(&self, first: u64, end: u64) -> impl Iterator<Item = (usize, &Hit)> {
        let from = self.first_from(first);
        let to = self.first_from(end).max(from);
        (from..).zip(self.lines.range(from..to))
    }

    /// The one after `current`, or before it; the end leads to the start. Without a current one,
    /// the first from `line` on, or the last before it.
    pub(crate) fn step(&self, current: Option<usize>, line: u64, is_back: bool) -> Option<usize> {
        let len = self.len();
        let last = len.checked_sub(1)?;
        Some(match (current, is_back) {
            (Some(at), false) if at < last => at + 1,
            (Some(_), false) => 0,
            (Some(at), true) => at.checked_sub(1).unwrap_or(last),
            (None, false) => Some(self.first_from(line))
                .filter(|at| *at < len)
                .unwrap_or(0),
            (None, true) => self.first_from(line).checked_sub(1).unwrap_or(last),
        })
    }
}

/// The pieces of a text, and which of them are places. Places lie in their order; what of them
/// is not within the text, or not between its characters, is left out.
pub(crate) fn pieces<'a>(text: &'a str, places: &[MatchRange]) -> Vec<(&'a str, bool)> {
    let mut pieces = Vec::new();
    let mut done = 0;
    for place in places {
        let start = text.floor_char_boundary(index(place.start)).max(done);
        let end = text.ceil_char_boundary(index(place.end).min(text.len()));
        if start < end {
            if done < start {
                pieces.push((&text[done..start], false));
            }
            pieces.push((&text[start..end], true));
            done = end;
        }
    }
    if done < text.len() {
        pieces.push((&text[done..], false));
    }
    pieces
}

fn index(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use twinbridge_common::interfaces::files::Line;

    use super::*;

    fn range(start: u64, end: u64) -> MatchRange {
        MatchRange { start, end }
    }

    fn found(number: u64, text: &str, ranges: &[MatchRange]) -> Hit {
        Hit::from(FoundLine {
            number,
            offset: 0,
            line: Line {
                text: text.to_owned(),
                len: text.len() as u64,
                is_lossy: false,
            },
            ranges: ranges.to_vec(),
        })
    }

    fn hits(numbers: &[u64]) -> Hits {
        let mut hits = Hits::default();
        for number in numbers {
            hits.push(found(*number, "", &[]));
        }
        hits
    }

    #[test]
    fn steps_go_round_and_begin_at_what_is_on_the_screen() {
        let hits = hits(&[3, 10, 20]);
        for (current, line, is_back, to) in [
            (Some(0), 0, false, 1),
            (Some(2), 0, false, 0),
            (Some(0), 0, true, 2),
            (None, 10, false, 1),
            (None, 11, false, 2),
            (None, 21, false, 0),
            (None, 10, true, 0),
            (None, 0, true, 2),
        ] {
            assert_eq!(
                hits.step(current, line, is_back),
                Some(to),
                "{current:?} {line}"
            );
        }
        assert_eq!(Hits::default().step(None, 0, false), None);
    }

    #[test]
    fn hits_of_a_screen_are_found() {
        let hits = hits(&[3, 10, 20]);
        let within = |first, end| {
            hits.within(first, end)
                .map(|(at, _)| at)
                .collect::<Vec<_>>()
        };
        assert_eq!(within(0, 100), [0, 1, 2]);
        assert_eq!(within(4, 20), [1]);
        assert_eq!(within(21, 40), [] as [usize; 0]);
    }

    #[test]
    fn pieces_are_the_whole_text_and_its_places() {
        for (text, places, expected) in [
            ("plain", vec![], vec![("plain", false)]),
            ("", vec![range(0, 1)], vec![]),
            (
                "an error here",
                vec![range(3, 8)],
                vec![("an ", false), ("error", true), (" here", false)],
            ),
            (
                "aa",
                vec![range(0, 1), range(1, 2)],
                vec![("a", true), ("a", true)],
            ),
            // A place may lie beyond what is shown of a line, or end there.
            (
                "short",
                vec![range(3, 900), range(901, 902)],
                vec![("sho", false), ("rt", true)],
            ),
            // A letter is not cut.
            (
                "aéb",
                vec![range(2, 3)],
                vec![("a", false), ("é", true), ("b", false)],
            ),
        ] {
            assert_eq!(pieces(text, &places), expected, "{text:?}");
        }
    }

    #[test]
    fn a_row_shows_the_first_place_of_a_long_line() {
        let text = format!("{}needle{}", "é".repeat(500), "x".repeat(500));
        let hit = found(1, &text, &[range(1000, 1006)]);
        assert!(
            hit.text.starts_with('…') && hit.text.ends_with('…'),
            "{}",
            hit.text
        );
        let marked: Vec<_> = pieces(&hit.text, &hit.marks);
        assert!(marked.contains(&("needle", true)), "{marked:?}");
        let hit = found(1, "  an indented line", &[range(5, 7)]);
        assert_eq!(hit.text, "an indented line");
        assert_eq!(pieces(&hit.text, &hit.marks)[1], ("in", true));
    }
}
