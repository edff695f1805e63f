//! `cargo xtask dev`: sources are changed, and the window is looked at.

use std::time::{Duration, Instant};

use serde_json::json;
use twinbridge_window_driver::{Start, Window, eventually, eventually_within, screen};

use crate::app::{made, replace, said, target, xtask};

/// The first build of all compiles what the page and the backend depend on.
const BUILDING: Duration = Duration::from_secs(900);

/// What a page of this size may take, on a machine that does something else besides.
const SOON: Duration = Duration::from_secs(30);

fn dev(app: &std::path::Path) -> Start {
    Start::new(env!("CARGO"))
        .args(["xtask", "dev"])
        .current_dir(app)
        .env("CARGO_TARGET_DIR", target())
        .without_env("CARGO_MANIFEST_DIR")
}

fn wait_for(window: &Window, element: &str, text: &str) {
    eventually_within(SOON, &format!("{text:?} in {element}"), || {
        let script = "return document.querySelector(arguments[0])?.textContent ?? ''";
        let now = window.try_script(script, &json!([element])).ok()?;
        now.as_str()?.contains(text).then_some(())
    });
}

#[test]
fn a_changed_page_is_shown_in_place_and_an_error_over_the_page_before_it() {
    let app = made("edited-page");
    // The driver waits for a window, and not for the compiler of all that an app depends on.
    said(&mut xtask(&app, &["dev", "--build"]));
    let window = dev(&app).open();
    wait_for(&window, "#status", "connected to Edited page");
    window.script("location.hash = '#/kept'", &json!([]));
    let source = app.join("page/src/lib.rs");
    let mut times = Vec::new();
    for (old, new) in [
        ("\"connected to {}\"", "\"joined {}\""),
        ("\"joined {}\"", "\"bound to {}\""),
        ("\"bound to {}\"", "\"talking to {}\""),
    ] {
        let start = Instant::now();
        replace(&source, old, new);
        let word = new.trim_matches('"').trim_end_matches("{}").to_owned() + "Edited page";
        wait_for(&window, "#status", &word);
        times.push(start.elapsed());
    }
    println!("from the change to the window: {times:.1?}");
    assert!(window.address().ends_with("#/kept"), "{}", window.address());

    replace(&source, "\"talking to {}\"", "\"no end {}");
    wait_for(
        &window,
        "#twinbridge-development",
        "unterminated double quote string",
    );
    wait_for(&window, "#twinbridge-development", "page/src/lib.rs");
    // The page before it can be used.
    window.type_into("#name", "Ada\n");
    wait_for(&window, "#greeting", "Hello, Ada! After 0.");
    replace(&source, "\"no end {}", "\"fine with {}\"");
    wait_for(&window, "#status", "fine with Edited page");
    let is_left = "return document.querySelector('#twinbridge-development') !== null";
    assert_eq!(window.script(is_left, &json!([])), false);

    // A style needs no compiler.
    replace(
        &app.join("page/static/style.css"),
        "font-size: 24px",
        "font-size: 31px",
    );
    eventually("the title's new size", || {
        let size = "return getComputedStyle(document.querySelector('h1')).fontSize";
        let size = window.try_script(size, &json!([])).ok()?;
        (size == "31px").then_some(())
    });
}

#[test]
fn a_changed_backend_starts_again_where_its_window_was() {
    let app = made("edited-backend");
    let program = dev(&app).start();
    let before = eventually_within(BUILDING, "the window", || {
        assert!(!program.stderr().contains("error:"), "{}", program.stderr());
        screen::place("Edited backend")
    });
    let wanted = screen::Place {
        left: 211,
        top: 87,
        width: 701,
        height: 433,
    };
    assert_ne!(before, wanted);
    screen::put("Edited backend", wanted);
    eventually("the window in its new place", || {
        (screen::place("Edited backend") == Some(wanted)).then_some(())
    });
    let configuration = app.join("backend/tauri.conf.json");
    replace(
        &configuration,
        "\"title\": \"Edited backend\"",
        "\"title\": \"Another one\"",
    );
    eventually_within(
        SOON * 4,
        "the window of the new backend, where the old one was",
        || (screen::place("Another one")? == wanted).then_some(()),
    );
    assert_eq!(screen::place("Edited backend"), None);
    eventually_within(SOON, "the new page's greeting", || {
        program
            .stdout()
            .contains(" after the change (backend ")
            .then_some(())
    });

    // A backend that does not compile leaves the one before it alone.
    let source = app.join("backend/src/lib.rs");
    replace(&source, "Ok((backend, greeter))", "Ok((backend, nobody))");
    eventually_within(SOON * 4, "the complaint", || {
        program
            .stdout()
            .contains("the backend does not compile; the window says why")
            .then_some(())
    });
    assert_eq!(screen::place("Another one"), Some(wanted));
    // The loop ends with its window.
    screen::close("Another one");
    assert_eq!(program.wait().code, Some(0));
}
