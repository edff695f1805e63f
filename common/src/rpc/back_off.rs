//! How long a client waits after a fault of the moment, whatever carried the request.
//!
//! iTwin.js's times: half a second at first, and the rest doubles. It counts every sending, so that
//! an operation that was pending for long would wait for days after its first fault; here only
//! faults count. Used by both lives of a request: the one that every configuration shares, and
//! iTwin's own on the web.

use std::time::Duration;

/// Time to wait after fault number `faults`, counted from 1: 500, 750, 1250, 2250, 4250 ms, and so
/// on.
pub(super) fn back_off(faults: u32) -> Duration {
    // A limit on faults ends the request long before this bound.
    let doublings = faults.saturating_sub(1).min(20);
    Duration::from_millis(((1_u64 << doublings) - 1) * 250 + 500)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_half_a_second_and_a_growing_rest_and_never_overflows() {
        let waits: Vec<_> = (1..=5).map(|fault| back_off(fault).as_millis()).collect();
        assert_eq!(waits, [500, 750, 1250, 2250, 4250]);
        assert_eq!(back_off(u32::MAX), back_off(21));
    }
}
