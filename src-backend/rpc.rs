//! RPC over HTTP: the shells around what `common::rpc::web` knows as plain data.
//!
//! `web` answers requests on the sockets of any axum or tower server; [`serve`](crate::serve) has
//! sockets of its own. [`ReqwestTransport`] is how clients reach a service elsewhere.

#[cfg(feature = "web-client")]
mod reqwest_transport;
pub mod web;

#[cfg(feature = "web-client")]
pub use reqwest_transport::{ReqwestTransport, TransportUnavailable};
