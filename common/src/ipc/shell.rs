//! What the core asks of the half that hosts it: a clock, an executor, a nudge.
//!
//! `common` has none of these itself, so that the same code runs in the backend (tokio), in a
//! page (the browser's event loop) and in tests (by hand). One shell serves one session.

use std::{fmt, future::Future, pin::Pin, time::Duration};

/// A future that a shell runs to its end.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The executor, clock and pump of one session.
#[cfg_attr(doc, doc = include_str!("../../examples/shell.md"))]
pub trait Shell: Send + Sync + fmt::Debug + 'static {
    /// Runs `task` to its end, soon, and not inside this call unless the shell is of that kind.
    fn spawn(&self, task: Task);

    /// Runs `work` where blocking harms nobody.
    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>);

    /// Time since a fixed moment; never goes back.
    fn now(&self) -> Duration;

    /// The session has something to send, or an earlier deadline: poll it soon. Called often
    /// and from any thread, never with a lock of the session held.
    fn wake(&self);
}
