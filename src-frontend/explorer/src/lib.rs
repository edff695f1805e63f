//! The page of the default app: what the backend offers, whether the two halves fit, and files.
//!
//! It uses nothing that an app of your own cannot: `FrontendIpc`, generated clients, and Leptos
//! for the markup. The wasm module starts itself; nothing else calls into it.

#![forbid(unsafe_code)]

mod app;
mod bench;
mod calls;
mod connection;
mod dom;
mod file;
mod form;
mod format;
mod interface_list;
mod interface_page;
mod json;
mod live;
mod method;
mod problem;
mod prose;
mod route;
mod schema;
mod service_list;
mod services;
mod status_bar;
mod typescript;
mod verdict_panel;
mod virtual_list;

use wasm_bindgen::prelude::wasm_bindgen;

/// Shows the page in place of the markup that was painted before the module came.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
    dom::mark("started");
    dom::mount(app::app);
    dom::mark("mounted");
}
