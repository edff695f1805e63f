//! Opens the inspector's window, whoever asks: a key, an item of a menu, the app's code.
//!
//! There is one window of it, however often and from wherever it is asked for at once. Opening
//! waits for the UI thread, so it is done on a thread that may wait.

use std::sync::{Arc, Mutex, PoisonError};

use tauri::{
    AppHandle, Manager as _, Runtime, Url, WebviewUrl, WebviewWindowBuilder, menu::Menu,
    webview::NewWindowResponse,
};

use super::LABEL;
use crate::desktop::{WindowError, download::on_download, window};

/// In the state of an app that has an inspector; locked while its window is looked for and opened.
#[derive(Default)]
struct Opening(Mutex<()>);

/// Lets an app open its inspector from now on.
pub(super) fn allow<R: Runtime>(app: &AppHandle<R>) {
    app.manage(Opening::default());
}

/// Opens the inspector's window, or shows it where it is open: for apps with a `tauri::Builder`
/// of their own, and for what knows the app alone.
/// [`Windows::open_inspector`](crate::Windows::open_inspector) does the same for a host.
///
/// # Errors
/// [`WindowError::NoInspector`] where the app has none, or has not set the plugin up yet;
/// [`WindowError::Shell`] where that fails.
///
/// # Cancellation
/// The window opens all the same.
///
/// ```no_run
/// # fn of_a_command(app: tauri::AppHandle) {
/// tauri::async_runtime::spawn(async move { twinbridge::open_inspector(&app).await });
/// # }
/// ```
pub async fn open_inspector<R: Runtime>(app: &AppHandle<R>) -> Result<(), WindowError> {
    if app.try_state::<Opening>().is_none() {
        return Err(WindowError::NoInspector);
    }
    let app = app.clone();
    let opened = tauri::async_runtime::spawn_blocking(move || open_or_raise(&app)).await;
    let opened = opened.and_then(|opened| opened);
    opened.map_err(|source| WindowError::Shell {
        label: LABEL.to_owned(),
        source,
    })
}

/// What a key or an item does: it is pressed on the UI thread, which must not wait for itself.
pub(in crate::desktop) fn opener<R: Runtime>(app: &AppHandle<R>) -> Arc<dyn Fn() + Send + Sync> {
    let app = app.clone();
    Arc::new(move || {
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            if let Err(error) = open_inspector(&app).await {
                tracing::warn!(%error, "the inspector did not open");
            }
        });
    })
}

fn open_or_raise<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<()> {
    let opening = app.state::<Opening>();
    // Two at once would both find no window. It holds nothing that a panic could break.
    let _one = opening.0.lock().unwrap_or_else(PoisonError::into_inner);
    match app.get_webview_window(LABEL) {
        Some(window) => {
            tracing::debug!(window = LABEL, "the inspector is open already");
            window::raise(&window)
        }
        None => open(app),
    }
}

fn open<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<()> {
    let address = format!("{}/index.html", super::origin());
    let address: Url = address
        .parse()
        .map_err(|_| tauri::Error::InvalidWebviewUrl("the inspector's address"))?;
    let title = format!("Inspector: {}", app.package_info().name);
    let mut building = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::CustomProtocol(address))
        .title(title)
        .inner_size(1280.0, 800.0)
        .min_inner_size(640.0, 480.0)
        .devtools(cfg!(debug_assertions))
        .on_download(|webview, event| on_download(&webview, event))
        .on_new_window(|url, _| {
            tracing::warn!(window = LABEL, %url, "a new window was refused");
            NewWindowResponse::Deny
        });
    // The app's menu is not the inspector's; one without items keeps it away.
    let has_menu = app.menu().is_some();
    if has_menu {
        building = building.menu(Menu::new(app)?);
    }
    let window = building.build()?;
    if has_menu {
        window.hide_menu()?;
    }
    tracing::info!(window = LABEL, "the inspector opened");
    Ok(())
}
