//! The impl of `DevToolsRpcInterface`: tells of the process, and changes what it logs.
//!
//! For development: it says how much memory and time the process has used, and nothing about its
//! user or its files. The default server has it.

use std::{fs, time::Instant};

use tracing::level_filters::LevelFilter;
use twinbridge_common::{
    interfaces::dev_tools::{DevTools, DevToolsStatsOptions, LogLevel},
    rpc::IModelRpcProps,
    wire::Value,
};

use super::host::resident_bytes;
use crate::{log::Levels, rpc::web::RequestCount};

/// Ticks per second in which Linux counts a process's time, whatever its kernel's own are.
const TICKS: f64 = 100.0;

/// Tells of this process.
#[cfg_attr(doc, doc = include_str!("../examples/handlers.md"))]
#[derive(Clone, Debug)]
pub struct DevToolsHandler {
    application_version: String,
    levels: Levels,
    requests: RequestCount,
    start: Instant,
}

impl DevToolsHandler {
    /// A handler for an application of this version; it counts its uptime from now on.
    #[must_use]
    pub fn new(application_version: &str, levels: Levels, requests: RequestCount) -> Self {
        Self {
            application_version: application_version.to_owned(),
            levels,
            requests,
            start: Instant::now(),
        }
    }

    fn figures(&self) -> Vec<Figure> {
        let of = |group, name, value: f64, unit| Figure {
            group,
            name,
            value,
            unit,
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let uptime = self.start.elapsed().as_secs_f64();
        let mut figures = vec![
            of("os", "cpus", cores as f64, ""),
            of("process", "pid", std::process::id().into(), ""),
            of("process", "uptime", uptime, "s"),
        ];
        if let Some(bytes) = resident_bytes() {
            figures.push(of("process", "memory", bytes as f64, "B"));
        }
        let stat = fs::read_to_string("/proc/self/stat").ok();
        if let Some(seconds) = stat.and_then(|stat| cpu_seconds(&stat)) {
            figures.push(of("process", "cpu", seconds, "s"));
        }
        figures.push(of("rpc", "requests", self.requests.get() as f64, ""));
        figures
    }
}

/// One number of the statistics.
struct Figure {
    group: &'static str,
    name: &'static str,
    value: f64,
    unit: &'static str,
}

impl Figure {
    fn told(&self, options: DevToolsStatsOptions) -> Value {
        let value = self.value;
        match (options, self.unit) {
            (DevToolsStatsOptions::FormatUnits, "B") => {
                Value::from(format!("{:.2} MB", value / 1_000_000.0))
            }
            (DevToolsStatsOptions::FormatUnits, "s") => Value::from(format!("{value:.2} s")),
            _ => Value::from(value),
        }
    }
}

impl DevTools for DevToolsHandler {
    async fn ping(&self, _token: Option<IModelRpcProps>) -> bool {
        true
    }

    async fn stats(
        &self,
        _token: Option<IModelRpcProps>,
        options: Option<DevToolsStatsOptions>,
    ) -> Value {
        let mut groups: Vec<(String, Vec<(String, Value)>)> = Vec::new();
        for figure in self.figures() {
            if groups.last().is_none_or(|(name, _)| name != figure.group) {
                groups.push((figure.group.to_owned(), Vec::new()));
            }
            let told = figure.told(options.unwrap_or_default());
            if let Some((_, members)) = groups.last_mut() {
                members.push((figure.name.to_owned(), told));
            }
        }
        let groups = groups.into_iter();
        Value::Object(
            groups
                .map(|(name, members)| (name, Value::Object(members.into_iter().collect())))
                .collect(),
        )
    }

    async fn versions(&self, _token: Option<IModelRpcProps>) -> Value {
        let versions = [
            ("application", self.application_version.as_str()),
            ("twinbridge", env!("CARGO_PKG_VERSION")),
        ];
        let members = versions.map(|(name, version)| (name.to_owned(), Value::from(version)));
        Value::Object(members.into_iter().collect())
    }

    async fn set_log_level(
        &self,
        _token: Option<IModelRpcProps>,
        logger_category: String,
        log_level: LogLevel,
    ) -> Option<LogLevel> {
        let before = self.levels.set(&logger_category, filter(log_level));
        before.map(level)
    }
}

fn filter(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Trace => LevelFilter::TRACE,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Warning => LevelFilter::WARN,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::None => LevelFilter::OFF,
    }
}

fn level(filter: LevelFilter) -> LogLevel {
    match filter {
        LevelFilter::OFF => LogLevel::None,
        LevelFilter::ERROR => LogLevel::Error,
        LevelFilter::WARN => LogLevel::Warning,
        LevelFilter::INFO => LogLevel::Info,
        _ => LogLevel::Trace,
    }
}

/// Time that the process's threads have run, in user and in kernel code.
///
/// The name of the program is the second field, in parentheses, and may hold anything.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let (_, behind) = stat.rsplit_once(')')?;
    let mut fields = behind.split_ascii_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_read_behind_the_name_of_the_program() {
        let stat = "7 (a ) b) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 3 0";
        assert_eq!(cpu_seconds(stat), Some(2.0));
        assert_eq!(cpu_seconds("7 (a) S 1"), None);
        assert_eq!(cpu_seconds(""), None);
    }
}
