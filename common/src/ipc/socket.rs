//! The sockets of the seed: what both halves are built on, whatever carries the bytes.
//!
//! iModel.js: `IpcSocket`, `IpcSocketFrontend`, `IpcSocketBackend`. Everything above these traits
//! is the same on every platform; everything below is a pipe.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use super::{
    ChannelTaken, Delivery, Endpoint, HandlerGuard, Invoked, IpcHandler, Listener, Message,
    NotificationListener, Outgoing, PipeError, VersionPolicy,
};
use crate::wire::{ChannelName, MethodName, Payload};

/// Future of [`IpcSocket::send_with_room`]. Most messages have left before it is polled.
#[cfg_attr(doc, doc = include_str!("../../examples/notifications.md"))]
#[must_use = "a message for which there is no room is sent while this is awaited"]
pub struct SendWithRoom(Room);

enum Room {
    Sent(Option<Result<(), PipeError>>),
    Waits(Pin<Box<dyn Future<Output = Result<(), PipeError>> + Send>>),
}

impl SendWithRoom {
    /// The message was sent, or never can be.
    pub fn done(sent: Result<(), PipeError>) -> Self {
        Self(Room::Sent(Some(sent)))
    }

    /// There is no room so far; `wait` sends the message when there is.
    pub fn waiting(wait: impl Future<Output = Result<(), PipeError>> + Send + 'static) -> Self {
        Self(Room::Waits(Box::pin(wait)))
    }

    /// What came of the sending, where it is known already.
    pub(crate) fn into_done(self) -> Result<Result<(), PipeError>, Self> {
        match self.0 {
            Room::Sent(Some(sent)) => Ok(sent),
            room => Err(Self(room)),
        }
    }
}

impl Future for SendWithRoom {
    type Output = Result<(), PipeError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            // Polled again after it was done: futures may say anything then.
            Room::Sent(sent) => Poll::Ready(sent.take().unwrap_or(Ok(()))),
            Room::Waits(wait) => wait.as_mut().poll(cx),
        }
    }
}

impl fmt::Debug for SendWithRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Room::Sent(_) => "SendWithRoom(sent)",
            Room::Waits(_) => "SendWithRoom(waits)",
        })
    }
}

/// Sends and receives one-way messages.
#[cfg_attr(doc, doc = include_str!("../../examples/sockets.md"))]
pub trait IpcSocket: Send + Sync + fmt::Debug {
    /// Sends a message; `arguments` is one encoded array. On a backend it goes to every session.
    ///
    /// # Errors
    /// [`PipeError`] where it cannot be sent: [`PipeError::Full`] where a reliable one finds no
    /// room. A backend without sessions drops it silently, as
    /// iTwin.js does.
    fn send(
        &self,
        channel: &ChannelName,
        name: &MethodName,
        arguments: Payload,
        delivery: Delivery,
    ) -> Result<(), PipeError>;

    /// Sends a message reliably, as soon as there is room for it: at each session that it goes
    /// to, one by one.
    ///
    /// # Errors
    /// As for [`Self::send`], [`PipeError::Full`] apart.
    ///
    /// # Cancellation
    /// Dropping the future leaves the message unsent where there was no room so far.
    fn send_with_room(&self, message: &Message) -> SendWithRoom;

    /// Attaches a listener for its channel. Any number may listen on one channel.
    fn listen(&self, listener: Arc<dyn NotificationListener>) -> Listener;

    /// Registers the handler of a channel.
    ///
    /// # Errors
    /// [`ChannelTaken`] where the channel has a handler already.
    fn handle(
        &self,
        handler: Arc<dyn IpcHandler>,
        policy: VersionPolicy,
    ) -> Result<HandlerGuard, ChannelTaken>;
}

/// One end of a session: it can call the other end.
///
/// A page's socket is one; so is the backend's view of one page.
#[cfg_attr(doc, doc = include_str!("../../examples/sockets.md"))]
pub trait IpcSocketFrontend: IpcSocket {
    /// Sends a call and gives the future of its end.
    fn invoke(&self, call: Outgoing) -> Invoked;
}

/// The backend's end of all its sessions. Its `handle` (of [`IpcSocket`]) serves every session.
#[cfg_attr(doc, doc = include_str!("../../examples/sockets.md"))]
pub trait IpcSocketBackend: IpcSocket {
    /// The sessions that are open at this moment, oldest first: to call one page, or to send to
    /// it alone. What is registered with one of them is for that page alone, and ends with it.
    fn sessions(&self) -> Vec<Endpoint>;
}
