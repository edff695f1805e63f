//! Locks on what is whole between any two statements.
//!
//! A panic while one is held breaks no invariant, since there is none that spans statements. Whoever
//! locks something of another kind does not use this.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks, also after a panic of somebody who had it locked.
pub(super) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
