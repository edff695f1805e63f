//! What belongs to a session or a call, and when it is let go of.

use serde_json::json;
use twinbridge_lab_page::contract::Tally;
use twinbridge_window_driver::eventually;

use super::Lab;

/// Begun and come to its own end, so many times.
fn done(count: u32) -> Tally {
    Tally {
        begun: count,
        done: count,
        ..Tally::default()
    }
}

fn dropped(count: u32) -> Tally {
    Tally {
        begun: count,
        dropped: count,
        ..Tally::default()
    }
}

#[test]
fn a_file_that_a_page_has_open_is_closed_by_its_reload() {
    let lab = Lab::open();
    let file = lab.file("open\nfor one page");
    assert!(!lab.has_open(&file));
    assert_eq!(lab.act("openFile", &json!([file])), 17);
    assert!(lab.has_open(&file));
    lab.reload();
    eventually("the end of the file", || {
        (!lab.has_open(&file)).then_some(())
    });
}

#[test]
fn what_is_to_run_at_the_end_of_a_session_runs_once() {
    let lab = Lab::open();
    for name in ["a", "b", "b"] {
        lab.call("markAtEnd", &json!([name]));
    }
    assert_eq!(lab.tally("a"), Tally::default());
    lab.reload();
    lab.wait_until_begun("a", 1);
    lab.wait_until_begun("b", 2);
    lab.reload();
    lab.call("markAtEnd", &json!(["c"]));
    lab.reload();
    lab.wait_until_begun("c", 1);
    assert_eq!((lab.tally("a"), lab.tally("b")), (done(1), done(2)));
}

#[test]
fn blocking_work_sees_that_its_call_was_dropped_and_that_its_page_went_away() {
    let lab = Lab::open();
    lab.act("begin", &json!(["dropped", "heed", null]));
    lab.act("begin", &json!(["left", "heed", null]));
    lab.wait_until_begun("dropped", 1);
    lab.wait_until_begun("left", 1);
    lab.act("drop", &json!(["dropped"]));
    eventually("the end of what was dropped", || {
        (lab.tally("dropped") == done(1)).then_some(())
    });
    assert_eq!(lab.tally("left").done, 0);
    lab.reload();
    eventually("the end of what was left", || {
        (lab.tally("left") == done(1)).then_some(())
    });
}

#[test]
fn a_deadline_is_that_of_the_method_or_of_the_call() {
    let lab = Lab::open();
    lab.act("begin", &json!(["method", "hurried", null]));
    lab.act("begin", &json!(["call", "hurried", 350]));
    lab.act("begin", &json!(["async", "work", 100]));
    lab.act("begin", &json!(["blocking", "heed", 100]));
    for (name, ms) in [
        ("method", 200),
        ("call", 350),
        ("async", 100),
        ("blocking", 100),
    ] {
        let end = lab.end_of_task(name);
        assert_eq!(end, format!("the deadline of {ms} ms passed"), "{name}");
    }
    for name in ["method", "call", "async"] {
        assert_eq!(lab.tally(name), dropped(1), "{name}");
    }
    eventually("the end of the blocking work", || {
        (lab.tally("blocking") == done(1)).then_some(())
    });
}

#[test]
fn work_that_goes_on_after_its_deadline_is_counted_until_it_stops() {
    let lab = Lab::open();
    lab.act("begin", &json!(["stubborn", "linger", 100]));
    assert_eq!(lab.end_of_task("stubborn"), "the deadline of 100 ms passed");
    let statistics = lab.statistics("main");
    // The call that asks is the one that runs.
    assert_eq!(
        (&statistics["runningCalls"], &statistics["overrunningCalls"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(statistics["overruns"], 0);
    lab.call("release", &json!(["stubborn"]));
    let statistics = eventually("the end of the work", || {
        let statistics = lab.statistics("main");
        (statistics["overrunningCalls"] == 0).then_some(statistics)
    });
    assert_eq!(statistics["overruns"], 1);
    assert_eq!(lab.tally("stubborn"), done(1));
}
