//! The page's executor and clock: the browser's event loop.
//!
//! Handlers run on it one poll at a time; there are no threads, so blocking work runs in place.
//! The pump of the bridge sleeps on the shell's waker.

use std::{
    future::{Future, poll_fn},
    sync::atomic::{AtomicBool, Ordering},
    task::Poll,
    time::Duration,
};

use atomic_waker::AtomicWaker;
use futures_channel::oneshot;
use twinbridge_common::ipc::{Shell, Task};
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};

use crate::javascript;

/// Runs a future on the page's event loop.
pub fn spawn(future: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(future);
}

/// The shell of a page's one session.
#[derive(Debug, Default)]
pub(crate) struct PageShell {
    /// Wakes the pump; it runs after the tasks that are ready, in the same turn of the page.
    pump: AtomicWaker,
    /// Set by a wake, also while the pump is at work and has no waker here.
    is_wanted: AtomicBool,
}

impl PageShell {
    /// Waits for the next wake, or for none if there was one since the last wait.
    pub(crate) fn wanted(&self) -> impl Future<Output = ()> + '_ {
        poll_fn(|cx| {
            self.pump.register(cx.waker());
            if self.is_wanted.swap(false, Ordering::AcqRel) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
    }
}

impl Shell for PageShell {
    fn spawn(&self, task: Task) {
        spawn(task);
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) {
        work();
    }

    fn now(&self) -> Duration {
        now()
    }

    fn wake(&self) {
        self.is_wanted.store(true, Ordering::Release);
        self.pump.wake();
    }
}

/// Time since the page began.
pub(crate) fn now() -> Duration {
    Duration::from_secs_f64(javascript::performance_now() / 1000.0)
}

/// Waits for about `delay`. Dropped before, it takes the browser's timer with it.
pub(crate) async fn sleep(delay: Duration) {
    let (rung, ringing) = oneshot::channel();
    let callback = Closure::once(move || {
        // The sleeper is dropped behind its timer.
        let _ = rung.send(());
    });
    let timer = javascript::set_timeout(callback.as_ref(), delay.as_secs_f64() * 1000.0);
    // Dropped before the callback, which must not be called any more then.
    let _timer = Timer(timer);
    let _ = ringing.await;
}

/// A timer of the browser, which ends with it.
struct Timer(JsValue);

impl Drop for Timer {
    fn drop(&mut self) {
        javascript::clear_timeout(&self.0);
    }
}

/// Calls `f` once, after about `delay`.
pub(crate) fn after(delay: Duration, f: impl FnOnce() + 'static) {
    let callback = Closure::once_into_js(f);
    javascript::set_timeout(callback.unchecked_ref(), delay.as_secs_f64() * 1000.0);
}
