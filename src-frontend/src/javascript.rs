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
}
