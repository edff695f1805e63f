//! The signals that ask a program to end: hang-up, interrupt, terminate.
//!
//! Heard on a thread of their own, so also while everything else is busy. A signal that the
//! starter of the app has switched off stays so: `nohup` means that a hang-up ends nothing.

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

/// Calls `first` with the number of the first signal; the second ends the process at once, with
/// what a shell reports of a program that the signal killed.
///
/// # Errors
/// Where the system takes no handler.
pub(super) fn watch(first: impl FnOnce(i32) + Send + 'static) -> std::io::Result<()> {
    let ignored = std::fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| ignored_in(&status))
        .unwrap_or(0);
    let wanted = [SIGHUP, SIGINT, SIGTERM]
        .into_iter()
        .filter(|number| ignored >> (number - 1) & 1 == 0);
    let mut signals = Signals::new(wanted)?;
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            let mut signals = signals.forever();
            if let Some(number) = signals.next() {
                first(number);
            }
            if let Some(number) = signals.next() {
                tracing::warn!(number, "a second signal ends the app at once");
                signal_hook::low_level::exit(128 + number);
            }
        })?;
    Ok(())
}

/// The signals that a process ignores, a bit each, as Linux tells; nobody else does.
fn ignored_in(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(line.trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_signals_are_read_as_bits() {
        for (status, ignored) in [
            ("Name:\tx\nSigIgn:\t0000000000001001\n", Some(0x1001)),
            ("SigIgn:\tx\n", None),
            ("Name:\tx\n", None),
        ] {
            assert_eq!(ignored_in(status), ignored, "{status:?}");
        }
    }
}
