//! Calls of the host to its pages, and pages that go away meanwhile.

use serde_json::json;
use twinbridge_lab_page::contract::Tally;
use twinbridge_window_driver::eventually;

use super::{Lab, lab_host, read};
use crate::plain::Plain;

#[test]
fn the_host_calls_its_page_with_and_without_a_contract() {
    let lab = Lab::open();
    assert_eq!(lab.act("add", &json!([20, 3])), 23);
    assert_eq!(lab.call("addByName", &json!(["main", 20, 4])), 24);
    // The page answers the call of a handler that it has called itself.
    assert_eq!(lab.ask("main", "add", &json!([20, 5])), 25);
}

#[test]
fn a_call_to_a_page_ends_at_its_deadline_and_by_being_dropped() {
    let lab = Lab::open();
    lab.call("beginWait", &json!(["main", "late", 300]));
    assert_eq!(lab.end_of_errand("late"), "the deadline of 300 ms passed");
    lab.call("beginWait", &json!(["main", "unwanted", null]));
    let on_page = |name: &str| -> Tally { read(lab.act("tally", &json!([name]))) };
    eventually("the page's handler", || {
        (on_page("unwanted").begun == 1).then_some(())
    });
    assert_eq!(on_page("unwanted").dropped, 0);
    lab.call("release", &json!(["unwanted"]));
    for name in ["late", "unwanted"] {
        eventually(&format!("the end of the page's {name}"), || {
            (on_page(name).dropped == 1).then_some(())
        });
    }
    assert_eq!(lab.statistics("main")["pendingCalls"], 0);
}

#[test]
fn a_reload_refuses_the_calls_that_the_page_has_not_answered() {
    let lab = Lab::open();
    for number in 0..5 {
        lab.call(
            "beginWait",
            &json!(["main", format!("call {number}"), null]),
        );
    }
    assert_eq!(lab.statistics("main")["pendingCalls"], 5);
    lab.reload();
    for number in 0..5 {
        let end = lab.end_of_errand(&format!("call {number}"));
        assert_eq!(end, "the session ended: the page went away");
    }
    assert_eq!(lab.statistics("main")["pendingCalls"], 0);
    assert_eq!(lab.ask("main", "add", &json!([1, 2])), 3);
}

#[test]
fn a_window_that_closes_refuses_the_calls_to_its_page() {
    let lab = Lab::open();
    lab.open_window("side");
    lab.call("beginWait", &json!(["side", "waiting", null]));
    lab.call("beginTake", &json!(["side", "waiting"]));
    lab.call("close", &json!(["side"]));
    for errand in ["waiting", "waiting, taken"] {
        let end = lab.end_of_errand(errand);
        assert_eq!(end, "the session ended: the page went away", "{errand}");
    }
    let refused = lab.try_ask("side", "add", &json!([1, 2])).unwrap_err();
    let expected = "window `side` shows no page that is connected";
    assert!(refused.contains(expected), "{refused}");
}

#[test]
fn a_page_that_is_killed_refuses_the_calls_to_it_and_the_next_one_takes_them() {
    // Without the WebDriver, which loses its session with any page that dies.
    let app = Plain::start(lab_host().arg("--call-each-page"));
    app.wait_for_log("the page is called session=1");
    let [page] = app.program.page_processes()[..] else {
        panic!("{:?}", app.program.page_processes());
    };
    app.program.kill_page(page);
    for errand in ["session 1", "session 1, taken"] {
        let ended = "the session ended: the page went away";
        app.wait_for_log(&format!("an errand ended name={errand:?} end={ended:?}"));
    }
    app.wait_for_log("the page is called session=2");
    assert!(!app.log().contains("name=\"session 2\""), "{}", app.log());
}

#[test]
fn a_page_that_panics_says_so_to_all_who_wait_for_it_and_the_next_page_works() {
    let lab = Lab::open();
    lab.open_window("side");
    lab.ask("side", "consume", &json!(["of the page", 0]));
    lab.wait_until_begun("of the page", 1);
    lab.call("beginWait", &json!(["side", "waiting", null]));
    lab.call("beginPanic", &json!(["side", "panicking"]));
    for errand in ["waiting", "panicking"] {
        let end = lab.end_of_errand(errand);
        assert_eq!(end, "the session ended: the peer panicked", "{errand}");
    }
    eventually("the end of the page's stream", || {
        (lab.tally("of the page").dropped == 1).then_some(())
    });
    // The window lives on with a page that is dead; a reload brings it back.
    let refused = lab.try_ask("side", "add", &json!([1, 2])).unwrap_err();
    assert!(
        refused.contains("window `side` shows no page that is connected"),
        "{refused}"
    );
    let panics = "window.lab('panic').catch(() => {}); return null";
    lab.window.script(panics, &json!([]));
    lab.reload();
    assert_eq!(lab.act("add", &json!([1, 2])), 3);
    assert_eq!(lab.ask("main", "add", &json!([1, 2])), 3);
}
