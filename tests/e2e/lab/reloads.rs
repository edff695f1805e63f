//! Reload and navigation: a session ends, and nothing of it goes on.

use std::time::Duration;

use serde_json::{Value, json};
use twinbridge_lab_page::contract::{Course, Tally};
use twinbridge_window_driver::{DEADLINE, eventually, eventually_within};

use super::{Lab, MIB, lab_host, read};

/// Work that is dropped has been dropped as often as it began.
fn is_over(tally: Tally) -> bool {
    tally.begun == tally.done + tally.dropped
}

#[test]
fn a_call_that_runs_at_a_reload_is_cancelled_and_does_not_run_again() {
    let lab = Lab::open();
    lab.act("begin", &json!(["slow", "work", null]));
    lab.wait_until_begun("slow", 1);
    for _ in 0..3 {
        lab.reload();
        let tally = eventually("the end of the call", || {
            let tally = lab.tally("slow");
            is_over(tally).then_some(tally)
        });
        assert_eq!((tally.begun, tally.dropped), (1, 1));
    }
}

#[test]
fn a_call_made_in_the_turn_in_which_the_page_leaves_runs_once_or_never() {
    let lab = Lab::open();
    let leave = [
        "location.reload()",
        "location.href = 'other.html'",
        "location.replace('index.html')",
        "history.go(0)",
    ];
    let mut names = Vec::new();
    for round in 0..2 {
        for leave in leave {
            let name = format!("{leave} {round}");
            let before = lab.session_now().unwrap();
            let call = format!("window.lab('begin', {name:?}, 'work', null)");
            // The call leaves the page before it goes, or in the turn in which it goes.
            let script = match round {
                0 => format!("{call}; {leave}; return null"),
                _ => format!("{call}.then(() => {leave}); return null"),
            };
            lab.window.script(&script, &json!([]));
            lab.wait_for_session(before + 1);
            names.push(name);
        }
    }
    lab.reload();
    let mut begun = 0;
    for name in &names {
        let tally = eventually("the end of the call", || {
            let tally = lab.tally(name);
            is_over(tally).then_some(tally)
        });
        assert!(tally.begun <= 1, "{name}: {tally:?}");
        assert_eq!(tally.dropped, tally.begun, "{name}");
        begun += tally.begun;
    }
    println!("{begun} of {} calls began", names.len());
    assert!(begun > 0, "no call got through, so this has shown nothing");
}

#[test]
fn many_quick_reloads_run_no_call_twice() {
    const RELOADS: u64 = 20;
    let lab = Lab::open();
    let call_and_leave = "
        const session = document.documentElement.dataset.session;
        if (window.leaves || session === undefined || session > arguments[0]) return null;
        window.leaves = true;
        window.lab('begin', 'of session ' + session, 'work', null).then(() => location.reload());
        return null";
    eventually("the last page", || {
        // A page may go while a script runs in it.
        let _ = lab.window.try_script(call_and_leave, &json!([RELOADS]));
        (lab.session_now()? > RELOADS).then_some(())
    });
    let mut begun = 0;
    for session in 1..=RELOADS {
        let name = format!("of session {session}");
        let tally = eventually("the end of the call", || {
            let tally = lab.tally(&name);
            is_over(tally).then_some(tally)
        });
        assert_eq!(tally.dropped, tally.begun, "{name}");
        assert!(tally.begun <= 1, "{name}: {tally:?}");
        begun += tally.begun;
    }
    println!("{begun} of {RELOADS} calls began");
    assert!(begun > 0, "no call got through, so this has shown nothing");
}

#[test]
fn going_back_shows_a_page_of_its_own_and_revives_none() {
    let lab = Lab::open();
    lab.act("listen", &json!(["ear", null]));
    lab.act("begin", &json!(["of the first page", "work", null]));
    lab.wait_until_begun("of the first page", 1);
    lab.window.script(
        "window.isFirst = true; location.href = 'other.html'; return null",
        &json!([]),
    );
    lab.wait_for_session(2);
    assert!(lab.window.address().ends_with("/other.html"));
    eventually("the end of the first page's call", || {
        (lab.tally("of the first page").dropped == 1).then_some(())
    });
    lab.window.script("history.back(); return null", &json!([]));
    lab.wait_for_session(3);
    assert!(!lab.window.address().ends_with("/other.html"));
    assert_eq!(
        lab.window
            .script("return window.isFirst ?? null", &json!([])),
        Value::Null
    );
    assert!(lab.try_act("heard", &json!(["ear", "told"])).is_err());
    assert_eq!(lab.act("add", &json!([1, 2])), 3);
    assert_eq!(lab.tally("of the first page").begun, 1);
}

#[test]
fn a_page_hears_nothing_of_what_was_meant_for_the_one_before_it() {
    let lab = Lab::open();
    for round in 0..4 {
        lab.act("listen", &json!(["ear", null]));
        lab.act("begin", &json!(["flood", "flood", null]));
        lab.act("consume", &json!(["stream", 100]));
        lab.act("beginEchoes", &json!(["late", 100, 200]));
        eventually("all to flow", || {
            let stream: Course = read(lab.act("course", &json!(["stream"])));
            let told = lab.heard("ear", "told");
            (stream.count > 100 && told.count > 100).then_some(())
        });
        for course in [lab.heard("ear", "told"), lab.heard("ear", "newest")] {
            assert_eq!((course.backs, course.strangers), (0, 0), "round {round}");
        }
        lab.reload();
        // As many calls as the page before had waiting, under the same numbers.
        lab.act("listen", &json!(["quiet", null]));
        lab.act("beginEchoes", &json!(["echoes", 100, 300]));
        assert_eq!(lab.end_of_task("echoes"), "all are right");
        assert_eq!(
            lab.heard("quiet", "told"),
            Course::default(),
            "round {round}"
        );
        assert_eq!(
            lab.heard("quiet", "newest"),
            Course::default(),
            "round {round}"
        );
        lab.reload();
    }
}

/// How often a page reloads itself, besides the first times.
fn reloads() -> u32 {
    let asked = std::env::var("TWINBRIDGE_RELOADS").ok();
    asked.map_or(60, |asked| {
        asked.parse().expect("TWINBRIDGE_RELOADS is a number")
    })
}

#[test]
fn reloads_under_load_leave_nothing_behind() {
    /// What grows in the first times stays as it is.
    const WARM_UP: u32 = 10;
    // WebKit compiles hot functions of each page once more, one after the other, and keeps a page
    // that is gone until its turn has come: pages that follow each other this fast pile up in that
    // queue until it is idle. Without it, what is left of a page is what we have left.
    let lab = Lab::start(lab_host().env("JSC_useOMGJIT", "0"));
    let file = lab.file("open in every page");
    let reload = |count: u32| {
        let last = lab.session_now().unwrap() + u64::from(count) + 1;
        lab.call("planReloads", &json!([count, file]));
        lab.window
            .script("location.reload(); return null", &json!([]));
        eventually_within(
            DEADLINE + count * Duration::from_secs(1),
            "the last page",
            || (lab.session_now()? >= last).then_some(()),
        );
        assert_eq!(lab.session_now(), Some(last));
        let reloads = lab.reloads();
        assert_eq!((reloads.left, reloads.reports), (0, count));
        assert_eq!(reloads.wrong, 0, "numbers of another page, or out of order");
        for name in ["load", "load too", "errand load", "errand load, taken"] {
            eventually(&format!("the end of {name}"), || {
                is_over(lab.tally(name)).then_some(())
            });
        }
        assert!(!lab.has_open(&file));
    };
    reload(WARM_UP);
    let (before, page_before) = (lab.figures(), lab.page_figures());
    let count = reloads();
    reload(count);
    assert_eq!(lab.tally("load over").begun, WARM_UP + count);
    let statistics = lab.statistics("main");
    for (name, number) in [
        ("runningCalls", 1),
        ("pendingCalls", 0),
        ("openStreams", 0),
        ("consumedStreams", 0),
        ("overrunningCalls", 0),
    ] {
        assert_eq!(statistics[name], number, "{name}");
    }
    let mut after = lab.figures();
    println!("{count} reloads, {before:?}, {after:?}");
    eventually("as many open files as before", || {
        after = lab.figures();
        (after.descriptors <= before.descriptors).then_some(())
    });
    let grown = after.resident.saturating_sub(before.resident);
    println!("{count} reloads, {after:?}, grown by {grown} bytes");
    assert!(grown < 16 * MIB, "{grown} bytes");
    assert!(after.threads <= before.threads + 8, "{before:?}, {after:?}");
    // A page that is kept takes eight megabytes.
    let page = lab.page_figures();
    let grown = page.resident.saturating_sub(page_before.resident);
    println!("{page_before:?}, {page:?}: the page's process has grown by {grown} bytes");
    assert!(grown < 96 * MIB, "the page's process: {grown} bytes");
    let is_as_before = page.descriptors <= page_before.descriptors + 8;
    assert!(is_as_before, "{page_before:?}, {page:?}");
}
