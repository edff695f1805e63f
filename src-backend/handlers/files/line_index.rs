//! Where lines begin: one remembered line start for each 64 KiB of a file.
//!
//! It reads no file: a thread feeds it blocks in order (`open_file.rs`), pages ask it where to
//! begin and where a long line ends (`page.rs`), and wait here for what was not looked at yet.

use std::{
    fmt,
    pin::pin,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use memchr::{memchr, memchr_iter};
use tokio::sync::Notify;
use twinbridge_common::interfaces::files::{FilesError, LineCount};

/// Bytes for which one line start is remembered. Pieces begin at multiples of it.
pub(super) const PIECE: usize = 64 * 1024;

/// How long a waiting call may overlook that it was cancelled.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Line starts of one file, as far as it was looked at.
///
/// Of each piece it remembers where the first line that begins in it does. So a line that
/// reaches from one piece into another ends right before a remembered start, however long it is.
pub(super) struct LineIndex {
    state: Mutex<State>,
    /// For calls that wait on a thread.
    changed: Condvar,
    /// For futures, which only wait for the ending.
    ended: Notify,
}

/// Where a line begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LineStart {
    /// Number of the line, counted from 0.
    pub(super) line: u64,
    /// Offset of its first byte.
    pub(super) offset: u64,
}

struct State {
    /// In order of lines and of offsets; the first is line 0.
    starts: Vec<LineStart>,
    line_ends: u64,
    bytes: u64,
    /// Whether there is something behind the last line end.
    is_line_open: bool,
    ending: Option<Result<(), FilesError>>,
}

impl LineIndex {
    /// The index of a file that was not looked at.
    pub(super) fn new() -> Self {
        let state = State {
            starts: vec![LineStart { line: 0, offset: 0 }],
            line_ends: 0,
            bytes: 0,
            is_line_open: false,
            ending: None,
        };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
            ended: Notify::new(),
        }
    }

    /// Adds the block that follows those added. Only one thread at a time may add.
    pub(super) fn add(&self, block: &[u8]) {
        let (mut line, offset, last_start) = {
            let state = self.lock();
            let last = state.starts.last().map_or(0, |start| start.offset);
            (state.line_ends, state.bytes, last)
        };
        let mut starts = Vec::with_capacity(block.len() / PIECE + 1);
        let mut at = 0;
        while at < block.len() {
            let within = ((offset + at as u64) % PIECE as u64) as usize;
            let piece = &block[at..block.len().min(at + PIECE - within)];
            // A piece that was begun by an earlier block may have its start already.
            let has_start = within > 0 && last_start > offset - within as u64;
            let counted = match memchr(b'\n', piece) {
                Some(first) if !has_start => {
                    starts.push(LineStart {
                        line: line + 1,
                        offset: offset + (at + first + 1) as u64,
                    });
                    line += 1;
                    first + 1
                }
                _ => 0,
            };
            line += memchr_iter(b'\n', &piece[counted..]).count() as u64;
            at += piece.len();
        }
        let mut state = self.lock();
        state.starts.append(&mut starts);
        state.line_ends = line;
        state.bytes = offset + block.len() as u64;
        if let Some(last) = block.last() {
            state.is_line_open = *last != b'\n';
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Says that nothing more will be added, or that what was added is worth nothing. The first
    /// failure stays.
    pub(super) fn end(&self, result: Result<(), FilesError>) {
        let mut state = self.lock();
        if !matches!(state.ending, Some(Err(_))) {
            state.ending = Some(result);
        }
        drop(state);
        self.changed.notify_all();
        self.ended.notify_waiters();
    }

    /// Whether [`Self::end`] was called.
    pub(super) fn has_ended(&self) -> bool {
        self.lock().ending.is_some()
    }

    /// Why what was added is worth nothing, if it is.
    pub(super) fn failure(&self) -> Option<FilesError> {
        self.lock().ending.clone()?.err()
    }

    /// Waits until [`Self::end`] was called, or was called with a failure after it was called
    /// without; at most for `time`.
    pub(super) fn rest(&self, time: Duration) {
        let state = self.lock();
        let had_ended = state.ending.is_some();
        let goes_on = |state: &mut State| match &state.ending {
            None => true,
            Some(Ok(())) => had_ended,
            Some(Err(_)) => false,
        };
        drop(self.changed.wait_timeout_while(state, time, goes_on));
    }

    /// The remembered start that is nearest before `line` or at it. Waits until the start of
    /// `line` was seen, or the end of the file.
    pub(super) fn start_before(
        &self,
        line: u64,
        is_cancelled: &dyn Fn() -> bool,
    ) -> Result<LineStart, FilesError> {
        self.wait(is_cancelled, |state| {
            if state.line_ends < line && state.ending.is_none() {
                return None;
            }
            let after = state.starts.partition_point(|start| start.line <= line);
            Some(state.starts[after.saturating_sub(1)])
        })
    }

    /// The first remembered start beyond `offset`; `None` if no line begins there. Waits until
    /// one was seen, or the end of the file.
    pub(super) fn start_beyond(
        &self,
        offset: u64,
        is_cancelled: &dyn Fn() -> bool,
    ) -> Result<Option<LineStart>, FilesError> {
        self.wait(is_cancelled, |state| {
            let after = state.starts.partition_point(|start| start.offset <= offset);
            match state.starts.get(after) {
                Some(start) => Some(Some(*start)),
                None => state.ending.as_ref().map(|_| None),
            }
        })
    }

    /// Lines counted up to now.
    pub(super) fn count(&self) -> Result<LineCount, FilesError> {
        let state = self.lock();
        let is_complete = match &state.ending {
            Some(Err(error)) => return Err(error.clone()),
            Some(Ok(())) => true,
            None => false,
        };
        let lines = state.line_ends + u64::from(is_complete && state.is_line_open);
        Ok(LineCount {
            lines,
            bytes: state.bytes,
            is_complete,
        })
    }

    /// Lines counted when the whole file has been looked at.
    pub(super) async fn complete_count(&self) -> Result<LineCount, FilesError> {
        loop {
            let mut ended = pin!(self.ended.notified());
            // Before the look: an ending between the look and the wait must not be missed.
            ended.as_mut().enable();
            if self.has_ended() {
                return self.count();
            }
            ended.await;
        }
    }

    fn wait<T>(
        &self,
        is_cancelled: &dyn Fn() -> bool,
        look: impl Fn(&State) -> Option<T>,
    ) -> Result<T, FilesError> {
        let mut state = self.lock();
        loop {
            if let Some(Err(error)) = &state.ending {
                return Err(error.clone());
            }
            if let Some(found) = look(&state) {
                return Ok(found);
            }
            if is_cancelled() {
                return Err(FilesError::Cancelled);
            }
            let waited = self.changed.wait_timeout(state, LOOK_AGAIN);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for LineIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("LineIndex")
            .field("line_ends", &state.line_ends)
            .field("bytes", &state.bytes)
            .field("ending", &state.ending)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEVER: &dyn Fn() -> bool = &|| false;

    fn index(text: &[u8]) -> LineIndex {
        let index = LineIndex::new();
        for block in text.chunks(2 * PIECE) {
            index.add(block);
        }
        index.end(Ok(()));
        index
    }

    #[test]
    fn lines_are_counted_with_and_without_a_last_line_end() {
        for (text, lines) in [
            ("", 0),
            ("\n", 1),
            ("a", 1),
            ("a\n", 1),
            ("a\nb", 2),
            ("a\n\nb\n", 3),
            ("\r\n\r\n", 2),
        ] {
            let count = index(text.as_bytes()).count().unwrap();
            assert_eq!(
                (count.lines, count.bytes, count.is_complete),
                (lines, text.len() as u64, true)
            );
        }
    }

    #[test]
    fn a_start_is_found_for_every_line() {
        let text = "seven b\n".repeat(PIECE / 2).into_bytes();
        let index = index(&text);
        for line in [0, 1, 2, 8191, 8192, 8193, 8194, 32_767] {
            let start = index.start_before(line, NEVER).unwrap();
            assert_eq!(start.offset, start.line * 8);
            assert!(
                start.line <= line && line - start.line <= (PIECE / 8) as u64,
                "{start:?}"
            );
        }
    }

    #[test]
    fn blocks_of_any_length_make_the_same_index() {
        let mut text = "seven b\n".repeat(PIECE / 4).into_bytes();
        text.extend(vec![b'x'; 2 * PIECE]);
        text.extend(b"\nlast\n".repeat(PIECE / 3));
        let whole = index(&text);
        for len in [1000, PIECE - 1, PIECE + 1, 3 * PIECE / 2] {
            let pieced = LineIndex::new();
            text.chunks(len).for_each(|block| pieced.add(block));
            pieced.end(Ok(()));
            assert_eq!(pieced.count(), whole.count());
            assert!(pieced.lock().starts == whole.lock().starts, "{len}");
        }
    }

    #[test]
    fn a_hundred_million_lines_take_less_memory_than_one_of_their_pieces() {
        let index = LineIndex::new();
        let block = b"\n".repeat(16 * PIECE);
        while index.count().unwrap().lines < 100_000_000 {
            index.add(&block);
        }
        let starts = index.lock().starts.capacity() * size_of::<LineStart>();
        assert!(starts <= PIECE, "{starts} bytes");
    }

    #[test]
    fn a_line_across_pieces_ends_at_a_remembered_start() {
        let mut text = b"short\n".to_vec();
        text.extend(vec![b'x'; 5 * PIECE]);
        text.extend(b"\nlast");
        let index = index(&text);
        let end = text.len() as u64 - 4;
        let beyond = index.start_beyond(PIECE as u64, NEVER);
        assert_eq!(
            beyond,
            Ok(Some(LineStart {
                line: 2,
                offset: end
            }))
        );
        assert_eq!(index.start_beyond(end, NEVER), Ok(None));
    }

    #[test]
    fn a_wait_ends_when_it_is_cancelled() {
        assert_eq!(
            LineIndex::new().start_before(1, &|| true),
            Err(FilesError::Cancelled)
        );
    }

    #[test]
    fn the_first_failure_stays_and_outweighs_completeness() {
        let index = index(b"a\n");
        index.end(Err(FilesError::NotOpen { file: 1 }));
        index.end(Err(FilesError::NotOpen { file: 2 }));
        index.end(Ok(()));
        assert_eq!(index.count(), Err(FilesError::NotOpen { file: 1 }));
        assert_eq!(
            index.start_before(0, NEVER),
            Err(FilesError::NotOpen { file: 1 })
        );
    }
}
