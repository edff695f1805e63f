//! What a host does besides showing its windows: a check, or a picture.
//!
//! An errand ends the app by itself, with an exit code for scripts. Its words for people go to
//! standard error.

use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tauri::{AppHandle, Manager as _, Wry};
use twinbridge_common::{
    ipc::{BackendSocket, IpcSocketBackend as _},
    wire::Verdict,
};

use crate::desktop::screenshot;

/// How long `--check` and `--screenshot` wait for the page's greeting.
const GREETING: Duration = Duration::from_secs(60);

/// How long a page must be quiet after the handshake before its picture is taken.
const QUIET: Duration = Duration::from_millis(400);

/// What the host does besides showing the window.
#[derive(Clone, Debug, Default)]
pub(super) enum Errand {
    /// Runs until the last window closes.
    #[default]
    Stay,
    /// Ends after the first handshake, and says whether the halves fit.
    Check,
    /// Ends after a picture of the window was taken.
    Screenshot(PathBuf),
}

impl Errand {
    pub(super) fn start(self, socket: &BackendSocket, app: &AppHandle<Wry>) {
        let end = End { app: app.clone() };
        let (first, handshake) = tokio::sync::oneshot::channel();
        let first = Mutex::new(Some(first));
        match self {
            Self::Stay => return,
            Self::Check | Self::Screenshot(_) => {
                socket.observe_handshakes(move |_, verdicts| {
                    let first = first.lock().unwrap_or_else(PoisonError::into_inner).take();
                    if let Some(first) = first {
                        // The errand may have given up waiting.
                        let _ = first.send(verdicts.to_vec());
                    }
                });
            }
        }
        let socket = socket.clone();
        tauri::async_runtime::spawn(async move {
            let Ok(Ok(verdicts)) = tokio::time::timeout(GREETING, handshake).await else {
                return end.fail(&format!("the page did not greet within {GREETING:?}"));
            };
            match self {
                Self::Stay => {}
                Self::Check => end.report(&verdicts),
                Self::Screenshot(path) => {
                    wait_until_quiet(&socket).await;
                    end.take_picture(path);
                }
            }
        });
    }
}

/// Ends the app from an errand.
struct End {
    app: AppHandle<Wry>,
}

impl End {
    fn report(&self, verdicts: &[Verdict]) {
        let advice: Vec<_> = verdicts.iter().filter_map(Verdict::advice).collect();
        for advice in &advice {
            eprintln!("{advice}");
        }
        if advice.is_empty() {
            println!("{} interfaces fit", verdicts.len());
            self.app.exit(0);
        } else {
            self.fail(&format!(
                "{} of {} interfaces do not fit",
                advice.len(),
                verdicts.len()
            ));
        }
    }

    fn take_picture(self, path: PathBuf) {
        let Some(window) = self.app.webview_windows().into_values().next() else {
            return self.fail("there is no window to take a picture of");
        };
        let app = self.app.clone();
        let taken = screenshot::take(&window, path, move |taken| {
            let end = Self { app };
            match taken {
                Ok(()) => end.app.exit(0),
                Err(error) => end.fail(&error.to_string()),
            }
        });
        if let Err(error) = taken {
            self.fail(&error.to_string());
        }
    }

    fn fail(&self, why: &str) {
        eprintln!("twinbridge: {why}");
        self.app.exit(1);
    }
}

/// Waits until no call has run and nothing has waited to be sent for a while: the page has what
/// it asked for, and had the time to draw it.
async fn wait_until_quiet(socket: &BackendSocket) {
    const LOOK: Duration = Duration::from_millis(50);
    let mut quiet = Duration::ZERO;
    while quiet < QUIET {
        tokio::time::sleep(LOOK).await;
        let is_busy = socket.sessions().iter().any(|session| {
            let load = session.load();
            load.running_calls > 0 || load.queued_bytes > 0
        });
        quiet = if is_busy {
            Duration::ZERO
        } else {
            quiet + LOOK
        };
    }
}
