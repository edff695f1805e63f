//! A stream whose items come from a thread of its own.
//!
//! The thread waits while a few items have not been taken, and sees when nobody wants any more.
//! Searching and following use one each, since both read files and may wait for long.

use std::{sync::Arc, thread};

use futures_util::stream::poll_fn;
use tokio::sync::{
    OwnedSemaphorePermit, Semaphore,
    mpsc::{Receiver, Sender, channel},
};
use twinbridge_common::{IpcStream, interfaces::files::FilesError};

/// Items that may wait to be taken, beside those that the session keeps for the page.
const WAITING: usize = 64;

/// Threads of one file.
const MAX_OF_FILE: u32 = 16;

/// Threads of all files together.
const MAX_OF_ALL: u32 = 256;

/// How many more threads there may be. Clones count together.
#[derive(Clone, Debug)]
pub(super) struct Streams {
    of_all: Arc<Semaphore>,
    of_file: Arc<Semaphore>,
}

impl Default for Streams {
    fn default() -> Self {
        Self {
            of_all: Arc::new(Semaphore::new(MAX_OF_ALL as usize)),
            of_file: Arc::new(Semaphore::new(MAX_OF_FILE as usize)),
        }
    }
}

impl Streams {
    /// Of another file, which count for all as well.
    pub(super) fn of_file(&self) -> Self {
        Self {
            of_all: Arc::clone(&self.of_all),
            ..Self::default()
        }
    }

    fn begin(&self) -> Result<[OwnedSemaphorePermit; 2], FilesError> {
        let take = |from: &Arc<Semaphore>, limit| {
            let permit = Arc::clone(from).try_acquire_owned();
            permit.map_err(|_| FilesError::TooManyStreams { limit })
        };
        Ok([
            take(&self.of_file, MAX_OF_FILE)?,
            take(&self.of_all, MAX_OF_ALL)?,
        ])
    }
}

/// Where a thread puts its items.
#[derive(Debug)]
pub(super) struct Items<T>(Sender<Result<T, FilesError>>);

/// Nobody takes items any more.
#[derive(Debug)]
pub(super) struct Unwanted;

impl<T> Items<T> {
    /// Puts an item, as soon as there is room.
    pub(super) fn put(&self, item: T) -> Result<(), Unwanted> {
        self.0.blocking_send(Ok(item)).map_err(|_| Unwanted)
    }

    /// Puts an item that is not worth waiting for.
    pub(super) fn offer(&self, item: T) {
        // Where there is no room or nobody, it is not missed.
        let _ = self.0.try_send(Ok(item));
    }

    /// Ends the stream with an error.
    pub(super) fn fail(self, error: FilesError) {
        // Who has gone needs no error.
        let _ = self.0.blocking_send(Err(error));
    }

    pub(super) fn is_unwanted(&self) -> bool {
        self.0.is_closed()
    }
}

/// Runs `work` on a thread of this name. It is about the file at `path`.
pub(super) fn feed<T: Send + 'static>(
    name: String,
    path: &str,
    streams: &Streams,
    work: impl FnOnce(Items<T>) + Send + 'static,
) -> Result<IpcStream<T, FilesError>, FilesError> {
    let held = streams.begin()?;
    let (sender, mut receiver): (_, Receiver<Result<T, FilesError>>) = channel(WAITING);
    let spawned = thread::Builder::new().name(name).spawn(move || {
        let _held = held;
        work(Items(sender));
    });
    match spawned {
        Ok(_) => Ok(IpcStream::new(poll_fn(move |cx| receiver.poll_recv(cx)))),
        Err(error) => Err(FilesError::Io {
            path: path.to_owned(),
            problem: error.to_string(),
        }),
    }
}
