//! The interfaces that the default app speaks, one file each.
//!
//! An app of your own adds its interfaces here, or in a contract crate of its own; both halves
//! compile them. Nothing else needs to know an interface: the trait is the contract.

pub mod bench;
pub mod dev_tools;
pub mod files;
pub mod host;
pub mod inspector;
pub mod recordings;
pub mod rpc;
pub mod session_log;
pub mod storage;
// `cargo xtask new-interface` adds modules above this line.
