//! The end of the app, whoever asks for it: its last window, its own code, or a signal.
//!
//! Pages get their goodbyes, calls are cancelled, blocking work is waited for within a limit,
//! the app's hooks run, and the exit code says how it went. Everything happens on a thread of
//! its own, so that neither busy handlers nor a busy window can hold it up.

use std::{
    fmt,
    future::Future,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, mpsc},
    time::{Duration, Instant},
};

use futures_util::FutureExt as _;
use tauri::{AppHandle, Wry};

use super::instance::Closing;
use crate::pipe::{Bridge, Drained};

/// Exit code of an app that ended with work still running, or with a hook that failed. It is
/// `EX_SOFTWARE` of `sysexits.h`.
pub(super) const UNFINISHED: i32 = 70;

/// How long running work gets by default.
pub(super) const LIMIT: Duration = Duration::from_secs(5);

/// How long the window shell gets to end by itself.
const SHELL: Duration = Duration::from_secs(2);

/// What the app does before it ends.
type Hook = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

/// The hooks of an app, in the order they were given.
#[derive(Default)]
pub(super) struct Hooks(Vec<Hook>);

impl Hooks {
    pub(super) fn push<F>(&mut self, hook: impl FnOnce() -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.0.push(Box::new(move || Box::pin(hook())));
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} hooks", self.0.len())
    }
}

/// Why the app ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// The last window closed, or the app's own code asked for the end with this code.
    Asked(i32),
    /// A signal of this number came.
    Signal(i32),
}

impl Cause {
    /// The exit code where everything ended in order.
    fn code(self) -> i32 {
        match self {
            Self::Asked(code) => code,
            // What a shell reports of a program that a signal killed.
            Self::Signal(number) => 128 + number,
        }
    }
}

/// Ends the app, once. Clones are the same end.
#[derive(Clone, Debug)]
pub(super) struct Shutdown {
    inner: Arc<Inner>,
}

struct Inner {
    bridge: Arc<Bridge>,
    /// Where other instances hand over, if they do.
    instances: Option<Closing>,
    limit: Duration,
    stage: Mutex<Stage>,
    app: OnceLock<AppHandle<Wry>>,
}

/// How far the end has come.
enum Stage {
    Running {
        hooks: Hooks,
        /// Hears that the window shell has returned, by being disconnected.
        shell: mpsc::Receiver<()>,
    },
    Ending,
    /// Everything is done, and this is the exit code.
    Over(i32),
}

/// Held while the window shell runs.
#[must_use = "the shell counts as ended when this is dropped"]
pub(super) struct ShellRuns(#[expect(dead_code, reason = "held for its drop")] mpsc::Sender<()>);

impl Shutdown {
    pub(super) fn new(
        bridge: Arc<Bridge>,
        instances: Option<Closing>,
        limit: Duration,
        hooks: Hooks,
    ) -> (Self, ShellRuns) {
        let (runs, shell) = mpsc::channel();
        let inner = Inner {
            bridge,
            instances,
            limit,
            stage: Mutex::new(Stage::Running { hooks, shell }),
            app: OnceLock::new(),
        };
        let inner = Arc::new(inner);
        (Self { inner }, ShellRuns(runs))
    }

    /// Tells which app is to end. An end that was asked for before waits for this.
    pub(super) fn of(&self, app: AppHandle<Wry>) {
        // The host runs one app.
        let _ = self.inner.app.set(app);
    }

    /// Whether the shell has to wait with its end; begins the app's where it has not begun.
    pub(super) fn holds(&self, code: Option<i32>) -> bool {
        // A restart cannot be held up.
        if code == Some(tauri::RESTART_EXIT_CODE) {
            return false;
        }
        self.begin(Cause::Asked(code.unwrap_or(0)));
        !matches!(*self.inner.stage(), Stage::Over(_))
    }

    /// The exit code, where the end is over.
    pub(super) fn code(&self) -> Option<i32> {
        match *self.inner.stage() {
            Stage::Over(code) => Some(code),
            Stage::Running { .. } | Stage::Ending => None,
        }
    }

    /// Begins the end of the app. Nothing happens where it has begun already.
    pub(super) fn begin(&self, cause: Cause) {
        let mut stage = self.inner.stage();
        if !matches!(*stage, Stage::Running { .. }) {
            return;
        }
        let Stage::Running { hooks, shell } = std::mem::replace(&mut *stage, Stage::Ending) else {
            return;
        };
        drop(stage);
        let inner = Arc::clone(&self.inner);
        std::thread::spawn(move || inner.end(cause, hooks, &shell));
    }
}

impl Inner {
    fn end(&self, cause: Cause, hooks: Hooks, shell: &mpsc::Receiver<()>) {
        let start = Instant::now();
        tracing::info!(?cause, "the app is closing");
        if let Some(instances) = &self.instances {
            instances.close();
        }
        let in_order = std::panic::catch_unwind(AssertUnwindSafe(|| self.drain(hooks)));
        let code = match in_order {
            Ok(true) => cause.code(),
            Ok(false) | Err(_) => UNFINISHED,
        };
        // Every line of the log is written as it is said, so there is nothing to flush.
        tracing::info!(code, took = ?start.elapsed(), "the app is closed");
        *self.stage() = Stage::Over(code);
        self.app.wait().exit(code);
        if shell.recv_timeout(SHELL) == Err(mpsc::RecvTimeoutError::Timeout) {
            tracing::error!("the window shell did not end");
            std::process::exit(code);
        }
    }

    /// Ends sessions and work, and runs the hooks; gives whether all of it came to its end.
    fn drain(&self, Hooks(hooks): Hooks) -> bool {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime without input and output needs nothing of the system");
        runtime.block_on(async {
            let drained = self
                .bridge
                .shut_down("the app is closing", self.limit)
                .await;
            if let Drained::StillRunning(running) = drained {
                tracing::error!(running, limit = ?self.limit, "work ignored its cancellation");
            }
            let hooks = run_all(hooks);
            let hooked = tokio::time::timeout(self.limit, hooks).await;
            if hooked.is_err() {
                tracing::error!(limit = ?self.limit, "a shutdown hook took too long");
            }
            drained == Drained::Completely && hooked == Ok(true)
        })
    }

    /// Nothing panics with it held.
    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner")
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

/// Runs hooks one after the other, on the runtime that the app's handlers run on; gives whether
/// none panicked.
async fn run_all(hooks: Vec<Hook>) -> bool {
    let mut all_well = true;
    for hook in hooks {
        // The hook makes its future there, too: it may look for the runtime it is on.
        let hook = async move { hook().await };
        let end = tauri::async_runtime::spawn(AssertUnwindSafe(hook).catch_unwind()).await;
        if !matches!(end, Ok(Ok(()))) {
            tracing::error!("a shutdown hook panicked");
            all_well = false;
        }
    }
    all_well
}
