//! Puts a server together: interfaces, who may ask, pages, limits.
//!
//! Nothing listens before [`ServeBuilder::bind`], which reports what is wrong.

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, lookup_host},
    runtime::Handle,
};
use twinbridge_common::{
    ipc::IntoIpcHandler,
    rpc::{
        FeatureGates, RpcHost, RpcInterface, RpcInterfaces, RpcManager, RpcServer,
        web::{Service, WebRpcService, WebServiceOptions},
    },
};

use super::{Serve, ServeError, Times, pages::Pages, site::Site};
use crate::{
    TokioExecutor,
    rpc::web::{Authorizer, WebRpc, WebRpcOptions},
};

/// Puts a [`Serve`] together.
#[cfg_attr(doc, doc = include_str!("../examples/server.md"))]
#[must_use = "a server listens on nothing before it is bound"]
pub struct ServeBuilder {
    manager: RpcManager,
    entries: Vec<Entry>,
    only: Option<Vec<String>>,
    gates: FeatureGates,
    service: WebServiceOptions,
    web: WebRpcOptions,
    pages: Option<PathBuf>,
    policy: Option<String>,
    is_anonymous: bool,
    deadline: Duration,
    times: Times,
}

/// An interface that the server has.
struct Entry {
    name: String,
    add: fn(RpcInterfaces) -> RpcInterfaces,
    gate: fn(RpcServer, &FeatureGates) -> RpcServer,
}

impl Default for ServeBuilder {
    fn default() -> Self {
        Self {
            manager: RpcManager::default(),
            entries: Vec::new(),
            only: None,
            gates: FeatureGates::default(),
            service: WebServiceOptions::default().identity(Service {
                prefix: String::new(),
                title: "twinbridge".to_owned(),
                version: "v1.0".to_owned(),
            }),
            web: WebRpcOptions::default(),
            pages: None,
            policy: None,
            is_anonymous: false,
            deadline: Duration::from_secs(5 * 60),
            times: Times {
                max_connections: 20_000,
                max_per_address: None,
                write_pause: Duration::from_secs(60),
                idle: Duration::from_secs(60),
                drain: Duration::from_secs(5),
            },
        }
    }
}

impl ServeBuilder {
    /// Adds an interface and what makes its impl: `interface(|| NotesServer(NotesImpl))`. It is
    /// exposed while its gate `rpc.<name>` is open, which it is by default.
    pub fn interface<I: RpcInterface, S: IntoIpcHandler<I>>(
        mut self,
        make: impl Fn() -> S + Send + Sync + 'static,
    ) -> Self {
        self.manager.register_impl(make);
        self.entries.push(Entry {
            name: I::NAME.to_string(),
            add: RpcInterfaces::interface::<I>,
            gate: |server, gates| server.gated::<I>(gates, &format!("rpc.{}", I::NAME), true),
        });
        self
    }

    /// Exposes these interfaces alone, by name.
    pub fn only(mut self, names: impl IntoIterator<Item = String>) -> Self {
        self.only = Some(names.into_iter().collect());
        self
    }

    /// Sets the gates that interfaces stand behind.
    pub fn gates(mut self, gates: FeatureGates) -> Self {
        self.gates = gates;
        self
    }

    /// Sets who decides what may be asked.
    pub fn authorizer(mut self, authorizer: impl Authorizer) -> Self {
        self.web = self.web.authorizer(authorizer);
        self
    }

    /// Says that anybody who reaches the server may ask everything.
    pub fn allow_anonymous(mut self) -> Self {
        self.is_anonymous = true;
        self
    }

    /// Sets whom it answers, how long it waits for bodies, and whether it compresses. Before
    /// [`authorizer`](Self::authorizer), which adds to it.
    pub fn web(mut self, options: WebRpcOptions) -> Self {
        self.web = options;
        self
    }

    /// Adds to whom it answers.
    pub(super) fn change_web(
        mut self,
        change: impl FnOnce(WebRpcOptions) -> WebRpcOptions,
    ) -> Self {
        self.web = change(self.web);
        self
    }

    /// Sets what it takes and how its answers look.
    pub fn service(mut self, options: WebServiceOptions) -> Self {
        self.service = options;
        self
    }

    /// Serves the files of a folder: a built page. They are read once, when the server starts.
    pub fn pages(mut self, folder: impl Into<PathBuf>) -> Self {
        self.pages = Some(folder.into());
        self
    }

    /// Sets the content security policy of the pages, in place of one that allows their own
    /// scripts, styles, images and requests alone.
    pub fn content_security_policy(mut self, policy: impl Into<String>) -> Self {
        self.policy = Some(policy.into());
        self
    }

    /// Sets how many connections there may be at once; further ones wait to be accepted. Default
    /// 20 000.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.times.max_connections = connections;
        self
    }

    /// Sets how many connections there may be at once from one address, or of IPv6 from one network
    /// of 64 bits; further ones are closed. Default 1024, and any number from this machine. A
    /// server behind a proxy has one address to serve, and needs more.
    pub fn max_connections_per_address(mut self, connections: usize) -> Self {
        self.times.max_per_address = Some(connections);
        self
    }

    /// Sets how long a client may take nothing of what is sent to it; its connection is closed
    /// then. Default 60 s.
    pub fn write_pause(mut self, pause: Duration) -> Self {
        self.times.write_pause = pause;
        self
    }

    /// Sets after how long a call is ended whose operation has no deadline of its own, unless
    /// [`service`](Self::service) says so. Default 5 min; zero is never.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets how long a connection may wait for a request, or take to send its headers. Default
    /// 60 s.
    pub fn idle_time(mut self, time: Duration) -> Self {
        self.times.idle = time;
        self
    }

    /// Sets how long requests that run may take when the server ends. Default 5 s.
    pub fn drain_time(mut self, time: Duration) -> Self {
        self.times.drain = time;
        self
    }

    /// Listens on `address`, such as `127.0.0.1:8080`; port 0 is any that is free. Runs inside a
    /// tokio runtime, on which the calls run as well.
    ///
    /// # Errors
    /// [`ServeError`] with what is wrong; nothing listens then.
    pub async fn bind(mut self, address: &str) -> Result<Serve, ServeError> {
        if self.service.deadline_ms == 0 {
            let deadline = self.deadline.as_millis();
            self.service.deadline_ms = u32::try_from(deadline).unwrap_or(u32::MAX);
        }
        let server = self.expose()?;
        let failed = |source| ServeError::Listen {
            address: address.to_owned(),
            source,
        };
        let found = lookup_host(address).await.map_err(failed)?;
        let found: Vec<_> = found.collect();
        let open = found.iter().find(|one| !one.ip().is_loopback());
        if let Some(&address) = open
            && !self.is_anonymous
            && !self.web.has_authorizer()
        {
            return Err(ServeError::Anonymous { address });
        }
        let folder = self.pages;
        let pages = folder.map(|folder| Pages::read(&folder, self.policy.as_deref()));
        let pages = pages.transpose()?;
        let listener = TcpListener::bind(&found[..]).await.map_err(failed)?;
        let executor = TokioExecutor::new(Handle::current());
        let host = RpcHost::new(Arc::new(executor.clone()), "web");
        let service = WebRpcService::new(server.clone(), host, self.service);
        Ok(Serve {
            address: listener.local_addr().map_err(failed)?,
            listener,
            site: Arc::new(Site::new(WebRpc::new(service, self.web), pages)),
            server,
            executor,
            times: self.times,
        })
    }

    fn expose(&self) -> Result<RpcServer, ServeError> {
        let known = || self.entries.iter().map(|entry| entry.name.clone());
        for name in self.only.iter().flatten() {
            if !known().any(|known| known == *name) {
                return Err(ServeError::UnknownInterface {
                    name: name.clone(),
                    known: known().collect(),
                });
            }
        }
        self.gates
            .warn_of_interfaces(self.entries.iter().map(|entry| entry.name.as_str()));
        let chosen = self.entries.iter().filter(|entry| {
            let only = self.only.as_ref();
            only.is_none_or(|only| only.contains(&entry.name))
        });
        let chosen: Vec<_> = chosen.collect();
        let interfaces = RpcInterfaces::default();
        let interfaces = chosen
            .iter()
            .fold(interfaces, |list, entry| (entry.add)(list));
        let server = self.manager.expose(&interfaces);
        let gates = &self.gates;
        Ok(chosen
            .iter()
            .fold(server, |server, entry| (entry.gate)(server, gates)))
    }
}

impl fmt::Debug for ServeBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.entries.iter().map(|entry| &entry.name);
        f.debug_struct("ServeBuilder")
            .field("interfaces", &names.collect::<Vec<_>>())
            .field("only", &self.only)
            .field("web", &self.web)
            .field("pages", &self.pages)
            .finish_non_exhaustive()
    }
}
