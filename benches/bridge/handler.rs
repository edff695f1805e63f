//! The backend of the benchmark's page.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::stream;
use twinbridge::{Bytes, common::IpcStream};
use twinbridge_bench_page::contract::{Bench, BenchEventsSender, Memory, Plan, Round, Side};

use crate::probe::{Probe, Watch};

/// What the page has measured.
#[derive(Clone, Debug, Default)]
pub(crate) struct Results {
    pub(crate) rounds: Vec<Round>,
    /// How long the thread of the windows was waited for, with the bridge and with `invoke`.
    pub(crate) bridge_waits: Vec<Duration>,
    pub(crate) invoke_waits: Vec<Duration>,
    pub(crate) end: Option<Result<(), String>>,
}

/// Answers the page, and tells when it is done.
pub(crate) struct BenchHandler {
    pub(crate) plan: Plan,
    pub(crate) events: BenchEventsSender,
    pub(crate) app: Arc<Mutex<Option<tauri::AppHandle>>>,
    pub(crate) probe: Mutex<Option<Probe>>,
    pub(crate) watch: Mutex<Option<Watch>>,
    pub(crate) is_flooding: AtomicBool,
    pub(crate) results: Arc<Mutex<Results>>,
    pub(crate) when_done: Box<dyn Fn() + Send + Sync>,
}

impl Bench for BenchHandler {
    async fn echo(&self, bytes: Bytes) -> Bytes {
        bytes
    }

    async fn notify(&self, count: u32) {
        for number in 0..count {
            self.tick(number).await;
        }
    }

    async fn items(&self, count: u32, len: u32) -> IpcStream<Bytes> {
        IpcStream::of(stream::iter(
            (0..count).map(move |number| numbered(number, len)),
        ))
    }

    async fn pace(&self, count: u32) {
        let mut pace = tokio::time::interval(Duration::from_millis(1));
        for number in 0..count {
            pace.tick().await;
            self.tick(number).await;
        }
    }

    async fn flood(&self) {
        self.is_flooding.store(true, Ordering::Relaxed);
        let mut number = 0;
        while self.is_flooding.load(Ordering::Relaxed) {
            self.tick(number).await;
            number += 1;
        }
    }

    async fn stop_flood(&self) {
        self.is_flooding.store(false, Ordering::Relaxed);
    }

    async fn begin_probe(&self) {
        let app = lock(&self.app).clone();
        *lock(&self.probe) = app.map(Probe::begin);
    }

    async fn end_probe(&self, side: Side) {
        let waits = lock(&self.probe).take().map_or_else(Vec::new, Probe::end);
        let mut results = lock(&self.results);
        match side {
            Side::Bridge => results.bridge_waits.extend(waits),
            _ => results.invoke_waits.extend(waits),
        }
    }

    async fn begin_watch(&self) {
        *lock(&self.watch) = Some(Watch::begin());
    }

    async fn end_watch(&self) -> u64 {
        lock(&self.watch).take().map_or(0, Watch::end)
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
        tracing::info!(figure = ?round.figure, side = ?round.side, calls = round.calls, micros = round.micros, memory = ?round.memory, "measured");
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

impl BenchHandler {
    /// Waits for room; the page may be gone, which ends the benchmark anyway.
    async fn tick(&self, number: u32) {
        if let Err(error) = self.events.tick(numbered(number, 64)).await {
            tracing::error!(%error, "a tick was not sent");
        }
    }
}

/// Bytes that begin with their number.
pub(crate) fn numbered(number: u32, len: u32) -> Bytes {
    let mut bytes = vec![0x5A; len as usize];
    bytes[..4].copy_from_slice(&number.to_le_bytes());
    bytes.into()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Resident memory of a process, in bytes.
pub(crate) fn resident(process: u32) -> Option<u64> {
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
