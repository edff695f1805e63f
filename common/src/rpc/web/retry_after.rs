//! When to ask again, as the header `Retry-After` says it: in a while, or at a date.
//!
//! Dates are counted from 1970; the clock is the caller's.

use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

/// The content of `Retry-After`.
#[cfg_attr(doc, doc = include_str!("../../../examples/web_wire.md"))]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RetryAfter {
    /// After so long. iTwin.js takes fractions of seconds, which HTTP has not.
    In(Duration),
    /// At this time, counted from 1970 in UTC.
    At(Duration),
}

impl RetryAfter {
    /// The longest that is waited, so that nobody's number overflows a clock: a year.
    pub const MAX: Duration = Duration::from_secs(365 * 24 * 60 * 60);

    /// Reads the header; `None` if it says neither.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(seconds) = text.parse::<f64>() {
            let wait = seconds.is_finite().then(|| {
                Duration::try_from_secs_f64(seconds.max(0.0))
                    .map_or(Self::MAX, |wait| wait.min(Self::MAX))
            });
            return wait.map(Self::In);
        }
        let date = httpdate::parse_http_date(text).ok()?;
        date.duration_since(UNIX_EPOCH).ok().map(Self::At)
    }

    /// How long to wait from `unix_now` on, which is counted from 1970.
    #[must_use]
    pub fn wait(self, unix_now: Duration) -> Duration {
        match self {
            Self::In(wait) => wait.min(Self::MAX),
            Self::At(date) => date.saturating_sub(unix_now).min(Self::MAX),
        }
    }
}

impl fmt::Display for RetryAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::In(wait) => write!(f, "{}", wait.as_secs_f64()),
            Self::At(date) => {
                // HTTP's years have four digits.
                let date = Duration::from_secs(253_402_300_799).min(*date);
                f.write_str(&httpdate::fmt_http_date(UNIX_EPOCH + date))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_fractions_and_dates_are_read() {
        let at = RetryAfter::At(Duration::from_secs(784_111_777));
        for (text, expected) in [
            ("1", Some(RetryAfter::In(Duration::from_secs(1)))),
            (" 0.25 ", Some(RetryAfter::In(Duration::from_millis(250)))),
            ("-3", Some(RetryAfter::In(Duration::ZERO))),
            ("1e300", Some(RetryAfter::In(RetryAfter::MAX))),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(at)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(at)),
            ("Sun Nov  6 08:49:37 1994", Some(at)),
            ("", None),
            ("NaN", None),
            ("inf", None),
            ("soon", None),
        ] {
            assert_eq!(RetryAfter::read(text), expected, "{text}");
        }
        assert_eq!(
            at.wait(Duration::from_secs(784_111_770)),
            Duration::from_secs(7)
        );
        assert_eq!(at.wait(Duration::from_secs(784_111_790)), Duration::ZERO);
        assert_eq!(at.to_string(), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(
            RetryAfter::In(Duration::from_millis(1500)).to_string(),
            "1.5"
        );
        assert_eq!(RetryAfter::In(Duration::from_secs(2)).to_string(), "2");
        let _ = RetryAfter::At(Duration::MAX).to_string();
    }
}
