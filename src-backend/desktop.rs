//! The webview shell: everything that names Tauri.
//!
//! [`plugin`] brings the bridge into any Tauri app; [`Host`] is a whole app around it. Nothing
//! outside this folder and `main.rs` knows what a webview is.

mod bodies;
mod development;
#[cfg(target_os = "linux")]
mod dialog;
#[cfg(not(target_os = "linux"))]
#[path = "desktop/dialog_elsewhere.rs"]
mod dialog;
mod display;
mod download;
mod host;
mod init_script;
mod inspector;
mod instance;
mod origins;
mod page_death;
mod plugin;
mod policy;
mod screenshot;
mod shutdown;
#[cfg(unix)]
mod signals;
#[cfg(not(unix))]
#[path = "desktop/no_signals.rs"]
mod signals;
mod webview;
mod window;
mod windows;

pub use display::NoDisplay;
pub use host::{Host, HostBuilder, HostError};
pub use inspector::{INSPECTOR_ITEM, Inspector, open_inspector};
pub use instance::{InstanceError, Launch};
pub use plugin::{PluginBuilder, plugin, plugin_for};
pub use policy::admit_remote_services;
pub use windows::{WindowError, Windows};
