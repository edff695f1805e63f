//! The menu of the windows and the one behind the tray's icon, and what their items do.

use tauri::{
    App, AppHandle, Manager as _, Wry,
    menu::{Menu, MenuBuilder, MenuId, SubmenuBuilder},
    tray::TrayIconBuilder,
};

use greeter::handlers::greetings::Greeter;

const GREET: &str = "greet";
const SHOW: &str = "show";
const QUIT: &str = "quit";

/// The menu that every window has.
pub fn of_the_windows(app: &AppHandle<Wry>) -> tauri::Result<Menu<Wry>> {
    let file = SubmenuBuilder::new(app, "Greeter")
        .text(GREET, "Greet the world")
        .separator()
        .text(QUIT, "Quit")
        .build()?;
    MenuBuilder::new(app).item(&file).build()
}

/// Puts an icon with a menu into the tray.
pub fn add_tray(app: &App<Wry>) -> tauri::Result<()> {
    let menu = MenuBuilder::new(app)
        .text(GREET, "Greet the world")
        .text(SHOW, "Show the window")
        .separator()
        .text(QUIT, "Quit")
        .build()?;
    let mut tray = TrayIconBuilder::with_id("greeter").menu(&menu);
    if let Some(icon) = app.default_window_icon() {
        tray = tray.icon(icon.clone());
    }
    tray.build(app)?;
    Ok(())
}

/// Does what an item of either menu is for.
pub fn chosen(app: &AppHandle<Wry>, item: &MenuId, greeter: &Greeter) {
    match item.as_ref() {
        GREET => {
            // The pages hear of it as they do of every other greeting.
            let _ = greeter.greet_now("World".to_owned());
        }
        SHOW => {
            for window in app.webview_windows().into_values() {
                // One that is being closed cannot be shown any more.
                let _ = window.show().and_then(|()| window.set_focus());
            }
        }
        QUIT => app.exit(0),
        _ => {}
    }
}
