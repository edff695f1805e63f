//! One-way messages, in both directions.
//!
//! The core's listeners may be called from anywhere, and functions of JavaScript only from the
//! page's own task: a queue stands between the two. It is emptied in the same turn of the page,
//! in order, before the reply that follows a message is seen.

use std::{fmt, rc::Rc};

use futures_channel::mpsc;
use futures_util::StreamExt as _;
use twinbridge_common::{
    ipc::{Endpoint, IpcSocket as _, Listener, Message, listen_fn},
    wire::{ChannelName, MethodName, Payload},
};
use wasm_bindgen::prelude::*;

use crate::{failure, promise, to_javascript};

/// Keeps a listener attached until it is freed.
#[wasm_bindgen]
pub struct Listening {
    _guard: Listener,
    /// Closed with this, so that messages that wait in the queue are not delivered either.
    queue: Rc<mpsc::UnboundedSender<Message>>,
}

impl Listening {
    pub(crate) fn new(
        endpoint: &Endpoint,
        channel: ChannelName,
        listener: js_sys::Function,
    ) -> Self {
        let (queue, mut messages) = mpsc::unbounded::<Message>();
        let sender = queue.clone();
        let guard = endpoint.listen(listen_fn(channel, move |message| {
            // Nobody listens any more: then the message is nobody's.
            let _ = sender.unbounded_send(message.clone());
        }));
        twinbridge_frontend::spawn(async move {
            while let Some(message) = messages.next().await {
                deliver(&listener, &message);
            }
        });
        Self {
            _guard: guard,
            queue: Rc::new(queue),
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.queue.close_channel();
    }
}

impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listening").finish_non_exhaustive()
    }
}

fn deliver(listener: &js_sys::Function, message: &Message) {
    let name = JsValue::from_str(message.name.as_str());
    match to_javascript::arguments(&message.arguments) {
        Ok(arguments) => {
            // The package's own function; it reports what listeners throw.
            let _ = listener.call2(&JsValue::UNDEFINED, &name, &arguments);
        }
        Err(problem) => complain(&format!(
            "a message {}/{} could not be read: {problem}",
            message.channel, message.name
        )),
    }
}

/// Sends as soon as there is room; resolves when it has.
pub(crate) fn send(
    endpoint: &Endpoint,
    channel: ChannelName,
    name: MethodName,
    arguments: Payload,
) -> js_sys::Promise {
    let message = Message::new(endpoint.origin().clone(), channel, name, arguments);
    let sending = endpoint.send_with_room(&message);
    promise(async move {
        let sent = sending.await;
        sent.map_err(|error| failure::of_pipe(&error))?;
        Ok(JsValue::UNDEFINED)
    })
}

#[wasm_bindgen]
extern "C" {
    /// `console.error`, in every browser.
    #[wasm_bindgen(js_namespace = console, js_name = error)]
    fn complain(text: &str);
}
