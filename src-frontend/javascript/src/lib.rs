//! The session of a page that is written in JavaScript.
//!
//! What the package's `twinbridge.js` stands on: it gives calls, streams, listeners and handlers
//! over the same protocol code as pages in Rust, and values as JavaScript has them. It decides
//! nothing that is a matter of taste in JavaScript; classes, signals and iterators are up there.

#![forbid(unsafe_code)]

mod call;
mod failure;
mod from_javascript;
mod handle;
mod listen;
mod to_javascript;

use std::future::Future;

use twinbridge_common::{
    ipc::{Declared, Endpoint, IpcSocketFrontend as _, Outgoing},
    wire::{ByeCode, ChannelName, Metadata, MethodName},
};
use twinbridge_frontend::FrontendIpc;
use wasm_bindgen::prelude::*;

use call::Running;
use handle::Handling;
use listen::Listening;

/// The page's one session.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Core {
    endpoint: Endpoint,
}

#[wasm_bindgen]
impl Core {
    /// Finds the host. Nothing is sent before [`Self::greet`]; listeners may be attached before.
    ///
    /// # Errors
    /// A failure of layer `startup` where no host shows the page, or it has a session already.
    pub fn connect() -> Result<Self, JsValue> {
        let endpoint = twinbridge_frontend::connect();
        let endpoint = endpoint.map_err(|error| failure::no_bridge(&error))?;
        Ok(Self { endpoint })
    }

    /// Greets the backend with the interfaces that generated modules have declared, as JSON, and
    /// resolves where all of them fit.
    ///
    /// Rejects with a failure of layer `startup`, which has the verdicts where there are any.
    pub fn greet(&self, declared: &str) -> js_sys::Promise {
        let endpoint = self.endpoint.clone();
        let interfaces = serde_json::from_str::<Vec<_>>(declared);
        promise(async move {
            let interfaces =
                interfaces.map_err(|error| failure::bad_declaration(&error.to_string()))?;
            let declared = interfaces
                .into_iter()
                .fold(Declared::dynamic(), Declared::raw);
            let started = FrontendIpc::startup(endpoint, declared).await;
            started.map_err(|error| failure::of_startup(&error))?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Makes a call. `deadline` is in milliseconds; 0 is none.
    ///
    /// # Errors
    /// A failure where a name is none, or an argument has no wire form: nothing was sent then.
    pub fn call(
        &self,
        channel: &str,
        method: &str,
        arguments: &js_sys::Array,
        deadline: u32,
    ) -> Result<Running, JsValue> {
        let (channel, method) = names(channel, method)?;
        let arguments = from_javascript::arguments(arguments)?;
        let invoked = self.endpoint.invoke(Outgoing {
            channel,
            method,
            deadline_ms: deadline,
            metadata: Metadata::default(),
            arguments,
            stamps: None,
        });
        Ok(Running::new(invoked))
    }

    /// Calls `listener` with the name and the arguments of every message on a channel.
    ///
    /// # Errors
    /// A failure where the channel's name is none.
    pub fn listen(&self, channel: &str, listener: js_sys::Function) -> Result<Listening, JsValue> {
        let channel = self::channel(channel)?;
        Ok(Listening::new(&self.endpoint, channel, listener))
    }

    /// Sends a one-way message, as soon as there is room for it.
    ///
    /// # Errors
    /// A failure where a name is none, or an argument has no wire form.
    pub fn send(
        &self,
        channel: &str,
        name: &str,
        arguments: &js_sys::Array,
    ) -> Result<js_sys::Promise, JsValue> {
        let (channel, name) = names(channel, name)?;
        let arguments = from_javascript::arguments(arguments)?;
        Ok(listen::send(&self.endpoint, channel, name, arguments))
    }

    /// Answers the backend's calls of a channel: `answer(method, arguments, whenCancelled)`
    /// resolves to the result, or throws.
    ///
    /// # Errors
    /// A failure where the channel's name is none, or it has a handler already.
    pub fn handle(
        &self,
        channel: &str,
        version: &str,
        answer: js_sys::Function,
    ) -> Result<Handling, JsValue> {
        Handling::new(&self.endpoint, self::channel(channel)?, version, answer)
    }

    /// Calls back with a failure of layer `pipe` when the session is over.
    #[wasm_bindgen(js_name = onEnd)]
    pub fn on_end(&self, callback: js_sys::Function) {
        let (ended, wait) = futures_channel::oneshot::channel();
        self.endpoint.on_end(move |reason| {
            // The page listens for as long as it lives.
            let _ = ended.send(reason.clone());
        });
        twinbridge_frontend::spawn(async move {
            if let Ok(reason) = wait.await {
                let _ = callback.call1(&JsValue::UNDEFINED, &failure::of_end(reason));
            }
        });
    }

    /// Says goodbye. Calls that run are refused.
    pub fn close(&self) {
        self.endpoint
            .close(ByeCode::Closed, "the page closed its session");
    }
}

fn channel(name: &str) -> Result<ChannelName, JsValue> {
    name.parse().map_err(|error| failure::bad_name(&error))
}

fn names(channel: &str, method: &str) -> Result<(ChannelName, MethodName), JsValue> {
    let method = method.parse().map_err(|error| failure::bad_name(&error));
    Ok((self::channel(channel)?, method?))
}

/// A promise of what a future gives. The future begins in this turn of the page's tasks.
fn promise(future: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> js_sys::Promise {
    wasm_bindgen_futures::future_to_promise(future)
}
