//! The backend of the benchmark's page.

use std::sync::{Arc, Mutex, PoisonError};

use twinbridge::Bytes;
use twinbridge_bench_page::contract::{Bench, Memory, Plan, Round};

/// What the page has measured.
#[derive(Clone, Debug, Default)]
pub(crate) struct Results {
    pub(crate) rounds: Vec<Round>,
    pub(crate) end: Option<Result<(), String>>,
}

/// Answers the page, and tells when it is done.
pub(crate) struct BenchHandler {
    pub(crate) plan: Plan,
    pub(crate) results: Arc<Mutex<Results>>,
    pub(crate) when_done: Box<dyn Fn() + Send + Sync>,
}

impl Bench for BenchHandler {
    async fn echo(&self, bytes: Bytes) -> Bytes {
        bytes
    }

    async fn plan(&self) -> Plan {
        self.plan.clone()
    }

    async fn memory(&self) -> Memory {
        Memory {
            host: resident(std::process::id()).unwrap_or(0),
            page: page_process().and_then(resident).unwrap_or(0),
        }
    }

    async fn round(&self, round: Round) {
        self.results
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .rounds
            .push(round);
    }

    async fn done(&self, problem: Option<String>) {
        let end = problem.map_or(Ok(()), Err);
        self.results
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .end = Some(end);
        (self.when_done)();
    }
}

/// Resident memory of a process, in bytes.
fn resident(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim()
        .strip_suffix(" kB")?
        .trim()
        .parse::<u64>()
        .ok()
        .map(|kib| kib * 1024)
}

/// The process of our page: the web process that descends from this one.
fn page_process() -> Option<u32> {
    let own = std::process::id();
    std::fs::read_dir("/proc").ok()?.find_map(|entry| {
        let process: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        let (name, rest) = stat.rsplit_once(')')?;
        let parent: u32 = rest.split_whitespace().nth(1)?.parse().ok()?;
        (name.contains("WebKitWebProces") && parent == own).then_some(process)
    })
}
