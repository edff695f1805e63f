//! What calls belong to that come without an IPC session: RPC within the process or over HTTP.
//!
//! A session ends what belongs to a page; a scope does so for the configuration that its calls
//! came through. It knows neither calls nor clients, only what is to run at its end.

use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

/// Ends when its last clone is dropped. Calls that belong to it do not keep it.
#[cfg_attr(doc, doc = include_str!("../../examples/dynamic.md"))]
#[derive(Clone, Default)]
pub struct CallScope {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    at_end: Mutex<Vec<Box<dyn FnOnce() + Send>>>,
}

impl CallScope {
    pub(crate) fn downgrade(&self) -> WeakScope {
        WeakScope(Arc::downgrade(&self.inner))
    }
}

impl Inner {
    fn at_end(&self) -> MutexGuard<'_, Vec<Box<dyn FnOnce() + Send>>> {
        self.at_end.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let at_end = std::mem::take(&mut *self.at_end());
        for run in at_end {
            // The app's own code: a panic in one piece of it must not keep the others from theirs.
            if std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err() {
                tracing::error!("what was to run at the end of a configuration panicked");
            }
        }
    }
}

/// A scope that a call does not keep.
#[derive(Clone, Default)]
pub(crate) struct WeakScope(Weak<Inner>);

impl PartialEq for WeakScope {
    fn eq(&self, other: &Self) -> bool {
        self.0.ptr_eq(&other.0)
    }
}

impl Eq for WeakScope {}

impl Hash for WeakScope {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_ptr().hash(state);
    }
}

impl WeakScope {
    /// Runs `f` when the scope ends; at once if it has.
    pub(crate) fn on_end(&self, f: impl FnOnce() + Send + 'static) {
        match self.0.upgrade() {
            Some(scope) => {
                scope.at_end().push(Box::new(f));
            }
            None => f(),
        }
    }
}

impl fmt::Debug for CallScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallScope")
            .field("at_end", &self.inner.at_end().len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for WeakScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WeakScope")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn what_was_registered_runs_once_at_the_end_of_the_last_clone() {
        let runs = Arc::new(AtomicUsize::new(0));
        let count = |runs: &Arc<AtomicUsize>| {
            let runs = Arc::clone(runs);
            move || {
                runs.fetch_add(1, Ordering::Relaxed);
            }
        };
        let scope = CallScope::default();
        let weak = scope.downgrade();
        weak.on_end(|| panic!("as it was told to"));
        weak.on_end(count(&runs));
        let clone = scope.clone();
        drop(scope);
        assert_eq!(runs.load(Ordering::Relaxed), 0);
        drop(clone);
        assert_eq!(runs.load(Ordering::Relaxed), 1);
        weak.on_end(count(&runs));
        assert_eq!(runs.load(Ordering::Relaxed), 2);
    }
}
