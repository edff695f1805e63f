//! The inspector: what it shows of other windows, and that it is nobody else's.

use serde_json::{Value, json};
use twinbridge_window_driver::{Picture, eventually};

use crate::{
    explorer::Explorer,
    page_death::keep,
    plain::{Plain, test_host},
};

/// The rows of the live list: kind, window, name and end.
fn rows(explorer: &Explorer) -> Vec<[String; 4]> {
    let script = "return [...document.querySelectorAll('#live-rows .entry')].map(row => [
        row.querySelector('.name').dataset.kind,
        row.querySelector('.whose')?.textContent ?? '',
        row.querySelector('.name').textContent,
        row.dataset.fate])";
    let rows = explorer.window.script(script, &json!([]));
    serde_json::from_value(rows).unwrap()
}

/// Has the host open a window, through a call that the inspector itself makes.
fn open_window(explorer: &Explorer, words: &str) {
    explorer.open_path(words);
    // Every path of this host ends with an error that says how it went.
    explorer.file_error();
}

#[test]
fn the_inspector_shows_the_calls_and_log_lines_of_other_windows_with_their_times() {
    let explorer = Explorer::inspector(test_host());
    assert_eq!(explorer.state(), "connected");
    open_window(&explorer, "open main");
    let of_main = |rows: &[[String; 4]]| -> Vec<String> {
        let of_main = rows.iter().filter(|[_, window, ..]| window == "main");
        of_main
            .map(|[kind, _, name, end]| format!("{kind} {name} {end}"))
            .collect()
    };
    eventually("the first calls of the other page", || {
        let rows = of_main(&rows(&explorer));
        let has = |row: &str| rows.iter().any(|known| known == row);
        (has("session began ok") && has("call host.appInfo ok") && has("call host.interfaces ok"))
            .then_some(())
    });
    // Its session alone.
    let choose = "const sessions = document.querySelector('#live-session');
        const option = [...sessions.options].find(option => option.text.startsWith('main'));
        sessions.value = option.value;
        sessions.dispatchEvent(new Event('change', { bubbles: true }))";
    explorer.window.script(choose, &json!([]));
    eventually("the session of main alone", || {
        let rows = rows(&explorer);
        let is_main = |[_, window, ..]: &[String; 4]| window == "main";
        (!rows.is_empty() && rows.iter().all(is_main)).then_some(())
    });
    explorer.window.type_into("#live-filter", "appInfo");
    eventually("the call alone", || {
        (rows(&explorer).len() == 1).then_some(())
    });
    explorer.window.click("#live-rows .entry");
    let details = explorer.window.text("#live-details");
    assert!(details.contains("main, session "), "{details}");
    for part in ["queue ", "handler ", "return "] {
        assert!(details.contains(part), "{details}");
    }
    // No payloads unasked.
    assert!(!details.contains("Reply"), "{details}");

    let all = "const sessions = document.querySelector('#live-session');
        sessions.value = '';
        sessions.dispatchEvent(new Event('change', { bubbles: true }))";
    explorer.window.script(all, &json!([]));
    explorer.window.type_into("#live-filter", "log already");
    explorer.open_path("open main");
    eventually("a line of the log", || {
        let rows = rows(&explorer);
        rows.iter().any(|[kind, ..]| kind == "log").then_some(())
    });
}

#[test]
fn payloads_are_shown_once_they_are_asked_for() {
    let explorer = Explorer::inspector(test_host());
    explorer.window.click("#live-payloads");
    open_window(&explorer, "open main");
    explorer.window.type_into("#live-filter", "main appInfo");
    eventually("the call", || (rows(&explorer).len() == 1).then_some(()));
    explorer.window.click("#live-rows .entry");
    let reply = eventually("its reply", || {
        let details = explorer.window.text("#live-details");
        details.contains("Reply").then_some(details)
    });
    assert!(reply.contains("Window test host"), "{reply}");
}

/// What the window is called.
const TITLE: &str = "Inspector: Window test host";

/// The dot in the status bar of a page that is connected.
const CONNECTED: u32 = 0x17_713A;

/// Ctrl, Shift and B on a PC's keyboard.
const SHORTCUT: [u8; 3] = [37, 50, 56];

/// What the inspector of an app shows, as soon as it is connected.
fn connected(app: &Plain) -> Picture {
    eventually("a page that is connected", || {
        let picture = app.program.picture(TITLE);
        picture.middle_of(CONNECTED).map(|_| picture)
    })
}

// Other keys of it.
const ENTER: u8 = 36;
const UP: u8 = 111;
const F10: u8 = 76;

#[test]
fn the_shortcut_opens_the_inspector_once_and_it_looks_like_the_explorer() {
    let app = Plain::start(test_host());
    app.wait_for_session(1);
    app.program.press("Main", &SHORTCUT);
    app.wait_for_session(2);
    keep(&connected(&app), "inspector.png");
    app.program.press("Main", &SHORTCUT);
    app.program.press("Main", &SHORTCUT);
    app.wait_for_log("the inspector is open already");
    assert_eq!(app.log().matches("the inspector opened").count(), 1);
}

#[test]
fn its_label_is_kept_from_the_app() {
    let explorer = Explorer::start(test_host());
    explorer.open_path("open twinbridge-inspector as Mine");
    let (_, sentence) = explorer.file_error();
    assert!(
        sentence.contains("the label `twinbridge-inspector` is kept for the inspector"),
        "{sentence}"
    );
    assert_eq!(explorer.state(), "connected");
}

#[test]
fn the_page_of_the_inspector_shares_nothing_with_the_app_s() {
    let explorer = Explorer::inspector(test_host());
    let origin = explorer.window.script("return location.origin", &json!([]));
    assert_eq!(origin, json!("twinbridge-inspector://localhost"));
    // The app's own page cannot be loaded there.
    let go = "location.href = 'tauri://localhost/index.html'";
    explorer.window.script(go, &json!([]));
    explorer.wait_for_log("navigation to a foreign origin was refused");
    let origin = explorer.window.script("return location.origin", &json!([]));
    assert_eq!(origin, Value::from("twinbridge-inspector://localhost"));
}

#[test]
fn the_menu_of_a_page_has_an_entry_that_opens_the_inspector() {
    let app = Plain::start(test_host());
    app.wait_for_session(1);
    app.program.right_click("Main", (450, 300));
    let menu = eventually("the menu of the page", || app.program.open_menu());
    keep(&menu, "inspector-page-menu.png");
    // The last entry.
    app.program.press("Main", &[UP]);
    app.program.press("Main", &[ENTER]);
    app.wait_for_session(2);
    assert_eq!(app.log().matches("the inspector opened").count(), 1);
}

#[test]
fn an_app_with_the_bridge_as_a_plugin_has_an_inspector_that_shows_its_calls() {
    let explorer = Explorer::inspector(test_host().arg("--plugin"));
    assert_eq!(explorer.state(), "connected");
    open_window(&explorer, "open main");
    for wanted in ["session began", "call host.appInfo"] {
        eventually(wanted, || {
            let rows = rows(&explorer);
            let is_it = |[kind, window, name, _]: &[String; 4]| {
                window == "main" && format!("{kind} {name}") == wanted
            };
            rows.iter().any(is_it).then_some(())
        });
    }
}

#[test]
fn the_list_of_the_inspector_can_be_saved() {
    let home = tempfile::tempdir().unwrap();
    let start = test_host().arg("--plugin").env("HOME", home.path());
    let explorer = Explorer::inspector(start);
    eventually("its own calls", || {
        (!rows(&explorer).is_empty()).then_some(())
    });
    explorer.window.click("#live-export");
    explorer.wait_for_log("a page saves a file");
}

#[test]
fn the_inspector_of_an_app_without_files_offers_none() {
    let tools = "return [...document.querySelectorAll('.side a')]
        .filter(link => link.checkVisibility())
        .map(link => link.querySelector('.name').textContent)";
    let with = Explorer::inspector(test_host().arg("--plugin"));
    let offered = with.window.script(tools, &json!([]));
    assert_eq!(offered, json!(["Files", "files", "host"]));
    drop(with);

    let without = Explorer::inspector(test_host().args(["--plugin", "--no-files"]));
    let offered = without.window.script(tools, &json!([]));
    assert_eq!(offered, json!(["host"]));
    let shown = "return [...document.querySelectorAll('main h1')]
        .filter(head => head.checkVisibility())
        .map(head => head.textContent)";
    let shown = without.window.script(shown, &json!([]));
    assert_eq!(shown, json!(["No interface is chosen"]));
    // The screen may be frames behind the page.
    let picture = eventually("the page on the screen", || {
        let picture = without.window.picture(TITLE);
        picture.middle_of(CONNECTED).map(|_| picture)
    });
    keep(&picture, "inspector-without-files.png");
}

#[test]
fn an_app_with_the_bridge_as_a_plugin_opens_it_by_the_shortcut_and_by_an_item_of_its_own_menu() {
    let app = Plain::start(test_host().arg("--plugin"));
    app.wait_for_session(1);
    // The app has put the entry into a menu, so there is no other.
    app.wait_for_log("menus: Test.");
    app.program.press("Main", &[F10]);
    let menu = eventually("the menu of the window", || app.program.open_menu());
    keep(&menu, "inspector-own-item.png");
    // The last one.
    app.program.press("Main", &[UP]);
    app.program.press("Main", &[ENTER]);
    app.wait_for_session(2);
    // It has no menu of its own, nor the app's.
    keep(&connected(&app), "inspector-of-plugin.png");
    app.program.press("Main", &SHORTCUT);
    app.wait_for_log("the inspector is open already");
    assert_eq!(app.log().matches("the inspector opened").count(), 1);
}

#[test]
fn a_window_of_its_label_that_a_tauri_app_opens_itself_shows_no_page_of_the_app() {
    let explorer = Explorer::start(test_host().arg("--plugin"));
    explorer.open_path("open twinbridge-inspector as Mine");
    explorer.wait_for_log("navigation to a foreign origin was refused");
    assert!(!explorer.log().contains("session=2"), "{}", explorer.log());
    assert_eq!(explorer.state(), "connected");
}
