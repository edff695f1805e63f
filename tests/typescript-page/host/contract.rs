//! What the sample page in TypeScript and its backend say to each other.
//!
//! One method for each thing that differs between JavaScript and Rust, and a contract of another
//! build that has the same channel.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use twinbridge_common::{
    Bytes, IpcError, IpcStream, ipc_interface, ipc_notifications, wire::Value,
};

/// What the page asks of its backend.
#[ipc_interface(channel = "sample", version = "1.2.0")]
pub trait Sample {
    /// The sum.
    async fn add(&self, a: u32, b: u32) -> u32;

    /// The number after `number`, which may need 64 bits.
    async fn after(&self, number: u64) -> u64;

    /// The bytes in reverse.
    async fn reversed(&self, data: Bytes) -> Bytes;

    /// Gives back what it got, of any kind.
    async fn echo(&self, value: Value) -> Value;

    /// What the backend made of a value, as Rust shows it.
    async fn shown(&self, value: Value) -> String;

    /// Takes nothing and gives nothing.
    async fn nothing(&self);

    /// Greets `name`, or nobody.
    async fn greet(&self, greeting: String, name: Option<String>) -> String;

    /// Fails.
    async fn fail(&self, code: u32) -> Result<u32, SampleError>;

    /// Panics.
    async fn panic(&self);

    /// Never ends; what runs is counted.
    async fn wait(&self);

    /// Never ends, and has a deadline.
    #[deadline(ms = 150)]
    async fn hurry(&self);

    /// The numbers from 1.
    async fn numbers(&self, count: u32) -> IpcStream<u32>;

    /// The numbers from 1, without an end; what is produced is counted.
    async fn endless(&self) -> IpcStream<Item>;

    /// The numbers from 1, and then an error.
    async fn failing(&self, count: u32) -> Result<IpcStream<u32, SampleError>, SampleError>;

    /// What was counted.
    async fn counts(&self) -> Counts;

    /// Tells all pages the numbers from 1.
    async fn tell(&self, count: u32);

    /// Tells all pages the numbers from 1, on a channel that they may not listen to so far.
    async fn tell_early(&self, count: u32);

    /// What pages have said.
    async fn said(&self) -> Vec<u32>;

    /// Asks the page of the main window to add, and what it said.
    async fn ask(&self, a: u32, b: u32) -> Result<u32, SampleError>;

    /// Asks the page of the main window to wait, gives it up soon, and says how that ended.
    async fn ask_to_wait(&self) -> String;

    /// Takes so many numbers of the page of the main window, and says how the last one came.
    async fn take(&self, count: u32) -> Vec<String>;
}

/// What the backend asks of a page.
#[ipc_interface(channel = "sample-page", version = "1.0.0")]
pub trait SamplePage {
    /// The sum.
    async fn add(&self, a: u32, b: u32) -> Result<u32, SampleError>;

    /// Waits until it is given up.
    #[deadline(ms = 50)]
    async fn wait(&self);

    /// The numbers from 1; `end` of them, and then an error.
    async fn numbers(&self, end: u32) -> IpcStream<u32, SampleError>;
}

/// What the backend tells pages.
#[ipc_notifications(channel = "sample-events", version = "1.0.0")]
pub trait SampleEvents {
    /// A number, and as many bytes.
    fn told(&self, number: u32, data: Bytes);
}

/// What the backend tells pages before they listen.
#[ipc_notifications(channel = "sample-early", version = "1.0.0")]
pub trait SampleEarly {
    /// A number.
    fn told(&self, number: u32);
}

/// What pages tell the backend.
#[ipc_notifications(channel = "sample-news", version = "1.0.0")]
pub trait SampleNews {
    /// A number.
    fn said(&self, number: u32);
}

/// An item of a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// Its number.
    pub number: u32,
    /// Whether it can be divided by two.
    pub is_even: bool,
}

/// What the backend counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Calls of `wait` that run.
    pub waiting: u32,
    /// Endless streams that are open.
    pub streaming: u32,
    /// Items that they have produced.
    pub produced: u32,
}

/// Why something was not done.
#[derive(
    Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, IpcError, thiserror::Error,
)]
#[serde(rename_all = "camelCase", tag = "kind")]
#[ipc_error(scope = "sample")]
pub enum SampleError {
    /// As it was asked.
    #[error("failed with code {code}")]
    #[ipc_error(number = 65_574)]
    Asked {
        /// The code.
        code: u32,
    },
    /// The page did not do it.
    #[error("the page: {problem}")]
    Page {
        /// What it said.
        problem: String,
    },
}

/// The backend as it was some time ago.
pub mod stale {
    use twinbridge_common::ipc_interface;

    /// What a page of that time asked.
    #[ipc_interface(channel = "sample", version = "1.1.0")]
    pub trait Sample {
        /// The sum.
        async fn add(&self, a: i32, b: i32) -> i32;
    }
}
