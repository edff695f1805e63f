//! Searches a file for a pattern, line by line.
//!
//! The searching is ripgrep's: its time grows with the file alone, whatever the pattern. Here are
//! its limits, and where it stops: between two reads, when nobody wants more.

use std::{
    io::{self, Read},
    sync::Arc,
};

use grep_matcher::{LineTerminator, Matcher as _};
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder, Sink, SinkMatch};
use memchr::memrchr;
use twinbridge_common::interfaces::files::{
    FilesError, FoundLine, Line, MatchRange, PatternSyntax, SearchItem, SearchQuery,
};

use super::{
    feed::Items,
    open_file::Shared,
    text::{LOOK_AT, Text},
};

/// Longest pattern, in bytes.
const MAX_PATTERN: usize = 4096;

/// Most lines that one search may find.
const MAX_LINES: u32 = 1_000_000;

/// Longest line that is searched, in bytes: a search keeps a whole line in memory.
const MAX_LINE: u64 = 16 * 1024 * 1024;

/// Memory for lines, in bytes, with what is doubled while a buffer grows.
const LINE_MEMORY: usize = 4 * MAX_LINE as usize;

/// Memory for a compiled pattern, in bytes, and again for its tables while it runs.
const PATTERN_MEMORY: usize = 4 * 1024 * 1024;

/// Bytes between two items of progress.
const STEP: u64 = 8 * 1024 * 1024;

/// Places that are told of one line.
const MAX_RANGES: usize = 64;

/// One search, which has not begun.
#[derive(Debug)]
pub(super) struct Search {
    file: Arc<Shared>,
    matcher: RegexMatcher,
    max_lines: u64,
}

impl Search {
    /// Reads the query.
    pub(super) fn new(file: Arc<Shared>, query: &SearchQuery) -> Result<Self, FilesError> {
        let refused = |problem: String| Err(FilesError::BadPattern { problem });
        if query.pattern.is_empty() || query.pattern.len() > MAX_PATTERN {
            return refused(format!("it has to have 1 to {MAX_PATTERN} bytes"));
        }
        if query.max_lines == 0 || query.max_lines > MAX_LINES {
            return refused(format!("`maxLines` has to be 1 to {MAX_LINES}"));
        }
        let matcher = RegexMatcherBuilder::new()
            .fixed_strings(query.syntax == PatternSyntax::Text)
            .case_insensitive(query.ignore_case)
            .multi_line(true)
            .crlf(true)
            .size_limit(PATTERN_MEMORY)
            .dfa_size_limit(PATTERN_MEMORY)
            .build(&query.pattern);
        match matcher {
            Ok(matcher) => Ok(Self {
                file,
                matcher,
                max_lines: query.max_lines.into(),
            }),
            Err(error) => refused(in_one_line(&error.to_string())),
        }
    }

    /// Puts what is found, and at last that it was all.
    pub(super) fn run(self, items: Items<SearchItem>) {
        let mut searcher = SearcherBuilder::new()
            .line_terminator(LineTerminator::crlf())
            .line_number(true)
            .bom_sniffing(false)
            .binary_detection(BinaryDetection::none())
            .heap_limit(Some(LINE_MEMORY))
            .build();
        let mut found = Found {
            matcher: &self.matcher,
            items: &items,
            lines: 0,
            max_lines: self.max_lines,
            is_limited: false,
        };
        let reader = Reader::new(&self.file, &items);
        let searched = searcher.search_reader(&self.matcher, reader, &mut found);
        let (lines, is_limited) = (found.lines, found.is_limited);
        match searched {
            // It may have been told to stop since nobody wants more, who then needs no end.
            Ok(()) => drop(items.put(SearchItem::Done { lines, is_limited })),
            Err(error) => items.fail(self.failure(error)),
        }
    }

    fn failure(&self, error: io::Error) -> FilesError {
        error
            .downcast::<FilesError>()
            .unwrap_or_else(|error| FilesError::Io {
                path: self.file.source.path().to_owned(),
                problem: error.to_string(),
            })
    }
}

/// What is wrong with a pattern, without the drawing of where. The pattern in it is not quite the
/// user's own, and its caret needs a font of one width.
fn in_one_line(problem: &str) -> String {
    let last = problem.rsplit_once("\nerror: ");
    last.map_or(problem, |(_, what)| what).to_owned()
}

/// Reads the file for the searcher, tells how far it is, and ends when nobody wants more.
struct Reader<'a> {
    file: &'a Shared,
    items: &'a Items<SearchItem>,
    offset: u64,
    len: u64,
    told: u64,
    /// Where the line begins that the next byte belongs to, as far as it is known.
    line_start: u64,
}

impl<'a> Reader<'a> {
    fn new(file: &'a Shared, items: &'a Items<SearchItem>) -> Self {
        Self {
            file,
            items,
            offset: 0,
            len: file.source.len(),
            told: 0,
            line_start: 0,
        }
    }
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.items.is_unwanted() {
            return Ok(0);
        }
        if let Some(failure) = self.file.index.failure() {
            return Err(io::Error::other(failure));
        }
        let source = &self.file.source;
        let left = usize::try_from(self.len - self.offset).unwrap_or(usize::MAX);
        let len = buffer.len().min(left);
        let buffer = &mut buffer[..len];
        source.fill(buffer, self.offset).map_err(io::Error::other)?;
        if let Some(at) = memrchr(b'\n', buffer) {
            self.line_start = self.offset + at as u64 + 1;
        }
        self.offset += len as u64;
        if self.offset - self.line_start > MAX_LINE {
            return Err(io::Error::other(FilesError::LineTooLong {
                path: source.path().to_owned(),
                limit: MAX_LINE,
            }));
        }
        if self.offset - self.told >= STEP {
            self.told = self.offset;
            let (bytes, len) = (self.offset, self.len);
            self.items.offer(SearchItem::Progress { bytes, len });
        }
        Ok(len)
    }
}

/// Takes what the searcher finds.
struct Found<'a> {
    matcher: &'a RegexMatcher,
    items: &'a Items<SearchItem>,
    lines: u64,
    max_lines: u64,
    is_limited: bool,
}

impl Sink for Found<'_> {
    type Error = io::Error;

    /// Says whether to go on. It is called with one line at a time.
    fn matched(&mut self, _: &Searcher, found: &SinkMatch<'_>) -> Result<bool, io::Error> {
        let content = without_end(found.bytes());
        let mut ranges = Vec::new();
        let searched = self.matcher.find_iter(content, |found| {
            let (start, end) = (found.start() as u64, found.end() as u64);
            ranges.push(MatchRange { start, end });
            ranges.len() < MAX_RANGES
        });
        searched.map_err(io::Error::other)?;
        let Text { text, is_lossy } = Text::of(&content[..content.len().min(LOOK_AT)]);
        let len = content.len() as u64;
        let line = FoundLine {
            number: found.line_number().map_or(0, |number| number - 1),
            offset: found.absolute_byte_offset(),
            line: Line {
                text,
                len,
                is_lossy,
            },
            ranges,
        };
        if self.items.put(SearchItem::Found(line)).is_err() {
            return Ok(false);
        }
        self.lines += 1;
        self.is_limited = self.lines >= self.max_lines;
        Ok(!self.is_limited)
    }
}

fn without_end(line: &[u8]) -> &[u8] {
    match line.strip_suffix(b"\n") {
        Some(line) => line.strip_suffix(b"\r").unwrap_or(line),
        None => line,
    }
}
