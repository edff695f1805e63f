//! The handler `storage`, called through its contract by pages in this process, and by processes
//! that are killed.
//!
//! The stores lie in a folder that goes away with the test. What needs a signal or a disk of its
//! own stands in modules that only Unix or Linux compiles.

#![allow(
    clippy::unwrap_used,
    reason = "the lint's exception for tests leaves out what they share"
)]

#[path = "storage/app.rs"]
mod app;
#[path = "storage/changes.rs"]
mod changes;
#[path = "storage/damage.rs"]
mod damage;
#[path = "storage/limits.rs"]
mod limits;
#[path = "storage/stores.rs"]
mod stores;
#[path = "storage/values.rs"]
mod values;

#[cfg(target_os = "linux")]
#[path = "storage/full_disk.rs"]
mod full_disk;
#[cfg(unix)]
#[path = "storage/killed.rs"]
mod killed;
