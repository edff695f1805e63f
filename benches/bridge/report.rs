//! Rounds to figures: medians of ratios, with the lowest and the highest round.

use std::fmt;

use twinbridge_bench_page::contract::{Figure, Round, Side};

/// What is printed.
#[derive(Debug)]
pub(crate) struct Report {
    rounds: Vec<Round>,
}

impl Report {
    pub(crate) fn of(rounds: Vec<Round>) -> Self {
        Self { rounds }
    }

    /// Microseconds per call of one side, by round.
    fn per_call(&self, figure: Figure, side: Side) -> Vec<f64> {
        self.rounds
            .iter()
            .filter(|round| round.figure == figure && round.side == side)
            .map(|round| round.micros / f64::from(round.calls))
            .collect()
    }

    fn ratios(&self, figure: Figure, over: Side, under: Side) -> Spread {
        let (over, under) = (self.per_call(figure, over), self.per_call(figure, under));
        Spread::of(over.iter().zip(&under).map(|(a, b)| a / b).collect())
    }

    /// Growth per 100 000 calls, in bytes, of host and page: the slope of the best line.
    fn slopes(&self) -> Option<(f64, f64)> {
        let points: Vec<(f64, f64, f64)> = self
            .rounds
            .iter()
            .filter_map(|round| {
                let memory = round.memory?;
                let calls = f64::from(round.calls) / 100_000.0;
                Some((calls, memory.host as f64, memory.page as f64))
            })
            .collect();
        (points.len() > 2).then(|| {
            let host = slope(points.iter().map(|(x, host, _)| (*x, *host)));
            let page = slope(points.iter().map(|(x, _, page)| (*x, *page)));
            (host, page)
        })
    }
}

fn slope(points: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let n = points.clone().count() as f64;
    let (sx, sy) = points
        .clone()
        .fold((0.0, 0.0), |(sx, sy), (x, y)| (sx + x, sy + y));
    let (mx, my) = (sx / n, sy / n);
    let (over, under) = points.fold((0.0, 0.0), |(over, under), (x, y)| {
        (over + (x - mx) * (y - my), under + (x - mx) * (x - mx))
    });
    over / under
}

struct Spread {
    median: f64,
    lowest: f64,
    highest: f64,
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self {
            median: values.get(values.len() / 2).copied().unwrap_or(f64::NAN),
            lowest: values.first().copied().unwrap_or(f64::NAN),
            highest: values.last().copied().unwrap_or(f64::NAN),
        }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>9.2}  ({:.2} to {:.2})",
            self.median, self.lowest, self.highest
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "64 bytes there and back; median of the rounds, lowest and highest"
        )?;
        for (side, name) in [
            (Side::Bridge, "bridge, typed wasm client"),
            (Side::InvokeRaw, "Tauri invoke, async, raw"),
            (Side::InvokeJson, "Tauri invoke, sync, JSON"),
        ] {
            let single = Spread::of(self.per_call(Figure::Single, side));
            let many = Spread::of(
                self.per_call(Figure::Concurrent, side)
                    .iter()
                    .map(|us| 1e6 / us)
                    .collect(),
            );
            writeln!(f, "{name:<28} one at a time, µs/call {single}")?;
            writeln!(f, "{name:<28} 1000 in flight, calls/s {many}")?;
        }
        let single = self.ratios(Figure::Single, Side::Bridge, Side::InvokeRaw);
        let many = self.ratios(Figure::Concurrent, Side::InvokeRaw, Side::Bridge);
        writeln!(
            f,
            "one call at a time, bridge / Tauri   (bar: at most 1.15) {single}"
        )?;
        writeln!(
            f,
            "1000 in flight, calls/s over Tauri's (bar: at least 20)  {many}"
        )?;
        if let Some((host, page)) = self.slopes() {
            writeln!(
                f,
                "memory per 100 000 calls (bar: at most 1 MiB): host {:.3} MiB, page {:.3} MiB",
                host / 1048576.0,
                page / 1048576.0
            )?;
        }
        let json = self.rounds.iter().map(|round| {
            format!(
                "{{\"figure\":\"{:?}\",\"side\":\"{:?}\",\"round\":{},\"calls\":{},\"micros\":{}}}",
                round.figure, round.side, round.round, round.calls, round.micros
            )
        });
        writeln!(f, "{{\"rounds\":[{}]}}", json.collect::<Vec<_>>().join(","))
    }
}
