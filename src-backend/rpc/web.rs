//! A [`WebRpcService`] behind the sockets of an axum or tower server.
//!
//! Judges who asks before a body is read, reads bodies within limits of size and time, and
//! compresses answers. What is asked and answered is the service's business; connections are the
//! server's, and where one ends, the call that ran for it ends too.
//!
//! ```
//! # use std::sync::Arc;
//! use twinbridge::{
//!     TokioExecutor,
//!     common::{
//!         RpcManager,
//!         rpc::{RpcHost, RpcInterfaces, web::{WebRpcService, WebServiceOptions}},
//!         rpc_interface,
//!     },
//!     rpc::web::{WebRpcOptions, router},
//! };
//!
//! /// Adds.
//! #[rpc_interface(name = "AdderRpc", version = "1.0.0")]
//! trait Adder {
//!     /// The sum.
//!     async fn add(&self, left: u32, right: u32) -> u32;
//! }
//!
//! struct Impl;
//!
//! impl Adder for Impl {
//!     async fn add(&self, left: u32, right: u32) -> u32 {
//!         left + right
//!     }
//! }
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # runtime.block_on(async {
//! let backend = RpcManager::default();
//! backend.register_impl(|| AdderServer(Impl));
//! let server = backend.expose(&RpcInterfaces::default().interface::<AdderInterface>());
//! let executor = TokioExecutor::new(tokio::runtime::Handle::current());
//! let host = RpcHost::new(Arc::new(executor), "web");
//! let service = WebRpcService::new(server, host, WebServiceOptions::default());
//!
//! let options = WebRpcOptions::default().allow_origin("https://viewer.example.com");
//! let app: axum::Router = axum::Router::new().nest("/rpc", router(service, options));
//! # drop(app);
//! # });
//! # Ok::<_, std::io::Error>(())
//! ```

mod access;
mod compress;
mod endpoint;
mod options;
mod read_body;
mod reply_body;
mod room;
mod visitor;

use axum::routing::any_service;
use twinbridge_common::rpc::web::WebRpcService;

pub use access::{Access, AccessRequest, Asked, Authorizer};
pub use endpoint::WebRpc;
pub use options::{Compression, HostNames, RequestCount, WebRpcOptions};
pub use reply_body::ReplyBody;
pub(crate) use visitor::{Stranger, Visitor};

/// A router that answers every path below where it is mounted, but for `/` itself: operations,
/// `GET /ping` and `GET /v3/swagger.json`.
///
/// Mount it with `nest`, or with `merge` beside other routes. The limits of time that connections
/// have, and how long headers may take and be, are those of the server that it runs in.
pub fn router<S>(service: WebRpcService, options: WebRpcOptions) -> axum::Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let endpoint = any_service(WebRpc::new(service, options));
    axum::Router::new().route("/{*path}", endpoint)
}
