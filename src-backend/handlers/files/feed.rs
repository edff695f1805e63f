//! A stream whose items come from a thread of its own.
//!
//! The thread waits while a few items have not been taken, and sees when nobody wants any more.
//! Searching and following use one each, since both read files and may wait for long.

use std::thread;

use futures_util::stream::poll_fn;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use twinbridge_common::{IpcStream, interfaces::files::FilesError};

/// Items that may wait to be taken, beside those that the session keeps for the page.
const WAITING: usize = 64;

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
    work: impl FnOnce(Items<T>) + Send + 'static,
) -> Result<IpcStream<T, FilesError>, FilesError> {
    let (sender, mut receiver): (_, Receiver<Result<T, FilesError>>) = channel(WAITING);
    let spawned = thread::Builder::new()
        .name(name)
        .spawn(move || work(Items(sender)));
    match spawned {
        Ok(_) => Ok(IpcStream::new(poll_fn(move |cx| receiver.poll_recv(cx)))),
        Err(error) => Err(FilesError::Io {
            path: path.to_owned(),
            problem: error.to_string(),
        }),
    }
}
