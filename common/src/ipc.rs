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
#[doc(hidden)]
pub mod defect;
mod endpoint;
mod error;
mod extensions;
mod findings;
mod fingerprint;
mod frontend;
mod handler;
mod handlers;
pub mod in_process;
pub mod interface;
mod items;
mod notification;
mod origin;
mod outbox;
mod owner;
pub mod page_loads;
mod pending;
pub mod reliable;
mod scope;
pub(crate) mod session;
mod shell;
mod socket;
mod stamp_slot;
mod stream;
mod tap;
#[doc(hidden)]
pub mod test_contract;
mod transport_error;
mod verdict;
mod window;

pub use backend::{BackendIpc, BackendOptions, BackendSocket, RegisterError};
pub use call::{Answered, Call, CallResult, Caller, Invoked, Outgoing};
pub use cancellation::{Cancellation, Cancelled};
pub use context::{CallContext, InContext};
pub use endpoint::{Endpoint, Outgoings};
pub use error::{
    BackendError, CallError, CodecError, EndReason, IpcError, NoError, PipeError, Refusal,
    StartupError,
};
pub use extensions::Extensions;
pub use findings::{Finding, FindingKind};
pub use fingerprint::Fingerprint;
pub use frontend::{Declared, FrontendIpc, IpcClient};
pub use handler::{Answer, EncodedItems, IntoIpcHandler, Invocation, IpcHandler, Outcome};
pub use handlers::{ChannelTaken, HandlerGuard, Listener};
pub use interface::{
    ArgumentInfo, InterfaceInfo, IpcInterface, MethodInfo, StreamInfo, schema_accepted, schema_sent,
};
pub use items::{Credit, Items, ItemsEnd};
pub use notification::{
    Delivery, IntoNotificationListener, Message, NotificationListener, NotificationSender, Unsent,
    listen_fn,
};
pub use origin::Origin;
pub use owner::CallOwner;
pub use scope::CallScope;
pub use session::{Counts, Load, PipeLoad, Side};
pub use shell::{Shell, Task};
pub use socket::{IpcSocket, IpcSocketBackend, IpcSocketFrontend, SendWithRoom};
pub use stamp_slot::StampSlot;
pub use stream::{IpcStream, StreamClosed, StreamSender};
pub use tap::{Watch, Watched};
pub use transport_error::{TransportCause, TransportError};
pub use verdict::{Half, VersionPolicy, is_compatible};
pub use window::WindowSocket;

pub(crate) use call::{milliseconds, rounded_up};
pub(crate) use context::{ACTIVITY, CallFacts};
pub(crate) use endpoint::running::run as run_handler;
pub(crate) use handler::failed;
use handlers::{Handlers, Listeners};
pub(crate) use owner::Owner;
