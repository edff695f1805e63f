//! What a client's configuration is told: interfaces, times, whose requests.
//!
//! Plain values. iModel.js: the members of `RpcConfiguration`, without those that are the same
//! for a whole process there.

use std::{fmt, sync::Arc, time::Duration};

use super::{
    RpcEvent, RpcInterface, RpcInterfaceInfo, RpcNotFound, RpcNotFoundAnswer, RpcRequestContext,
    RpcRoutingToken, listener::Listener, not_found::Handler,
};

/// The interfaces that a client wants to call, or that a backend exposes. Both halves may share
/// one list.
#[cfg_attr(doc, doc = include_str!("../../examples/rpc.md"))]
#[derive(Clone, Debug, Default)]
pub struct RpcInterfaces {
    pub(crate) list: Vec<&'static RpcInterfaceInfo>,
}

impl RpcInterfaces {
    /// Adds an interface; one that is there already is not added again.
    #[must_use]
    pub fn interface<I: RpcInterface>(mut self) -> Self {
        let info = I::rpc_info();
        if self.list.iter().all(|known| known.name != info.name) {
            self.list.push(info);
        }
        self
    }

    /// What is in the list, in the order it was added.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'static RpcInterfaceInfo> {
        self.list.iter().copied()
    }
}

/// Settings of one configuration of a client. The defaults are iTwin.js's.
#[cfg_attr(doc, doc = include_str!("../../examples/requests.md"))]
#[derive(Clone)]
#[non_exhaustive]
pub struct RpcOptions {
    /// Tells this configuration from others of the same interfaces. Default
    /// [`RpcRoutingToken::DEFAULT`].
    pub routing: RpcRoutingToken,
    /// Time between two questions while an operation is pending, unless its contract or the
    /// backend says another. Default 10 s.
    pub pending_operation_retry_interval: Duration,
    /// Transient answers to one request that are borne; with the next it fails. Default 4.
    pub transient_fault_limit: u32,
    /// Whether a request that is made where a call is being answered carries that call's
    /// authorization, unless it has one of its own. Default no: it was given to this backend.
    pub passes_authorization_on: bool,
    pub(crate) context: Arc<dyn Fn() -> RpcRequestContext + Send + Sync>,
    pub(crate) not_found: Vec<Handler>,
    pub(super) listeners: Vec<Listener>,
}

impl Default for RpcOptions {
    fn default() -> Self {
        Self {
            routing: RpcRoutingToken::DEFAULT,
            pending_operation_retry_interval: Duration::from_secs(10),
            transient_fault_limit: 4,
            passes_authorization_on: false,
            context: Arc::new(RpcRequestContext::default),
            not_found: Vec::new(),
            listeners: Vec::new(),
        }
    }
}

impl RpcOptions {
    /// Sets [`routing`](Self::routing).
    #[must_use]
    pub fn routing(mut self, routing: RpcRoutingToken) -> Self {
        self.routing = routing;
        self
    }

    /// Sets [`pending_operation_retry_interval`](Self::pending_operation_retry_interval).
    #[must_use]
    pub fn pending_operation_retry_interval(mut self, interval: Duration) -> Self {
        self.pending_operation_retry_interval = interval;
        self
    }

    /// Sets [`transient_fault_limit`](Self::transient_fault_limit).
    #[must_use]
    pub fn transient_fault_limit(mut self, faults: u32) -> Self {
        self.transient_fault_limit = faults;
        self
    }

    /// Says who asks, for each request anew: a token may have been renewed. What it leaves empty
    /// is taken from the call that is being answered where the request is made, the authorization
    /// only with [`pass_authorization_on`](Self::pass_authorization_on). iModel.js: `RpcConfiguration.requestContext.serialize`.
    #[must_use]
    pub fn request_context(
        mut self,
        supply: impl Fn() -> RpcRequestContext + Send + Sync + 'static,
    ) -> Self {
        self.context = Arc::new(supply);
        self
    }

    /// Has the authorization of the call that is being answered travel with the requests that the
    /// impl makes over this connection: for a backend that asks another in the name of its caller.
    ///
    /// Only for a connection to a service that may have it: whoever answers there can act as the
    /// caller everywhere else.
    #[must_use]
    pub fn pass_authorization_on(mut self) -> Self {
        self.passes_authorization_on = true;
        self
    }

    /// Adds a listener for what happens to requests, from the first on. iModel.js:
    /// `RpcRequest.events` and `RpcProtocol.events`.
    ///
    /// It runs where the requests do, so it must not block.
    #[must_use]
    pub fn on_event(mut self, listener: impl Fn(&RpcEvent<'_>) + Send + Sync + 'static) -> Self {
        self.listeners.push(Arc::new(listener));
        self
    }

    /// Adds a handler for answers that say "not found". Handlers are asked in the order they were
    /// added, until one does something about it. iModel.js: `RpcRequest.notFoundHandlers`.
    #[must_use]
    pub fn on_not_found<F>(
        mut self,
        handler: impl Fn(RpcNotFound) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = RpcNotFoundAnswer> + Send + 'static,
    {
        self.not_found
            .push(Arc::new(move |asked| Box::pin(handler(asked))));
        self
    }
}

impl fmt::Debug for RpcOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RpcOptions")
            .field("routing", &self.routing)
            .field(
                "pending_operation_retry_interval",
                &self.pending_operation_retry_interval,
            )
            .field("transient_fault_limit", &self.transient_fault_limit)
            .field("passes_authorization_on", &self.passes_authorization_on)
            .field("not_found_handlers", &self.not_found.len())
            .field("listeners", &self.listeners.len())
            .finish_non_exhaustive()
    }
}
