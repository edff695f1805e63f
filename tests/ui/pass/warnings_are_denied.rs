#![deny(warnings, missing_docs, unreachable_pub, missing_debug_implementations, unused)]
#![deny(single_use_lifetimes, unused_qualifications)]
//! An expansion has no warnings, in public and in private modules.

use std::sync::Arc;

use twinbridge_common::{
    BackendIpc, FrontendIpc, IpcError, IpcStream, RpcManager, ipc_interface, ipc_notifications,
    rpc::{RpcFailure, RpcRoutingToken},
    rpc_interface,
};

/// An error.
#[derive(
    Debug, thiserror::Error, serde::Serialize, serde::Deserialize, schemars::JsonSchema, IpcError,
)]
#[ipc_error(scope = "notes")]
pub enum NoteError {
    /// It is gone.
    #[error("gone")]
    Gone,
}

/// Notes.
#[ipc_interface(channel = "notes", version = "1.0.0")]
pub trait Notes {
    /// Reads.
    async fn read(&self, call: u32, arguments: String, result: Option<u8>) -> Result<String, NoteError>;
    /// Counts.
    #[must_use]
    async fn count(&self) -> u64;
    /// Hashes.
    #[blocking]
    fn hash(&self, context: String) -> u64;
    /// A keyword.
    async fn r#type(&self, r#in: u8, caller: u8, write: u8);
    /// Was better once.
    #[deprecated = "use count"]
    async fn old(&self, work: u8, refusal: u8) -> Result<(), NoteError>;
}

mod private {
    /// Empty.
    #[twinbridge_common::ipc_interface(channel = "empty", version = "1.0.0")]
    pub(crate) trait Empty {}

    #[twinbridge_common::ipc_interface(channel = "unused", version = "1.0.0")]
    trait Unused {
        async fn undocumented(&self);
    }

    #[twinbridge_common::ipc_notifications(channel = "unused", version = "1.0.0")]
    trait UnusedEvents {
        fn undocumented(&self);
    }
}

/// Events.
#[ipc_notifications(channel = "files", version = "1.0.0")]
pub trait FilesEvents {
    /// It grew.
    fn grew(&self, notification: u64, sender: u8);
    /// It goes on.
    #[latest]
    fn progress(&self, done: u64, arguments: u64);
}

/// Notes, over any configuration.
#[rpc_interface(name = "NotesRpc", version = "1.0.0")]
pub trait RpcNotes {
    /// Reads.
    #[caching(immutable)]
    #[idempotent]
    async fn read(
        &self,
        #[token] types: String,
        count: u32,
        write: Option<u8>,
        arguments: Option<String>,
    ) -> Result<String, RpcFailure<NoteError>>;
    /// Waits.
    #[retry_interval(ms = 7)]
    #[blocking]
    fn wait(&self, call: u32) -> Result<(), RpcFailure>;
    /// A keyword.
    #[must_use]
    async fn r#type(&self, r#in: Option<u8>) -> IpcStream<u8>;
    /// Was better once.
    #[deprecated = "use read"]
    async fn old(&self, work: u8, refusal: u8) -> Result<IpcStream<u8>, RpcFailure<NoteError>>;
}

mod private_rpc {
    /// Empty.
    #[twinbridge_common::rpc_interface(name = "EmptyRpc", version = "1.0.0")]
    pub(crate) trait Empty {}

    #[twinbridge_common::rpc_interface(name = "UnusedRpc", version = "1.0.0")]
    trait Unused {
        async fn undocumented(&self);
    }
}

#[derive(Debug)]
struct Everything;

impl Notes for Everything {
    async fn read(&self, _: u32, text: String, _: Option<u8>) -> Result<String, NoteError> {
        Ok(text)
    }

    async fn count(&self) -> u64 {
        7
    }

    fn hash(&self, _: String) -> u64 {
        7
    }

    async fn r#type(&self, _: u8, _: u8, _: u8) {}

    async fn old(&self, _: u8, _: u8) -> Result<(), NoteError> {
        Err(NoteError::Gone)
    }
}

impl private::Empty for Everything {}

impl private_rpc::Empty for Everything {}

impl RpcNotes for Everything {
    async fn read(
        &self,
        text: String,
        _: u32,
        _: Option<u8>,
        _: Option<String>,
    ) -> Result<String, RpcFailure<NoteError>> {
        Ok(text)
    }

    fn wait(&self, _: u32) -> Result<(), RpcFailure> {
        Ok(())
    }

    async fn r#type(&self, _: Option<u8>) -> IpcStream<u8> {
        IpcStream::channel(1).1
    }

    async fn old(&self, _: u8, _: u8) -> Result<IpcStream<u8>, RpcFailure<NoteError>> {
        Err(NoteError::Gone)?
    }
}

impl FilesEvents for Everything {
    fn grew(&self, _: u64, _: u8) {}

    fn progress(&self, _: u64, _: u64) {}
}

/// The interface of an expansion is that of any other.
pub fn use_it(backend: &BackendIpc, frontend: &FrontendIpc) {
    let _ = backend.handle(NotesServer(Arc::new(Everything)));
    let _ = backend.handle(private::EmptyServer(Everything));
    let _ = frontend.client::<NotesClient>();
    let _ = frontend.client::<private::EmptyClient>();
    let _ = frontend.listen(FilesEventsReceiver(Everything));
    let _ = backend.notification_sender().map(FilesEventsSender::new);
}

/// So is that of an RPC interface.
pub fn use_rpc(manager: &RpcManager) {
    manager.register_impl(|| RpcNotesServer(Everything));
    manager.register_impl(|| private_rpc::EmptyServer(Everything));
    let routing = RpcRoutingToken::DEFAULT;
    let _ = manager.get_client_for_interface::<RpcNotesClient>(&routing);
    let _ = manager.get_client_for_interface::<private_rpc::EmptyClient>(&routing);
}

fn main() {}
