//! Reads one page: finds its first line by the index, then walks from line to line.
//!
//! Memory holds one piece of the file and the page, however long a line is: where a line leaves
//! its piece, the index knows its end. Used by `open_file.rs` for each call of `lines`.

use std::borrow::Cow;

use memchr::memchr;
use twinbridge_common::interfaces::files::{FilesError, Line, LinePage};

use super::{
    line_index::{LineIndex, PIECE},
    source::Source,
    text::{LOOK_AT, Text},
};

/// Largest page, in bytes: texts, and [`LINE_OVERHEAD`] for each line. One line always fits.
const MAX_PAGE: usize = 1024 * 1024;

/// What a line counts beside its text, in bytes, so that a page of empty lines ends too.
const LINE_OVERHEAD: usize = 32;

/// Walks from line to line.
pub(super) struct PageReader<'a> {
    source: &'a Source,
    index: &'a LineIndex,
    is_cancelled: &'a dyn Fn() -> bool,
    /// Length of the file when the page was asked for. It may grow meanwhile.
    len: u64,
    line: u64,
    /// Where `line` begins.
    offset: u64,
    piece: Vec<u8>,
    piece_start: u64,
}

/// Where a line lies.
struct Extent {
    start: u64,
    /// Of its `\n`, or of the end of the file.
    end: u64,
    is_terminated: bool,
}

impl<'a> PageReader<'a> {
    pub(super) fn new(
        source: &'a Source,
        index: &'a LineIndex,
        is_cancelled: &'a dyn Fn() -> bool,
    ) -> Self {
        let piece = Vec::new();
        Self {
            source,
            index,
            is_cancelled,
            len: source.len(),
            line: 0,
            offset: 0,
            piece,
            piece_start: 0,
        }
    }

    /// Reads up to `count` lines from line `first` on.
    pub(super) fn read(mut self, first: u64, count: u32) -> Result<LinePage, FilesError> {
        let mut lines = Vec::new();
        let mut size = 0;
        self.seek(first)?;
        while lines.len() < count as usize {
            let Some(extent) = self.next()? else { break };
            let line = self.line(&extent)?;
            size += line.text.len() + LINE_OVERHEAD;
            if size > MAX_PAGE && !lines.is_empty() {
                break;
            }
            lines.push(line);
        }
        Ok(LinePage { first, lines })
    }

    fn seek(&mut self, line: u64) -> Result<(), FilesError> {
        let start = self.index.start_before(line, self.is_cancelled)?;
        (self.line, self.offset) = (start.line, start.offset);
        while self.line < line && self.next()?.is_some() {}
        Ok(())
    }

    /// Finds the end of the line at `offset` and goes on behind it; `None` at the end of the
    /// file.
    fn next(&mut self) -> Result<Option<Extent>, FilesError> {
        let (start, len) = (self.offset, self.len);
        if start >= len {
            return Ok(None);
        }
        self.load()?;
        let piece_end = self.piece_start + self.piece.len() as u64;
        let rest = &self.piece[(start - self.piece_start) as usize..];
        let end = match memchr(b'\n', rest) {
            Some(at) => Some(start + at as u64),
            None if piece_end == len => None,
            None => {
                let beyond = self.index.start_beyond(piece_end, self.is_cancelled)?;
                let beyond = beyond.filter(|start| start.offset <= len);
                beyond.map(|start| start.offset - 1)
            }
        };
        self.line += 1;
        self.offset = end.map_or(len, |end| end + 1);
        Ok(Some(Extent {
            start,
            end: end.unwrap_or(len),
            is_terminated: end.is_some(),
        }))
    }

    fn line(&self, extent: &Extent) -> Result<Line, FilesError> {
        let &Extent {
            start,
            mut end,
            is_terminated,
        } = extent;
        if is_terminated && end > start && *self.bytes(end - 1, end)? == *b"\r" {
            end -= 1;
        }
        let bytes = self.bytes(start, end.min(start + LOOK_AT as u64))?;
        let Text { text, is_lossy } = Text::of(&bytes);
        Ok(Line {
            text,
            len: end - start,
            is_lossy,
        })
    }

    /// A few bytes of the file, out of the piece if they lie in it.
    fn bytes(&self, start: u64, end: u64) -> Result<Cow<'_, [u8]>, FilesError> {
        let within = |offset: u64| offset.checked_sub(self.piece_start).map(|at| at as usize);
        if let (Some(from), Some(to)) = (within(start), within(end))
            && let Some(bytes) = self.piece.get(from..to)
        {
            return Ok(Cow::Borrowed(bytes));
        }
        let mut bytes = vec![0; (end - start) as usize];
        self.source.fill(&mut bytes, start)?;
        Ok(Cow::Owned(bytes))
    }

    /// Loads the piece around `offset`, which lies within the file.
    fn load(&mut self) -> Result<(), FilesError> {
        let start = self.offset - self.offset % PIECE as u64;
        if start == self.piece_start && !self.piece.is_empty() {
            return Ok(());
        }
        if (self.is_cancelled)() {
            return Err(FilesError::Cancelled);
        }
        let len = (self.len - start).min(PIECE as u64) as usize;
        self.piece.resize(len, 0);
        self.piece_start = start;
        self.source.fill(&mut self.piece, start)
    }
}
