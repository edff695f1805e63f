//! Figures of a session: how long calls take, and how many there are.
//!
//! Plain data over the last calls and the last minute. A page's clock has steps of a
//! millisecond, so the figures have too.

use std::collections::VecDeque;

/// Calls that the percentiles and the histogram look at.
const CALLS: usize = 1000;

/// Seconds that the plot shows.
pub(crate) const SECONDS: usize = 60;

/// Upper ends of the histogram's bars, in milliseconds; the last bar has none.
pub(crate) const BARS: [u32; 9] = [1, 2, 5, 10, 20, 50, 100, 200, 500];

/// What the last calls were like.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Figures {
    /// Milliseconds that the last calls took.
    took: VecDeque<f64>,
    /// Calls, streams and messages of each of the last seconds, the newest last.
    counts: VecDeque<u32>,
    /// Number of the newest of these seconds.
    second: u64,
}

impl Figures {
    /// A call was answered.
    pub(crate) fn took(&mut self, milliseconds: f64) {
        self.took.push_back(milliseconds);
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
            let bar = BARS.iter().position(|end| *took <= f64::from(*end));
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
        figures.took(7.0);
        assert_eq!(figures.percentile(50), Some(7.0));
        assert_eq!(figures.percentile(99), Some(7.0));
        for call in 0..1000 {
            figures.took(f64::from(call));
        }
        assert_eq!(figures.percentile(50), Some(499.0));
        assert_eq!(figures.percentile(99), Some(989.0));
        assert_eq!(figures.percentile(100), Some(999.0));
    }

    #[test]
    fn each_call_is_in_one_bar() {
        let mut figures = Figures::default();
        for took in [0.0, 1.0, 2.0, 3.0, 501.0, 1e9] {
            figures.took(took);
        }
        assert_eq!(figures.histogram(), [2, 1, 1, 0, 0, 0, 0, 0, 0, 2]);
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
