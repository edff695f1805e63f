//! Which lines are on the screen: arithmetic over line numbers, counted from 0.
//!
//! Plain data. While a file is being counted its end moves; a position that was sent to the end
//! moves with it until something else moves the position.

/// The part of a file that the screen shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    first: u64,
    rows: u64,
    lines: u64,
    is_complete: bool,
    follows_end: bool,
}

impl Position {
    /// The start of a file of which nothing is counted, on a screen of `rows` lines.
    pub(crate) fn start(rows: u64) -> Self {
        Self {
            first: 0,
            rows: rows.max(1),
            lines: 0,
            is_complete: false,
            follows_end: false,
        }
    }

    /// Number of the first line on the screen.
    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    /// Lines that fit the screen, at least 1.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Whether nothing comes before.
    pub(crate) fn is_at_start(&self) -> bool {
        self.first == 0
    }

    /// Whether nothing comes after, for all that is counted.
    pub(crate) fn is_at_end(&self) -> bool {
        self.first >= self.last_first()
    }

    /// Whether lines of this range can be read without waiting for the count.
    pub(crate) fn is_counted(&self, first: u64, rows: u64) -> bool {
        self.is_complete || first.saturating_add(rows) <= self.lines
    }

    /// The count went on.
    pub(crate) fn count(&mut self, lines: u64, is_complete: bool) {
        self.lines = lines;
        self.is_complete = is_complete;
        if self.follows_end {
            self.first = self.last_first();
        } else if is_complete {
            self.first = self.first.min(self.last_first());
        }
    }

    /// The screen changed its height. Of the lines on it, `kept` stays there, and so does the
    /// last line of the file.
    pub(crate) fn resize(&mut self, rows: u64, kept: Option<u64>) {
        let kept = kept.filter(|line| self.shows(*line));
        let stays_at_end = self.is_complete && !self.is_at_start() && self.is_at_end();
        self.rows = rows.max(1);
        if stays_at_end {
            self.first = self.last_first();
        } else if self.follows_end || self.is_complete {
            self.count(self.lines, self.is_complete);
        }
        if let Some(line) = kept {
            self.reveal(line);
        }
    }

    /// To the first line.
    pub(crate) fn show_first(&mut self) {
        self.show(0);
    }

    /// To the last line; while the file is counted, to the last one there is at any time.
    pub(crate) fn show_last(&mut self) {
        self.show(self.last_first());
        self.follows_end = true;
    }

    /// Where it is, whatever the end does.
    pub(crate) fn stay(&mut self) {
        self.follows_end = false;
    }

    /// Back by one screen.
    pub(crate) fn page_back(&mut self) {
        self.show(self.first.saturating_sub(self.rows));
    }

    /// On by one screen.
    pub(crate) fn page_on(&mut self) {
        self.scroll(i64::try_from(self.rows).unwrap_or(i64::MAX));
    }

    /// By `lines`, down if positive, and never past the last screen.
    pub(crate) fn scroll(&mut self, lines: i64) {
        // A position beyond the count waits for it, and is not pulled back.
        let last = self.last_first().max(self.first);
        self.show(self.first.saturating_add_signed(lines).min(last));
        // Who comes to the end of a file that grows is carried along with it. While lines are
        // counted the end is not the file's, and moves on by itself.
        self.follows_end = self.is_complete && lines > 0 && self.is_at_end();
    }

    /// To where `line`, counted from 0, is on the screen: nowhere if it is, and otherwise to
    /// where a third of the screen comes before it.
    pub(crate) fn reveal(&mut self, line: u64) {
        if self.shows(line) {
            return;
        }
        let first = line.saturating_sub(self.rows / 3);
        self.show(match self.is_complete {
            true => first.min(self.last_first()),
            false => first,
        });
    }

    /// Whether the end is followed while it moves.
    pub(crate) fn follows_end(&self) -> bool {
        self.follows_end
    }

    /// To a line that a person names, counted from 1. One that is not counted yet is waited for.
    pub(crate) fn go_to(&mut self, number: u64) {
        let line = number.saturating_sub(1);
        self.show(if self.is_complete {
            line.min(self.last_first())
        } else {
            line
        });
    }

    /// To a part of what is counted: 0 is the start, 1 the end.
    pub(crate) fn go_to_fraction(&mut self, fraction: f64) {
        let last = self.last_first();
        // Saturates, and is exact enough: a screen has about a thousand places.
        self.show(((last as f64 * fraction.clamp(0.0, 1.0)) as u64).min(last));
    }

    /// Where the screen begins, as a part of what is counted, and how much of it is shown.
    pub(crate) fn fractions(&self) -> (f64, f64) {
        if self.lines == 0 {
            return (0.0, 1.0);
        }
        let size = (self.rows as f64 / self.lines as f64).min(1.0);
        let last = self.last_first();
        let start = if last == 0 {
            0.0
        } else {
            (self.first as f64 / last as f64).min(1.0)
        };
        (start, size)
    }

    fn shows(&self, line: u64) -> bool {
        (self.first..self.first.saturating_add(self.rows)).contains(&line)
    }

    fn last_first(&self) -> u64 {
        self.lines.saturating_sub(self.rows)
    }

    fn show(&mut self, first: u64) {
        self.first = first;
        self.follows_end = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(lines: u64) -> Position {
        let mut position = Position::start(10);
        position.count(lines, true);
        position
    }

    #[test]
    fn pages_neither_pass_the_end_nor_the_start() {
        let mut position = counted(25);
        position.page_back();
        assert_eq!(position.first(), 0);
        let firsts = [10, 15, 15].map(|_| {
            position.page_on();
            position.first()
        });
        assert_eq!(firsts, [10, 15, 15]);
        assert!(position.is_at_end());
        position.page_back();
        assert_eq!(position.first(), 5);
    }

    #[test]
    fn a_file_shorter_than_the_screen_is_at_both_ends() {
        let mut position = counted(3);
        assert!(position.is_at_start() && position.is_at_end());
        position.show_last();
        position.scroll(1);
        assert_eq!(position.first(), 0);
        assert_eq!(position.fractions(), (0.0, 1.0));
    }

    #[test]
    fn the_end_is_followed_while_it_moves_and_left_by_any_move() {
        let mut position = Position::start(10);
        position.count(100, false);
        position.show_last();
        position.count(500, false);
        assert_eq!(position.first(), 490);
        position.scroll(-1);
        position.count(900, false);
        assert_eq!(position.first(), 489);
    }

    #[test]
    fn a_line_beyond_the_count_is_waited_for_and_then_clamped() {
        let mut position = Position::start(10);
        position.count(100, false);
        position.go_to(1000);
        assert_eq!(position.first(), 999);
        assert!(!position.is_counted(position.first(), position.rows()));
        position.page_on();
        assert_eq!(position.first(), 999);
        position.count(200, true);
        assert_eq!(position.first(), 190);
    }

    #[test]
    fn lines_are_named_from_one() {
        let mut position = counted(100);
        for (number, first) in [(0, 0), (1, 0), (2, 1), (u64::MAX, 90)] {
            position.go_to(number);
            assert_eq!(position.first(), first);
        }
    }

    #[test]
    fn a_larger_screen_shows_more_before_the_end() {
        let mut position = counted(100);
        position.show_last();
        position.resize(40, None);
        assert_eq!(position.first(), 60);
    }

    #[test]
    fn a_smaller_screen_keeps_the_last_line_that_it_shows() {
        let mut position = counted(100);
        position.go_to_fraction(1.0);
        position.resize(4, None);
        assert_eq!((position.first(), position.follows_end()), (96, false));
        // A file that was shown whole keeps its start.
        let mut short = counted(8);
        short.resize(4, None);
        assert_eq!(short.first(), 0);
    }

    #[test]
    fn a_smaller_screen_keeps_the_line_that_was_found() {
        let mut position = counted(100);
        position.resize(5, Some(50));
        assert_eq!(position.first(), 0);
        position.resize(30, None);
        position.resize(9, Some(20));
        assert_eq!(position.first(), 17);
    }

    #[test]
    fn who_comes_to_the_end_of_a_file_that_grows_goes_on_with_it() {
        let mut position = counted(100);
        position.scroll(89);
        position.count(110, true);
        assert_eq!(position.first(), 89);
        position.scroll(50);
        assert!(position.follows_end());
        position.count(120, true);
        assert_eq!(position.first(), 110);
        position.scroll(-1);
        position.count(130, true);
        assert_eq!(position.first(), 109);
    }

    #[test]
    fn a_line_is_revealed_without_moving_what_shows_it() {
        let mut position = counted(100);
        for (line, first) in [(9, 0), (10, 7), (16, 7), (99, 90), (0, 0)] {
            position.reveal(line);
            assert_eq!(position.first(), first, "{line}");
        }
    }

    #[test]
    fn fractions_go_both_ways() {
        let mut position = counted(1010);
        position.go_to_fraction(0.5);
        assert_eq!(position.first(), 500);
        assert_eq!(position.fractions().0, 0.5);
        position.go_to_fraction(7.0);
        assert!(position.is_at_end());
    }
}
