//! Handlers of the default app's interfaces, one file each.
//!
//! An app of your own adds its handlers here and registers them where the host is built. None of
//! them knows the host: each is a value that implements the trait of its interface.

pub mod bench;
pub mod dev_tools;
pub mod files;
pub mod host;
pub mod recordings;
pub mod session_log;
pub mod storage;
// `cargo xtask new-interface` adds modules above this line.
