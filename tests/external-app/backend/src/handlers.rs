//! The handlers, one file per interface.

pub mod greetings;
// `cargo xtask new-interface` adds modules above this line.
