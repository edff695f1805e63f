//! Rounds to figures: medians of ratios, with the lowest and the highest round.

use std::fmt;

use crate::{
    connections::Memory,
    in_process::InProcess,
    load::LARGE,
    spread::{Spread, microseconds},
};

const MIB: f64 = 1024.0 * 1024.0;

/// What was measured, by round, and is printed.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Small requests a second.
    pub(crate) ours: Vec<f64>,
    pub(crate) real: Vec<f64>,
    pub(crate) bare: Vec<f64>,
    /// Large results a second.
    pub(crate) our_bytes: Vec<f64>,
    pub(crate) bare_bytes: Vec<f64>,
    pub(crate) in_process: Option<InProcess>,
    pub(crate) memory: Option<Memory>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "median of the rounds, (lowest to highest)")?;
        self.values(f)?;
        writeln!(f)?;
        self.figures(f)?;
        writeln!(f, "{}", self.json())
    }
}

impl Report {
    /// What each side reached.
    fn values(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut value = |name: &str, unit: &str, values: Vec<f64>| {
            writeln!(f, "{name:<28}{unit:<22}{}", Spread::of(values))
        };
        value("twinbridge", "small requests/s", self.ours.clone())?;
        value(
            "iTwin.js server, Node",
            "small requests/s",
            self.real.clone(),
        )?;
        value("bare axum, echo", "small requests/s", self.bare.clone())?;
        let megabytes =
            |rates: &[f64]| rates.iter().map(|rate| rate * LARGE as f64 / 1e6).collect();
        value(
            "twinbridge",
            "16 MiB results, MB/s",
            megabytes(&self.our_bytes),
        )?;
        value(
            "bare axum",
            "16 MiB results, MB/s",
            megabytes(&self.bare_bytes),
        )?;
        if let Some(within) = &self.in_process {
            for (name, times) in [
                ("RPC in-process, encoded", &within.in_process),
                ("tarpc, in memory", &within.tarpc),
                ("RPC desktop", &within.desktop),
                ("IPC, the same session", &within.ipc),
            ] {
                value(name, "one call, µs", microseconds(times))?;
            }
        }
        Ok(())
    }

    /// The ratios that there are bars for.
    fn figures(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut figure =
            |name: &str, bar: &str, value: String| writeln!(f, "{name:<44}bar {bar:<7}{value}");
        for (name, bar, over, under) in [
            (
                "small requests/s, ours / iTwin.js in Node",
                "≥ 8",
                &self.ours,
                &self.real,
            ),
            (
                "small requests/s, ours / bare axum",
                "≥ 0.75",
                &self.ours,
                &self.bare,
            ),
            (
                "16 MiB results, ours / bare axum",
                "≥ 0.8",
                &self.our_bytes,
                &self.bare_bytes,
            ),
        ] {
            figure(name, bar, Spread::ratios(over, under).to_string())?;
        }
        if let Some(within) = &self.in_process {
            for (name, bar, over, under) in [
                (
                    "in-process, one call / tarpc",
                    "≤ 1.0",
                    &within.in_process,
                    &within.tarpc,
                ),
                (
                    "desktop, one call / IPC",
                    "≤ 1.3",
                    &within.desktop,
                    &within.ipc,
                ),
            ] {
                let ratios = Spread::ratios(&microseconds(over), &microseconds(under));
                figure(name, bar, ratios.to_string())?;
            }
        }
        if let Some(Memory {
            connections,
            before,
            with,
        }) = self.memory
        {
            let name = format!("MiB of memory, {connections} idle connections");
            let (with, before) = (with as f64 / MIB, before as f64 / MIB);
            figure(
                &name,
                "≤ 200",
                format!("{with:>9.1}  ({before:.1} without)"),
            )?;
        }
        Ok(())
    }

    fn json(&self) -> String {
        let within = self.in_process.as_ref().map(|within| {
            serde_json::json!({
                "inProcess": microseconds(&within.in_process),
                "tarpc": microseconds(&within.tarpc),
                "desktop": microseconds(&within.desktop),
                "ipc": microseconds(&within.ipc),
            })
        });
        let memory = self
            .memory
            .map(|memory| [u64::from(memory.connections), memory.before, memory.with]);
        serde_json::json!({
            "smallPerSecond": { "ours": self.ours, "real": self.real, "bare": self.bare },
            "largePerSecond": { "ours": self.our_bytes, "bare": self.bare_bytes },
            "inProcessMicros": within,
            "connectionsAndBytes": memory,
        })
        .to_string()
    }
}
