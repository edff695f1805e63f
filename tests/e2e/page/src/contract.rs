//! What the lab's page and its host say to each other.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use twinbridge_common::{Bytes, IpcError, IpcStream, ipc_interface, ipc_notifications};

/// What the page asks of its host. Work has a name, under which the host's board counts it.
#[ipc_interface(channel = "lab", version = "1.0.0")]
pub trait Lab {
    /// The sum.
    async fn add(&self, a: u32, b: u32) -> u32;

    /// Gives the number back after some milliseconds, with the session that asked.
    async fn echo_after(&self, number: u32, ms: u32) -> Numbered;

    /// Runs until it is released.
    async fn work(&self, name: String);

    /// Runs until its cancellation, on the blocking pool.
    #[blocking]
    fn heed(&self, name: String);

    /// Runs until it is released, on the blocking pool, whatever becomes of its call.
    #[blocking]
    fn linger(&self, name: String);

    /// Like `work`, with a deadline.
    #[deadline(ms = 200)]
    async fn hurried(&self, name: String);

    /// Releases all work of this name.
    async fn release(&self, name: String);

    /// What became of the work of this name.
    async fn tally(&self, name: String) -> Tally;

    /// Counts something as begun.
    async fn mark(&self, name: String);

    /// Counts something as begun when the session of this call ends.
    async fn mark_at_end(&self, name: String);

    /// The numbers from 1.
    async fn numbers(&self, count: u32) -> IpcStream<u32>;

    /// So many blocks of 1 MiB.
    async fn blocks(&self, count: u32) -> IpcStream<Bytes>;

    /// The checksum of so many blocks.
    async fn checksum(&self, count: u32) -> u64;

    /// The numbers from 1, and then an error.
    async fn failing(&self, count: u32) -> IpcStream<u32, LabError>;

    /// The numbers from 1, for as long as they are taken, of so many bytes each.
    async fn endless(&self, name: String, len: u32) -> IpcStream<Item>;

    /// Tells a window, or all, the numbers from 1: each in a reliable notification of so many
    /// bytes and one of which the newest counts.
    async fn tell(&self, window: Option<String>, count: u32, len: u32) -> Result<(), LabError>;

    /// Tells the page that asks, as fast as it takes it, until it is released.
    async fn flood(&self, name: String, len: u32) -> Result<(), LabError>;

    /// Has the page of a window do something.
    async fn ask(&self, window: String, act: String, words: String) -> Result<String, LabError>;

    /// Adds in the page of a window, by a call without a contract.
    async fn add_by_name(&self, window: String, a: u32, b: u32) -> Result<u32, LabError>;

    /// Takes so many numbers from the page of a window.
    async fn take_numbers(&self, window: String, count: u32) -> Result<Course, LabError>;

    /// Calls `wait` of a window's page, and gives the call up when the name is released.
    async fn begin_wait(&self, window: String, name: String, deadline_ms: Option<u32>);

    /// Calls `panic` of a window's page.
    async fn begin_panic(&self, window: String, name: String);

    /// Takes numbers of the page of a window for as long as they come.
    async fn begin_take(&self, window: String, name: String);

    /// How what began under this name ended.
    async fn ended(&self, name: String) -> Option<String>;

    /// Opens a window.
    async fn open(&self, label: String) -> Result<(), LabError>;

    /// Closes a window.
    async fn close(&self, label: String) -> Result<(), LabError>;

    /// What pages said.
    async fn said(&self) -> Vec<Said>;

    /// Has the pages of `main` reload themselves so many times, with this file open.
    async fn plan_reloads(&self, count: u32, file: String);

    /// What this page has to open before it reloads itself; `None` where it may stay. `wrong` is
    /// how many numbers the page before it had that were not its own, or not in order.
    async fn next_reload(&self, wrong: Option<u32>) -> Option<String>;

    /// Reloads that are still to come, and all numbers that were reported.
    async fn reloads(&self) -> Reloads;
}

/// What the host asks of a page.
#[ipc_interface(channel = "lab-page", version = "1.0.0")]
pub trait LabPage {
    /// The sum.
    async fn add(&self, a: u32, b: u32) -> u32;

    /// Does what a test could have the page do.
    async fn act(&self, name: String, words: String) -> Result<String, LabError>;

    /// Never ends. The page's board counts it.
    async fn wait(&self, name: String);

    /// Panics.
    async fn panic(&self);

    /// The numbers from 1.
    async fn numbers(&self, count: u32) -> IpcStream<u32>;
}

/// What the host tells pages. A session of 0 is no session's.
#[ipc_notifications(channel = "lab-events", version = "1.0.0")]
pub trait LabEvents {
    /// All of them are delivered.
    fn told(&self, session: u64, number: u32, filling: Bytes);

    /// The newest is delivered.
    #[latest]
    fn newest(&self, session: u64, number: u32);
}

/// What pages tell the host.
#[ipc_notifications(channel = "lab-news", version = "1.0.0")]
pub trait LabNews {
    /// A number.
    fn said(&self, number: u32);
}

/// A number and the session that it was meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Numbered {
    /// The session.
    pub session: u64,
    /// The number.
    pub number: u32,
}

/// An item of an endless stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Item {
    /// Its number, and whom it was meant for.
    pub numbered: Numbered,
    /// What makes it larger.
    pub filling: Bytes,
}

/// What became of work of one name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tally {
    /// How often it began.
    pub begun: u32,
    /// How often it came to its own end.
    pub done: u32,
    /// How often it was dropped before.
    pub dropped: u32,
    /// Items that its streams have made.
    pub items: u32,
}

/// Numbers as they came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Course {
    /// How many came.
    pub count: u32,
    /// The first.
    pub first: u32,
    /// The last.
    pub last: u32,
    /// How often one or more were left out.
    pub gaps: u32,
    /// How often one was not greater than the one before.
    pub backs: u32,
    /// How many were meant for another session.
    pub strangers: u32,
}

impl Course {
    /// The next number came.
    pub fn add(&mut self, number: u32) {
        if self.count == 0 {
            self.first = number;
        } else if number <= self.last {
            self.backs += 1;
        } else if number > self.last + 1 {
            self.gaps += 1;
        }
        self.count += 1;
        self.last = number;
    }

    /// The next number came, and should be for session `own`.
    pub fn add_of(&mut self, numbered: Numbered, own: u64) {
        self.strangers += u32::from(![0, own].contains(&numbered.session));
        self.add(numbered.number);
    }
}

/// What a page said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Said {
    /// The page's window.
    pub window: String,
    /// The number.
    pub number: u32,
}

/// How far the reloads have come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reloads {
    /// How many are to come.
    pub left: u32,
    /// Pages that reported.
    pub reports: u32,
    /// The sum of what they reported.
    pub wrong: u32,
}

/// Why something was not done.
#[derive(
    Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, IpcError, thiserror::Error,
)]
#[ipc_error(scope = "lab")]
pub enum LabError {
    /// Something else failed.
    #[error("{problem}")]
    Failed {
        /// What it said.
        problem: String,
    },
    /// A stream failed, as asked.
    #[error("failed after {items} items")]
    After {
        /// Items before the failure.
        items: u32,
    },
}

impl LabError {
    /// Something failed with `problem`.
    #[must_use]
    #[allow(clippy::needless_pass_by_value)] // For `map_err`.
    pub fn failed(problem: impl ToString) -> Self {
        let problem = problem.to_string();
        Self::Failed { problem }
    }
}

/// Bytes of a block.
const BLOCK: usize = 1024 * 1024;

/// The block of this number: bytes that do not repeat within it, nor from one to the next.
#[must_use]
pub fn block(number: u32) -> Bytes {
    let mut word = u64::from(number) + 1;
    let mut block = Vec::with_capacity(BLOCK);
    while block.len() < BLOCK {
        word = word.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        block.extend_from_slice(&word.to_le_bytes());
    }
    Bytes::from(block)
}

/// The checksum of what has `before` and then a block.
#[must_use]
pub fn checksum(before: u64, block: &[u8]) -> u64 {
    let (words, rest) = block.as_chunks::<8>();
    let words = words.iter().map(|word| u64::from_le_bytes(*word));
    words
        .chain(rest.iter().map(|byte| u64::from(*byte)))
        .fold(before, |sum, word| {
            (sum.rotate_left(7) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15)
        })
}
