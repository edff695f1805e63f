//! What every webview with a bridge needs of its engine.
//!
//! A page that is gone must stay gone: the page cache, from which Back would revive it with a
//! session that has ended, is off; and the death of a page's process is heard of, since nobody
//! says goodbye then.

use tauri::{Runtime, Webview};

/// Sets the webview up; `page_gone` is called when the process of its page dies.
#[cfg(target_os = "linux")]
pub(super) fn prepare<R: Runtime>(
    webview: &Webview<R>,
    page_gone: impl Fn() + Send + 'static,
) -> tauri::Result<()> {
    use webkit2gtk::{SettingsExt as _, WebViewExt as _};

    let window = webview.label().to_owned();
    webview.with_webview(move |platform| {
        let view = platform.inner();
        if let Some(settings) = view.settings() {
            settings.set_enable_page_cache(false);
        }
        view.connect_web_process_terminated(move |_, reason| {
            tracing::error!(window, ?reason, "the page's process died");
            page_gone();
        });
    })
}

/// The other engines load the window again by themselves, and with that end the session.
#[cfg(not(target_os = "linux"))]
pub(super) fn prepare<R: Runtime>(
    _webview: &Webview<R>,
    _page_gone: impl Fn() + Send + 'static,
) -> tauri::Result<()> {
    Ok(())
}
