//! What the benchmark's two halves say to each other.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use twinbridge_common::{Bytes, ipc_interface};

/// The measured calls, and the ones that carry the results.
#[ipc_interface(channel = "bench", version = "1.0.0")]
pub trait Bench {
    /// Gives back what it gets.
    async fn echo(&self, bytes: Bytes) -> Bytes;

    /// What to measure.
    async fn plan(&self) -> Plan;

    /// Memory of the host process and of the page's process.
    async fn memory(&self) -> Memory;

    /// Takes one round of a figure.
    async fn round(&self, round: Round);

    /// Ends the benchmark; `problem` if it could not be done.
    async fn done(&self, problem: Option<String>);
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
    /// Calls of the memory figure after the warm-up; 0 leaves the figure out.
    pub memory_calls: u32,
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
    /// Memory over many calls.
    Memory,
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
}
