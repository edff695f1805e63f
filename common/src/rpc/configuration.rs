//! How a client reaches its backend: within the process, over a session, over HTTP.
//!
//! Everything above this trait is the same in every configuration: encoding, asking again, errors.
//! Everything below is one transport. iModel.js: `RpcConfiguration` and its `RpcProtocol`.

use std::{fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

use super::{InterfaceName, RpcControl, RpcInterfaceEndpoints, RpcPolicy, RpcRequestContext};
use crate::{
    ipc::{Answered, BackendError, CallError, PipeError, Task, in_process::Executor},
    wire::{ChannelName, Codec, MethodName, Payload},
};

/// Carries requests to one backend.
#[cfg_attr(doc, doc = include_str!("../../examples/rpc.md"))]
pub trait RpcConfiguration: Send + Sync + fmt::Debug + 'static {
    /// The codec in which requests are encoded.
    fn codec(&self) -> Codec;

    /// Sends a request once and waits for the answer to it. Asking again is not its business.
    ///
    /// # Cancellation
    /// Dropping the future cancels the request on the other side, as far as the transport can.
    fn submit(&self, request: RpcRequest) -> RpcSubmitted;

    /// Asks the backend which interfaces it exposes: the control channel.
    fn describe_endpoints(&self) -> RpcDescribed;

    /// The clock by which requests are made again.
    fn clock(&self) -> &dyn RpcClock;

    /// Whether it carries requests over HTTP: listeners hear of that layer then, as in iTwin.js.
    fn is_web(&self) -> bool {
        false
    }
}

/// Future of [`RpcConfiguration::submit`].
pub type RpcSubmitted = Pin<Box<dyn Future<Output = Result<RpcReply, RpcUnanswered>> + Send>>;

/// Future of [`RpcConfiguration::describe_endpoints`].
pub type RpcDescribed = Pin<
    Box<dyn Future<Output = Result<Vec<RpcInterfaceEndpoints>, CallError<BackendError>>> + Send>,
>;

/// One request of a client, ready to be sent. It may be sent more than once.
#[cfg_attr(doc, doc = include_str!("../../examples/configuration.md"))]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RpcRequest {
    /// Unique among the requests of its connection; the same when it is sent again.
    pub id: u64,
    /// The interface asked.
    pub interface: InterfaceName,
    /// Where its calls go within a session.
    pub channel: ChannelName,
    /// Version of the interface that the client was built against.
    pub version: &'static str,
    /// The operation asked for.
    pub operation: MethodName,
    /// How requests of the operation are made.
    pub policy: RpcPolicy,
    /// Milliseconds until the request is refused, from when it is sent; 0 is never.
    pub deadline_ms: u32,
    /// Who asks, and what for.
    pub context: Arc<RpcRequestContext>,
    /// What the caller takes as a result.
    pub result: RpcResultKind,
    /// The arguments: one array.
    pub arguments: Payload,
}

/// What a caller takes as a result.
#[cfg_attr(doc, doc = include_str!("../../examples/configuration.md"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RpcResultKind {
    /// One value.
    #[default]
    Value,
    /// A stream of items.
    Stream,
}

/// How a backend answered a request, still encoded.
#[cfg_attr(doc, doc = include_str!("../../examples/configuration.md"))]
#[derive(Debug)]
pub enum RpcReply {
    /// With a result, an error, a refusal or a stream.
    Answered(Answered),
    /// With another answer.
    Control(RpcControl),
}

/// Why a request has no answer of the backend.
#[cfg_attr(doc, doc = include_str!("../../examples/configuration.md"))]
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RpcUnanswered {
    /// It did not get through.
    Pipe(PipeError),
    /// Something answered with a status that says nothing about a request, such as 401: a
    /// gateway, or a backend that did not let it in.
    UnknownStatus(BackendError),
    /// Something answered, and it is no answer.
    UnknownBody(BackendError),
}

impl From<PipeError> for RpcUnanswered {
    fn from(error: PipeError) -> Self {
        Self::Pipe(error)
    }
}

impl RpcReply {
    /// Tells the answers apart that came as one. An error of RPC's own scope is another answer.
    #[must_use]
    pub fn of(answered: Answered) -> Self {
        let control = match &answered {
            Answered::Ended(ending) => RpcControl::carried(ending),
            Answered::Streaming(_) => None,
        };
        control.map_or(Self::Answered(answered), Self::Control)
    }
}

/// A clock, and a way to wait by it.
#[cfg_attr(doc, doc = include_str!("../../examples/configuration.md"))]
pub trait RpcClock: Send + Sync + fmt::Debug + 'static {
    /// Time since a fixed moment; never goes back.
    fn now(&self) -> Duration;

    /// A future that completes when [`Self::now`] has reached `at`.
    fn sleep_until(&self, at: Duration) -> Task;
}

impl RpcClock for Arc<dyn Executor> {
    fn now(&self) -> Duration {
        (**self).now()
    }

    fn sleep_until(&self, at: Duration) -> Task {
        (**self).sleep_until(at)
    }
}
