//! One instance of the app per data folder: the second hands its command line to the first.
//!
//! Whoever holds the lock on a file in the folder is the first; the system lets go of it however
//! that process ends. The first listens on a socket beside the lock, in a folder that only its
//! user may enter, and both look at who the other is.

mod launch;
#[cfg_attr(unix, path = "instance/unix.rs")]
#[cfg_attr(not(unix), path = "instance/other.rs")]
mod system;

use std::{
    fmt,
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

pub use launch::Launch;

use system::Reached;

/// How long the second waits for a first that is starting or ending.
const PATIENCE: Duration = Duration::from_secs(10);

/// Between two looks at a first that is starting or ending. The system tells nobody when a lock
/// is let go, unless they wait without a limit.
const LOOK: Duration = Duration::from_millis(50);

/// Why this instance neither is the first nor reached it.
#[cfg_attr(doc, doc = include_str!("../examples/app.md"))]
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstanceError {
    /// The first did not answer in time. Later the same may succeed.
    #[error(
        "another instance has the data folder `{data_dir}` and does not answer; close it, or \
         choose another folder"
    )]
    NotAnswering {
        /// The data folder.
        data_dir: PathBuf,
        /// What went wrong last, where anything did.
        #[source]
        source: Option<io::Error>,
    },
    /// The first is of another version, and did not understand.
    #[error(
        "another instance has the data folder `{data_dir}` and did not understand this one; \
         close it first"
    )]
    NotUnderstood {
        /// The data folder.
        data_dir: PathBuf,
    },
}

/// What became of a claim.
#[derive(Debug)]
pub(super) enum Claimed {
    /// This instance is the first.
    First(First),
    /// The first has this instance's command line.
    HandedOver,
}

/// The first instance of a data folder, until its process ends.
pub(super) struct First {
    folder: PathBuf,
    /// Held for its lock.
    _lock: File,
    listener: system::Listener,
}

/// Stops the handing over. Clones are the same.
#[derive(Clone, Debug)]
pub(super) struct Closing {
    socket: PathBuf,
    is_closed: Arc<AtomicBool>,
}

/// Becomes the first instance of a data folder, or hands `launch` to it.
///
/// # Errors
/// Outside, where the folder cannot be used; inside, where the first was not reached.
pub(super) fn claim(
    data_dir: &Path,
    launch: &Launch,
) -> io::Result<Result<Claimed, InstanceError>> {
    let folder = data_dir.join("instance");
    system::own_folder(&folder)?;
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join("lock"))?;
    let start = Instant::now();
    loop {
        match lock.try_lock() {
            Ok(()) => {
                let listener = system::Listener::bind(&folder)?;
                let first = First {
                    folder,
                    _lock: lock,
                    listener,
                };
                return Ok(Ok(Claimed::First(first)));
            }
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let last = match system::hand_over(&folder, launch) {
            Ok(Reached::Taken) => return Ok(Ok(Claimed::HandedOver)),
            Ok(Reached::NotUnderstood) => {
                let data_dir = data_dir.to_owned();
                return Ok(Err(InstanceError::NotUnderstood { data_dir }));
            }
            // It ends, and with that lets go of the lock.
            Ok(Reached::Ending) => None,
            Err(error) => Some(error),
        };
        if start.elapsed() >= PATIENCE {
            return Ok(Err(InstanceError::NotAnswering {
                data_dir: data_dir.to_owned(),
                source: last,
            }));
        }
        std::thread::sleep(LOOK);
    }
}

impl First {
    /// Takes launches in on a thread of its own, for as long as the process runs.
    pub(super) fn listen(self, on_launch: impl Fn(Launch) + Send + 'static) -> io::Result<Closing> {
        let closing = Closing {
            socket: self.folder.join(system::SOCKET),
            is_closed: Arc::default(),
        };
        let is_closed = Arc::clone(&closing.is_closed);
        std::thread::Builder::new()
            .name("instance".to_owned())
            .spawn(move || {
                // All of it: the lock has to stay as long as the listener does.
                let first = self;
                let is_closed = || is_closed.load(Ordering::Acquire);
                first.listener.serve(&is_closed, &on_launch);
            })?;
        Ok(closing)
    }
}

impl Closing {
    /// Sends later launches away: the app ends, and the next of them becomes the first.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        // Whoever has connected already is told so.
        let _ = std::fs::remove_file(&self.socket);
    }
}

impl fmt::Debug for First {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("First").field(&self.folder).finish()
    }
}
