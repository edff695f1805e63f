//! `bench`: what the Explorer measures the road between the halves by.
//!
//! Short and small: the whole benchmark is a program of its own, `cargo xtask bench`.

use crate::{Bytes, IpcStream, ipc_interface, ipc_notifications};

/// Answers at once, so that what takes time is the road between the halves.
///
/// Nothing that is asked for is kept: items and notifications are made as fast as they are taken.
#[cfg_attr(doc, doc = include_str!("../../examples/bench.md"))]
#[ipc_interface(channel = "bench", version = "1.0.0", fingerprint = "dfdbc531d1345cd4")]
pub trait Bench {
    /// Gives back what it gets.
    async fn echo(&self, bytes: Bytes) -> Bytes;

    /// So many items of so many bytes, each of them at most 1 MiB.
    async fn items(&self, count: u32, len: u32) -> IpcStream<Bytes>;

    /// Sends the page that calls so many notifications, each as soon as there is room, and gives
    /// how many were sent.
    async fn notify(&self, count: u32) -> u32;
}

/// What `notify` sends.
#[cfg_attr(doc, doc = include_str!("../../examples/bench.md"))]
#[ipc_notifications(
    channel = "bench/ticks",
    version = "1.0.0",
    fingerprint = "1e64fe8422ec47ed"
)]
pub trait BenchTicks {
    /// The number of the notification, counted from 1.
    fn tick(&self, number: u32);
}
