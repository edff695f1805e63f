//! The greeter's own window, and what it says to a backend that does not fit.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // The helpers of the tests are tests too.

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
fn an_app_of_its_own_speaks_through_the_plugin() {
    let window = open();
    window.type_into("#name", "Ada\n");
    wait_for(&window, "#greeting", "Hello, Ada! After 0.");
    wait_for(&window, "#news", "1: Ada");
    window.type_into("#name", "Grace");
    window.click("#send");
    wait_for(&window, "#greeting", "Hello, Grace! After 1.");
    wait_for(&window, "#news", "2: Grace");
    window.click("#leave");
    wait_for(&window, "#greeting", "Goodbye, Ada. Goodbye, Grace.");
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
fn a_check_of_halves_that_do_not_fit_prints_every_mismatch_and_ends_with_code_1() {
    let end = Start::new(env!("CARGO_BIN_EXE_stale_greeter")).run();
    assert_eq!(end.code, Some(1), "{}", end.stderr);
    for line in [
        "`host`: the backend has no handler for it, the frontend was built with version 1.1.0; register its handler in the backend, or rebuild the backend",
        "`greetings`: backend(1.0.0) vs. frontend(1.2.0); the backend is the older half: rebuild the backend",
        "twinbridge: 3 of 3 interfaces do not fit",
    ] {
        assert!(
            end.stderr.lines().any(|said| said == line),
            "{}",
            end.stderr
        );
    }
    let farewells = end
        .stderr
        .lines()
        .find(|line| line.starts_with("`farewells`: backend(1.0.0#"));
    let farewells = farewells.unwrap_or_else(|| panic!("{}", end.stderr));
    assert!(
        farewells.ends_with(
            "; the signatures differ under one version: rebuild both halves, and raise the version"
        ),
        "{farewells}"
    );
    assert_eq!(end.stdout, "");
}
