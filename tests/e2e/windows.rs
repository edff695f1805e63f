//! Several windows: each has a session, permissions and a life of its own.
//!
//! The page of the first window opens the others, by a call; what the others do is in the log.

use serde_json::json;
use tempfile::TempDir;
use twinbridge_window_driver::{Signal, Window, eventually};

use crate::plain::{Plain, test_host};

/// The app with a second window of this label.
fn with_window(label: &str) -> Plain {
    let app = Plain::start(test_host().arg(format!("open {label} as Other")));
    app.wait_for_session(2);
    app
}

/// The app under the WebDriver, which sees the first window.
struct Driven {
    window: Window,
    data: TempDir,
}

impl Driven {
    fn open() -> Self {
        let data = TempDir::new().unwrap();
        let window = test_host()
            .arg("--data-dir")
            .arg(data.path())
            .env("RUST_LOG", "info,twinbridge=debug,twinbridge_common=debug")
            .open();
        let app = Self { window, data };
        app.wait_for_log(r#"method="appInfo" session=1 "#);
        app
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.data.path().join("logs/twinbridge.log")).unwrap_or_default()
    }

    fn wait_for_log(&self, words: &str) {
        eventually(&format!("{words:?} in the log"), || {
            self.log().contains(words).then_some(())
        });
    }

    /// Asks the app to do something, and gives what its handler said.
    fn ask(&self, what: &str) -> String {
        let start = self.log().len();
        self.window.type_into("#file-path", what);
        self.window.click("#file-open");
        eventually(&format!("the answer to {what:?}"), || {
            let log = self.log();
            let (_, answer) = log[start..].split_once(&format!("{what}: "))?;
            answer.split_once('\n').map(|(answer, _)| answer.to_owned())
        })
    }
}

#[test]
fn a_handler_opens_raises_and_closes_windows() {
    let app = Driven::open();
    for (what, answer) in [
        ("raise side", "window `side` is not open"),
        ("open side", "done; open are main, side"),
        ("open side", "window `side` is open already"),
        ("raise side", "done; open are main, side"),
        (
            "open other",
            "window `other` is not in `app.windows` of tauri.conf.json; list it there with \
             `\"create\": false`, or describe it with `Windows::open_with`",
        ),
        ("open other as Other", "done; open are main, other, side"),
    ] {
        let said = app.ask(what);
        assert!(said.contains(answer), "{what}: {said}");
    }
    app.wait_for_log(r#"method="appInfo" session=3 "#);
    let said = app.ask("close other");
    assert!(said.contains("done; open are"), "{said}");
    app.wait_for_log("the session ended session=3 window=\"other\" reason=the page went away");
    let said = app.ask("open other as Other");
    assert!(said.contains("done; open are main, other, side"), "{said}");
    app.wait_for_log(r#"method="appInfo" session=4 "#);
}

#[test]
fn a_window_that_is_not_listed_may_call_host_alone_and_the_refusal_says_what_to_change() {
    let app = with_window("other");
    app.wait_for_log(
        "a call was refused window=\"other\" refusal=window `other` may not call `files`; \
         list it with `Host::builder().window(\"other\", […])`",
    );
    let log = app.log();
    assert!(!log.contains("refused window=\"main\""), "{log}");
}

#[test]
fn a_window_whose_label_is_listed_by_its_beginning_may_call_what_that_says() {
    let app = with_window("trusted-1");
    app.wait_for_log(r#"method="initial" session=2 "#);
    // Its page asks for the same window again, since it has the same file.
    app.wait_for_log("window `trusted-1` is open already");
    let log = app.log();
    assert!(!log.contains("a call was refused"), "{log}");
}

#[test]
fn a_window_that_closes_ends_its_own_session_and_the_last_one_the_app() {
    let app = with_window("other");
    app.program.close_window("Main");
    app.wait_for_log("the session ended session=1 window=\"main\" reason=the page went away");
    assert!(!app.log().contains("the app is closing"), "{}", app.log());
    app.program.close_window("Other");
    let (end, log) = app.end();
    assert_eq!(end.code, Some(0), "{}", end.stderr);
    let other = "the session ended session=2 window=\"other\" reason=the page went away";
    assert!(log.contains(other), "{log}");
}

#[test]
fn all_windows_get_their_goodbye_when_a_signal_comes() {
    let app = with_window("other");
    app.program.signal(Signal::TERM);
    let (end, log) = app.end();
    assert_eq!(end.code, Some(143), "{}", end.stderr);
    for (session, window) in [(1, "main"), (2, "other")] {
        let ended = format!(
            "the session ended session={session} window=\"{window}\" reason=the peer said goodbye"
        );
        assert!(log.contains(&ended), "{log}");
    }
    assert!(!log.contains("fetch their goodbye"), "{log}");
}

#[test]
fn other_windows_do_not_notice_that_a_page_dies() {
    let mut app = with_window("other");
    let [first, second] = app.program.page_processes()[..] else {
        panic!("{:?}", app.program.page_processes());
    };
    app.program.kill_page(second);
    app.wait_for_session(3);
    let pages = app.program.page_processes();
    let again = pages.into_iter().find(|page| *page != first);
    app.program.kill_page(again.unwrap());
    app.wait_for_log("the page is not loaded again; the window says why window=\"other\"");
    let log = app.log();
    assert!(!log.contains("session ended session=1"), "{log}");
    assert!(!log.contains("died window=\"main\""), "{log}");
    assert!(app.program.page_processes().contains(&first));
    assert!(app.program.is_running());
}

#[test]
fn a_page_in_an_endless_loop_holds_up_neither_the_host_nor_other_windows() {
    let app = Driven::open();
    let said = app.ask("open trusted-1 as Other");
    assert!(said.contains("done; open are main, trusted-1"), "{said}");
    app.wait_for_log(r#"method="appInfo" session=2 "#);
    // Later than the answer to the driver, which the page sends itself.
    let forever = "setTimeout(() => { for (;;) {} }, 300); return null";
    app.window.script(forever, &json!([]));
    // The other page is killed and comes back: the host, its bridge and its windows go on.
    app.window.kill_last_page();
    app.wait_for_log(r#"method="appInfo" session=3 "#);
    app.window.signal(Signal::TERM);
    app.wait_for_log("the app is closed code=143");
}
