//! Puts a host together: handlers, windows, what happens at its end.

use std::{future::Future, path::PathBuf, process::ExitCode, time::Duration};

use tauri::{Context, Wry};
use twinbridge_common::{
    ipc::{BackendSocket, IntoIpcHandler, IpcInterface, VersionPolicy},
    rpc::RpcServer,
    wire::ChannelName,
};

use super::{Errand, Host, HostError, OnDrop, single::Single};
use crate::{
    Backend, BackendBuilder, BackendError, Recording,
    desktop::{
        Inspector, Launch, Windows,
        shutdown::{Hooks, LIMIT},
        window::Looks,
    },
};

/// Puts a [`Host`] together.
#[cfg_attr(doc, doc = include_str!("../../examples/app.md"))]
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
    on_drop: Option<OnDrop>,
    recording: Option<Recording>,
    inspector: Inspector,
}

impl HostBuilder {
    pub(super) fn over(socket: BackendSocket) -> Self {
        Self {
            backend: Backend::over(socket),
            errand: Errand::Stay,
            looks: Looks::default(),
            windows: Windows::default(),
            shutdown_limit: LIMIT,
            hooks: Hooks::default(),
            single: Single::default(),
            on_drop: None,
            recording: None,
            inspector: Inspector::default(),
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

    /// Serves the RPC interfaces of `server` to the pages of this app, each on a channel of its
    /// own. See [`BackendBuilder::rpc`].
    pub fn rpc(mut self, server: &RpcServer) -> Self {
        self.backend = self.backend.rpc(server);
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

    /// Lets pages reach a service elsewhere over RPC on the web, besides this app's backend: the
    /// policy of its windows admits the service's origin, and pages find `address` under `name`
    /// (`twinbridge_frontend::remote_service`).
    ///
    /// ```no_run
    /// twinbridge::Host::builder().remote_service("models", "https://models.example.com/rpc")
    /// # ;
    /// ```
    pub fn remote_service(mut self, name: impl Into<String>, address: impl AsRef<str>) -> Self {
        self.backend = self.backend.remote_service(name, address);
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

    /// What happens when the user drops files on a window: it is called with the window's label
    /// and the files' paths, on the UI thread, and should return soon. By default nothing happens.
    pub fn on_files_dropped(
        mut self,
        on_drop: impl Fn(&str, Vec<PathBuf>) + Send + 'static,
    ) -> Self {
        self.on_drop = Some(OnDrop(Box::new(on_drop)));
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

    /// Says whether the app has an inspector: the Explorer's page in a window of ours, which sees
    /// the calls, messages and log lines of all windows. By default debug builds have one.
    ///
    /// [`Inspector`] says what opens it. No other window can be granted what it may: the interface
    /// `inspector` and its label are kept from the app.
    ///
    /// ```no_run
    /// use twinbridge::{Host, Inspector};
    ///
    /// Host::builder().inspector(Inspector::Never)
    /// # ;
    /// ```
    pub fn inspector(mut self, inspector: Inspector) -> Self {
        self.inspector = inspector;
        self
    }

    /// Records what happens in all sessions while the host runs, for [`crate::replay()`] and the
    /// Explorer.
    ///
    /// ```no_run
    /// twinbridge::Host::builder().record(twinbridge::Recording::to("session.recording"))
    /// # ;
    /// ```
    pub fn record(mut self, recording: Recording) -> Self {
        self.recording = Some(recording);
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
            on_drop: self.on_drop,
            recording: self.recording,
            inspector: self.inspector,
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
