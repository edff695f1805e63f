//! The rules that every window of a host has, whoever asks for it.
//!
//! New windows are refused, whatever page asks; developer tools are on in debug builds only; what
//! a page lets its user save lies in the folder for downloads.
//! Navigation and the life of a page are the plugin's rules, since they hold for windows that
//! others make, too.

use tauri::{
    AppHandle, Runtime, WebviewUrl, WebviewWindow, WebviewWindowBuilder, Wry,
    utils::config::WindowConfig, webview::NewWindowResponse,
};

use super::{download::on_download, inspector};

/// What a host's windows have in common.
#[derive(Clone, Debug, Default)]
pub(super) struct Looks {
    /// Title of the windows, instead of those in `tauri.conf.json`.
    pub(super) title: Option<String>,
    /// Windows of the configuration that open later.
    pub(super) later: Vec<String>,
}

/// A window on its way.
pub(super) type Building<'a> = WebviewWindowBuilder<'a, Wry, AppHandle<Wry>>;

/// Opens every window of the configuration that neither opens by itself nor later.
pub(super) fn open_configured(app: &AppHandle<Wry>, looks: &Looks) -> tauri::Result<()> {
    let windows = app.config().app.windows.iter();
    let windows = windows.filter(|window| !window.create && !looks.later.contains(&window.label));
    let windows = windows.filter(|window| {
        let is_reserved = window.label == inspector::LABEL;
        if is_reserved {
            tracing::error!(
                window = window.label,
                "this label is kept for the inspector"
            );
        }
        !is_reserved
    });
    for config in windows {
        open(app, looks, &config.label, |building| building)?;
    }
    Ok(())
}

/// Opens a window from its configuration, or else on the app's first page, with what `build`
/// changes. It waits for the UI thread.
pub(super) fn open(
    app: &AppHandle<Wry>,
    looks: &Looks,
    label: &str,
    build: impl FnOnce(Building<'_>) -> Building<'_>,
) -> tauri::Result<WebviewWindow<Wry>> {
    let mut building = match configuration(app, label) {
        Some(config) => WebviewWindowBuilder::from_config(app, config)?,
        None => WebviewWindowBuilder::new(app, label, WebviewUrl::default()),
    };
    if let Some(title) = &looks.title {
        building = building.title(title);
    }
    let asker = label.to_owned();
    // The rules come last, so that nothing overrides them.
    build(building)
        .devtools(cfg!(debug_assertions))
        .on_new_window(move |url, _| {
            tracing::warn!(window = asker, %url, "a new window was refused");
            NewWindowResponse::Deny
        })
        .on_download(|webview, event| on_download(&webview, event))
        .build()
}

/// Shows a window to its user, in front of others as far as the desktop allows it.
pub(super) fn raise<R: Runtime>(window: &WebviewWindow<R>) -> tauri::Result<()> {
    window.unminimize()?;
    window.show()?;
    window.set_focus()
}

/// What `tauri.conf.json` says of a window.
pub(super) fn configuration<'a>(app: &'a AppHandle<Wry>, label: &str) -> Option<&'a WindowConfig> {
    let mut windows = app.config().app.windows.iter();
    windows.find(|window| window.label == label)
}
