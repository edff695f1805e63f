//! The page of one window, whichever it is at the moment.
//!
//! Reloads give a window a new session; a backend that wants to call or tell its page names the
//! window and not the session. Used through `BackendIpc::window`.

use std::sync::Arc;

use super::{
    BackendSocket, ChannelTaken, Delivery, Endpoint, HandlerGuard, Invoked, IpcHandler, IpcSocket,
    IpcSocketBackend as _, IpcSocketFrontend, Listener, Message, NotificationListener, Outgoing,
    PipeError, SendWithRoom, VersionPolicy,
};
use crate::wire::{ChannelName, MethodName, Payload};

/// Calls and tells the page that a window shows. Clones speak to the same window.
#[cfg_attr(doc, doc = include_str!("../../examples/calls.md"))]
#[derive(Clone, Debug)]
pub struct WindowSocket {
    backend: BackendSocket,
    window: Arc<str>,
}

impl WindowSocket {
    pub(super) fn new(backend: BackendSocket, window: &str) -> Self {
        Self {
            backend,
            window: window.into(),
        }
    }

    /// The session of the page that the window shows.
    ///
    /// # Errors
    /// [`PipeError::NoPage`] where it shows none that is connected.
    pub fn session(&self) -> Result<Endpoint, PipeError> {
        let mut sessions = self.backend.sessions().into_iter().rev();
        let session =
            sessions.find(|session| session.origin().window == self.window && session.is_open());
        session.ok_or_else(|| PipeError::NoPage {
            window: self.window.to_string(),
        })
    }
}

impl IpcSocket for WindowSocket {
    fn send(
        &self,
        channel: &ChannelName,
        name: &MethodName,
        arguments: Payload,
        delivery: Delivery,
    ) -> Result<(), PipeError> {
        self.session()?.send(channel, name, arguments, delivery)
    }

    fn send_with_room(&self, message: &Message) -> SendWithRoom {
        match self.session() {
            Ok(session) => session.send_with_room(message),
            Err(error) => SendWithRoom::done(Err(error)),
        }
    }

    /// Listens to every window: [`Message::origin`] tells them apart.
    fn listen(&self, listener: Arc<dyn NotificationListener>) -> Listener {
        self.backend.listen(listener)
    }

    /// Serves every window; what a window may call is the host's to say.
    fn handle(
        &self,
        handler: Arc<dyn IpcHandler>,
        policy: VersionPolicy,
    ) -> Result<HandlerGuard, ChannelTaken> {
        self.backend.handle(handler, policy)
    }
}

impl IpcSocketFrontend for WindowSocket {
    fn invoke(&self, call: Outgoing) -> Invoked {
        match self.session() {
            Ok(session) => session.invoke(call),
            Err(error) => Invoked::ended(Err(error)),
        }
    }
}
