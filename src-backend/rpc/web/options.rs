//! Whom a router answers, how long it waits for bodies, and whether it compresses.
//!
//! What an operation may take and how errors look is set on the service. The defaults suit a
//! server on this machine that its own pages and programs ask.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use http::HeaderName;

use super::{Authorizer, access::AnyAuthorizer};

/// Settings of a router. `WebRpcOptions::default()` suits a server on this machine.
#[cfg_attr(doc, doc = include_str!("../../examples/server.md"))]
#[derive(Clone)]
#[non_exhaustive]
pub struct WebRpcOptions {
    /// Names that the server may be asked by. Default [`HostNames::Listed`] with none: IP
    /// addresses and `localhost` alone.
    pub hosts: HostNames,
    /// Origins whose pages may ask and read, beside the server's own, as `https://example.com`.
    /// Default none.
    pub origins: Vec<String>,
    /// Longest pause while a body comes; a longer one is answered with 408. Default 10 s.
    pub body_pause: Duration,
    /// Longest time that a whole body may take; a longer one is answered with 408. Default 5 min.
    pub body_time: Duration,
    /// Bytes that the bodies of all requests may have together, while they are read and worked
    /// on; what finds no room is answered with 503. Default 512 MiB.
    pub max_bytes: usize,
    /// Calls that may run at once, streams until their end; further ones are answered with 503.
    /// Default 4096.
    pub max_calls: usize,
    /// How long an authorizer may take; a request is answered with 503 then. Default 10 s.
    pub authorizer_time: Duration,
    /// A header that browsers have to send with what is no GET, since no page of another site can
    /// send it unasked; without it they are answered with 403. Default none. What it says is not
    /// looked at. iTwin.js: `csrfToken` of its protocol's configuration.
    pub csrf_header: Option<HeaderName>,
    /// Whether answers are compressed. Default [`Compression::AsAccepted`].
    pub compression: Compression,
    /// Counts what is asked. Default a count of its own.
    pub count: RequestCount,
    pub(super) authorizer: Option<Arc<dyn AnyAuthorizer>>,
}

/// How many requests there were. Clones are the same count.
#[cfg_attr(doc, doc = include_str!("../../examples/server.md"))]
#[derive(Clone, Debug, Default)]
pub struct RequestCount(Arc<AtomicU64>);

impl RequestCount {
    /// Requests up to now, those that were refused among them.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// By which names a server may be asked. A website whose name was made to lead to this machine
/// asks by its own name, and is told apart by that.
#[cfg_attr(doc, doc = include_str!("../../examples/server.md"))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostNames {
    /// IP addresses, `localhost` and what ends in `.localhost`, and these names.
    Listed(Vec<String>),
    /// Any name. For servers whose address is public anyway, or that something stands before
    /// which looks at names.
    Any,
}

/// Whether answers are compressed.
#[cfg_attr(doc, doc = include_str!("../../examples/server.md"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Where the one who asks accepts `br` or `gzip`, as iTwin's servers do.
    #[default]
    AsAccepted,
    /// Never; something that stands before the server may do it.
    Never,
}

impl Default for WebRpcOptions {
    fn default() -> Self {
        Self {
            hosts: HostNames::Listed(Vec::new()),
            origins: Vec::new(),
            body_pause: Duration::from_secs(10),
            body_time: Duration::from_secs(300),
            max_bytes: 512 * 1024 * 1024,
            max_calls: 4096,
            authorizer_time: Duration::from_secs(10),
            csrf_header: None,
            compression: Compression::default(),
            count: RequestCount::default(),
            authorizer: None,
        }
    }
}

impl WebRpcOptions {
    /// Adds a name that the server may be asked by, without a port. No effect after
    /// [`any_host`](Self::any_host).
    #[must_use]
    pub fn host(mut self, name: impl Into<String>) -> Self {
        if let HostNames::Listed(names) = &mut self.hosts {
            names.push(name.into());
        }
        self
    }

    /// Lets the server be asked by any name.
    #[must_use]
    pub fn any_host(mut self) -> Self {
        self.hosts = HostNames::Any;
        self
    }

    /// Adds an origin whose pages may ask and read.
    #[must_use]
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into());
        self
    }

    /// Sets who decides what may be asked. Without one everything may.
    #[must_use]
    pub fn authorizer(mut self, authorizer: impl Authorizer) -> Self {
        self.authorizer = Some(Arc::new(authorizer));
        self
    }

    /// Sets [`body_pause`](Self::body_pause) and [`body_time`](Self::body_time).
    #[must_use]
    pub fn body_times(mut self, pause: Duration, whole: Duration) -> Self {
        self.body_pause = pause;
        self.body_time = whole;
        self
    }

    /// Sets [`max_bytes`](Self::max_bytes).
    #[must_use]
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sets [`max_calls`](Self::max_calls).
    #[must_use]
    pub fn max_calls(mut self, calls: usize) -> Self {
        self.max_calls = calls;
        self
    }

    /// Sets [`authorizer_time`](Self::authorizer_time).
    #[must_use]
    pub fn authorizer_time(mut self, time: Duration) -> Self {
        self.authorizer_time = time;
        self
    }

    /// Sets [`csrf_header`](Self::csrf_header).
    #[must_use]
    pub fn csrf_header(mut self, name: HeaderName) -> Self {
        self.csrf_header = Some(name);
        self
    }

    /// Sets [`compression`](Self::compression).
    #[must_use]
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// Sets who counts.
    #[must_use]
    pub fn count(mut self, count: RequestCount) -> Self {
        self.count = count;
        self
    }

    /// Whether somebody decides what may be asked.
    #[must_use]
    pub fn has_authorizer(&self) -> bool {
        self.authorizer.is_some()
    }
}

impl fmt::Debug for WebRpcOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebRpcOptions")
            .field("hosts", &self.hosts)
            .field("origins", &self.origins)
            .field("body_pause", &self.body_pause)
            .field("body_time", &self.body_time)
            .field("max_bytes", &self.max_bytes)
            .field("max_calls", &self.max_calls)
            .field("authorizer_time", &self.authorizer_time)
            .field("csrf_header", &self.csrf_header)
            .field("compression", &self.compression)
            .field("has_authorizer", &self.has_authorizer())
            .finish()
    }
}
