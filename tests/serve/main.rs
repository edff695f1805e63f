//! The server over HTTP as others meet it: raw bytes over real sockets, and the programs' command
//! line.
//!
//! `support` starts a server and speaks to it byte by byte, `probe` is what it serves. Nothing
//! here uses a client of ours.

#![allow(clippy::unwrap_used)] // The helpers of the tests are tests too.

mod access;
mod bad_input;
mod captures;
mod command;
mod compression;
mod files;
mod life;
mod mounting;
mod origins;
mod pages;
mod pressure;
mod probe;
mod support;
