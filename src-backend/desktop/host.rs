//! A whole app around a backend: the window, the handshake, the end.
//!
//! `main.rs` uses nothing else, and neither must any other app. An app that needs menus, trays
//! or other plugins builds its own `tauri::Builder` and adds [`super::plugin`] to it.

use std::{
    path::PathBuf,
    process::ExitCode,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tauri::{AppHandle, Context, Manager as _, Wry};
use twinbridge_common::{
    ipc::{BackendSocket, IntoIpcHandler, IpcInterface, VersionPolicy},
    wire::{ChannelName, Verdict},
};

use super::{NoDisplay, display, plugin, screenshot, window};
use crate::{Backend, BackendBuilder, BackendError};

/// How long `--check` and `--screenshot` wait for the page's greeting.
const GREETING: Duration = Duration::from_secs(60);

/// How long a page must be quiet after the handshake before its picture is taken.
const QUIET: Duration = Duration::from_millis(400);

/// A desktop app: a backend and its windows.
#[derive(Debug)]
pub struct Host {
    backend: Backend,
    errand: Errand,
    title: Option<String>,
}

/// What the host does besides showing the window.
#[derive(Clone, Debug, Default)]
enum Errand {
    /// Runs until the last window closes.
    #[default]
    Stay,
    /// Ends after the first handshake, and says whether the halves fit.
    Check,
    /// Ends after a picture of the window was taken.
    Screenshot(PathBuf),
}

/// Why an app did not start, or failed at its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The backend is not complete.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// There is no display.
    #[error(transparent)]
    NoDisplay(#[from] NoDisplay),
    /// The webview shell failed.
    #[error("the window could not be opened")]
    Tauri(#[from] tauri::Error),
}

impl Host {
    /// Starts putting an app together.
    pub fn builder() -> HostBuilder {
        HostBuilder::over(BackendSocket::default())
    }

    /// Starts putting an app together over a socket that handlers know already.
    pub fn over(socket: BackendSocket) -> HostBuilder {
        HostBuilder::over(socket)
    }

    /// Opens the windows of `context` that do not open by themselves (`"create": false` in
    /// `tauri.conf.json`) and runs until the last one closes.
    ///
    /// # Errors
    /// [`HostError::NoDisplay`] where there is none, [`HostError::Tauri`] where the shell fails.
    pub fn run(self, context: Context<Wry>) -> Result<ExitCode, HostError> {
        display::find()?;
        let Self {
            backend,
            errand,
            title,
        } = self;
        let socket = backend.socket().clone();
        let at_setup = {
            let socket = socket.clone();
            move |app: &mut tauri::App<Wry>| {
                let app = app.handle();
                errand.start(&socket, app);
                window::open_configured(app, title.as_deref())?;
                Ok(())
            }
        };
        let app = tauri::Builder::default()
            .plugin(plugin::closed(backend))
            .setup(at_setup)
            .build(context)?;
        let code = app.run_return(|_, _| {});
        socket.close("the host shut down");
        Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
    }
}

impl Errand {
    fn start(self, socket: &BackendSocket, app: &AppHandle<Wry>) {
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
    use twinbridge_common::ipc::IpcSocketBackend as _;

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

/// Puts a [`Host`] together.
#[derive(Debug)]
#[must_use = "a host shows nothing before it runs"]
pub struct HostBuilder {
    backend: BackendBuilder,
    errand: Errand,
    title: Option<String>,
}

impl HostBuilder {
    fn over(socket: BackendSocket) -> Self {
        Self {
            backend: Backend::over(socket),
            errand: Errand::Stay,
            title: None,
        }
    }

    /// Adds the handler of an interface.
    pub fn handler<I: IpcInterface>(mut self, handler: impl IntoIpcHandler<I>) -> Self {
        self.backend = self.backend.handler(handler);
        self
    }

    /// Adds the handler of an interface with a version policy of its own.
    pub fn handler_with<I: IpcInterface>(
        mut self,
        handler: impl IntoIpcHandler<I>,
        policy: VersionPolicy,
    ) -> Self {
        self.backend = self.backend.handler_with(handler, policy);
        self
    }

    /// Says that the app needs a handler for this interface; running fails without one.
    pub fn declare<I: IpcInterface>(mut self) -> Self {
        self.backend = self.backend.declare::<I>();
        self
    }

    /// Lists the channels that a window may call, besides `host`. The window `main` may call
    /// everything unless it is listed; any other window nothing.
    pub fn window(
        mut self,
        label: impl Into<String>,
        allow: impl IntoIterator<Item = ChannelName>,
    ) -> Self {
        self.backend = self.backend.window(label, allow);
        self
    }

    /// Sets the title of the windows, instead of the one in `tauri.conf.json`.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Ends the app after the first handshake: exit code 0 where all interfaces fit, else 1 and
    /// every mismatch on standard error.
    pub fn check(mut self) -> Self {
        self.errand = Errand::Check;
        self
    }

    /// Ends the app after writing the window's pixels to `path` as PNG, once the handshake is
    /// over and the page is quiet.
    pub fn screenshot(mut self, path: impl Into<PathBuf>) -> Self {
        self.errand = Errand::Screenshot(path.into());
        self
    }

    /// The host.
    ///
    /// # Errors
    /// [`BackendError`] with everything that is wrong with the handlers.
    pub fn build(self) -> Result<Host, BackendError> {
        Ok(Host {
            backend: self.backend.build()?,
            errand: self.errand,
            title: self.title,
        })
    }

    /// Builds the host and runs it; see [`Host::run`].
    ///
    /// # Errors
    /// [`HostError`] where it cannot be built, or the shell fails.
    pub fn run(self, context: Context<Wry>) -> Result<ExitCode, HostError> {
        self.build()?.run(context)
    }
}
