//! What a client may do when the backend did not find what a request names.
//!
//! An app opens the thing, or names another, and sends the request again; a request that nobody
//! does anything about fails. iModel.js: `RpcRequestNotFoundHandler`.

use std::{future::Future, pin::Pin, sync::Arc};

use super::RpcRequest;
use crate::{
    ipc::BackendError,
    wire::{Payload, Value},
};

/// A handler, as options keep it.
pub(crate) type Handler = Arc<
    dyn Fn(RpcNotFound) -> Pin<Box<dyn Future<Output = RpcNotFoundAnswer> + Send>> + Send + Sync,
>;

/// A request for something that the backend did not find.
#[cfg_attr(doc, doc = include_str!("../../examples/requests.md"))]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RpcNotFound {
    /// The request as it was sent.
    pub request: RpcRequest,
    /// What the backend said.
    pub response: Value,
    /// How often this request was answered so, this time among them. A handler that always sends
    /// it again should look at it.
    pub attempt: u32,
}

/// What a handler does about it.
#[cfg_attr(doc, doc = include_str!("../../examples/requests.md"))]
#[derive(Clone, Debug)]
pub enum RpcNotFoundAnswer {
    /// Nothing: the next handler is asked. After the last, the request fails.
    Pass,
    /// The request is sent again as it was: what it names is there by now.
    Resubmit,
    /// The request is sent again with these arguments, in the codec of the request.
    ResubmitWith(Payload),
    /// The request fails with this error.
    Reject(BackendError),
}
