//! The handlers `files` and `host`, called through their contracts by pages in this process.
//!
//! The files are written to a folder that goes away with the test. Cases that need sparse files,
//! named pipes or sockets stand in modules that only Unix compiles.

#![allow(
    clippy::unwrap_used,
    reason = "the lint's exception for tests leaves out what they share"
)]

#[path = "files/app.rs"]
mod app;
#[path = "files/choose.rs"]
mod choose;
#[path = "files/host.rs"]
mod host;
#[path = "files/open.rs"]
mod open;
#[path = "files/pages.rs"]
mod pages;
#[path = "files/search.rs"]
mod search;
#[path = "files/sessions.rs"]
mod sessions;

#[cfg(unix)]
#[path = "files/follow.rs"]
mod follow;
#[cfg(unix)]
#[path = "files/special.rs"]
mod special;
#[cfg(unix)]
#[path = "files/waiting.rs"]
mod waiting;
