//! The backend's executor and clock, on tokio.
//!
//! Used by in-process pipes; the webview bridge has a shell of its own on the same runtime.

use std::{future::Future as _, time::Duration};

use tokio::{runtime::Handle, time::Instant};
use twinbridge_common::ipc::{Task, in_process::Executor};

/// Runs handlers on a tokio runtime.
#[derive(Clone, Debug)]
pub struct TokioExecutor {
    runtime: Handle,
    start: Instant,
}

impl TokioExecutor {
    /// An executor on `runtime`, which must have its timer on.
    #[must_use]
    pub fn new(runtime: Handle) -> Self {
        Self {
            runtime,
            start: Instant::now(),
        }
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
        self.runtime.spawn_blocking(work);
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
