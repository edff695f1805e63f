//! The inspector: a window of ours in any app, with the Explorer's page, that sees all sessions.
//!
//! Its page comes from a scheme of its own, so that no page of the app shares its origin, its
//! storage or its permissions, and the app's policy need not admit it. What the window may do
//! hangs on three things together: its label, which is kept from the app, its origin, which no
//! other window can show, and a session that was connected as the inspector's.

#[cfg(test)]
mod built;
mod menu;
mod opening;
mod page;

use std::{borrow::Cow, sync::Arc};

use tauri::{
    AppHandle, Runtime,
    http::{Response, StatusCode, header},
};
use twinbridge_common::{
    interfaces::host::AppHostServer,
    ipc::{BackendSocket, IntoIpcHandler as _, IpcHandler},
};

use crate::{
    Bridge,
    handlers::host::{AppFacts, HostHandler},
};

pub use menu::INSPECTOR_ITEM;
pub use opening::open_inspector;

pub(super) use menu::{WORDS, add_to_menu_of, chosen};
pub(super) use opening::opener;

/// Label of the inspector's window. An app cannot open a window of this label itself.
pub(crate) const LABEL: &str = "twinbridge-inspector";

/// The scheme that its page comes from.
pub(super) const SCHEME: &str = "twinbridge-inspector";

/// What the page may do: as the default app's own.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self' twinbridge: \
    http://twinbridge.localhost; base-uri 'none'; form-action 'none'; frame-src 'none'; \
    worker-src 'none'; frame-ancestors 'none'";

/// Whether an app has an inspector, the Explorer's page in a window of ours, which sees the calls,
/// messages and log lines of all windows: [`HostBuilder::inspector`](super::HostBuilder::inspector),
/// [`PluginBuilder::inspector`](super::PluginBuilder::inspector).
///
/// Its user opens it by Ctrl+Shift+B in any window, or by *Inspect Calls* in the menu that a right
/// click on any page opens (both on Linux). Where a window has a menu, that has *Developer*,
/// *Inspect Calls* at its end, with the same shortcut on every system. An app's own menus have it
/// wherever it puts an item of the id [`INSPECTOR_ITEM`], and its code calls
/// [`Windows::open_inspector`](super::Windows::open_inspector) or [`open_inspector`].
///
/// ```no_run
/// use twinbridge::{Host, Inspector};
///
/// let host = Host::builder().inspector(Inspector::Never);
/// # drop(host);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Inspector {
    /// In builds with debug assertions, and not in others.
    #[default]
    DebugBuilds,
    /// In every build. Whoever sits at the app can then see all that passes through it.
    Always,
    /// Never.
    Never,
}

impl Inspector {
    pub(super) fn is_on(self) -> bool {
        match self {
            Self::DebugBuilds => cfg!(debug_assertions),
            Self::Always => true,
            Self::Never => false,
        }
    }
}

/// The origin of its page, as browsers spell it.
pub(super) fn origin() -> String {
    // WebView2 and Android's webview know custom schemes only as hosts.
    if cfg!(any(windows, target_os = "android")) {
        format!("http://{SCHEME}.localhost")
    } else {
        format!("{SCHEME}://localhost")
    }
}

/// Makes an app one with an inspector, whose pages `bridge` takes in.
pub(super) fn set_up<R: Runtime>(app: &AppHandle<R>, bridge: &Bridge) -> tauri::Result<()> {
    let package = app.package_info();
    let about = about(bridge.socket(), &package.name, &package.version.to_string());
    bridge.admit_inspector(LABEL, about);
    opening::allow(app);
    menu::add_to_menu_of_app(app)
}

/// What answers `host` to the inspector of an app that has no handler of its own for it.
fn about(socket: &BackendSocket, name: &str, version: &str) -> Arc<dyn IpcHandler> {
    let facts = AppFacts {
        name: name.to_owned(),
        version: version.to_owned(),
        webview: tauri::webview_version().ok(),
        ..AppFacts::default()
    };
    AppHostServer(HostHandler::new(socket.clone(), facts)).into_ipc_handler()
}

/// A file of its page, for a window of this label.
pub(super) fn serve(window: &str, path: &str) -> Response<Cow<'static, [u8]>> {
    let mut response = Response::new(Cow::Borrowed(&b""[..]));
    if window != LABEL {
        tracing::warn!(window, "a window asked for the inspector's page");
        *response.status_mut() = StatusCode::FORBIDDEN;
        return response;
    }
    let Some((kind, body)) = page::file(path) else {
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    };
    *response.body_mut() = Cow::Owned(body);
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_page_is_for_its_window_alone() {
        assert_eq!(serve("main", "/index.html").status(), StatusCode::FORBIDDEN);
        assert_eq!(serve(LABEL, "/none.html").status(), StatusCode::NOT_FOUND);
        for path in ["/", "/index.html"] {
            let page = serve(LABEL, path);
            assert_eq!(page.status(), StatusCode::OK);
            let text = String::from_utf8_lossy(page.body()).into_owned();
            assert!(text.starts_with("<!doctype html>"), "{text}");
            // The page, or the sentence that says how to build it.
            assert!(
                text.contains("boot.js") || text.contains("cargo xtask page explorer"),
                "{text}"
            );
            assert_eq!(page.headers()[header::CONTENT_SECURITY_POLICY], POLICY);
        }
    }

    #[test]
    fn it_is_on_where_it_was_asked_for_and_by_default_in_debug_builds() {
        assert!(Inspector::Always.is_on());
        assert!(!Inspector::Never.is_on());
        assert_eq!(Inspector::default().is_on(), cfg!(debug_assertions));
    }
}
