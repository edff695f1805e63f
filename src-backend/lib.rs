//! Twinbridge: a desktop app host for Rust.
//!
//! A native backend answers the calls of a webview page through typed contracts. An app puts
//! its handlers into a [`Backend`] and runs it in a [`Host`], which opens the window; an app
//! with a `tauri::Builder` of its own adds [`plugin`] to it instead.
#![cfg_attr(doctest, doc = include_str!("../README.md"))]
#![forbid(unsafe_code)]

mod backend;
#[cfg(feature = "desktop")]
mod desktop;
pub mod handlers;
mod inspect;
pub mod log;
mod pipe;
pub mod record;
mod remote;
pub mod replay;
pub mod rpc;
pub mod serve;

pub use backend::{Backend, BackendBuilder, BackendError};
#[cfg(feature = "desktop")]
pub use desktop::{
    Host, HostBuilder, HostError, INSPECTOR_ITEM, Inspector, InstanceError, Launch, NoDisplay,
    PluginBuilder, WindowError, Windows, admit_remote_services, open_inspector, plugin, plugin_for,
};
pub use pipe::{Bridge, Drained, PostRefused, TokioExecutor};
pub use record::{Recorder, Recording};
pub use remote::{BadRemoteService, RemoteService};
pub use replay::{Replay, replay};
pub use serve::{Serve, ServeBuilder, ServeError};
pub use twinbridge_common as common;
pub use twinbridge_common::{
    BackendIpc, Bytes, CallContext, CallError, FrontendIpc, IpcError, IpcHandler, IpcInterface,
    RpcInterface, RpcManager, ipc_interface, ipc_notifications, rpc_interface,
};

/// Compiles the examples of the page about serving.
#[cfg(doctest)]
#[doc = include_str!("../docs/serve.md")]
mod serving {}

/// Compiles the examples of the page about the inspector and recordings.
#[cfg(all(doctest, feature = "desktop"))]
#[doc = include_str!("../docs/inspector.md")]
mod inspecting {}

/// Compiles the example of the page about windows.
#[cfg(all(doctest, feature = "desktop"))]
#[doc = include_str!("../docs/windows.md")]
mod windows {}

/// Compiles the examples of the page for those who come from Tauri.
#[cfg(doctest)]
#[doc = include_str!("../docs/coming-from-tauri.md")]
mod coming_from_tauri {}

/// Folder for this app's data where the user gives no other: `twinbridge` in the data folder of
/// the system (on Linux `$XDG_DATA_HOME`, else `~/.local/share`), or in the current folder where
/// the system names none.
#[must_use]
pub fn default_data_dir() -> std::path::PathBuf {
    dirs::data_dir().unwrap_or_default().join("twinbridge")
}
