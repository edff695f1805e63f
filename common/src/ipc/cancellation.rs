//! A flag that is raised once and wakes whoever waits for it.
//!
//! Plain data without a runtime. The session raises it when a call is cancelled, its deadline
//! passes or the session ends; handlers and blocking work look at it.

use std::{
    collections::BTreeMap,
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
#[cfg_attr(doc, doc = include_str!("../../examples/context.md"))]
#[derive(Clone, Default)]
pub struct Cancellation {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    raised: AtomicBool,
    waiting: Mutex<Waiting>,
}

/// Almost every call has one that waits, its own task, which needs no allocation.
#[derive(Default)]
struct Waiting {
    task: Option<Waker>,
    /// One per future that waits, until it is dropped: a stream lives long, and what it waits for
    /// beside each item must not add up.
    others: BTreeMap<u64, Waker>,
    next: u64,
}

impl Cancellation {
    /// Whether the call was cancelled. Cheap enough for an inner loop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.shared.raised.load(Ordering::Acquire)
    }

    /// Whether both are one flag: that of one call. Numbers of calls are used again.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// Completes when the call is cancelled; at once if it was already.
    ///
    /// # Cancellation
    /// Dropping the future has no effect.
    pub fn cancelled(&self) -> Cancelled<'_> {
        Cancelled {
            flag: self,
            place: None,
        }
    }

    /// Raises the flag and wakes all who wait.
    pub fn cancel(&self) {
        self.shared.raised.store(true, Ordering::Release);
        let (task, others) = {
            let mut waiting = self.waiting();
            (waiting.task.take(), std::mem::take(&mut waiting.others))
        };
        for waker in task.into_iter().chain(others.into_values()) {
            waker.wake();
        }
    }

    /// Polls for the flag without a future of its own. For the task of the call alone.
    pub(crate) fn poll_cancelled(&self, cx: &Context<'_>) -> Poll<()> {
        self.poll(|waiting| match &mut waiting.task {
            Some(task) => task.clone_from(cx.waker()),
            None => waiting.task = Some(cx.waker().clone()),
        })
    }

    fn poll(&self, wait: impl FnOnce(&mut Waiting)) -> Poll<()> {
        if self.is_cancelled() {
            return Poll::Ready(());
        }
        let mut waiting = self.waiting();
        // Raised between the look above and the lock: `cancel` has emptied the list already.
        if self.is_cancelled() {
            return Poll::Ready(());
        }
        wait(&mut waiting);
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
#[cfg_attr(doc, doc = include_str!("../../examples/context.md"))]
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Cancelled<'a> {
    flag: &'a Cancellation,
    place: Option<u64>,
}

impl Future for Cancelled<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let flag = self.flag;
        flag.poll(|waiting| {
            let place = *self.place.get_or_insert_with(|| {
                waiting.next += 1;
                waiting.next
            });
            waiting.others.insert(place, cx.waker().clone());
        })
    }
}

impl Drop for Cancelled<'_> {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            // Bound, so that it is dropped when nothing is locked: it may hold the last of a task.
            let _waker = self.flag.waiting().others.remove(&place);
        }
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

    #[test]
    fn those_who_wait_no_longer_leave_nothing_behind() {
        let flag = Cancellation::default();
        for _ in 0..10 {
            let mut waiting = Box::pin(flag.cancelled());
            assert_eq!((&mut waiting).now_or_never(), None);
            assert_eq!(flag.waiting().others.len(), 1);
        }
        assert!(flag.waiting().others.is_empty());
    }
}
