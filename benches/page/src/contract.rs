//! What the benchmark's two halves say to each other.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use twinbridge_common::{Bytes, IpcStream, ipc_interface, ipc_notifications};

/// The measured calls, and the ones that carry the results.
#[ipc_interface(channel = "bench", version = "1.0.0")]
pub trait Bench {
    /// Gives back what it gets.
    async fn echo(&self, bytes: Bytes) -> Bytes;

    /// Sends so many `tick`s of 64 bytes, each as soon as there is room.
    async fn notify(&self, count: u32);

    /// So many items of so many bytes.
    async fn items(&self, count: u32, len: u32) -> IpcStream<Bytes>;

    /// Ticks every millisecond, so many times.
    async fn pace(&self, count: u32);

    /// Ticks as fast as they are taken, until the session ends or `stop_flood` is called.
    async fn flood(&self);

    /// Ends `flood`.
    async fn stop_flood(&self);

    /// Begins to ask the thread of the windows for a turn, every millisecond.
    async fn begin_probe(&self);

    /// Ends it; how long the turns were waited for counts for `side`.
    async fn end_probe(&self, side: Side);

    /// Begins to look at the host's memory.
    async fn begin_watch(&self);

    /// Ends it, and gives by how many bytes the host grew at most.
    async fn end_watch(&self) -> u64;

    /// What to measure.
    async fn plan(&self) -> Plan;

    /// Memory of the host process and of the page's process.
    async fn memory(&self) -> Memory;

    /// Takes one round of a figure.
    async fn round(&self, round: Round);

    /// Ends the benchmark; `problem` if it could not be done.
    async fn done(&self, problem: Option<String>);
}

/// What the host tells the page.
#[ipc_notifications(channel = "bench-events", version = "1.0.0")]
pub trait BenchEvents {
    /// Some bytes.
    fn tick(&self, bytes: Bytes);
}

/// What to measure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// Rounds per figure; both sides alternate within each.
    pub rounds: u32,
    /// Calls per side and round, one at a time.
    pub single_calls: u32,
    /// Calls per round with many in flight, over the bridge.
    pub bridge_calls: u32,
    /// Calls per round with many in flight, over Tauri's `invoke`.
    pub invoke_calls: u32,
    /// Calls in flight.
    pub in_flight: u32,
    /// Notifications and small items per round, over the bridge.
    pub bridge_messages: u32,
    /// Messages per round, over Tauri's channel.
    pub channel_messages: u32,
    /// Items of 1 MiB per round.
    pub chunks: u32,
    /// Echoes of 16 MiB per round.
    pub large_echoes: u32,
    /// Calls paced at one per millisecond, per round.
    pub paced_calls: u32,
    /// How long the page does not read, in milliseconds.
    pub stall_ms: u32,
    /// Calls of the memory figure after the warm-up; 0 leaves the figure out.
    pub memory_calls: u32,
    /// Notifications of the memory figure after the warm-up; 0 leaves the figure out.
    pub memory_messages: u32,
}

/// Resident memory, in bytes; 0 where the system does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Memory {
    /// Of the host process.
    pub host: u64,
    /// Of the page's process.
    pub page: u64,
}

/// One side's part in one round of a figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Round {
    /// The figure.
    pub figure: Figure,
    /// Who was measured.
    pub side: Side,
    /// Number of the round.
    pub round: u32,
    /// Calls made, each answer checked.
    pub calls: u32,
    /// Time they took, in microseconds.
    pub micros: f64,
    /// Memory after them.
    pub memory: Option<Memory>,
}

/// What is measured in the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Figure {
    /// One call at a time.
    Single,
    /// Many calls in flight.
    Concurrent,
    /// Notifications of 64 bytes to a typed listener.
    Notifications,
    /// A stream of 64-byte items.
    Items,
    /// A stream of items of 1 MiB.
    Chunks,
    /// 16 MiB there and back.
    LargeEcho,
    /// Memory over many calls.
    Memory,
    /// Memory over many notifications.
    MessageMemory,
    /// By how much the host grew while the page did not read; `memory` has the bytes.
    Stall,
}

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Side {
    /// Twinbridge's bridge, by the typed client.
    Bridge,
    /// Tauri's `invoke` of an async command with a raw body.
    InvokeRaw,
    /// Tauri's `invoke` of a sync command with JSON.
    InvokeJson,
    /// Tauri's channel, with raw messages.
    ChannelRaw,
    /// Tauri's channel, with JSON messages.
    ChannelJson,
}
