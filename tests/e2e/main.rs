//! The real executable and its real window, driven as a user does it.
//!
//! `cargo xtask test` builds the executable, names it in `TWINBRIDGE_BIN` and gives the windows a
//! screen in memory. Linux only, since it takes WebKitGTK's WebDriver and an X server.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // The helpers of the tests are tests too.

mod bad_input;
mod bench;
mod bridge_guard;
mod command_line;
mod empty_states;
mod explorer;
mod file_asked;
mod file_changes;
mod file_search;
mod files;
mod floods;
mod forms;
mod host_survives;
mod inspector;
mod instances;
mod lab;
mod large_file;
mod live;
mod manners;
mod many_lines;
mod method;
mod mismatch;
mod page_death;
mod page_rules;
mod pictures;
mod plain;
mod recordings;
mod sessions;
mod shutdown;
mod streams;
mod typescript;
mod windows;
