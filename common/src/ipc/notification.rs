//! One-way messages: what a listener gets and what a sender sends.
//!
//! `#[ipc_notifications]` generates a typed sender and a typed listener over these; code without
//! a contract uses [`listen_fn`] and [`NotificationSender::send`] by name.

use std::{
    future::{Future, IntoFuture},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use super::{CallError, CodecError, IpcInterface, IpcSocket, Origin, Refusal, SendWithRoom};
use crate::wire::{
    ArgumentError, ArgumentsReader, ArgumentsWriter, ChannelName, Codec, EncodeError, MethodName,
    Payload,
};

/// A one-way message as its listener gets it.
#[cfg_attr(doc, doc = include_str!("../../examples/notifications.md"))]
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Message {
    /// Who sent it.
    pub origin: Origin,
    /// Its channel.
    pub channel: ChannelName,
    /// Its name on that channel.
    pub name: MethodName,
    /// Its arguments, still encoded: one array.
    pub arguments: Payload,
}

impl Message {
    /// A message of these parts.
    #[must_use]
    pub fn new(origin: Origin, channel: ChannelName, name: MethodName, arguments: Payload) -> Self {
        Self {
            origin,
            channel,
            name,
            arguments,
        }
    }

    /// Decodes the arguments. For generated code.
    ///
    /// # Errors
    /// [`Refusal::BadArgument`] for the first argument that is not what the contract says.
    pub fn read_arguments<T>(
        &self,
        read: impl FnOnce(&mut ArgumentsReader<'_>) -> Result<T, ArgumentError>,
    ) -> Result<T, Refusal> {
        super::handler::read_arguments(&self.channel, &self.name, &self.arguments, read)
    }

    /// The refusal of a message whose name the contract does not have.
    #[must_use]
    pub fn unknown_notification(&self) -> Refusal {
        Refusal::UnknownMethod {
            channel: self.channel.to_string(),
            method: self.name.to_string(),
        }
    }
}

/// Takes the one-way messages of one channel.
///
/// Called in the order the messages were sent, one at a time; it should return soon. Within it
/// [`Origin::current`] tells who sent the message. iModel.js: `NotificationHandler`.
#[cfg_attr(doc, doc = include_str!("../../examples/notifications.md"))]
pub trait NotificationListener: Send + Sync + 'static {
    /// The channel it listens on.
    fn channel_name(&self) -> ChannelName;

    /// Takes one message.
    ///
    /// # Errors
    /// A refusal where the message is not what the contract says. It is logged; the sender does
    /// not hear of it.
    fn receive(&self, message: &Message) -> Result<(), Refusal>;
}

/// What can listen for the notifications of the interface `I`.
///
/// `#[ipc_notifications]` on a trait `FilesEvents` leaves the wrapper `FilesEventsReceiver`,
/// which makes a listener of every implementation of the trait.
#[cfg_attr(doc, doc = include_str!("../../examples/notifications.md"))]
pub trait IntoNotificationListener<I: IpcInterface> {
    /// Wraps it in the generated glue.
    fn into_notification_listener(self) -> Arc<dyn NotificationListener>;
}

/// A listener made of a function, for messages by name. iModel.js: `handleMessage`.
pub fn listen_fn(
    channel: ChannelName,
    listener: impl Fn(&Message) + Send + Sync + 'static,
) -> Arc<dyn NotificationListener> {
    struct ByName<F>(ChannelName, F);
    impl<F: Fn(&Message) + Send + Sync + 'static> NotificationListener for ByName<F> {
        fn channel_name(&self) -> ChannelName {
            self.0.clone()
        }

        fn receive(&self, message: &Message) -> Result<(), Refusal> {
            (self.1)(message);
            Ok(())
        }
    }
    Arc::new(ByName(channel, listener))
}

/// What happens to a notification when its receiver is slower than its sender.
#[cfg_attr(doc, doc = include_str!("../../examples/notifications.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// All are delivered, in order. Where too many wait, sending waits or fails.
    Reliable,
    /// Only the newest is of interest: it takes the place of the one that waits to be sent. There
    /// is always room for it.
    Latest,
}

/// Sends one-way messages over a socket.
#[cfg_attr(doc, doc = include_str!("../../examples/notifications.md"))]
#[derive(Clone, Debug)]
pub struct NotificationSender {
    socket: Arc<dyn IpcSocket>,
}

impl NotificationSender {
    /// A sender over `socket`.
    #[must_use]
    pub fn new(socket: Arc<dyn IpcSocket>) -> Self {
        Self { socket }
    }

    /// Prepares one message, whose `count` arguments `write` encodes. For generated code.
    pub fn prepare(
        &self,
        channel: &ChannelName,
        name: &MethodName,
        delivery: Delivery,
        count: usize,
        write: impl FnOnce(&mut ArgumentsWriter) -> Result<(), EncodeError>,
    ) -> Unsent {
        let arguments = super::call::encode_arguments(Codec::MessagePack, count, write);
        Unsent {
            socket: Arc::clone(&self.socket),
            channel: channel.clone(),
            name: name.clone(),
            arguments,
            delivery,
        }
    }
}

/// A notification that is ready to leave.
///
/// [`now`](Self::now) sends it or fails; awaiting it sends it as soon as there is room, which is
/// how a fast sender is held to the pace of a slow page. A notification of which only the latest
/// counts always finds room.
#[cfg_attr(doc, doc = include_str!("../../examples/notifications.md"))]
#[derive(Debug)]
#[must_use = "the notification is sent by `now`, or when this is awaited"]
pub struct Unsent {
    socket: Arc<dyn IpcSocket>,
    channel: ChannelName,
    name: MethodName,
    arguments: Result<Payload, CodecError>,
    delivery: Delivery,
}

impl Unsent {
    /// Sends it at once.
    ///
    /// # Errors
    /// [`CallError::Pipe`] where it cannot be sent, with [`PipeError::Full`](super::PipeError)
    /// where the session has no room; [`CallError::Codec`] where an argument cannot be encoded.
    /// Over the socket of a whole backend other pages may have got it all the same.
    pub fn now(self) -> Result<(), CallError> {
        let arguments = self.arguments.map_err(CallError::Codec)?;
        self.socket
            .send(&self.channel, &self.name, arguments, self.delivery)?;
        Ok(())
    }

    fn with_room(self) -> Sending {
        if self.delivery == Delivery::Latest {
            return Sending::Done(Some(self.now()));
        }
        match self.arguments {
            Ok(arguments) => {
                let message = Message::new(Origin::unknown(), self.channel, self.name, arguments);
                Sending::Room(self.socket.send_with_room(&message))
            }
            Err(error) => Sending::Done(Some(Err(CallError::Codec(error)))),
        }
    }
}

impl IntoFuture for Unsent {
    type Output = Result<(), CallError>;
    type IntoFuture = Sending;

    /// Sends it as soon as there is room. Errors are those of [`Self::now`], `Full` apart.
    fn into_future(self) -> Sending {
        self.with_room()
    }
}

/// Future of an [`Unsent`] notification.
#[derive(Debug)]
#[must_use = "a notification for which there is no room is sent while this is awaited"]
pub enum Sending {
    #[doc(hidden)]
    Done(Option<Result<(), CallError>>),
    #[doc(hidden)]
    Room(SendWithRoom),
}

impl Future for Sending {
    type Output = Result<(), CallError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            // Polled again after it was done: futures may say anything then.
            Self::Done(sent) => Poll::Ready(sent.take().unwrap_or(Ok(()))),
            Self::Room(room) => Pin::new(room).poll(cx).map_err(CallError::Pipe),
        }
    }
}
