//! RPC over HTTP: the shells around what `common::rpc::web` knows as plain data.
//!
//! `web` answers requests on the sockets of any axum or tower server; [`serve`](crate::serve) has
//! sockets of its own.

pub mod web;
