//! The page of the lab: it does what a window test names, and shows nothing.
//!
//! A test calls `window.lab(name, …)` and gets a promise; in windows that the WebDriver does not
//! see, the host asks for the same acts. What the page and its host both need is here, too: the
//! contracts, and the board that tells what became of work.

#![forbid(unsafe_code)]

mod acts;
pub mod board;
pub mod contract;
mod events;
mod page;
mod reloads;
mod remote;
mod serve;
mod streams;

use wasm_bindgen::prelude::*;

/// Greets the host; gives the number of the session, or 0 where there is none.
#[wasm_bindgen]
pub async fn connect() -> f64 {
    match page::connect().await {
        Ok(page) => {
            if page.window == "main" {
                twinbridge_frontend::spawn(reloads::run());
            }
            // Sessions are counted from 1, and never come near what a double holds.
            page.session as f64
        }
        Err(problem) => {
            complain(&problem);
            0.0
        }
    }
}

/// Does what `name` says with `words`, a JSON array; gives JSON.
///
/// # Errors
/// A sentence on what was not understood, or failed.
#[wasm_bindgen]
pub async fn act(name: String, words: String) -> Result<String, JsValue> {
    let done = acts::run(&name, &words).await;
    done.map_err(|problem| js_sys::Error::new(&problem).into())
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console, js_name = error)]
    fn complain(text: &str);
}
