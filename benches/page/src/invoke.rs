//! Tauri's `invoke`, as a page calls it.

use futures_channel::oneshot;
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["window", "__TAURI_INTERNALS__"], js_name = invoke)]
    fn tauri_invoke(command: &str, payload: &JsValue) -> Promise;

    #[wasm_bindgen(js_namespace = ["window", "__TAURI_INTERNALS__"], js_name = transformCallback)]
    fn transform_callback(callback: &JsValue) -> f64;

    #[wasm_bindgen(js_namespace = ["window", "__TAURI_INTERNALS__"], js_name = unregisterCallback)]
    fn unregister_callback(id: f64);

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

/// One MiB from a command, as a raw body.
pub(crate) async fn chunk() -> Result<usize, String> {
    let answer = JsFuture::from(tauri_invoke("chunk", &JsValue::UNDEFINED));
    let answer = answer.await.map_err(|error| format!("{error:?}"))?;
    Ok(Uint8Array::new(&answer).to_vec().len())
}

/// Has `command` send `count` messages over a channel, and calls `each` with every one of them.
pub(crate) async fn channel(
    command: &str,
    count: u32,
    mut each: impl FnMut(JsValue) + 'static,
) -> Result<(), String> {
    let (done, wait) = oneshot::channel();
    let mut done = Some(done);
    let mut received = 0;
    let callback = Closure::<dyn FnMut(JsValue)>::new(move |message: JsValue| {
        let body = js_sys::Reflect::get(&message, &"message".into()).unwrap_or_default();
        // The channel's end has no message.
        if !body.is_undefined() {
            each(body);
            received += 1;
        }
        if received == count
            && let Some(done) = done.take()
        {
            // The other end waits below.
            let _ = done.send(());
        }
    });
    let id = transform_callback(callback.as_ref());
    let payload = js_sys::Object::new();
    let set = |name: &str, value: JsValue| js_sys::Reflect::set(&payload, &name.into(), &value);
    set("channel", format!("__CHANNEL__:{id}").into())
        .and_then(|_| set("count", count.into()))
        .map_err(|error| format!("{error:?}"))?;
    let sent = JsFuture::from(tauri_invoke(command, &payload));
    sent.await.map_err(|error| format!("{error:?}"))?;
    wait.await.map_err(|error| error.to_string())?;
    unregister_callback(id);
    Ok(())
}
