//! The end of the app: who asks for it, what is waited for, and the exit codes that say how.

use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;
use twinbridge_window_driver::{Finished, Signal, eventually};

use crate::{
    explorer::twinbridge,
    plain::{Plain, test_host},
};

const HOOKS: &str = "the first hook ran\nthe second hook ran\n";

/// The app with its page's call of this kind at work.
fn at_work(file: &str, limit_ms: &str) -> Plain {
    let start = test_host().arg(file).arg("--limit-ms").arg(limit_ms);
    let app = Plain::start(start);
    app.wait_for_log("has begun");
    app
}

fn assert_ended(end: &Finished, code: i32) {
    assert_eq!(end.code, Some(code), "{}", end.stderr);
    assert!(!end.stderr.contains("panicked at"), "{}", end.stderr);
}

#[test]
fn a_signal_ends_the_app_in_order_and_the_exit_code_names_it() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 129)] {
        let app = Plain::start(twinbridge());
        app.wait_for_session(1);
        app.program.signal(signal);
        let (end, log) = app.end();
        assert_ended(&end, code);
        for words in [
            "the session ended session=1 window=\"main\" reason=the peer said goodbye",
            &format!("the app is closed code={code} "),
        ] {
            assert!(log.contains(words), "{words}: {log}");
        }
        for words in ["fetch their goodbye", "is kept"] {
            assert!(!log.contains(words), "{words}: {log}");
        }
    }
}

#[test]
fn closing_the_last_window_cancels_what_runs_and_ends_with_code_0() {
    let app = at_work("heeds", "60000");
    app.program.close_window("Main");
    let (end, log) = app.end();
    assert_ended(&end, 0);
    assert_eq!(end.stdout, HOOKS);
    assert!(log.contains("work that heeds has ended"), "{log}");
}

#[test]
fn work_that_heeds_its_cancellation_is_over_before_the_hooks_run() {
    let app = at_work("heeds", "60000");
    app.program.signal(Signal::TERM);
    let (end, log) = app.end();
    assert_ended(&end, 143);
    assert_eq!(end.stdout, HOOKS);
    let (work, closed) = (
        log.find("work that heeds has ended").unwrap(),
        log.find("the app is closed code=143").unwrap(),
    );
    assert!(work < closed, "{log}");
}

#[test]
fn work_that_ignores_its_cancellation_is_left_behind_at_the_limit_with_code_70() {
    for by_signal in [true, false] {
        let app = at_work("stubborn", "300");
        let start = Instant::now();
        if by_signal {
            app.program.signal(Signal::TERM);
        } else {
            app.program.close_window("Main");
        }
        let (end, log) = app.end();
        assert_ended(&end, 70);
        assert!(start.elapsed() >= Duration::from_millis(300));
        assert!(
            log.contains("work ignored its cancellation running=1 limit=300ms"),
            "{log}"
        );
        // What is in memory is written all the same.
        assert_eq!(end.stdout, HOOKS);
    }
}

#[test]
fn a_second_signal_ends_the_app_at_once() {
    let app = at_work("stubborn", "600000");
    app.program.signal(Signal::INT);
    app.wait_for_log("the app is closing cause=Signal(2)");
    app.program.signal(Signal::TERM);
    let (end, log) = app.end();
    assert_ended(&end, 143);
    assert_eq!(end.stdout, "");
    assert!(
        log.contains("a second signal ends the app at once"),
        "{log}"
    );
}

#[test]
fn a_hook_that_fails_or_hangs_is_told_by_code_70() {
    for (hook, limit_ms, stdout, words) in [
        ("panics", "60000", HOOKS, "a shutdown hook panicked"),
        (
            "hangs",
            "200",
            "the first hook ran\n",
            "a shutdown hook took too long limit=200ms",
        ),
    ] {
        let app = Plain::start(test_host().args(["--limit-ms", limit_ms, "--hook", hook]));
        app.wait_for_session(1);
        app.program.signal(Signal::TERM);
        let (end, log) = app.end();
        assert_eq!(end.code, Some(70), "{}", end.stderr);
        assert_eq!(end.stdout, stdout);
        assert!(log.contains(words), "{log}");
    }
}

#[test]
fn a_page_gets_its_goodbye_while_the_app_waits_for_work() {
    let data = TempDir::new().unwrap();
    let window = test_host()
        .args(["stubborn", "--limit-ms", "60000", "--data-dir"])
        .arg(data.path())
        .open();
    let state = "return document.querySelector('#status')?.dataset.state ?? null";
    eventually("the page", || {
        let log = std::fs::read_to_string(data.path().join("logs/twinbridge.log")).ok()?;
        log.contains("has begun").then_some(())
    });
    assert_eq!(window.script(state, &json!([])), json!("connected"));
    window.signal(Signal::TERM);
    eventually("the goodbye", || {
        (window.script(state, &json!([])) == json!("ended")).then_some(())
    });
    let text = window.text("#status");
    assert!(text.contains("Session ended."), "{text}");
    // Loading it again finds nobody.
    window.reload();
    let text = eventually("the page", || {
        let text = window.text("#status");
        text.contains("Not connected.").then_some(text)
    });
    assert!(text.contains("the app is closing"), "{text}");
}

#[test]
fn a_hang_up_that_was_switched_off_ends_nothing() {
    let app = Plain::start(twinbridge().without_hang_up());
    app.wait_for_session(1);
    app.program.signal(Signal::HUP);
    app.program.signal(Signal::TERM);
    let (end, log) = app.end();
    assert_ended(&end, 143);
    assert!(!log.contains("Signal(1)"), "{log}");
}
