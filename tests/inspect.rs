//! What watches sessions: recordings and their replay, the inspector, a page's own log.
//!
//! Pages in this process call an app of the tests; the programs are run as users run them where
//! that is what is shown.

#![allow(
    clippy::unwrap_used,
    reason = "the lint's exception for tests leaves out what they share"
)]

#[path = "inspect/app.rs"]
mod app;
#[cfg(feature = "desktop")]
#[path = "inspect/command.rs"]
mod command;
#[path = "inspect/reading.rs"]
mod reading;
#[path = "inspect/recording.rs"]
mod recording;
#[path = "inspect/replaying.rs"]
mod replaying;
