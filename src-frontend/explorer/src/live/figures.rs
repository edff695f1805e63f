//! Figures of a session: how long calls take, and how many there are.
//!
//! Plain data over the last calls and the last minute. The backend's stamps tell how long calls
//! take; where there are none, over HTTP, the page's clock does, with steps of a millisecond.

use std::collections::VecDeque;

use crate::format;

/// Calls that the percentiles and the histogram look at.
const CALLS: usize = 1000;

/// Seconds that the plot shows.
pub(crate) const SECONDS: usize = 60;

/// Upper ends of the histogram's bars, in microseconds; the last bar has none.
pub(crate) const BARS: [u32; 11] = [
    10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000,
];

/// What the last calls were like.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Figures {
    /// Milliseconds that the last calls took.
    took: VecDeque<f64>,
    /// By the backend's stamps, else by the page's clock.
    is_stamped: bool,
    /// Calls, streams and messages of each of the last seconds, the newest last.
    counts: VecDeque<u32>,
    /// Number of the newest of these seconds.
    second: u64,
}

impl Figures {
    /// A call was answered, after so many milliseconds by the page's clock, and by the backend's
    /// stamps where it has some.
    pub(crate) fn took(&mut self, milliseconds: f64, stamped: Option<f64>) {
        if stamped.is_some() && !self.is_stamped {
            self.is_stamped = true;
            self.took.clear();
        }
        // Two clocks do not mix: where there are stamps, calls without one are not counted.
        let took = match stamped {
            None if self.is_stamped => return,
            None => milliseconds,
            Some(stamped) => stamped,
        };
        self.took.push_back(took);
        if self.took.len() > CALLS {
            self.took.pop_front();
        }
    }

    /// Something happened `now`, in milliseconds since any fixed moment.
    pub(crate) fn happened(&mut self, now: f64) {
        self.advance(now);
        if let Some(count) = self.counts.back_mut() {
            *count += 1;
        }
    }

    /// Lets time pass; says whether a second has begun.
    pub(crate) fn advance(&mut self, now: f64) -> bool {
        let second = (now / 1000.0) as u64;
        let is_first = self.counts.is_empty();
        if !is_first && second <= self.second {
            return false;
        }
        let passed = if is_first {
            SECONDS as u64
        } else {
            second - self.second
        };
        for _ in 0..passed.min(SECONDS as u64) {
            self.counts.push_back(0);
        }
        while self.counts.len() > SECONDS {
            self.counts.pop_front();
        }
        self.second = second;
        true
    }

    /// A time of these figures in words, no finer than its clock.
    pub(crate) fn words(&self, milliseconds: f64) -> String {
        if self.is_stamped {
            format::time(milliseconds)
        } else {
            format::milliseconds(milliseconds)
        }
    }

    /// What the figures are by.
    pub(crate) fn clock(&self) -> &'static str {
        if self.is_stamped {
            "Of the last 1000 calls, at the backend: from a call's arrival to its reply"
        } else {
            "Of the last 1000 calls, by a clock with steps of 1 ms"
        }
    }

    /// The time that `percent` of the last calls took at most; `None` before the first.
    pub(crate) fn percentile(&self, percent: u32) -> Option<f64> {
        let mut sorted: Vec<f64> = self.took.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        let rank = (sorted.len() * percent as usize).div_ceil(100);
        sorted.get(rank.saturating_sub(1)).copied()
    }

    /// Calls by how long they took: one count per bar of [`BARS`], and one for what took longer.
    pub(crate) fn histogram(&self) -> [u32; BARS.len() + 1] {
        let mut bars = [0; BARS.len() + 1];
        for took in &self.took {
            let bar = BARS
                .iter()
                .position(|end| *took * 1000.0 <= f64::from(*end));
            bars[bar.unwrap_or(BARS.len())] += 1;
        }
        bars
    }

    /// What happened in each of the last seconds, the newest last.
    pub(crate) fn per_second(&self) -> Vec<u32> {
        self.counts.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_last_thousand_calls() {
        let mut figures = Figures::default();
        assert_eq!(figures.percentile(50), None);
        figures.took(7.0, None);
        assert_eq!(figures.percentile(50), Some(7.0));
        assert_eq!(figures.percentile(99), Some(7.0));
        for call in 0..1000 {
            figures.took(f64::from(call), None);
        }
        assert_eq!(figures.percentile(50), Some(499.0));
        assert_eq!(figures.percentile(99), Some(989.0));
        assert_eq!(figures.percentile(100), Some(999.0));
    }

    #[test]
    fn each_call_is_in_one_bar() {
        let mut figures = Figures::default();
        for took in [0.0, 0.01, 0.021, 1.0, 501.0, 1e9] {
            figures.took(7.0, Some(took));
        }
        assert_eq!(figures.histogram(), [2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1]);
    }

    #[test]
    fn stamps_replace_the_clock_of_the_page_and_do_not_mix_with_it() {
        let mut figures = Figures::default();
        figures.took(1.0, None);
        assert_eq!(figures.words(1.0), "1 ms");
        assert!(figures.clock().contains("1 ms"));
        figures.took(1.0, Some(0.021));
        figures.took(2000.0, None);
        assert_eq!(figures.percentile(100), Some(0.021));
        assert_eq!(figures.words(0.021), "21 µs");
        assert!(figures.clock().contains("at the backend"));
    }

    #[test]
    fn seconds_without_anything_count_as_such() {
        let mut figures = Figures::default();
        figures.happened(10_000.0);
        figures.happened(10_999.0);
        figures.happened(13_000.0);
        let seconds = figures.per_second();
        assert_eq!(seconds.len(), SECONDS);
        assert_eq!(seconds[SECONDS - 4..], [2, 0, 0, 1]);
        assert!(!figures.advance(13_500.0));
        assert!(figures.advance(1e9));
        assert_eq!(figures.per_second(), [0; SECONDS]);
    }
}
