//! Tauri's `invoke`, as a page calls it.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["window", "__TAURI_INTERNALS__"], js_name = invoke)]
    fn tauri_invoke(command: &str, payload: &JsValue) -> Promise;

    #[wasm_bindgen(js_namespace = console, js_name = error)]
    pub(crate) fn complain(text: &str);

    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    pub(crate) fn now() -> f64;
}

/// Echoes bytes through an async command with a raw body.
pub(crate) async fn raw(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let answer = tauri_invoke("echo_raw", &Uint8Array::from(bytes));
    let answer = JsFuture::from(answer)
        .await
        .map_err(|error| format!("{error:?}"))?;
    Ok(Uint8Array::new(&answer).to_vec())
}

/// Echoes a text through a sync command with JSON.
pub(crate) async fn json(text: &str) -> Result<String, String> {
    let payload = js_sys::Object::new();
    js_sys::Reflect::set(&payload, &"text".into(), &text.into())
        .map_err(|error| format!("{error:?}"))?;
    let answer = JsFuture::from(tauri_invoke("echo_json", &payload));
    let answer = answer.await.map_err(|error| format!("{error:?}"))?;
    answer
        .as_string()
        .ok_or_else(|| "the answer is no text".to_owned())
}
