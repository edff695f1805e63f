//! Twinbridge's contract and protocol core, compiled by both sides of the bridge.
//!
//! It does no I/O, spawns nothing, reads no clock and knows no platform: the backend and the
//! frontend are shells that own a pipe, a timer and an executor, and feed this crate. An app's
//! own contract crate depends on it for the macros and the wire types, and on nothing else.

#![forbid(unsafe_code)]

// The macros name this crate by its public path, in here as anywhere else.
extern crate self as twinbridge_common;

pub mod interfaces;
pub mod ipc;
pub mod recording;
pub mod rpc;
pub mod wire;

pub use ipc::{
    BackendIpc, CallContext, CallError, FrontendIpc, IpcError, IpcHandler, IpcInterface, IpcStream,
};
pub use rpc::{RpcInterface, RpcManager};
pub use twinbridge_macros::{IpcError, ipc_interface, ipc_notifications, rpc_interface};
pub use wire::Bytes;

/// Compiles the examples of the page about sessions.
#[cfg(doctest)]
#[doc = include_str!("../../docs/sessions.md")]
mod sessions {}

/// Compiles the examples of the page about RPC.
#[cfg(doctest)]
#[doc = include_str!("../../docs/rpc.md")]
mod rpc_pages {}

/// What generated code needs by name. Not part of the API: it changes without notice.
#[doc(hidden)]
pub mod private {
    pub use schemars;
}
