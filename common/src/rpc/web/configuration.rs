//! The configuration over HTTP, for a service elsewhere, and for a page in a browser.
//!
//! What a manager connects: it adds to the client what a deadline is, and the list of interfaces
//! that are asked about. iTwin.js: `BentleyCloudRpcManager`.

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use futures_util::FutureExt as _;

use super::{HttpTransport, RequestError, RpcClient, Service, WebClientOptions};
use crate::ipc::{Answered, BackendError, CallError, CallResult, Outcome, Refusal};
use crate::rpc::{
    RpcClock, RpcConfiguration, RpcControl, RpcDescribed, RpcInterfaces, RpcReply, RpcRequest,
    RpcRequestContext, RpcSubmitted, RpcUnanswered,
};
use crate::wire::Codec;

/// Carries requests over HTTP.
#[cfg_attr(doc, doc = include_str!("../../../examples/web.md"))]
pub struct WebRpcConfiguration<T> {
    client: RpcClient<T>,
    known: Vec<(&'static str, &'static str)>,
}

impl<T: HttpTransport> WebRpcConfiguration<T> {
    /// Carries requests to the server at `service`, for clients of these interfaces. Requests are
    /// made again by `clock`, and given up by it.
    pub fn new(
        transport: T,
        service: Service,
        interfaces: &RpcInterfaces,
        clock: impl RpcClock,
        options: WebClientOptions,
    ) -> Self {
        let known = interfaces.iter();
        Self {
            client: RpcClient::new(transport, service, clock, options),
            known: known
                .map(|info| (info.name.as_str(), info.version))
                .collect(),
        }
    }

    /// What asks the server.
    #[must_use]
    pub fn client(&self) -> &RpcClient<T> {
        &self.client
    }
}

impl<T: HttpTransport> RpcConfiguration for WebRpcConfiguration<T> {
    fn codec(&self) -> Codec {
        self.client.codec()
    }

    fn submit(&self, request: RpcRequest) -> RpcSubmitted {
        let client = self.client.clone();
        let after_ms = request.deadline_ms;
        let after = Duration::from_millis(after_ms.into());
        let deadline = (after_ms > 0).then(|| self.clock().sleep_until(self.clock().now() + after));
        Box::pin(async move {
            let mut exchange = pin!(client.exchange(&request));
            let Some(mut deadline) = deadline else {
                return exchange.await;
            };
            // The deadline first, so that it is the same refusal whoever else knows of it.
            poll_fn(|cx| match deadline.poll_unpin(cx) {
                Poll::Ready(()) => {
                    let late = Outcome::Refused(Refusal::Deadline { after_ms });
                    let late = late.into_ending(Codec::MessagePack);
                    Poll::Ready(Ok(RpcReply::Answered(Answered::Ended(late))))
                }
                Poll::Pending => exchange.poll_unpin(cx),
            })
            .await
        })
    }

    fn describe_endpoints(&self) -> RpcDescribed {
        let (client, known) = (self.client.clone(), self.known.clone());
        Box::pin(async move {
            let context = RpcRequestContext::default()
                .or_current(false)
                .activity_or("describeEndpoints");
            // A name of nothing is no name.
            let nothing = [("none", "0.0.0")];
            let known = if known.is_empty() {
                &nothing[..]
            } else {
                &known
            };
            let reply = client.describe_endpoints(known.iter().copied(), &context);
            match reply.await {
                Ok(RpcReply::Answered(answered)) => CallResult::read(answered),
                Ok(RpcReply::Control(control)) => Err(CallError::Backend(not_now(&control))),
                Err(RpcUnanswered::Pipe(error)) => Err(CallError::Pipe(error)),
                Err(RpcUnanswered::UnknownStatus(error) | RpcUnanswered::UnknownBody(error)) => {
                    Err(CallError::Backend(error))
                }
            }
        })
    }

    fn clock(&self) -> &dyn RpcClock {
        self.client.clock()
    }

    fn is_web(&self) -> bool {
        true
    }
}

/// A control channel is asked once, and not again.
fn not_now(control: &RpcControl) -> BackendError {
    let status = match control {
        RpcControl::Pending { .. } => 202,
        RpcControl::NoContent => 204,
        RpcControl::NotFound { .. } => 404,
        RpcControl::Transient { status, .. } => status.status().http(),
    };
    (&RequestError::UnknownStatus {
        status,
        message: String::new(),
    })
        .into()
}

impl<T: HttpTransport> fmt::Debug for WebRpcConfiguration<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebRpcConfiguration")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}
