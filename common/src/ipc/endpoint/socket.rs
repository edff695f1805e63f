//! An endpoint as a socket: calls, one-way messages, listeners and handlers.
//!
//! What is registered here is for this session alone. Senders that can wait do so without a
//! lock, and whoever gives up leaves the line.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
};

use super::Endpoint;
use crate::{
    ipc::{
        ChannelTaken, Delivery, HandlerGuard, Invoked, IpcHandler, IpcSocket, IpcSocketFrontend,
        Listener, Message, NotificationListener, Outgoing, PipeError, SendWithRoom, VersionPolicy,
        session::{CallRefused, refused},
    },
    wire::{ChannelName, MethodName, Notification, Payload},
};

impl Endpoint {
    /// Sends a message reliably; `None` where it would have to wait.
    fn send_if_room(&self, message: &Message) -> Option<Result<(), PipeError>> {
        let sent = self.with(|session| {
            session.has_room_now().then(|| {
                let notification = Notification {
                    channel: message.channel.clone(),
                    name: message.name.clone(),
                    arguments: message.arguments.clone(),
                };
                session.notify(notification, Delivery::Reliable)
            })
        })?;
        if sent.is_ok() {
            self.inner.shell.wake();
        }
        Some(sent)
    }
}

impl IpcSocket for Endpoint {
    fn send(
        &self,
        channel: &ChannelName,
        name: &MethodName,
        arguments: Payload,
        delivery: Delivery,
    ) -> Result<(), PipeError> {
        let (channel, name) = (channel.clone(), name.clone());
        let notification = Notification {
            channel,
            name,
            arguments,
        };
        self.with(|session| session.notify(notification, delivery))?;
        self.inner.shell.wake();
        Ok(())
    }

    fn send_with_room(&self, message: &Message) -> SendWithRoom {
        let sent = self.send_if_room(message);
        if let Some(sent) = sent {
            return SendWithRoom::done(sent);
        }
        let (endpoint, message) = (self.clone(), message.clone());
        SendWithRoom::waiting(async move {
            let mut waiting = WaitingForRoom::new(&endpoint);
            loop {
                poll_fn(|cx| waiting.poll(cx)).await;
                // Somebody else may have been faster.
                if let Some(sent) = endpoint.send_if_room(&message) {
                    return sent;
                }
            }
        })
    }

    fn listen(&self, listener: Arc<dyn NotificationListener>) -> Listener {
        let channel = listener.channel_name();
        let (guard, has_kept) = self.inner.listeners.insert(listener);
        if has_kept {
            // Not inside this call, whose caller has nothing to hold the listener by so far.
            let endpoint = self.clone();
            self.inner.shell.spawn(Box::pin(async move {
                endpoint.inner.listeners.deliver_kept(&channel);
            }));
        }
        guard
    }

    fn handle(
        &self,
        handler: Arc<dyn IpcHandler>,
        policy: VersionPolicy,
    ) -> Result<HandlerGuard, ChannelTaken> {
        let channel = handler.channel_name();
        if self.inner.common_handlers.get(&channel).is_some() {
            return Err(ChannelTaken { channel });
        }
        self.inner.handlers.insert(handler, policy)
    }
}

impl IpcSocketFrontend for Endpoint {
    fn invoke(&self, call: Outgoing) -> Invoked {
        let codec = call.arguments.codec;
        let taken = self.with(|session| session.call(call, &|| self.inner.shell.now()));
        match taken {
            Ok((call, waiting)) => {
                self.inner.shell.wake();
                Invoked::waiting(call, waiting, self.clone())
            }
            Err(CallRefused::Pipe(error)) => Invoked::ended(Err(error)),
            Err(CallRefused::Refusal(refusal)) => Invoked::ended(Ok(refused(codec, &refusal))),
        }
    }
}

/// Stands in line for room until it is dropped.
struct WaitingForRoom<'a> {
    endpoint: &'a Endpoint,
    place: Option<u64>,
}

impl<'a> WaitingForRoom<'a> {
    fn new(endpoint: &'a Endpoint) -> Self {
        let place = None;
        Self { endpoint, place }
    }

    fn poll(&mut self, cx: &Context<'_>) -> Poll<()> {
        let place = &mut self.place;
        self.endpoint.with(|session| session.poll_room(place, cx))
    }
}

impl Drop for WaitingForRoom<'_> {
    fn drop(&mut self) {
        let place = self.place.take();
        // Given out of the lock, and dropped here: a waker may be the last that holds a task.
        let _waker = place.and_then(|place| self.endpoint.session().leave_line(place));
    }
}
