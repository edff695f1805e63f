//! The end of all pages: goodbyes, cancelled calls, and the wait for work that is under way.
//!
//! A cancelled future is dropped at its next wait; work on the blocking pool sees a token and
//! ends when it likes, so that is what the limit is for. Used by the host before it ends.

use std::time::Duration;

use futures_util::future::join;
use tokio::time::timeout;
use twinbridge_common::ipc::in_process::Executor as _;

use super::Bridge;

/// How long pages get to fetch their goodbyes, and then cancelled futures to be dropped. A page
/// that hangs fetches nothing, and an app may keep something of a session for good.
const GOODBYE: Duration = Duration::from_secs(1);

/// What was left when the bridge had shut down.
#[cfg_attr(doc, doc = include_str!("../examples/server.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "work may still be running"]
pub enum Drained {
    /// Everything that ran has ended.
    Completely,
    /// So many pieces of work ignored their cancellation for as long as the limit allowed.
    StillRunning(usize),
}

impl Bridge {
    /// Ends all sessions in order, with `text` as their pages' goodbye, takes no page in from
    /// here on, and waits up to `limit` for blocking work to end.
    ///
    /// Runs on any tokio runtime with a timer; on one of its own the limit passes also while
    /// handlers block every thread of theirs.
    ///
    /// # Cancellation
    /// The sessions end all the same; only the wait is over.
    pub async fn shut_down(&self, text: &str, limit: Duration) -> Drained {
        self.close();
        let (socket, text) = (self.socket.clone(), text.to_owned());
        // What runs at the end of a session is the app's code, and is waited for like the rest.
        self.executor
            .spawn_blocking(Box::new(move || socket.close(&text)));
        let (blocking, pages, sessions) = (
            self.executor.blocking(),
            self.executor.pages(),
            self.executor.sessions(),
        );
        for tracked in [blocking, pages, sessions] {
            // Only now does waiting for it come to an end.
            tracked.close();
        }
        let (_, fetched) = join(
            timeout(limit, blocking.wait()),
            timeout(GOODBYE, pages.wait()),
        )
        .await;
        if fetched.is_err() {
            tracing::warn!(pages = pages.len(), "pages did not fetch their goodbye");
        }
        let running = blocking.len();
        if running > 0 {
            return Drained::StillRunning(running);
        }
        self.forget();
        if timeout(GOODBYE, sessions.wait()).await.is_err() {
            let held = sessions.len();
            tracing::debug!(held, "something of a session that ended is kept");
        }
        Drained::Completely
    }
}
