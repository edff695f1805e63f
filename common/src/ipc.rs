//! The IPC system: sockets, sessions, handlers, clients, and both halves.
//!
//! A call runs through five files: a generated client makes a [`Call`] (`call.rs`), the page's
//! [`Endpoint`] (`endpoint.rs`) hands it to its session (`session.rs`), a pipe carries the frame
//! (`in_process.rs`, or a shell's own), the backend's endpoint starts the handler (`handler.rs`).
//! iModel.js names are kept where there is one.

mod assembler;
mod backend;
mod call;
mod cancellation;
mod context;
mod endpoint;
mod error;
mod findings;
mod fingerprint;
mod frontend;
mod handler;
mod handlers;
pub mod in_process;
pub mod interface;
mod notification;
mod outbox;
mod pending;
pub mod reliable;
mod session;
mod shell;
mod socket;
#[doc(hidden)]
pub mod test_contract;
mod verdict;

pub use backend::{BackendIpc, BackendOptions, BackendSocket, RegisterError};
pub use call::{Call, Caller, Invoked, Outgoing};
pub use cancellation::{Cancellation, Cancelled};
pub use context::{CallContext, InContext, Origin};
pub use endpoint::{Endpoint, Outgoings};
pub use error::{
    BackendError, CallError, CodecError, EndReason, IpcError, NoError, PipeError, Refusal,
    StartupError,
};
pub use findings::{Finding, FindingKind};
pub use fingerprint::Fingerprint;
pub use frontend::{Declared, FrontendIpc, IpcClient};
pub use handler::{Answer, IntoIpcHandler, Invocation, IpcHandler, Outcome};
pub use handlers::{ChannelTaken, HandlerGuard, Listener};
pub use interface::{
    ArgumentInfo, InterfaceInfo, IpcInterface, MethodInfo, schema_accepted, schema_sent,
};
pub use notification::{
    Delivery, IntoNotificationListener, Message, NotificationListener, NotificationSender,
    listen_fn,
};
pub use session::{Load, Side};
pub use shell::{Shell, Task};
pub use socket::{IpcSocket, IpcSocketBackend, IpcSocketFrontend};
pub use verdict::{VersionPolicy, is_compatible};

use handlers::{Handlers, Listeners};
