//! Waiting for what a test expects to happen: the only place that sleeps.

use std::time::{Duration, Instant};

/// How long anything may take that has no reason to take long, on a slow and busy machine.
pub const DEADLINE: Duration = Duration::from_secs(30);

const PERIOD: Duration = Duration::from_millis(20);

/// Looks until there is something to see, and gives that.
///
/// # Panics
/// After [`DEADLINE`], naming `what` was waited for.
pub fn eventually<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    eventually_within(DEADLINE, what, look)
}

/// [`eventually`] with a deadline of its own.
///
/// # Panics
/// After `deadline`, naming `what` was waited for.
pub fn eventually_within<T>(
    deadline: Duration,
    what: &str,
    mut look: impl FnMut() -> Option<T>,
) -> T {
    let start = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(
            start.elapsed() < deadline,
            "waited {deadline:?} in vain for {what}"
        );
        std::thread::sleep(PERIOD);
    }
}
