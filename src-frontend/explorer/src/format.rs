//! Numbers as people read them: grouped, with their unit, never more precise than they are.
//!
//! Plain text in, plain text out; where it stands on the page is the caller's business.

/// A narrow space that does not break: what SI puts between groups of three digits.
const GROUP: char = '\u{202f}';

/// `1204` as `1 204`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(GROUP);
        }
        text.push(digit);
    }
    text
}

/// `1 line`, `2 lines`.
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// `3250586` as `3.1 MiB`; whole numbers stay whole. Rounds down, so that nothing is said to be
/// larger than it is.
pub(crate) fn bytes(len: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if len < 1024 {
        return format!("{len} B");
    }
    let mut scale = 1024;
    let mut at = 0;
    while at + 1 < UNITS.len() && len / scale >= 1024 {
        scale *= 1024;
        at += 1;
    }
    let (whole, rest) = (len / scale, len % scale);
    let tenth = u128::from(rest) * 10 / u128::from(scale);
    match tenth {
        0 => format!("{} {}", count(whole), UNITS[at]),
        _ => format!("{}.{tenth} {}", count(whole), UNITS[at]),
    }
}

/// Whole percent, rounded down: 100 only when all is done.
pub(crate) fn percent(done: u64, all: u64) -> u64 {
    if done >= all {
        return 100;
    }
    // Below `all`, so the quotient is below 100.
    (u128::from(done) * 100 / u128::from(all)) as u64
}

/// Whole milliseconds, which is what a page's clock gives; below one it says so.
pub(crate) fn milliseconds(time: f64) -> String {
    match time.round() {
        time if time < 1.0 => "< 1 ms".to_owned(),
        // Times are far below 2^53 ms.
        time => format!("{} ms", count(time as u64)),
    }
}

/// A time by the backend's clock, given in milliseconds: `21 µs`, `1.25 ms`, `3.1 s`.
pub(crate) fn time(milliseconds: f64) -> String {
    // Times are far below 2^53 µs.
    match milliseconds {
        time if time < 1.0 => format!("{} µs", count((time * 1000.0).round() as u64)),
        time if time < 100.0 => format!("{time:.2} ms"),
        time if time < 10_000.0 => format!("{} ms", count(time.round() as u64)),
        time => seconds(time),
    }
}

/// A time that goes on: `1.2 s`.
pub(crate) fn seconds(milliseconds: f64) -> String {
    format!("{:.1} s", milliseconds / 1000.0)
}

/// The time of day, in UTC offset by `zone` minutes: `12:01:03.250`.
pub(crate) fn clock(since_1970: f64, zone: f64) -> String {
    // Milliseconds of the day, far below 2^53.
    let time = (since_1970 - zone * 60_000.0).rem_euclid(86_400_000.0) as u64;
    let (seconds, rest) = (time / 1000, time % 1000);
    format!(
        "{:02}:{:02}:{:02}.{rest:03}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_by_three() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1204, "1\u{202f}204"),
            (1_000_000, "1\u{202f}000\u{202f}000"),
        ] {
            assert_eq!(count(number), text);
        }
    }

    #[test]
    fn lengths_have_one_decimal_where_it_says_something() {
        for (len, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1 KiB"),
            (16 * 1024, "16 KiB"),
            (3_250_586, "3.1 MiB"),
            (1024 * 1024 - 1, "1\u{202f}023.9 KiB"),
            (1 << 30, "1 GiB"),
            (u64::MAX, "16\u{202f}777\u{202f}215.9 TiB"),
        ] {
            assert_eq!(bytes(len), text);
        }
    }

    #[test]
    fn times_are_no_finer_than_the_clock() {
        for (time, text) in [(0.0, "< 1 ms"), (1.0, "1 ms"), (1204.0, "1\u{202f}204 ms")] {
            assert_eq!(milliseconds(time), text);
        }
        assert_eq!(seconds(1249.0), "1.2 s");
        for (milliseconds, text) in [
            (0.0, "0 µs"),
            (0.0214, "21 µs"),
            (1.25, "1.25 ms"),
            (1204.4, "1\u{202f}204 ms"),
            (12_040.0, "12.0 s"),
        ] {
            assert_eq!(time(milliseconds), text);
        }
    }

    #[test]
    fn the_time_of_day_is_that_of_the_zone() {
        assert_eq!(clock(0.0, 0.0), "00:00:00.000");
        assert_eq!(clock(86_399_999.0, 0.0), "23:59:59.999");
        // Minutes west of Greenwich, as browsers count.
        assert_eq!(clock(0.0, -90.0), "01:30:00.000");
    }

    #[test]
    fn one_hundred_percent_means_all() {
        assert_eq!(percent(0, 0), 100);
        assert_eq!(percent(999, 1000), 99);
        assert_eq!(percent(u64::MAX - 1, u64::MAX), 99);
        assert_eq!(percent(5, 5), 100);
    }
}
