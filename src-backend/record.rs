//! Writes what happens in all sessions to a file, for `twinbridge replay` and the Explorer.
//!
//! A thread writes; sessions never wait for it, and what it cannot keep up with is counted in the
//! file where it is missing. `docs/inspector.md` has the format.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    thread::JoinHandle,
};

use twinbridge_common::{
    ipc::BackendSocket,
    recording::{self, Header, RecordedInterface},
    wire::Build,
};

use crate::inspect::{Feed, Lines, Wanted};

/// Happenings that wait to be written.
const WAITING: usize = 128 * 1024;

/// Bytes of their payloads.
const WAITING_BYTES: usize = 64 * 1024 * 1024;

/// What to record, and where.
///
/// ```
/// use twinbridge::Recording;
///
/// let recording = Recording::to("session.recording").with_payloads();
/// # drop(recording);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    path: PathBuf,
    has_payloads: bool,
}

impl Recording {
    /// Names, sizes and times, to this file; what it held before is gone.
    #[must_use]
    pub fn to(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            has_payloads: false,
        }
    }

    /// Arguments, results, items, messages and metadata, too. They hold what users type, and what
    /// proves who they are.
    #[must_use]
    pub fn with_payloads(mut self) -> Self {
        self.has_payloads = true;
        self
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Records the sessions of `socket` from here on.
    ///
    /// # Errors
    /// Where the file cannot be made.
    pub fn start(self, socket: &BackendSocket) -> io::Result<Recorder> {
        // Those who may read it may read all that users do.
        let file = private(&self.path)?;
        let feed = Feed::of_traffic(
            socket,
            Wanted {
                waiting: WAITING,
                waiting_bytes: WAITING_BYTES,
                payloads: self.has_payloads.then_some(usize::MAX),
                lines: Lines::None,
            },
        );
        let header = Header::new(self.has_payloads, feed.began_us(), interfaces(socket));
        let end = Box::new(feed.ender());
        let path = self.path;
        let thread = std::thread::Builder::new()
            .name("recorder".to_owned())
            .spawn(move || {
                if let Err(error) = write(file, &header, feed) {
                    let path = path.display();
                    tracing::error!(%path, %error, "the recording ends here");
                }
            })?;
        Ok(Recorder {
            end,
            thread: Some(thread),
        })
    }
}

/// A recording under way. Dropping it ends the recording, with everything written.
#[cfg_attr(doc, doc = include_str!("examples/recording.md"))]
#[must_use = "the recording ends when this is dropped"]
pub struct Recorder {
    end: Box<dyn Fn() + Send + Sync>,
    thread: Option<JoinHandle<()>>,
}

impl Recorder {
    /// Ends the recording now; same as dropping, said aloud.
    pub fn finish(self) {}
}

impl Drop for Recorder {
    fn drop(&mut self) {
        (self.end)();
        if let Some(thread) = self.thread.take() {
            // It has said in the log what went wrong, and panics nowhere.
            let _ = thread.join();
        }
    }
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}

#[cfg(unix)]
fn private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;

    let mut options = File::options();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path)
}

#[cfg(not(unix))]
fn private(path: &Path) -> io::Result<File> {
    File::create(path)
}

/// What the backend offers, by channel.
pub(crate) fn interfaces(socket: &BackendSocket) -> Vec<RecordedInterface> {
    let handlers = socket.handlers();
    let described = handlers.iter().map(|handler| RecordedInterface {
        channel: handler.channel_name().to_string(),
        build: Build {
            version: handler.version().to_owned(),
            fingerprint: handler.interface().map(|info| info.fingerprint),
        },
    });
    described.collect()
}

fn write(file: File, header: &Header, mut feed: Feed) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(256 * 1024, file);
    put(&mut out, header)?;
    out.flush()?;
    while let Some(happening) = feed.next_blocking() {
        put(&mut out, &happening)?;
        if feed.is_empty() {
            // What the file has by now survives the death of this process.
            if let Some(missing) = feed.missing_now() {
                put(&mut out, &missing)?;
            }
            out.flush()?;
        }
    }
    out.flush()
}

fn put<T: serde::Serialize>(out: &mut impl Write, value: &T) -> io::Result<()> {
    let mut line = recording::line(value).map_err(io::Error::other)?;
    line.push(b'\n');
    out.write_all(&line)
}
