//! Rounds to one figure: the median, with the lowest and the highest round.
//!
//! Single rounds on a machine that does other things say nothing. Shared by the benchmarks.

use std::{fmt, time::Duration};

/// What the rounds said.
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) lowest: f64,
    pub(crate) highest: f64,
}

impl Spread {
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        Self {
            median: values.get(values.len() / 2).copied().unwrap_or(f64::NAN),
            lowest: values.first().copied().unwrap_or(f64::NAN),
            highest: values.last().copied().unwrap_or(f64::NAN),
        }
    }

    /// Round by round, since two sides of one round met the same machine.
    pub(crate) fn ratios(over: &[f64], under: &[f64]) -> Self {
        Self::of(over.iter().zip(under).map(|(over, under)| over / under))
    }
}

pub(crate) fn microseconds(times: &[Duration]) -> Vec<f64> {
    times.iter().map(|time| time.as_secs_f64() * 1e6).collect()
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            median,
            lowest,
            highest,
        } = self;
        let digits = if *median < 1000.0 { 2 } else { 0 };
        write!(
            f,
            "{median:>9.digits$}  ({lowest:.digits$} to {highest:.digits$})"
        )
    }
}
