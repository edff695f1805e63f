//! The frontend half: connects a page to the backend that shows it.
//!
//! A page calls [`connect`], gives what comes back to [`FrontendIpc::startup`], and makes calls
//! through the clients that its contracts generate. Services elsewhere it calls over
//! [`FetchTransport`]. No JavaScript of the app's own is needed.
//! A library: the page's crate has the start function.

#![forbid(unsafe_code)]

mod bridge;
mod clock;
mod fetch_transport;
mod javascript;
mod remote;
mod shell;

pub use bridge::{ConnectError, connect};
pub use clock::PageClock;
pub use fetch_transport::{FetchTransport, cookie};
pub use remote::remote_service;
pub use shell::spawn;
pub use twinbridge_common as common;
pub use twinbridge_common::{CallError, FrontendIpc, IpcInterface};
