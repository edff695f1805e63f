//! Rounds to figures: medians of ratios, with the lowest and the highest round.

use std::{fmt, path::Path, process::Command, time::Duration};

use twinbridge_bench_page::contract::{Figure, Round, Side};

use crate::spread::{Spread, microseconds};
use crate::{in_process::InProcess, startup::Startup};

/// What is printed.
pub(crate) struct Report {
    pub(crate) window: Option<Window>,
    pub(crate) in_process: Option<InProcess>,
    pub(crate) startup: Option<Startup>,
    pub(crate) page_bytes: Option<usize>,
}

/// What was measured in the window.
pub(crate) struct Window {
    pub(crate) rounds: Vec<Round>,
    pub(crate) bridge_waits: Vec<Duration>,
    pub(crate) invoke_waits: Vec<Duration>,
}

/// Bytes of the page's module as it travels, or would: gzipped at level 9.
pub(crate) fn gzipped_page() -> Option<usize> {
    let page =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("target/page/twinbridge_explorer_bg.wasm");
    let gzip = Command::new("gzip")
        .args(["-9", "-c"])
        .arg(page)
        .output()
        .ok()?;
    gzip.status.success().then_some(gzip.stdout.len())
}

impl Window {
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
        Spread::of(over.iter().zip(&under).map(|(a, b)| a / b))
    }

    /// How many times as fast as the faster of Tauri's two kinds of channel, by round.
    fn ratios_to_faster(&self, figure: Figure) -> Spread {
        let per_call = |side| self.per_call(figure, side);
        let raw = per_call(Side::ChannelRaw);
        let faster = raw.iter().zip(per_call(Side::ChannelJson));
        let faster = faster.map(|(raw, json)| raw.min(json));
        let ratios = faster.zip(per_call(Side::Bridge));
        Spread::of(ratios.map(|(tauri, ours)| tauri / ours))
    }

    /// What 99 of 100 waits for the thread of the windows did not exceed, in microseconds: with
    /// the bridge, and with `invoke`.
    fn latencies(&self) -> (f64, f64) {
        let p99 = |waits: &[Duration]| {
            let mut waits = microseconds(waits);
            waits.sort_by(f64::total_cmp);
            waits
                .get(waits.len() * 99 / 100)
                .copied()
                .unwrap_or(f64::NAN)
        };
        (p99(&self.bridge_waits), p99(&self.invoke_waits))
    }

    /// How long the page did not read, in seconds, and by how many bytes the host grew.
    fn stall(&self) -> Option<(f64, f64)> {
        let mut rounds = self.rounds.iter();
        let round = rounds.find(|round| round.figure == Figure::Stall)?;
        Some((round.micros / 1e6, round.memory?.host as f64))
    }

    /// Growth per 100 000 calls, in bytes, of host and page: the slope of the best line.
    fn slopes(&self, figure: Figure) -> Option<(f64, f64)> {
        let points: Vec<(f64, f64, f64)> = self
            .rounds
            .iter()
            .filter(|round| round.figure == figure)
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

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "64 bytes there and back; median of the rounds, (lowest to highest)"
        )?;
        self.times(f)?;
        writeln!(f)?;
        self.figures(f)?;
        writeln!(f, "{}", self.json())
    }
}

impl Report {
    /// What both sides took.
    fn times(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (side, name) in [
            (Side::Bridge, "bridge, typed wasm client"),
            (Side::InvokeRaw, "Tauri invoke, async, raw"),
            (Side::InvokeJson, "Tauri invoke, sync, JSON"),
        ] {
            let Some(window) = &self.window else { break };
            let single = Spread::of(window.per_call(Figure::Single, side));
            let many = window.per_call(Figure::Concurrent, side);
            let many = Spread::of(many.iter().map(|us| 1e6 / us));
            writeln!(f, "{name:<26} one at a time, µs/call {single}")?;
            writeln!(f, "{name:<26} 1000 in flight, calls/s{many}")?;
        }
        for (side, name) in [
            (Side::Bridge, "bridge"),
            (Side::ChannelRaw, "Tauri channel, raw"),
            (Side::ChannelJson, "Tauri channel, JSON"),
        ] {
            let Some(window) = &self.window else { break };
            for (figure, what) in [
                (Figure::Notifications, "notifications/s"),
                (Figure::Items, "items/s"),
            ] {
                let rate = window.per_call(figure, side);
                let rate = Spread::of(rate.iter().map(|us| 1e6 / us));
                writeln!(f, "{name:<26} {what:<24}{rate}")?;
            }
        }
        for (side, name) in [(Side::Bridge, "bridge"), (Side::InvokeRaw, "Tauri, raw")] {
            let Some(window) = &self.window else { break };
            let chunks = window.per_call(Figure::Chunks, side);
            let chunks = Spread::of(chunks.iter().map(|us| 1.048_576e6 / us));
            writeln!(f, "{name:<26} 1 MiB to the page, MB/s {chunks}")?;
            let echo = window.per_call(Figure::LargeEcho, side);
            let echo = Spread::of(echo.iter().map(|us| us / 1000.0));
            writeln!(f, "{name:<26} 16 MiB echo, ms         {echo}")?;
        }
        if let Some(InProcess {
            ours,
            tarpc,
            our_allocations,
            tarpc_allocations,
        }) = &self.in_process
        {
            for (name, times, allocations) in [
                ("in-process, encoded", ours, our_allocations),
                ("tarpc, in memory", tarpc, tarpc_allocations),
            ] {
                let times = Spread::of(microseconds(times));
                writeln!(
                    f,
                    "{name:<26} one call, µs {times}, {allocations} allocations"
                )?;
            }
        }
        if let Some(Startup { ours, bare }) = &self.startup {
            for (name, times) in [("twinbridge --check", ours), ("bare Tauri window", bare)] {
                let times = microseconds(times).into_iter().map(|us| us / 1000.0);
                writeln!(f, "{name:<26} whole process, ms {}", Spread::of(times))?;
            }
        }
        Ok(())
    }

    /// The ratios that there are bars for.
    fn figures(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut figure =
            |name: &str, bar: &str, value: String| writeln!(f, "{name:<41}bar {bar:<7}{value}");
        if let Some(window) = &self.window {
            let single = window.ratios(Figure::Single, Side::Bridge, Side::InvokeRaw);
            let many = window.ratios(Figure::Concurrent, Side::InvokeRaw, Side::Bridge);
            figure(
                "one call at a time, bridge / Tauri",
                "≤ 1.15",
                single.to_string(),
            )?;
            figure(
                "1000 in flight, calls/s bridge / Tauri",
                "≥ 20",
                many.to_string(),
            )?;
            let faster = |figure| window.ratios_to_faster(figure).to_string();
            figure(
                "notifications/s, bridge / Tauri channel",
                "≥ 20",
                faster(Figure::Notifications),
            )?;
            figure(
                "stream items/s, bridge / Tauri channel",
                "≥ 20",
                faster(Figure::Items),
            )?;
            let over = |figure, over, under| window.ratios(figure, over, under).to_string();
            figure(
                "1 MiB items, MB/s bridge / Tauri raw",
                "≥ 0.85",
                over(Figure::Chunks, Side::InvokeRaw, Side::Bridge),
            )?;
            figure(
                "16 MiB echo, time bridge / Tauri raw",
                "≤ 1.2",
                over(Figure::LargeEcho, Side::Bridge, Side::InvokeRaw),
            )?;
            let (ours, tauri) = window.latencies();
            let probes = window.bridge_waits.len();
            figure(
                "wait for UI thread, p99 bridge / Tauri",
                "≤ 1.1",
                format!(
                    "{:>9.2}  ({ours:.0} / {tauri:.0} µs, {probes} probes each)",
                    ours / tauri
                ),
            )?;
            for (measured, name) in [
                (Figure::Memory, "MiB per 100 000 calls"),
                (Figure::MessageMemory, "MiB per 100 000 notifications"),
            ] {
                if let Some((host, page)) = window.slopes(measured) {
                    let (host, page) = (host / MIB, page / MIB);
                    figure(name, "≤ 1", format!("host {host:.3}, page {page:.3}"))?;
                }
            }
            if let Some((seconds, bytes)) = window.stall() {
                let name = format!("MiB host growth, page stalls {seconds:.0} s");
                figure(&name, "≤ 32", format!("{:>9.1}", bytes / MIB))?;
            }
        }
        if let Some(InProcess { ours, tarpc, .. }) = &self.in_process {
            figure(
                "in-process, one call / tarpc",
                "≤ 1.0",
                Spread::ratios(&microseconds(ours), &microseconds(tarpc)).to_string(),
            )?;
        }
        if let Some(Startup { ours, bare }) = &self.startup {
            figure(
                "start to handshake / bare window load",
                "≤ 1.5",
                Spread::ratios(&microseconds(ours), &microseconds(bare)).to_string(),
            )?;
        }
        if let Some(bytes) = self.page_bytes {
            figure(
                "page wasm, gzip, KiB",
                "≤ 400",
                format!("{:>9.0}", bytes as f64 / 1024.0),
            )?;
        }
        Ok(())
    }

    fn json(&self) -> String {
        let rounds = self.window.as_ref().map(|window| {
            let rounds = window.rounds.iter().map(|round| {
                serde_json::json!({
                    "figure": format!("{:?}", round.figure),
                    "side": format!("{:?}", round.side),
                    "calls": round.calls,
                    "micros": round.micros,
                    "memory": round.memory.map(|memory| [memory.host, memory.page]),
                })
            });
            rounds.collect::<Vec<_>>()
        });
        let in_process = self.in_process.as_ref().map(|both| {
            serde_json::json!({
                "ours": microseconds(&both.ours),
                "tarpc": microseconds(&both.tarpc),
            })
        });
        let startup = self.startup.as_ref().map(|both| {
            serde_json::json!({
                "ours": microseconds(&both.ours),
                "bare": microseconds(&both.bare),
            })
        });
        serde_json::json!({
            "window": rounds,
            "inProcessMicros": in_process,
            "startMicros": startup,
            "pageBytes": self.page_bytes,
        })
        .to_string()
    }
}

const MIB: f64 = 1024.0 * 1024.0;
