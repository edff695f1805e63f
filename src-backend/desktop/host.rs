//! A whole app around a backend: the window, the handshake, the end.
//!
//! `main.rs` uses nothing else, and neither must any other app. An app that needs menus, trays
//! or other plugins builds its own `tauri::Builder` and adds [`super::plugin`] to it.

use std::{
    fmt,
    path::PathBuf,
    process::ExitCode,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tauri::{AppHandle, Context, Manager as _, RunEvent, Wry};
use twinbridge_common::{
    ipc::{BackendSocket, IntoIpcHandler, IpcInterface, VersionPolicy},
    wire::{ChannelName, Verdict},
};

use super::{
    InstanceError, Launch, NoDisplay, display,
    instance::{self, Claimed, First},
    plugin::with_bridge,
    screenshot,
    shutdown::{Cause, Hooks, LIMIT, Shutdown},
    signals,
    window::{self, Looks},
    windows::Windows,
};
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
    looks: Looks,
    windows: Windows,
    shutdown_limit: Duration,
    hooks: Hooks,
    single: Single,
}

/// Whether there may be others of this app.
#[derive(Default)]
struct Single {
    /// The folder that has one instance only; `None` for as many as there are.
    data_dir: Option<PathBuf>,
    on_launch: Option<Box<OnLaunch>>,
}

/// What the first instance does when there is a second.
type OnLaunch = dyn Fn(&Windows, Launch) + Send;

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
    /// Another instance has the data folder, and was not reached.
    #[error(transparent)]
    Instance(#[from] InstanceError),
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
    /// `tauri.conf.json`) and runs until the last one closes, or a signal asks for the end.
    ///
    /// Then all sessions end in order, running calls are cancelled and blocking work is waited
    /// for ([`HostBuilder::shutdown_limit`]), and the hooks run ([`HostBuilder::on_shutdown`]).
    /// The exit code is 0, or the one that the app asked for; 128 and the signal's number after
    /// a signal (130 for SIGINT, 143 for SIGTERM, 129 for SIGHUP); and 70 where work was still
    /// running at the limit or a hook failed. A second signal ends the process at once.
    ///
    /// Where this is to be the only instance and is not ([`HostBuilder::single_instance`]), it
    /// hands its command line to the first and gives 0.
    ///
    /// # Errors
    /// [`HostError::NoDisplay`] where there is none, [`HostError::Instance`] where the first
    /// instance does not answer, [`HostError::Tauri`] where the shell fails.
    pub fn run(mut self, context: Context<Wry>) -> Result<ExitCode, HostError> {
        let first = match self.claim()? {
            Some(Claimed::HandedOver) => {
                tracing::info!("the running instance has the command line");
                return Ok(ExitCode::SUCCESS);
            }
            Some(Claimed::First(first)) => Some(first),
            None => None,
        };
        display::find()?;
        let Self {
            backend,
            errand,
            looks,
            windows,
            shutdown_limit,
            hooks,
            single,
        } = self;
        let closing = first.and_then(|first| single.listen(first, windows.clone()));
        let socket = backend.socket().clone();
        let at_setup = {
            let socket = socket.clone();
            move |app: &mut tauri::App<Wry>| {
                let app = app.handle();
                errand.start(&socket, app);
                windows.run(app.clone(), looks.clone());
                window::open_configured(app, &looks)?;
                Ok(())
            }
        };
        let (plugin, bridge) = with_bridge(backend);
        let (shutdown, shell_runs) = Shutdown::new(bridge, closing, shutdown_limit, hooks);
        let on_signal = shutdown.clone();
        if let Err(error) = signals::watch(move |number| on_signal.begin(Cause::Signal(number))) {
            tracing::warn!(%error, "signals end the app without a goodbye");
        }
        let app = tauri::Builder::default()
            .plugin(plugin)
            .setup(at_setup)
            .build(context)?;
        shutdown.of(app.handle().clone());
        let holds = shutdown.clone();
        let code = app.run_return(move |_, event| {
            if let RunEvent::ExitRequested { code, api, .. } = event
                && holds.holds(code)
            {
                api.prevent_exit();
            }
        });
        drop(shell_runs);
        // The shell's own code is that of whoever asked last.
        let code = shutdown.code().unwrap_or(code);
        Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
    }

    /// Becomes the only instance or hands over; `None` where that is not asked for, or the folder
    /// is of no use: then the app is of use without.
    fn claim(&mut self) -> Result<Option<Claimed>, InstanceError> {
        // An errand is done beside whatever runs.
        let (Some(data_dir), Errand::Stay) = (self.single.data_dir.take(), &self.errand) else {
            return Ok(None);
        };
        match instance::claim(&data_dir, &Launch::own()) {
            Ok(claimed) => claimed.map(Some),
            Err(error) => {
                let data_dir = data_dir.display();
                tracing::warn!(%error, %data_dir, "other instances cannot be told from here");
                Ok(None)
            }
        }
    }
}

impl Single {
    fn listen(self, first: First, windows: Windows) -> Option<instance::Closing> {
        let on_launch = self
            .on_launch
            .unwrap_or_else(|| Box::new(|windows, _| windows.raise_any()));
        let listening = first.listen(move |launch| {
            tracing::info!("another instance was started, and its command line handed over");
            on_launch(&windows, launch);
        });
        listening
            .inspect_err(|error| tracing::warn!(%error, "other instances are not heard"))
            .ok()
    }
}

impl fmt::Debug for Single {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Single").field(&self.data_dir).finish()
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
    looks: Looks,
    windows: Windows,
    shutdown_limit: Duration,
    hooks: Hooks,
    single: Single,
}

impl HostBuilder {
    fn over(socket: BackendSocket) -> Self {
        Self {
            backend: Backend::over(socket),
            errand: Errand::Stay,
            looks: Looks::default(),
            windows: Windows::default(),
            shutdown_limit: LIMIT,
            hooks: Hooks::default(),
            single: Single::default(),
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
    /// everything unless it is listed; any other window nothing. `note-*` lists every window
    /// whose label begins with `note-`, unless a longer or exact entry lists it, too.
    pub fn window(
        mut self,
        label: impl Into<String>,
        allow: impl IntoIterator<Item = ChannelName>,
    ) -> Self {
        self.backend = self.backend.window(label, allow);
        self
    }

    /// Leaves a window of `tauri.conf.json` for [`Windows::open`]; it needs `"create": false`
    /// there. The others open when the host runs.
    pub fn later(mut self, label: impl Into<String>) -> Self {
        self.looks.later.push(label.into());
        self
    }

    /// The windows of the host to be, for handlers that open some.
    #[must_use]
    pub fn windows(&self) -> Windows {
        self.windows.clone()
    }

    /// Sets the title of the windows, instead of the one in `tauri.conf.json`.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.looks.title = Some(title.into());
        self
    }

    /// Lets one instance at a time run on `data_dir`: a second hands its command line to the
    /// first and ends with code 0. By default the first shows its window; see
    /// [`Self::on_second_instance`]. [`Self::check`] and [`Self::screenshot`] run beside it.
    pub fn single_instance(mut self, data_dir: impl Into<PathBuf>) -> Self {
        self.single.data_dir = Some(data_dir.into());
        self
    }

    /// What the first instance does with the command line of a second, instead of showing its
    /// window. It is called on a thread of its own, one launch after the other.
    pub fn on_second_instance(
        mut self,
        on_launch: impl Fn(&Windows, Launch) + Send + 'static,
    ) -> Self {
        self.single.on_launch = Some(Box::new(on_launch));
        self
    }

    /// How long blocking work that was cancelled gets to end before the app does. Hooks get the
    /// same time again. Default 5 s.
    pub fn shutdown_limit(mut self, limit: Duration) -> Self {
        self.shutdown_limit = limit;
        self
    }

    /// Runs this before the app ends, after the last call: writes what is in memory, closes a
    /// database. Several hooks run one after the other, in the order they were given.
    ///
    /// ```no_run
    /// # struct Database;
    /// # impl Database { async fn flush(&self) {} }
    /// # let database = std::sync::Arc::new(Database);
    /// twinbridge::Host::builder().on_shutdown(async move || database.flush().await)
    /// # ;
    /// ```
    pub fn on_shutdown<F>(mut self, hook: impl FnOnce() -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.hooks.push(hook);
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
            looks: self.looks,
            windows: self.windows,
            shutdown_limit: self.shutdown_limit,
            hooks: self.hooks,
            single: self.single,
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
