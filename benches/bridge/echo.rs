//! The contract that is called within the process.

use twinbridge::{Bytes, ipc_interface};

/// Gives back what it gets.
#[ipc_interface(channel = "echo", version = "1.0.0", crate = ::twinbridge::common)]
pub(crate) trait Echo {
    /// The same bytes.
    async fn echo(&self, bytes: Bytes) -> Bytes;
}

/// Implements it.
pub(crate) struct EchoHandler;

impl Echo for EchoHandler {
    async fn echo(&self, bytes: Bytes) -> Bytes {
        bytes
    }
}
