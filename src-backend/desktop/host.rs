//! A whole app around a backend: the window, the handshake, the end.
//!
//! `main.rs` uses nothing else, and neither must any other app. An app that needs menus, trays
//! or other plugins builds its own `tauri::Builder` and adds [`super::plugin`] to it.

mod builder;
mod errand;
mod single;

use std::{fmt, path::PathBuf, process::ExitCode, time::Duration};

use tauri::{Context, DragDropEvent, RunEvent, WindowEvent, Wry};
use twinbridge_common::ipc::BackendSocket;

use super::{
    Inspector, InstanceError, NoDisplay, Windows,
    development::Development,
    display,
    instance::Claimed,
    plugin, policy,
    shutdown::{Cause, Hooks, Shutdown},
    signals,
    window::{self, Looks},
};
use crate::{Backend, BackendError, Recorder, Recording};

pub use builder::HostBuilder;

use errand::Errand;
use single::Single;

/// A desktop app: a backend and its windows.
#[cfg_attr(doc, doc = include_str!("../examples/app.md"))]
#[derive(Debug)]
pub struct Host {
    backend: Backend,
    errand: Errand,
    looks: Looks,
    windows: Windows,
    shutdown_limit: Duration,
    hooks: Hooks,
    single: Single,
    on_drop: Option<OnDrop>,
    recording: Option<Recording>,
    inspector: Inspector,
}

/// What happens when the user drops files on a window.
struct OnDrop(Box<Dropped>);

type Dropped = dyn Fn(&str, Vec<PathBuf>) + Send;

impl fmt::Debug for OnDrop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnDrop")
    }
}

/// Why an app did not start, or failed at its end.
#[cfg_attr(doc, doc = include_str!("../examples/app.md"))]
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
    /// The file for the recording could not be made.
    #[error("the recording cannot be written to `{}`", path.display())]
    Recording {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
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
    pub fn run(self, mut context: Context<Wry>) -> Result<ExitCode, HostError> {
        // An errand is done beside whatever runs.
        let claimed = match self.errand {
            Errand::Stay => self.single.claim()?,
            Errand::Check | Errand::Screenshot(_) => None,
        };
        let first = match claimed {
            Some(Claimed::HandedOver) => {
                tracing::info!("the running instance has the command line");
                return Ok(ExitCode::SUCCESS);
            }
            Some(Claimed::First(first)) => Some(first),
            None => None,
        };
        display::find()?;
        let instances = first.and_then(|first| self.single.listen(first, self.windows.clone()));
        policy::admit_remote_services(&self.backend, &mut context);
        let development = Development::of(&mut context);
        let socket = self.backend.socket().clone();
        // Ends with this function, when all sessions have ended and the hooks have run.
        let _recorder = match self.recording {
            Some(recording) => Some(start(recording, &socket)?),
            None => None,
        };
        let (plugin, bridge) = plugin::closed(self.backend, development, self.inspector);
        let (shutdown, shell_runs) =
            Shutdown::new(bridge, instances, self.shutdown_limit, self.hooks);
        let on_signal = shutdown.clone();
        if let Err(error) = signals::watch(move |number| on_signal.begin(Cause::Signal(number))) {
            tracing::warn!(%error, "signals end the app without a goodbye");
        }
        let (errand, windows, looks) = (self.errand, self.windows, self.looks);
        let on_drop = self.on_drop;
        let at_setup = move |app: &mut tauri::App<Wry>| {
            let app = app.handle();
            errand.start(&socket, app);
            windows.run(app.clone(), looks.clone());
            window::open_configured(app, &looks)?;
            Ok(())
        };
        let app = tauri::Builder::default()
            .plugin(plugin)
            .setup(at_setup)
            .build(context)?;
        shutdown.of(app.handle().clone());
        let holds = shutdown.clone();
        let code = app.run_return(move |_, event| match event {
            RunEvent::ExitRequested { code, api, .. } if holds.holds(code) => api.prevent_exit(),
            RunEvent::WindowEvent {
                label,
                event: WindowEvent::DragDrop(DragDropEvent::Drop { paths, .. }),
                ..
            } => {
                if let Some(OnDrop(on_drop)) = &on_drop {
                    on_drop(&label, paths);
                }
            }
            _ => {}
        });
        drop(shell_runs);
        // The shell's own code is that of whoever asked last.
        let code = shutdown.code().unwrap_or(code);
        Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
    }
}

fn start(recording: Recording, socket: &BackendSocket) -> Result<Recorder, HostError> {
    let path = recording.path().to_owned();
    let started = recording.start(socket);
    started.map_err(|source| HostError::Recording { path, source })
}
