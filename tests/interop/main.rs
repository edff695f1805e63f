//! The web protocol against iTwin.js itself: its clients against our server, ours against its.
//!
//! Each call is made twice with the same client, against the real server and against ours; what
//! differs is written down with its reason. `cargo xtask test` installs the packages with npm, builds
//! the servers, and runs this.

#![allow(clippy::unwrap_used)] // The helpers of the tests are tests too.

mod asking;
mod browser;
mod built_in;
mod exchanges;
mod explorer;
mod old_client;
mod process;
mod real_client;
mod real_server;
mod report;
mod rows;
