//! The life of a page's session: reload, and the end of the window.

use serde_json::json;
use tempfile::TempDir;
use twinbridge_window_driver::eventually;

use crate::explorer::{Explorer, twinbridge};

#[test]
fn a_reload_opens_a_session_of_its_own() {
    let explorer = Explorer::open();
    assert_eq!(explorer.session(), 1);
    assert_eq!(explorer.state(), "connected");
    explorer.reload();
    assert_eq!(explorer.session(), 2);
    assert_eq!(explorer.state(), "connected");
    explorer.assert_connected();
}

#[test]
fn ten_reloads_in_a_row_end_in_a_page_that_is_connected() {
    let explorer = Explorer::open();
    for _ in 0..9 {
        // The page of each may be gone before it has greeted.
        explorer.window.reload();
    }
    explorer.reload();
    explorer.assert_connected();
}

#[test]
fn the_app_ends_with_code_0_when_its_window_is_closed() {
    let data = TempDir::new().unwrap();
    let app = twinbridge()
        .arg("--data-dir")
        .arg(data.path())
        .env("RUST_LOG", "twinbridge=debug")
        .start();
    eventually("the page's session", || {
        let log = std::fs::read_to_string(data.path().join("logs/twinbridge.log")).ok()?;
        log.contains("a page opens a session").then_some(())
    });
    app.close_window("Twinbridge");
    let end = app.wait();
    assert_eq!(end.code, Some(0), "{}", end.stderr);
    assert!(!end.stderr.contains("panicked"), "{}", end.stderr);
}

#[test]
fn a_page_that_closes_itself_closes_its_window_and_with_it_the_app() {
    let explorer = Explorer::open();
    let close = "setTimeout(() => window.close()); return null";
    explorer.window.script(close, &json!([]));
    eventually("the end of the app", || {
        let end = explorer.window.try_script("return 1", &json!([]));
        end.is_err_and(|problem| problem.contains("invalid session id"))
            .then_some(())
    });
}
