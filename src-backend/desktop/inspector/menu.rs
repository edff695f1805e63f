//! The entry of the inspector in an app's menus.
//!
//! A menu of a window gets *Developer*, *Inspect Calls* at its end, unless the app has put an
//! item of our id somewhere in it. A window without a menu gets none: there the entry is in the
//! menu of the page ([`webview`](super::super::webview)).

use tauri::{
    AppHandle, Manager as _, Runtime, Window,
    menu::{Menu, MenuId, MenuItem, MenuItemKind, Submenu},
};

use super::LABEL;

/// The id of an item that opens the inspector, in whatever menu of the app it is: one of the
/// windows, of the tray, or one that pops up. A menu of a window that has it gets no other entry
/// for the inspector.
///
/// ```no_run
/// use tauri::menu::{Submenu, SubmenuBuilder};
///
/// fn help(app: &tauri::AppHandle) -> tauri::Result<Submenu<tauri::Wry>> {
///     let help = SubmenuBuilder::new(app, "Help").text("about", "About");
///     match cfg!(debug_assertions) {
///         true => help.text(twinbridge::INSPECTOR_ITEM, "Inspect calls"),
///         false => help,
///     }
///     .build()
/// }
/// ```
pub const INSPECTOR_ITEM: &str = "twinbridge-inspector";

/// What the entry is called.
pub(in crate::desktop) const WORDS: &str = "Inspect Calls";

/// The menu that it is in, where the app has put it nowhere else.
const MENU: &str = "Developer";

/// Opens the inspector. On Linux it does so in windows without a menu, too.
const SHORTCUT: &str = "CmdOrCtrl+Shift+B";

/// Does what a chosen item is for, if it is ours.
pub(in crate::desktop) fn chosen<R: Runtime>(app: &AppHandle<R>, item: &MenuId) {
    if item == INSPECTOR_ITEM {
        super::opener(app)();
    }
}

/// Puts the entry into the menu that all windows have, if there is one so far.
pub(super) fn add_to_menu_of_app<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<()> {
    match app.menu() {
        Some(menu) => add(app, &menu),
        None => Ok(()),
    }
}

/// Puts the entry into the menu of a window that has opened, if it has one: its own, or one that
/// the app was given later.
pub(in crate::desktop) fn add_to_menu_of<R: Runtime>(window: &Window<R>) {
    if window.label() == LABEL {
        return;
    }
    if let Some(menu) = window.menu()
        && let Err(error) = add(window.app_handle(), &menu)
    {
        tracing::warn!(window = window.label(), %error, "the menu has no entry for the inspector");
    }
}

fn add<R: Runtime>(app: &AppHandle<R>, menu: &Menu<R>) -> tauri::Result<()> {
    if has_entry(&menu.items()?)? {
        return Ok(());
    }
    let item = MenuItem::with_id(app, INSPECTOR_ITEM, WORDS, true, Some(SHORTCUT))?;
    menu.append(&Submenu::with_items(app, MENU, true, &[&item])?)
}

fn has_entry<R: Runtime>(items: &[MenuItemKind<R>]) -> tauri::Result<bool> {
    for item in items {
        let is_or_has = match item.as_submenu() {
            Some(submenu) => has_entry(&submenu.items()?)?,
            None => item.id() == INSPECTOR_ITEM,
        };
        if is_or_has {
            return Ok(true);
        }
    }
    Ok(false)
}
