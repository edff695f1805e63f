//! Greeter: a Tauri app of its own making, with Twinbridge as one of its plugins.
//!
//! It has no permission file and no command; the page reaches the handlers through the plugin
//! alone. The menu and the tray are Tauri's, and ask the same handlers.

mod menu;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (backend, greeter) = greeter::backend()?;
    let mut context = tauri::generate_context!();
    tauri::Builder::default()
        .plugin(twinbridge::plugin_for(backend, &mut context))
        .menu(menu::of_the_windows)
        .on_menu_event(move |app, event| menu::chosen(app, event.id(), &greeter))
        .setup(|app| Ok(menu::add_tray(app)?))
        .run(context)?;
    Ok(())
}
