//! Looks at the host from outside while the page measures.
//!
//! A probe asks the thread of the windows for a turn every millisecond; a watch looks at the
//! resident memory. Each has a thread of its own.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use crate::handler::resident;

/// Between two questions for a turn.
const EVERY: Duration = Duration::from_millis(1);

/// Between two looks at the memory.
const LOOK: Duration = Duration::from_millis(20);

/// Measures how long the thread of the windows keeps others waiting.
pub(crate) struct Probe {
    waits: Arc<Mutex<Vec<Duration>>>,
    thread: Until<()>,
}

impl Probe {
    pub(crate) fn begin(app: tauri::AppHandle) -> Self {
        let waits: Arc<Mutex<Vec<Duration>>> = Arc::default();
        let seen = Arc::clone(&waits);
        let thread = Until::begin(move |is_over| {
            while !is_over.load(Ordering::Relaxed) {
                let (asked, seen) = (Instant::now(), Arc::clone(&seen));
                let turn = app.run_on_main_thread(move || {
                    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                    seen.push(asked.elapsed());
                });
                if turn.is_err() {
                    return;
                }
                std::thread::sleep(EVERY);
            }
        });
        Self { waits, thread }
    }

    /// How long each turn was waited for.
    pub(crate) fn end(self) -> Vec<Duration> {
        self.thread.end();
        std::mem::take(&mut *self.waits.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Looks at the host's memory.
pub(crate) struct Watch {
    thread: Until<u64>,
}

impl Watch {
    pub(crate) fn begin() -> Self {
        let look = || resident(std::process::id()).unwrap_or(0);
        let before = look();
        let thread = Until::begin(move |is_over| {
            let mut most = before;
            while !is_over.load(Ordering::Relaxed) {
                most = most.max(look());
                std::thread::sleep(LOOK);
            }
            most - before
        });
        Self { thread }
    }

    /// By how many bytes the memory grew at most.
    pub(crate) fn end(self) -> u64 {
        self.thread.end().unwrap_or(0)
    }
}

/// A thread that runs until it is told to stop.
struct Until<T> {
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<T>,
}

impl<T: Send + 'static> Until<T> {
    fn begin(work: impl FnOnce(&AtomicBool) -> T + Send + 'static) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&is_over);
        Self {
            is_over,
            thread: std::thread::spawn(move || work(&seen)),
        }
    }

    fn end(self) -> Option<T> {
        self.is_over.store(true, Ordering::Relaxed);
        self.thread.join().ok()
    }
}
