//! The commands that write and follow sources, run as a newcomer runs them.
//!
//! Apps are made below `target/tools`, and compiled into this repository's own target folder, so
//! that only what is theirs is compiled. Linux only, since windows are looked into.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // The helpers of the tests are tests too.

mod app;
mod dev;
mod new_app;
mod new_interface;
mod tour;
