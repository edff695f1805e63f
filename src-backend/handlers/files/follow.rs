//! Follows a file: looks four times a second whether it grew, was cut, or lost its path.
//!
//! Looking is two questions to the system, which every file system answers, also one over a
//! network that tells nobody of changes; a quarter of a second is soon enough for a reader.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use twinbridge_common::interfaces::files::{FilesError, FollowEvent, LineCount};

use super::{
    feed::{Items, Unwanted},
    line_index::PIECE,
    open_file::Shared,
    source::{Named, Source},
};

/// Time between two looks.
const INTERVAL: Duration = Duration::from_millis(250);

/// Bytes read at once of what was appended.
const BLOCK: usize = 16 * PIECE;

/// Bytes before the known end that are compared when a file grew: one that was cut and written
/// anew to more than its length looks as if it had grown.
const TAIL: u64 = 64;

/// What is known of the end of a file. One thread at a time lets it grow.
#[derive(Debug, Default)]
pub(super) struct Growth {
    tail: Mutex<Option<Vec<u8>>>,
}

/// Follows one file for one stream.
#[derive(Debug)]
pub(super) struct Follower {
    file: Arc<Shared>,
    told: Option<LineCount>,
    is_deleted: bool,
}

/// Why following ended.
enum End {
    Unwanted,
    Event(FollowEvent),
    Failed(FilesError),
}

impl From<Unwanted> for End {
    fn from(_: Unwanted) -> Self {
        Self::Unwanted
    }
}

impl From<FilesError> for End {
    fn from(error: FilesError) -> Self {
        match error {
            FilesError::Truncated { now, .. } => Self::Event(FollowEvent::Truncated { now }),
            error => Self::Failed(error),
        }
    }
}

impl Follower {
    pub(super) fn new(file: Arc<Shared>) -> Self {
        Self {
            file,
            told: None,
            is_deleted: false,
        }
    }

    /// Puts events until the file is another one, is closed, or nobody wants them.
    pub(super) fn run(mut self, items: Items<FollowEvent>) {
        let end = loop {
            if let Err(end) = self.look(&items) {
                break end;
            }
            self.file.index.rest(INTERVAL);
        };
        match end {
            End::Unwanted => {}
            // The last item may go unheard as any other.
            End::Event(event) => drop(items.put(event)),
            // To who reads it, a file that is written anew is one that was cut.
            End::Failed(error @ FilesError::Rewritten { .. }) => match self.file.source.len_now() {
                Ok(now) => drop(items.put(FollowEvent::Truncated { now })),
                Err(_) => items.fail(error),
            },
            End::Failed(error) => items.fail(error),
        }
    }

    fn look(&mut self, items: &Items<FollowEvent>) -> Result<(), End> {
        if items.is_unwanted() {
            return Err(End::Unwanted);
        }
        // Before the file is looked at: what was written to it until it was replaced is told.
        let named = self.file.source.named()?;
        if !self.file.index.has_ended() {
            return Ok(());
        }
        self.file.grow(&|| items.is_unwanted())?;
        let count = self.file.index.count()?;
        if self.told != Some(count) {
            self.told = Some(count);
            let LineCount { lines, bytes, .. } = count;
            items.put(FollowEvent::Appended { lines, bytes })?;
        }
        match named {
            Named::Another => return Err(End::Event(FollowEvent::Replaced)),
            Named::Nothing if !self.is_deleted => items.put(FollowEvent::Deleted)?,
            Named::Nothing | Named::Itself => {}
        }
        self.is_deleted = named == Named::Nothing;
        Ok(())
    }
}

impl Shared {
    /// Adds to the index what was appended to the file, which has been counted once. A file that
    /// was cut is worth nothing from here on.
    fn grow(&self, is_unwanted: &dyn Fn() -> bool) -> Result<(), FilesError> {
        let mut tail = self.growth.lock();
        let grown = self.try_grow(&mut tail, is_unwanted);
        if let Err(error @ (FilesError::Truncated { .. } | FilesError::Rewritten { .. })) = &grown {
            self.index.end(Err(error.clone()));
        }
        grown
    }

    fn try_grow(
        &self,
        tail: &mut Option<Vec<u8>>,
        is_unwanted: &dyn Fn() -> bool,
    ) -> Result<(), FilesError> {
        // Closed, or found to be cut by a page.
        if let Some(failure) = self.index.failure() {
            return Err(failure);
        }
        let Self { source, index, .. } = self;
        source.check_len()?;
        let now = source.len_now()?;
        let before = tail_of(source)?;
        if tail.as_ref().is_some_and(|known| *known != before) {
            let path = source.path().to_owned();
            return Err(FilesError::Rewritten { path });
        }
        *tail = Some(before);
        let mut buffer = Vec::new();
        while source.len() < now && !is_unwanted() && index.failure().is_none() {
            let offset = source.len();
            let len = (now - offset).min(BLOCK as u64);
            buffer.resize(len as usize, 0);
            source.fill(&mut buffer, offset)?;
            index.add(&buffer);
            source.grow_to(offset + len);
        }
        if !buffer.is_empty() {
            *tail = Some(tail_of(source)?);
        }
        Ok(())
    }
}

fn tail_of(source: &Source) -> Result<Vec<u8>, FilesError> {
    let len = source.len();
    let start = len.saturating_sub(TAIL);
    let mut tail = vec![0; (len - start) as usize];
    source.fill(&mut tail, start)?;
    Ok(tail)
}

impl Growth {
    /// The tail is compared again by whoever comes, so a panic leaves nothing wrong.
    fn lock(&self) -> MutexGuard<'_, Option<Vec<u8>>> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
