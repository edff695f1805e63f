//! The backend's executor and clock, on tokio.
//!
//! Used by in-process pipes; the webview bridge has a shell of its own on the same runtime.

use std::{future::Future as _, time::Duration};

use tokio::{runtime::Handle, time::Instant};
use tokio_util::task::TaskTracker;
use twinbridge_common::ipc::{Task, in_process::Executor};

/// Runs handlers on a tokio runtime.
#[cfg_attr(doc, doc = include_str!("../examples/bridge.md"))]
#[derive(Clone, Debug)]
pub struct TokioExecutor {
    runtime: Handle,
    start: Instant,
    /// Work on the blocking pool, which a cancellation asks to end and cannot end.
    blocking: TaskTracker,
    /// Pages that have not had their goodbye.
    pages: TaskTracker,
    /// Sessions that a task of theirs still holds. Counted per session, since counting every
    /// call would cost every call.
    sessions: TaskTracker,
}

impl TokioExecutor {
    /// An executor on `runtime`, which must have its timer on.
    #[must_use]
    pub fn new(runtime: Handle) -> Self {
        Self {
            runtime,
            start: Instant::now(),
            blocking: TaskTracker::new(),
            pages: TaskTracker::new(),
            sessions: TaskTracker::new(),
        }
    }

    /// Work on the blocking pool, begun or not.
    pub(crate) fn blocking(&self) -> &TaskTracker {
        &self.blocking
    }

    /// Pages that have not had their goodbye.
    pub(super) fn pages(&self) -> &TaskTracker {
        &self.pages
    }

    /// Sessions that something of theirs is left of.
    pub(super) fn sessions(&self) -> &TaskTracker {
        &self.sessions
    }

    pub(crate) fn instant(&self, at: Duration) -> Instant {
        self.start + at
    }
}

impl Executor for TokioExecutor {
    fn spawn(&self, task: Task) {
        self.runtime.spawn(task);
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) {
        let running = self.blocking.token();
        self.runtime.spawn_blocking(move || {
            work();
            drop(running);
        });
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep_until(&self, at: Duration) -> Task {
        let at = self.instant(at);
        let mut sleep = None;
        // The timer is made inside the runtime, wherever this was called from.
        Box::pin(std::future::poll_fn(move |cx| {
            sleep
                .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(at)))
                .as_mut()
                .poll(cx)
        }))
    }
}
