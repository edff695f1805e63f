//! The webview shell: everything that names Tauri.
//!
//! [`plugin`] brings the bridge into any Tauri app; [`Host`] is a whole app around it. Nothing
//! outside this folder and `main.rs` knows what a webview is.

mod bodies;
mod display;
mod host;
mod init_script;
mod plugin;
mod screenshot;
mod webview;
mod window;

pub use display::NoDisplay;
pub use host::{Host, HostBuilder, HostError};
pub use plugin::plugin;
