//! A handler whose replies are broken on the way, for one method.

use std::sync::Arc;

use twinbridge_common::{
    Bytes,
    ipc::{Answer, InterfaceInfo, IntoIpcHandler, Invocation, IpcHandler, IpcInterface, Outcome},
    wire::{ChannelName, Payload},
};

/// What answers for another handler, and breaks what it replies to `garbage`.
pub(crate) struct Broken<S>(pub(crate) S);

impl<I: IpcInterface, S: IntoIpcHandler<I>> IntoIpcHandler<I> for Broken<S> {
    fn into_ipc_handler(self) -> Arc<dyn IpcHandler> {
        Arc::new(Breaking(self.0.into_ipc_handler()))
    }
}

struct Breaking(Arc<dyn IpcHandler>);

impl IpcHandler for Breaking {
    fn channel_name(&self) -> ChannelName {
        self.0.channel_name()
    }

    fn version(&self) -> &str {
        self.0.version()
    }

    fn interface(&self) -> Option<&'static InterfaceInfo> {
        self.0.interface()
    }

    fn call(self: Arc<Self>, call: Invocation) -> Answer {
        if call.method.as_str() != "garbage" {
            return Arc::clone(&self.0).call(call);
        }
        let reply = Payload {
            codec: call.codec(),
            // The one byte that begins nothing in MessagePack.
            bytes: Bytes::from(vec![0xC1]),
            attachments: Vec::new(),
        };
        Box::pin(async { Outcome::Done(reply) })
    }
}
