//! What the page of Greeter and its backend say to each other: one module per interface.
//!
//! Both halves compile this crate and neither knows the other. The trait is the contract; clients,
//! servers and the comparison at startup come from it.

pub mod greetings;
// `cargo xtask new-interface` adds modules above this line.
