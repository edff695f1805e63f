//! Everything that the frontend asks of JavaScript.
//!
//! Each item says which object must exist in the page, and who puts it there. Nothing else in
//! this crate imports JavaScript.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The object that the host's init script leaves in pages of the app's own origins.
    #[derive(Clone)]
    pub(crate) type BridgeObject;

    /// `window.__TWINBRIDGE__`; `None` in a page that no host shows.
    #[wasm_bindgen(thread_local_v2, js_name = "__TWINBRIDGE__")]
    pub(crate) static BRIDGE: Option<BridgeObject>;

    /// Proof that the main frame speaks: 32 hexadecimal digits.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn key(this: &BridgeObject) -> String;

    /// Posts one batch; resolves to the answer's bytes. The bytes are copied before it returns.
    #[wasm_bindgen(method, catch)]
    pub(crate) fn exchange(this: &BridgeObject, body: &[u8]) -> Result<js_sys::Promise, JsValue>;

    /// Address of a remote service that the host has named.
    #[wasm_bindgen(method)]
    pub(crate) fn service(this: &BridgeObject, name: &str) -> Option<String>;

    /// The bytes of an answer.
    pub(crate) type Answer;

    /// `ArrayBuffer.prototype.transfer`, in browsers since 2024 (WebKit 17.4): moves the bytes to
    /// another buffer, cut to `length`.
    #[wasm_bindgen(method, catch)]
    pub(crate) fn transfer(this: &Answer, length: u32) -> Result<JsValue, JsValue>;

    /// `performance.now()`, in every browser: milliseconds since the page began, never going
    /// back.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    pub(crate) fn performance_now() -> f64;

    /// `setTimeout`, in every browser.
    #[wasm_bindgen(js_name = setTimeout)]
    pub(crate) fn set_timeout(callback: &JsValue, milliseconds: f64) -> JsValue;

    /// `clearTimeout`, in every browser. No effect on a timer that has fired.
    #[wasm_bindgen(js_name = clearTimeout)]
    pub(crate) fn clear_timeout(timer: &JsValue);

    /// `Date.now()`, in every browser: milliseconds since 1970 in UTC.
    #[wasm_bindgen(js_namespace = Date, js_name = now)]
    pub(crate) fn date_now() -> f64;

    /// `window.document`, in every page, and not in a worker.
    pub(crate) type Document;
    #[wasm_bindgen(thread_local_v2, js_name = document)]
    pub(crate) static DOCUMENT: Option<Document>;
    /// The cookies that the page may read.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn cookie(this: &Document) -> String;

    /// `fetch`, in every browser: resolves to a [`Response`] when its head has come.
    #[wasm_bindgen(catch)]
    pub(crate) fn fetch(request: &Request) -> Result<js_sys::Promise, JsValue>;

    /// A request; making it throws where an address or a header is none.
    pub(crate) type Request;
    #[wasm_bindgen(constructor, catch)]
    pub(crate) fn new(address: &str, init: &RequestInit) -> Result<Request, JsValue>;

    /// A plain object that says what a request is made of.
    pub(crate) type RequestInit;
    #[wasm_bindgen(method, setter)]
    pub(crate) fn set_method(this: &RequestInit, method: &str);
    #[wasm_bindgen(method, setter)]
    pub(crate) fn set_redirect(this: &RequestInit, redirect: &str);
    #[wasm_bindgen(method, setter)]
    pub(crate) fn set_signal(this: &RequestInit, signal: &JsValue);
    #[wasm_bindgen(method, setter)]
    pub(crate) fn set_headers(this: &RequestInit, headers: &js_sys::Array);
    #[wasm_bindgen(method, setter)]
    pub(crate) fn set_body(this: &RequestInit, body: &js_sys::Uint8Array);

    /// Aborts a request; in every browser since 2018.
    pub(crate) type AbortController;
    #[wasm_bindgen(constructor, catch)]
    pub(crate) fn new() -> Result<AbortController, JsValue>;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn signal(this: &AbortController) -> JsValue;
    #[wasm_bindgen(method)]
    pub(crate) fn abort(this: &AbortController);

    /// An answer whose body comes yet.
    pub(crate) type Response;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn status(this: &Response) -> u16;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn headers(this: &Response) -> Headers;
    /// Its body; `None` where it has none.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn body(this: &Response) -> Option<ReadableStream>;

    /// The headers that the page may read.
    pub(crate) type Headers;
    /// Calls back with each value and its name.
    #[wasm_bindgen(method, js_name = forEach)]
    pub(crate) fn for_each(this: &Headers, callback: &mut dyn FnMut(String, String));

    /// A body.
    pub(crate) type ReadableStream;
    #[wasm_bindgen(method, js_name = getReader)]
    pub(crate) fn get_reader(this: &ReadableStream) -> Reader;

    /// What reads it.
    pub(crate) type Reader;
    /// Resolves to a [`ReadResult`].
    #[wasm_bindgen(method, catch)]
    pub(crate) fn read(this: &Reader) -> Result<js_sys::Promise, JsValue>;

    /// A piece of a body.
    pub(crate) type ReadResult;
    /// Its bytes; `None` at the end.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn value(this: &ReadResult) -> Option<js_sys::Uint8Array>;
}
