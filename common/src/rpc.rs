//! Remote procedure calls: the same interfaces over HTTP as within a window.
//!
//! Plain data, as everything in this crate: no I/O, no clock. The shells own a server or a
//! transport, and feed these modules.

pub mod web;
