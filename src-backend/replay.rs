//! Plays a recording against a backend, within the process, and says what came out differently.
//!
//! Calls are made in the recorded order: each as soon as everything that was answered before it
//! in the recording is answered here, so that what overlapped overlaps. Pauses are not repeated.
//! `twinbridge replay` is this; a test of an app has it in one line.

mod compare;
mod names;
mod play;
mod report;

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use twinbridge_common::recording::{BadRecording, Recording};

pub use report::{Difference, MethodTimes, Report};

use crate::Backend;

/// How long an answer is waited for that the recording has.
const PATIENCE: Duration = Duration::from_secs(10);

/// What says when and where a backend runs, and differs whenever that does.
const VOLATILE: [&str; 3] = ["host.appInfo", "host.statistics", "log.lines"];

/// Plays the recording in a file: see [`Replay`].
///
/// ```no_run
/// # fn backend() -> twinbridge::Backend { twinbridge::Backend::builder().build().unwrap() }
/// #[test]
/// fn what_users_did_still_works() {
///     twinbridge::replay("tests/saving-a-note.recording").against(backend()).assert_same();
/// }
/// ```
pub fn replay(path: impl AsRef<Path>) -> Replay {
    Replay {
        path: path.as_ref().to_owned(),
        ignored: VOLATILE.map(str::to_owned).to_vec(),
        patience: PATIENCE,
    }
}

/// A recording to be played.
///
/// Replies, items of streams, their ends, and messages of the backend are compared with the
/// recorded ones by their values. `host.appInfo`, `host.statistics` and `log.lines` are called and
/// not compared, since they tell of the process. Without payloads only names and versions can be
/// compared.
#[cfg_attr(doc, doc = include_str!("examples/recording.md"))]
#[derive(Clone, Debug)]
#[must_use = "nothing is played before it is told against what"]
pub struct Replay {
    path: PathBuf,
    ignored: Vec<String>,
    patience: Duration,
}

impl Replay {
    /// Does not compare what comes of a method or a message: `notes.now`, or all of a channel:
    /// `notes`.
    pub fn ignoring(mut self, name: impl Into<String>) -> Self {
        self.ignored.push(name.into());
        self
    }

    /// Sets how long an answer is waited for that the recording has. Default 10 s.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Plays it against `backend`, which is used up.
    ///
    /// # Panics
    /// Where the file cannot be read, which in a test is a failure of the test. See
    /// [`Self::try_against`].
    #[must_use = "the report says whether all was the same"]
    pub fn against(self, backend: Backend) -> Report {
        let path = self.path.display().to_string();
        match self.try_against(backend) {
            Ok(report) => report,
            Err(error) => panic!("the recording `{path}` cannot be played: {error}"),
        }
    }

    /// Plays it against `backend`, which is used up.
    ///
    /// # Errors
    /// [`ReplayError`] where the recording cannot be read, or nothing can run.
    pub fn try_against(self, backend: Backend) -> Result<Report, ReplayError> {
        let recording = Recording::parse(&fs::read(&self.path)?)?;
        let mut report = Report::new(&recording);
        if !recording.header.has_payloads {
            names::compare(&recording, &backend, &mut report);
            return Ok(report);
        }
        // A thread of its own, since a caller may be within a runtime, which must not block.
        let played = std::thread::scope(|scope| {
            let play = || -> io::Result<Report> {
                let runtime = tokio::runtime::Builder::new_multi_thread()
                    .enable_all()
                    .build()?;
                runtime.block_on(play::play(&recording, &backend, &self, &mut report));
                drop(backend);
                runtime.shutdown_timeout(Duration::from_secs(1));
                Ok(report)
            };
            scope.spawn(play).join()
        });
        match played {
            Ok(report) => Ok(report?),
            // What the app's own code panicked with goes to whoever called.
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    fn is_ignored(&self, name: &str) -> bool {
        let channel = name.rsplit_once('.').map_or(name, |(channel, _)| channel);
        self.ignored
            .iter()
            .any(|ignored| ignored == name || ignored == channel)
    }
}

/// Why a recording was not played.
#[cfg_attr(doc, doc = include_str!("examples/recording.md"))]
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The file cannot be read, or there is nothing to run on.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is no recording, or a damaged one.
    #[error(transparent)]
    Recording(#[from] BadRecording),
}
