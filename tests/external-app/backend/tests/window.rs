//! The app's own window, its menu, its tray, and the inspector that debug builds have.
//!
//! `cargo xtask test` gives the windows a screen in memory, and a session bus of their own.

#![cfg(target_os = "linux")]

use std::process::Command;

use serde_json::json;
use twinbridge_window_driver::{Start, Window, eventually};

fn open() -> Window {
    let window = Start::new(env!("CARGO_BIN_EXE_greeter")).open();
    wait_for(&window, "#status", "connected to Greeter");
    window
}

fn wait_for(window: &Window, element: &str, text: &str) {
    let mut last = String::new();
    eventually(&format!("{text:?} in {element}"), || {
        let now = window.text(element);
        if now != last {
            println!("{element}: {now}");
            last = now;
        }
        (last == text).then_some(())
    });
}

#[test]
fn the_page_speaks_to_the_backend_through_the_plugin() {
    let window = open();
    window.type_into("#name", "Ada\n");
    wait_for(&window, "#greeting", "Hello, Ada! After 0.");
    wait_for(&window, "#news", "1: Ada");
    window.type_into("#name", "Grace");
    window.click("#send");
    wait_for(&window, "#greeting", "Hello, Grace! After 1.");
    wait_for(&window, "#news", "2: Grace");
}

#[test]
fn the_contracts_own_errors_arrive_as_they_are() {
    let window = open();
    window.click("#send");
    wait_for(&window, "#problem", "nobody is there to greet");
    window.type_into("#name", &"x".repeat(21));
    window.click("#send");
    wait_for(&window, "#problem", "21 of 20");
}

#[test]
fn a_reload_begins_anew_and_the_backend_remembers() {
    let window = open();
    window.type_into("#name", "Ada\n");
    wait_for(&window, "#greeting", "Hello, Ada! After 0.");
    window.reload();
    wait_for(&window, "#status", "connected to Greeter");
    window.type_into("#name", "Grace\n");
    wait_for(&window, "#greeting", "Hello, Grace! After 1.");
}

#[test]
fn the_plugin_alone_keeps_the_window_at_home() {
    let window = open();
    let home = window.address();
    window.script("location.href = 'http://127.0.0.1:9/'", &json!([]));
    window.type_into("#name", "Ada\n");
    wait_for(&window, "#greeting", "Hello, Ada! After 0.");
    assert_eq!(window.address(), home);
}

#[test]
fn the_plugin_alone_closes_the_window_of_a_page_that_closes_itself() {
    let window = open();
    window.script("setTimeout(() => window.close())", &json!([]));
    eventually("the end of the app", || {
        let end = window.try_script("return 1", &json!([]));
        end.is_err_and(|problem| problem.contains("invalid session id"))
            .then_some(())
    });
}

#[test]
fn the_window_has_a_menu_above_its_page() {
    let window = open();
    let script = "return [window.innerHeight, window.outerHeight]";
    let heights = window.script(script, &json!([]));
    let [page, whole] = [0, 1].map(|at| heights[at].as_u64().unwrap_or_default());
    assert!(page > 0 && page < whole, "{heights}");
}

/// Keys, by their number on a PC's keyboard: Ctrl, Shift and B together, and others.
const SHORTCUT: [u8; 3] = [37, 50, 56];
const F10: u8 = 76;
const RIGHT: u8 = 114;
const UP: u8 = 111;
const ENTER: u8 = 36;

/// Colours of the inspector's page: of a connection, and of a call that failed.
const CONNECTED: u32 = 0x17_713A;
const FAILED: u32 = 0xB3_211A;

fn wait_for_colour(window: &Window, colour: u32, what: &str) {
    eventually(what, || {
        let inspector = window.picture("Inspector: Greeter");
        inspector.middle_of(colour).map(drop)
    });
}

#[test]
fn the_developer_menu_opens_the_inspector_which_sees_the_apps_calls() {
    let window = open();
    // The first menu, the one after it, and its last item.
    for key in [F10, RIGHT, UP, ENTER] {
        window.press_in("Greeter", &[key]);
    }
    wait_for_colour(&window, CONNECTED, "the inspector's page");
    let before = window.picture("Inspector: Greeter");
    assert_eq!(before.middle_of(FAILED), None);
    window.click("#send");
    wait_for(&window, "#problem", "nobody is there to greet");
    wait_for_colour(
        &window,
        FAILED,
        "the call that failed, in the inspector's list",
    );
}

#[test]
fn the_shortcut_opens_the_inspector() {
    let window = open();
    window.press_in("Greeter", &SHORTCUT);
    wait_for_colour(&window, CONNECTED, "the inspector's page");
}

#[test]
fn an_item_of_the_trays_menu_asks_the_same_handlers() {
    let window = open();
    let app = window.process().expect("the app runs");
    let bus = eventually("the app's own name on the session bus", || name_of(app));
    let item = eventually("the item in the tray's menu", || {
        let layout = ask(&bus, "GetLayout", &["int32:0", "int32:-1", "array:string:"])?;
        number_of_item(&layout, "Greet the world")
    });
    let click = [
        &format!("int32:{item}"),
        "string:clicked",
        "variant:int32:0",
        "uint32:0",
    ];
    ask(&bus, "Event", &click).expect("the menu takes a click");
    wait_for(&window, "#news", "1: World");
}

/// The connection of a process to the session bus that has a tray's menu.
fn name_of(process: u32) -> Option<String> {
    let names = dbus(&[
        "--dest=org.freedesktop.DBus",
        "/",
        "org.freedesktop.DBus.ListNames",
    ])?;
    let names = names
        .lines()
        .filter_map(|line| line.trim().strip_prefix("string \""));
    let mut names = names.filter_map(|name| name.strip_suffix('"'));
    names.find_map(|name| {
        let asked = format!("string:{name}");
        let method = "org.freedesktop.DBus.GetConnectionUnixProcessID";
        let owner = dbus(&["--dest=org.freedesktop.DBus", "/", method, &asked])?;
        let is_it = owner.contains(&format!("uint32 {process}\n"));
        let has_menu =
            || ask(name, "GetLayout", &["int32:0", "int32:0", "array:string:"]).is_some();
        (name.starts_with(':') && is_it && has_menu()).then(|| name.to_owned())
    })
}

/// Asks the tray's menu, as a desktop's panel does.
fn ask(bus: &str, method: &str, arguments: &[&str]) -> Option<String> {
    let (bus, method) = (
        format!("--dest={bus}"),
        format!("com.canonical.dbusmenu.{method}"),
    );
    let path = "/org/ayatana/NotificationItem/tray_icon_tray_app_greeter/Menu";
    dbus(&[&[&*bus, path, &*method], arguments].concat())
}

fn dbus(words: &[&str]) -> Option<String> {
    let said = Command::new("dbus-send")
        .args(["--session", "--print-reply"])
        .args(words)
        .output();
    let said = said.expect("dbus-send is installed with the session bus");
    said.status
        .success()
        .then(|| String::from_utf8_lossy(&said.stdout).into_owned())
}

/// The number that stands before an item's properties.
fn number_of_item(layout: &str, label: &str) -> Option<String> {
    let (before, _) = layout.split_once(&format!("string \"{label}\""))?;
    let (_, number) = before.rsplit_once("int32 ")?;
    Some(number.lines().next()?.trim().to_owned())
}
