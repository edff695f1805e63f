//! What every webview with a bridge needs of its engine.
//!
//! A page that is gone must stay gone: the page cache, from which Back would revive it with a
//! session that has ended, is off; the death of a page's process is heard of, since nobody says
//! goodbye then; and the window of a page that closes itself goes with it.

use std::sync::Arc;

use tauri::{Runtime, Webview};

/// Sets the webview up. `page_gone` is called when the process of its page dies, and gives
/// whether that page had greeted; `None` where the app is ending, and nobody needs the page.
#[cfg(target_os = "linux")]
pub(super) fn prepare<R: Runtime>(
    webview: &Webview<R>,
    page_gone: impl Fn() -> Option<bool> + Send + 'static,
    open_inspector: Option<Arc<dyn Fn() + Send + Sync>>,
) -> tauri::Result<()> {
    use std::{cell::RefCell, time::Instant};

    use gtk::prelude::WidgetExt as _;
    use webkit2gtk::{SettingsExt as _, WebViewExt as _};

    use super::page_death::{Deaths, Next, explanation};

    let window = webview.label().to_owned();
    let closed = webview.window();
    webview.with_webview(move |platform| {
        let view = platform.inner();
        if let Some(settings) = webkit2gtk::WebViewExt::settings(&view) {
            settings.set_enable_page_cache(false);
        }
        if let Some(open) = open_inspector {
            listen_for_inspector(&view, &window, &open);
        }
        let hung = window.clone();
        view.connect_is_web_process_responsive_notify(move |view| {
            if view.is_web_process_responsive() {
                tracing::info!(window = hung, "the page answers again");
            } else {
                tracing::warn!(
                    window = hung,
                    "the page does not answer; it may be in a loop"
                );
            }
        });
        let start = Instant::now();
        let deaths = RefCell::new(Deaths::default());
        view.connect_web_process_terminated(move |view, reason| {
            tracing::error!(window, ?reason, "the page's process died");
            let Some(has_greeted) = page_gone() else {
                return;
            };
            match deaths.borrow_mut().died(has_greeted, start.elapsed()) {
                Next::Reload => {
                    tracing::info!(window, "the page is loaded again");
                    view.reload();
                }
                Next::Explanation => {
                    tracing::warn!(window, "the page is not loaded again; the window says why");
                    let address = view.uri().unwrap_or_default();
                    // Its own address is the page's, so that loading it again is a try, too. Its
                    // base gives it an origin that no bridge is handed to.
                    view.load_alternate_html(&explanation(&address), &address, Some("about:blank"));
                }
            }
        });
        // Not the webview's `close`, at which it destroys itself before others hear of it. Left
        // to itself, the window would stay open, and empty.
        view.connect_destroy(move |_| {
            // Fails where the window is what was closed, and is gone already.
            let _ = closed.destroy();
        });
    })
}

/// Opens the inspector by a key, and by an entry at the end of the menu that a right click on the
/// page opens. A page that has a menu of its own there keeps it.
#[cfg(target_os = "linux")]
fn listen_for_inspector(
    view: &webkit2gtk::WebView,
    window: &str,
    open: &Arc<dyn Fn() + Send + Sync>,
) {
    use gtk::{gio, prelude::WidgetExt as _};
    use webkit2gtk::{
        ContextMenuAction, ContextMenuExt as _, ContextMenuItem, ContextMenuItemExt as _,
        WebViewExt as _,
    };

    use super::inspector;

    let on_key = Arc::clone(open);
    // Before the page sees the key.
    view.connect_key_press_event(move |_, event| {
        let is_shortcut = is_shortcut(event);
        if is_shortcut {
            on_key();
        }
        is_shortcut.into()
    });
    if window == inspector::LABEL {
        return;
    }
    let action = gio::SimpleAction::new(inspector::INSPECTOR_ITEM, None);
    let on_choice = Arc::clone(open);
    action.connect_activate(move |_, _| on_choice());
    view.connect_context_menu(move |_, menu, _, _| {
        let last = menu.last().map(|item| item.stock_action());
        // Its neighbour, which debug builds have.
        if last != Some(ContextMenuAction::InspectElement) {
            menu.append(&ContextMenuItem::new_separator());
        }
        menu.append(&ContextMenuItem::from_gaction(
            &action,
            inspector::WORDS,
            None,
        ));
        // The menu is shown.
        false
    });
}

/// Ctrl+Shift+B, whatever else is locked: no webview does anything on it.
#[cfg(target_os = "linux")]
fn is_shortcut(event: &gtk::gdk::EventKey) -> bool {
    use gtk::gdk::{ModifierType, keys::constants};

    let wanted = ModifierType::CONTROL_MASK | ModifierType::SHIFT_MASK;
    let others = ModifierType::MOD1_MASK | ModifierType::SUPER_MASK | ModifierType::META_MASK;
    let held = event.state() & (wanted | others);
    held == wanted && (event.keyval() == constants::B || event.keyval() == constants::b)
}

/// The other engines load the window again by themselves, and with that end the session; what
/// happens to the window of a page that closes itself is their own business, too.
#[cfg(not(target_os = "linux"))]
pub(super) fn prepare<R: Runtime>(
    _webview: &Webview<R>,
    _page_gone: impl Fn() -> Option<bool> + Send + 'static,
    _open_inspector: Option<Arc<dyn Fn() + Send + Sync>>,
) -> tauri::Result<()> {
    Ok(())
}
