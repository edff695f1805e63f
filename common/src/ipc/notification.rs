//! One-way messages: what a listener gets and what a sender sends.
//!
//! `#[ipc_notifications]` generates a typed sender and a typed listener over these; code without
//! a contract uses [`listen_fn`] and [`NotificationSender::send`] by name.

use std::sync::Arc;

use super::{CallError, CodecError, IpcInterface, IpcSocket, Refusal};
use crate::wire::{
    ArgumentError, ArgumentsReader, ArgumentsWriter, ChannelName, Codec, EncodeError, MethodName,
    Payload,
};

/// A one-way message as its listener gets it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Message {
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
    pub fn new(channel: ChannelName, name: MethodName, arguments: Payload) -> Self {
        Self {
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
/// Called in the order the messages were sent, one at a time; it should return soon. iModel.js:
/// `NotificationHandler`.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// All are delivered; sending fails when too many wait.
    Reliable,
    /// Only the newest is of interest. A contract can say so; protocol 1 delivers all of them,
    /// like [`Self::Reliable`].
    Latest,
}

/// Sends one-way messages over a socket.
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

    /// Sends one message, whose `count` arguments `write` encodes.
    ///
    /// # Errors
    /// [`CallError::Pipe`] where it cannot be sent, [`CallError::Codec`] where an argument
    /// cannot be encoded. Over a backend's socket other pages may have got it all the same.
    pub fn send(
        &self,
        channel: &ChannelName,
        name: &MethodName,
        _delivery: Delivery,
        count: usize,
        write: impl FnOnce(&mut ArgumentsWriter) -> Result<(), EncodeError>,
    ) -> Result<(), CallError> {
        let arguments = super::call::encode_arguments(Codec::MessagePack, count, write)
            .map_err(|error: CodecError| CallError::Codec(error))?;
        self.socket.send(channel, name, arguments)?;
        Ok(())
    }
}
