//! What an app's backend offers, put together before anything runs.
//!
//! Collects handlers and window permissions, and reports every mistake at once when it is built.
//! The host, the plugin and in-process apps all start from the same [`Backend`].

use std::collections::{BTreeSet, HashMap, HashSet};

use twinbridge_common::{
    ipc::{
        BackendIpc, BackendOptions, BackendSocket, ChannelTaken, HandlerGuard, IntoIpcHandler,
        IpcHandler, IpcInterface, IpcSocket as _, VersionPolicy,
    },
    rpc::{DesktopRpcConfiguration, DesktopRpcGuard, RpcError, RpcServer},
    wire::ChannelName,
};

use crate::{BadRemoteService, RemoteService};

/// A backend that is ready to serve pages.
#[cfg_attr(doc, doc = include_str!("examples/backend.md"))]
#[derive(Debug)]
pub struct Backend {
    socket: BackendSocket,
    guards: Vec<HandlerGuard>,
    _rpc: Vec<DesktopRpcGuard>,
    windows: HashMap<String, HashSet<ChannelName>>,
    services: Vec<RemoteService>,
}

impl Backend {
    /// Starts putting a backend together, with default options.
    pub fn builder() -> BackendBuilder {
        BackendBuilder::over(BackendSocket::new(BackendOptions::default()))
    }

    /// Starts putting a backend together over a socket that handlers know already.
    pub fn over(socket: BackendSocket) -> BackendBuilder {
        BackendBuilder::over(socket)
    }

    /// The backend's half of IPC: sends messages, registers further handlers.
    #[must_use]
    pub fn ipc(&self) -> BackendIpc {
        BackendIpc::startup(self.socket.clone())
    }

    /// The socket of all sessions.
    #[must_use]
    pub fn socket(&self) -> &BackendSocket {
        &self.socket
    }

    /// The channels that `window` may call besides `host` and `rpc-control`, which tell every
    /// window what there is; `None` is all.
    ///
    /// The window `main` may call everything, unless it is listed; any other window only what it
    /// is listed with.
    #[must_use]
    pub fn allowed(&self, window: &str) -> Option<HashSet<ChannelName>> {
        match self.listed(window) {
            Some(channels) => Some(channels.clone()),
            None if window == "main" => None,
            None => Some(HashSet::new()),
        }
    }

    /// The entry of a window: its own, or the longest of those that end in `*` and fit.
    fn listed(&self, window: &str) -> Option<&HashSet<ChannelName>> {
        let fits = |entry: &str| {
            let start = entry.strip_suffix('*');
            start.is_some_and(|start| window.starts_with(start))
        };
        let patterns = self.windows.iter().filter(|(entry, _)| fits(entry));
        let longest = || patterns.max_by_key(|(entry, _)| entry.len());
        let own = self.windows.get(window);
        own.or_else(|| longest().map(|(_, channels)| channels))
    }

    /// The services elsewhere that pages call over the web.
    #[must_use]
    pub fn remote_services(&self) -> &[RemoteService] {
        &self.services
    }

    /// Channels that are served, in the order they were registered.
    pub fn channels(&self) -> impl Iterator<Item = &ChannelName> {
        self.guards.iter().map(HandlerGuard::channel)
    }
}

/// Puts a [`Backend`] together.
#[cfg_attr(doc, doc = include_str!("examples/backend.md"))]
#[derive(Debug)]
#[must_use = "a backend serves nobody before it is built"]
pub struct BackendBuilder {
    socket: BackendSocket,
    guards: Vec<HandlerGuard>,
    rpc: Vec<DesktopRpcGuard>,
    rpc_errors: Vec<RpcError>,
    windows: HashMap<String, HashSet<ChannelName>>,
    declared: BTreeSet<ChannelName>,
    taken: Vec<ChannelTaken>,
    services: Vec<RemoteService>,
    bad_services: Vec<BadRemoteService>,
}

impl BackendBuilder {
    fn over(socket: BackendSocket) -> Self {
        Self {
            socket,
            guards: Vec::new(),
            rpc: Vec::new(),
            rpc_errors: Vec::new(),
            windows: HashMap::new(),
            declared: BTreeSet::new(),
            taken: Vec::new(),
            services: Vec::new(),
            bad_services: Vec::new(),
        }
    }

    /// Adds the handler of an interface, for as long as the backend lives.
    pub fn handler<I: IpcInterface>(self, handler: impl IntoIpcHandler<I>) -> Self {
        self.handler_with(handler, VersionPolicy::default())
    }

    /// Adds the handler of an interface with a version policy of its own.
    pub fn handler_with<I: IpcInterface>(
        self,
        handler: impl IntoIpcHandler<I>,
        policy: VersionPolicy,
    ) -> Self {
        self.dynamic_handler(handler.into_ipc_handler(), policy)
    }

    /// Adds a handler without a contract.
    pub fn dynamic_handler(
        mut self,
        handler: std::sync::Arc<dyn IpcHandler>,
        policy: VersionPolicy,
    ) -> Self {
        match self.socket.handle(handler, policy) {
            Ok(guard) => self.guards.push(guard),
            Err(taken) => self.taken.push(taken),
        }
        self
    }

    /// Serves the RPC interfaces of `server` to the pages of this backend, as
    /// [`DesktopRpcConfiguration`] does, for as long as it lives. A window that is listed with the
    /// channels it may call needs `rpc/<name>` of each of them.
    pub fn rpc(mut self, server: &RpcServer) -> Self {
        let socket = std::sync::Arc::new(self.socket.clone());
        match DesktopRpcConfiguration::serve(server, socket) {
            Ok(guard) => self.rpc.push(guard),
            Err(error) => self.rpc_errors.push(error),
        }
        self
    }

    /// Says that the app needs a handler for this interface; building fails without one.
    pub fn declare<I: IpcInterface>(mut self) -> Self {
        self.declared.insert(I::CHANNEL);
        self
    }

    /// Lists the channels that a window may call, besides `host`. `note-*` lists every window
    /// whose label begins with `note-`, unless a longer or exact entry lists it, too.
    pub fn window(
        mut self,
        label: impl Into<String>,
        allow: impl IntoIterator<Item = ChannelName>,
    ) -> Self {
        self.windows.entry(label.into()).or_default().extend(allow);
        self
    }

    /// Lets pages reach a service elsewhere over RPC on the web, besides this backend: the policy
    /// of their windows admits its origin, and they find `address` under `name`. A name that is
    /// given again is the later one's.
    ///
    /// The service has to allow the pages' origin, which is `tauri://localhost`, on Windows and
    /// Android `http://tauri.localhost`.
    pub fn remote_service(mut self, name: impl Into<String>, address: impl AsRef<str>) -> Self {
        match RemoteService::new(name, address) {
            Ok(service) => {
                self.services.retain(|known| known.name() != service.name());
                self.services.push(service);
            }
            Err(bad) => self.bad_services.push(bad),
        }
        self
    }

    /// The backend.
    ///
    /// # Errors
    /// [`BackendError`] with everything that is wrong.
    pub fn build(self) -> Result<Backend, BackendError> {
        let served: HashSet<_> = self.guards.iter().map(HandlerGuard::channel).collect();
        let missing: Vec<_> = self
            .declared
            .iter()
            .filter(|channel| !served.contains(channel))
            .cloned()
            .collect();
        let is_whole = missing.is_empty() && self.taken.is_empty();
        if is_whole && self.rpc_errors.is_empty() && self.bad_services.is_empty() {
            Ok(Backend {
                socket: self.socket,
                guards: self.guards,
                _rpc: self.rpc,
                windows: self.windows,
                services: self.services,
            })
        } else {
            Err(BackendError {
                taken: self.taken,
                missing,
                rpc: self.rpc_errors,
                services: self.bad_services,
            })
        }
    }
}

/// A backend that cannot start, with every reason.
#[cfg_attr(doc, doc = include_str!("examples/backend.md"))]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the backend cannot start:{}", self.in_words())]
pub struct BackendError {
    /// Handlers whose channel was taken.
    pub taken: Vec<ChannelTaken>,
    /// Channels that were declared and have no handler.
    pub missing: Vec<ChannelName>,
    /// RPC interfaces that could not be served.
    pub rpc: Vec<RpcError>,
    /// Remote services that no page could reach.
    pub services: Vec<BadRemoteService>,
}

impl BackendError {
    fn in_words(&self) -> String {
        let taken = self.taken.iter().map(|taken| format!("\n  {taken}"));
        let missing = self
            .missing
            .iter()
            .map(|channel| format!("\n  interface `{channel}` is declared and has no handler; register one with `.handler(…)`"));
        let rpc = self.rpc.iter().map(|error| format!("\n  {error}"));
        let services = self.services.iter().map(|bad| format!("\n  {bad}"));
        let handlers = taken.chain(missing);
        handlers.chain(rpc).chain(services).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use twinbridge_common::{
        RpcManager,
        interfaces::{dev_tools::DevToolsInterface, files::FilesInterface, host::AppHostInterface},
        ipc::{Answer, Invocation},
        rpc::RpcInterfaces,
    };

    use super::*;

    struct Named(&'static str);

    impl IpcHandler for Named {
        fn channel_name(&self) -> ChannelName {
            self.0.parse().unwrap()
        }

        fn version(&self) -> &str {
            "1.0.0"
        }

        fn call(self: Arc<Self>, call: Invocation) -> Answer {
            Box::pin(std::future::ready(call.unknown_method()))
        }
    }

    fn with(channels: &[&'static str]) -> BackendBuilder {
        channels.iter().fold(Backend::builder(), |builder, name| {
            builder.dynamic_handler(Arc::new(Named(name)), VersionPolicy::default())
        })
    }

    #[test]
    fn a_backend_does_not_start_with_mistakes_and_shows_all_of_them() {
        let interfaces = RpcInterfaces::default().interface::<DevToolsInterface>();
        let server = RpcManager::default().expose(&interfaces);
        let error = with(&["host", "notes", "host", "notes"])
            .rpc(&server)
            .rpc(&server)
            .declare::<FilesInterface>()
            .declare::<AppHostInterface>()
            .remote_service("models", "https://models.example.com/rpc")
            .remote_service("tiles", "ftp://tiles.example.com")
            .build()
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the backend cannot start:\n  \
             channel `host` has a handler already; every interface needs a channel of its own\n  \
             channel `notes` has a handler already; every interface needs a channel of its own\n  \
             interface `files` is declared and has no handler; register one with `.handler(…)`\n  \
             RPC interface \"rpc-control\"\" is already associated with a protocol.\n  \
             the remote service `tiles` at `ftp://tiles.example.com`: an address begins with \
             `https://` or `http://` and a host"
        );
    }

    #[test]
    fn a_backend_with_all_that_is_declared_starts() {
        let backend = with(&["host", "files"])
            .declare::<FilesInterface>()
            .build()
            .unwrap();
        let channels: Vec<_> = backend.channels().map(ChannelName::as_str).collect();
        assert_eq!(channels, ["host", "files"]);
    }

    #[test]
    fn a_remote_service_that_is_named_again_is_the_later_one() {
        let backend = with(&[])
            .remote_service("models", "https://old.example.com")
            .remote_service("models", "https://new.example.com")
            .build()
            .unwrap();
        let services = backend.remote_services().iter();
        let addresses: Vec<_> = services.map(RemoteService::address).collect();
        assert_eq!(addresses, ["https://new.example.com"]);
    }

    #[test]
    fn main_may_call_everything_and_other_windows_what_they_are_listed_with() {
        let notes = ChannelName::literal("notes");
        let backend = with(&["notes"])
            .window("side", [notes.clone()])
            .build()
            .unwrap();
        assert_eq!(backend.allowed("main"), None);
        assert_eq!(backend.allowed("side"), Some(HashSet::from([notes])));
        assert_eq!(backend.allowed("other"), Some(HashSet::new()));
    }

    #[test]
    fn an_entry_with_a_star_lists_windows_by_how_their_labels_begin() {
        let [notes, files, work] = ["notes", "files", "work"].map(ChannelName::literal);
        let backend = with(&[])
            .window("note-*", [notes.clone()])
            .window("note-big-*", [files.clone()])
            .window("note-7", [work.clone()])
            .build()
            .unwrap();
        for (window, channel) in [
            ("note-1", Some(notes)),
            ("note-big-1", Some(files)),
            ("note-7", Some(work)),
            ("note", None),
            ("side", None),
        ] {
            let expected = channel.into_iter().collect();
            assert_eq!(backend.allowed(window), Some(expected), "{window}");
        }
        assert_eq!(backend.allowed("main"), None);
    }
}
