//! A flag that is raised once and wakes whoever waits for it.
//!
//! Plain data without a runtime. The session raises it when a call is cancelled, its deadline
//! passes or the session ends; handlers and blocking work look at it.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
};

/// Tells a running call that nobody waits for it any more. Clones share one flag.
#[derive(Clone, Default)]
pub struct Cancellation {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    raised: AtomicBool,
    waiting: Mutex<Waiting>,
}

/// Almost every call has one that waits, its own task, so the first needs no allocation.
#[derive(Default)]
struct Waiting {
    first: Option<Waker>,
    others: Vec<Waker>,
}

impl Cancellation {
    /// Whether the call was cancelled. Cheap enough for an inner loop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.shared.raised.load(Ordering::Acquire)
    }

    /// Completes when the call is cancelled; at once if it was already.
    ///
    /// # Cancellation
    /// Dropping the future has no effect.
    pub fn cancelled(&self) -> Cancelled<'_> {
        Cancelled { flag: self }
    }

    /// Raises the flag and wakes all who wait.
    pub fn cancel(&self) {
        self.shared.raised.store(true, Ordering::Release);
        let Waiting { first, others } = std::mem::take(&mut *self.waiting());
        for waker in first.into_iter().chain(others) {
            waker.wake();
        }
    }

    /// Polls for the flag without a future of its own.
    pub(crate) fn poll_cancelled(&self, cx: &Context<'_>) -> Poll<()> {
        if self.is_cancelled() {
            return Poll::Ready(());
        }
        let mut waiting = self.waiting();
        // Raised between the look above and the lock: `cancel` has emptied the list already.
        if self.is_cancelled() {
            return Poll::Ready(());
        }
        match &waiting.first {
            None => waiting.first = Some(cx.waker().clone()),
            Some(first) if first.will_wake(cx.waker()) => {}
            Some(_) => {
                if !waiting
                    .others
                    .iter()
                    .any(|waker| waker.will_wake(cx.waker()))
                {
                    waiting.others.push(cx.waker().clone());
                }
            }
        }
        Poll::Pending
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.shared
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Cancellation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancellation")
            .field("is_cancelled", &self.is_cancelled())
            .finish()
    }
}

/// Future of [`Cancellation::cancelled`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Cancelled<'a> {
    flag: &'a Cancellation,
}

impl Future for Cancelled<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.flag.poll_cancelled(cx)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn a_raised_flag_stays_raised_and_every_clone_sees_it() {
        let flag = Cancellation::default();
        let clone = flag.clone();
        assert_eq!(clone.cancelled().now_or_never(), None);
        flag.cancel();
        assert!(clone.is_cancelled());
        assert_eq!(clone.cancelled().now_or_never(), Some(()));
    }
}
