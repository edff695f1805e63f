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
    fn one_hundred_percent_means_all() {
        assert_eq!(percent(0, 0), 100);
        assert_eq!(percent(999, 1000), 99);
        assert_eq!(percent(u64::MAX - 1, u64::MAX), 99);
        assert_eq!(percent(5, 5), 100);
    }
}
