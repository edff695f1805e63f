//! What a server tells of the requests that reach it: typed events, and when it was last busy.
//!
//! Every configuration's requests pass here on their way to the impl. A server that nobody listens
//! to, and whose load nobody asked for, pays one atomic read per request. iModel.js: the events of
//! `RpcProtocol` that its backend raises.

use std::{
    panic::{AssertUnwindSafe, resume_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::FutureExt as _;

use super::{
    InterfaceName, RpcControl, RpcInterfaceInfo, RpcListenerGuard, RpcLoad, RpcProtocolEvent,
    RpcRequestContext,
    listener::{Listeners, Told},
    load::LoadTimes,
    span,
};
use crate::{
    ipc::{Answer, CallContext, Invocation, IpcHandler, Outcome},
    wire::MethodName,
};

/// Something that happened to a request on its server.
#[cfg_attr(doc, doc = include_str!("../../examples/requests.md"))]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RpcServerEvent<'a> {
    /// What happened: one of the last six.
    pub what: RpcProtocolEvent,
    /// The interface asked.
    pub interface: &'a InterfaceName,
    /// The operation asked for.
    pub operation: &'a MethodName,
    /// Whose request it is.
    pub context: &'a RpcRequestContext,
    /// How long ago it came, by the clock of the configuration that it came through.
    pub elapsed: Duration,
}

/// That listeners are told of servers.
pub(super) struct OfServer;

impl Told for OfServer {
    type Event<'a> = RpcServerEvent<'a>;
}

/// Who watches one server.
#[derive(Default)]
pub(super) struct Watching {
    listeners: Listeners<OfServer>,
    /// Somebody asked for the load, and may do so again.
    has_load: AtomicBool,
    load: LoadTimes,
}

impl Watching {
    pub(super) fn add(
        &self,
        listener: impl Fn(&RpcServerEvent<'_>) + Send + Sync + 'static,
    ) -> RpcListenerGuard {
        self.listeners.add(Arc::new(listener))
    }

    pub(super) fn read_load(&self) -> RpcLoad {
        self.has_load.store(true, Ordering::Relaxed);
        self.load.read()
    }

    /// Whether a request is worth the watching.
    pub(super) fn is_watched(&self) -> bool {
        self.listeners.has_any() || self.has_load.load(Ordering::Relaxed)
    }

    /// A request that the server has not answered yet.
    pub(super) fn begin(
        self: &Arc<Self>,
        info: &'static RpcInterfaceInfo,
        call: &Invocation,
    ) -> Watched {
        let context = call.context.clone();
        let begun = context.shell().now();
        self.load.asked(begun);
        Watched {
            watching: Arc::clone(self),
            interface: &info.name,
            operation: call.method.clone(),
            // Told without listeners it would be read for nobody.
            asker: self
                .listeners
                .has_any()
                .then(|| RpcRequestContext::read(context.metadata())),
            context,
            begun,
        }
    }
}

/// A request under way that somebody watches.
pub(super) struct Watched {
    watching: Arc<Watching>,
    interface: &'static InterfaceName,
    operation: MethodName,
    asker: Option<RpcRequestContext>,
    context: CallContext,
    begun: Duration,
}

impl Watched {
    /// The impl is asked, and what it answers is told. A request that is given up before is told
    /// of no more.
    pub(super) fn around(
        self,
        info: &'static RpcInterfaceInfo,
        handler: Arc<dyn IpcHandler>,
        call: Invocation,
    ) -> Answer {
        self.tell(RpcProtocolEvent::RequestReceived);
        Box::pin(async move {
            let answer = async move { span::around(info, handler, call).await };
            match AssertUnwindSafe(answer).catch_unwind().await {
                Ok(outcome) => {
                    self.answered(&outcome);
                    outcome
                }
                Err(panic) => {
                    self.end(Some(RpcProtocolEvent::BackendErrorOccurred));
                    // Whoever runs the call makes a refusal of it.
                    resume_unwind(panic)
                }
            }
        })
    }

    /// Tells of an answer, and of what it says, as iTwin.js does: first the one and then the other.
    pub(super) fn answered(&self, outcome: &Outcome) {
        let what = match outcome {
            Outcome::Done(_) | Outcome::Streaming(_) => None,
            Outcome::Failed { error, payload } => {
                match RpcControl::carried_by(&error.scope, payload.as_ref()) {
                    Some(RpcControl::Pending { .. }) => {
                        Some(RpcProtocolEvent::BackendReportedPending)
                    }
                    Some(RpcControl::NotFound { .. }) => {
                        Some(RpcProtocolEvent::BackendReportedNotFound)
                    }
                    Some(RpcControl::NoContent) => Some(RpcProtocolEvent::BackendReportedNoContent),
                    // It has no name of its own: iTwin's servers leave it to their gateways.
                    Some(RpcControl::Transient { .. }) => None,
                    None => Some(RpcProtocolEvent::BackendErrorOccurred),
                }
            }
            Outcome::Refused(_) => Some(RpcProtocolEvent::BackendErrorOccurred),
        };
        self.end(what);
    }

    fn end(&self, what: Option<RpcProtocolEvent>) {
        self.watching.load.answered(self.context.shell().now());
        if let Some(what) = what {
            self.tell(what);
        }
        self.tell(RpcProtocolEvent::BackendResponseCreated);
    }

    fn tell(&self, what: RpcProtocolEvent) {
        let Some(context) = &self.asker else {
            return;
        };
        self.watching.listeners.tell(&RpcServerEvent {
            what,
            interface: self.interface,
            operation: &self.operation,
            context,
            elapsed: self.context.shell().now().saturating_sub(self.begun),
        });
    }
}
