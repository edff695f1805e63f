//! The app's windows, made from `tauri.conf.json` with the rules that every window has.
//!
//! New windows are refused, whatever page asks; developer tools are on in debug builds only.
//! Navigation is the plugin's rule, since it holds for windows that others make, too.

use tauri::{AppHandle, Runtime, WebviewWindow, WebviewWindowBuilder, webview::NewWindowResponse};

/// Opens every window of the configuration that does not open by itself.
pub(super) fn open_configured<R: Runtime>(
    app: &AppHandle<R>,
    title: Option<&str>,
) -> tauri::Result<Vec<WebviewWindow<R>>> {
    let windows = &app.config().app.windows;
    windows
        .iter()
        .filter(|window| !window.create)
        .map(|config| {
            let label = config.label.clone();
            let mut builder = WebviewWindowBuilder::from_config(app, config)?
                .devtools(cfg!(debug_assertions))
                .on_new_window(move |url, _| {
                    tracing::warn!(window = label, %url, "a new window was refused");
                    NewWindowResponse::Deny
                });
            if let Some(title) = title {
                builder = builder.title(title);
            }
            builder.build()
        })
        .collect()
}
