//! What happens in all sessions, as values: for the inspector's window, and for recordings.
//!
//! A feed watches the socket's traffic and the log while somebody reads it, and keeps what waits
//! to be read within bounds. Nothing in here is called while nobody does.

mod feed;
mod handler;
mod happening;
#[cfg(test)]
mod tests;

pub(crate) use feed::{Feed, Lines, Wanted};
pub(crate) use handler::InspectorHandler;
