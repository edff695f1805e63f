//! One open file: its source, its index, and the thread that fills the index.
//!
//! The thread lives until the file was looked at once, or is closed; closing also ends every
//! call that waits for it, and the threads that search or follow the file. `files.rs` keeps the table of them.

use std::{sync::Arc, thread};

use twinbridge_common::{
    IpcStream,
    interfaces::files::{
        FileId, FilesError, FollowEvent, LineCount, LinePage, SearchItem, SearchQuery,
    },
};

use super::{
    feed::{Streams, feed},
    follow::{Follower, Growth},
    line_index::{LineIndex, PIECE},
    page::PageReader,
    search::Search,
    source::Source,
};

/// Bytes that the index thread reads at once: a whole number of pieces.
const BLOCK: usize = 16 * PIECE;

/// An open file, which is being counted or was. Dropping it closes it.
#[derive(Debug)]
pub(super) struct OpenFile {
    id: FileId,
    shared: Arc<Shared>,
    streams: Streams,
}

/// What the threads of one file share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) source: Source,
    pub(super) index: LineIndex,
    pub(super) growth: Growth,
}

impl OpenFile {
    /// Starts to count the lines of `source`. Its streams count among those of all files.
    pub(super) fn start(id: FileId, source: Source, of_all: &Streams) -> Result<Self, FilesError> {
        let shared = Arc::new(Shared {
            source,
            index: LineIndex::new(),
            growth: Growth::default(),
        });
        let counted = Arc::clone(&shared);
        thread::Builder::new()
            .name(format!("lines of file {}", id.0))
            .spawn(move || counted.index.end(counted.count_lines()))
            .map_err(|error| FilesError::Io {
                path: shared.source.path().to_owned(),
                problem: error.to_string(),
            })?;
        Ok(Self {
            id,
            shared,
            streams: of_all.of_file(),
        })
    }

    /// Lines counted up to now.
    pub(super) fn line_count(&self) -> Result<LineCount, FilesError> {
        self.shared.index.count()
    }

    /// Lines counted when the whole file has been looked at.
    pub(super) async fn complete_line_count(&self) -> Result<LineCount, FilesError> {
        self.shared.index.complete_count().await
    }

    /// Up to `count` lines from line `first` on.
    pub(super) fn lines(
        &self,
        first: u64,
        count: u32,
        is_cancelled: &dyn Fn() -> bool,
    ) -> Result<LinePage, FilesError> {
        let Shared { source, index, .. } = &*self.shared;
        let page = source
            .check_len()
            .and_then(|()| PageReader::new(source, index, is_cancelled).read(first, count));
        if let Err(error @ FilesError::Truncated { .. }) = &page {
            // The index describes a file that is gone, also if it grows to this length again.
            index.end(Err(error.clone()));
        }
        page
    }

    /// The lines in which a pattern occurs.
    pub(super) fn search(
        &self,
        query: &SearchQuery,
    ) -> Result<IpcStream<SearchItem, FilesError>, FilesError> {
        let search = Search::new(Arc::clone(&self.shared), query)?;
        let name = format!("search in file {}", self.id.0);
        let path = self.shared.source.path();
        feed(name, path, &self.streams, |items| search.run(items))
    }

    /// What happens to the file from here on.
    pub(super) fn follow(&self) -> Result<IpcStream<FollowEvent, FilesError>, FilesError> {
        let follower = Follower::new(Arc::clone(&self.shared));
        let name = format!("follow file {}", self.id.0);
        let path = self.shared.source.path();
        feed(name, path, &self.streams, |items| follower.run(items))
    }

    /// Stops the threads and every call that waits for it.
    pub(super) fn close(&self) {
        self.shared
            .index
            .end(Err(FilesError::NotOpen { file: self.id.0 }));
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    /// Looks at the whole file once. The file may be closed meanwhile, which is no failure here:
    /// the index knows it already.
    fn count_lines(&self) -> Result<(), FilesError> {
        let len = self.source.len();
        let mut buffer = vec![0; usize::try_from(len).map_or(BLOCK, |len| len.min(BLOCK))];
        let mut offset = 0;
        while offset < len && !self.index.has_ended() {
            let left = usize::try_from(len - offset).unwrap_or(usize::MAX);
            let block = &mut buffer[..left.min(BLOCK)];
            self.source.fill(block, offset)?;
            self.index.add(block);
            offset += block.len() as u64;
        }
        self.source.check_len()
    }
}
