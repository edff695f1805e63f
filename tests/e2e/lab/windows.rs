//! Several windows: each has a session and permissions of its own.

use serde_json::json;
use twinbridge_lab_page::contract::{Course, Said};
use twinbridge_window_driver::eventually;

use super::{Lab, read};

#[test]
fn the_inspector_is_refused_to_every_window_whatever_it_is_listed_with() {
    let lab = Lab::open();
    lab.open_window("nosy");
    lab.open_window("unlisted");
    for window in ["main", "nosy", "unlisted"] {
        for (method, arguments) in [("sessions", json!([])), ("watch", json!([true]))] {
            let asked = json!(["inspector", method, arguments]);
            let refused = lab.try_ask(window, "call", &asked).unwrap_err();
            let expected = format!(
                "window `{window}` may not call `inspector`; only the inspector's own window may"
            );
            assert!(refused.contains(&expected), "{refused}");
        }
    }
}

#[test]
fn a_notification_reaches_its_window_or_all_that_may_hear_it() {
    let lab = Lab::open();
    let others = ["side-1", "side-2", "calls-only"];
    lab.act("listen", &json!(["ear", null]));
    for window in others {
        lab.open_window(window);
        lab.ask(window, "listen", &json!(["ear", null]));
    }
    let counts = || {
        let main = lab.heard("ear", "told").count;
        // An answer comes behind what was told before it.
        let [one, two, mute] = others.map(|window| lab.heard_in(window, "ear", "told").count);
        [main, one, two, mute]
    };
    lab.call("tell", &json!(["side-1", 10, 0]));
    assert_eq!(counts(), [0, 10, 0, 0]);
    lab.call("tell", &json!([null, 5, 0]));
    assert_eq!(counts(), [5, 15, 5, 0]);
    lab.call("tell", &json!(["calls-only", 10, 0]));
    assert_eq!(counts(), [5, 15, 5, 0]);
    let refused = lab.try_call("tell", &json!(["nowhere", 1, 0])).unwrap_err();
    assert!(
        refused.contains("window `nowhere` shows no page that is connected"),
        "{refused}"
    );
}

#[test]
fn a_call_to_a_window_is_answered_by_its_page() {
    let lab = Lab::open();
    for (window, session) in [("side-1", 2), ("side-2", 3)] {
        lab.open_window(window);
        assert_eq!(lab.ask(window, "who", &json!([])), json!([session, window]));
    }
    assert_eq!(lab.ask("main", "who", &json!([])), json!([1, "main"]));
    for window in ["nowhere", "side-3"] {
        let refused = lab.try_ask(window, "who", &json!([])).unwrap_err();
        let expected = format!("window `{window}` shows no page that is connected");
        assert!(refused.contains(&expected), "{refused}");
    }
}

#[test]
fn a_window_may_call_and_tell_what_it_is_listed_with() {
    let lab = Lab::open();
    for window in ["side", "calls-only", "unlisted"] {
        lab.open_window(window);
    }
    for window in ["side", "calls-only"] {
        assert_eq!(lab.ask(window, "add", &json!([1, 2])), 3);
    }
    let refused = lab.try_ask("unlisted", "add", &json!([1, 2])).unwrap_err();
    let expected = "window `unlisted` may not call `lab`; list it with \
        `Host::builder().window(\"unlisted\", […])`";
    assert!(refused.contains(expected), "{refused}");
    // `host` is everybody's.
    let asked = json!(["host", "interfaces", []]);
    assert!(lab.ask("unlisted", "call", &asked).is_array());

    for (number, window) in ["unlisted", "calls-only", "side", "main"]
        .iter()
        .enumerate()
    {
        lab.ask(window, "say", &json!([number]));
    }
    let said = |window: &str, number| Said {
        window: window.to_owned(),
        number,
    };
    let heard = eventually("what pages said", || {
        let heard: Vec<Said> = read(lab.call("said", &json!([])));
        (heard.len() >= 2).then_some(heard)
    });
    assert_eq!(heard, [said("side", 2), said("main", 3)]);
    for (window, refused) in [("unlisted", 2), ("calls-only", 1), ("side", 0), ("main", 0)] {
        assert_eq!(lab.statistics(window)["refused"], refused, "{window}");
    }
}

#[test]
fn two_windows_that_stream_at_once_have_fair_shares() {
    let lab = Lab::open();
    lab.open_window("side");
    lab.act("consume", &json!(["main", 64]));
    lab.ask("side", "consume", &json!(["side", 64]));
    // From where both run on.
    lab.wait_until_begun("side", 1);
    let items = || ["main", "side"].map(|name| lab.tally(name).items);
    let before = items();
    let after = eventually("many items", || {
        let now = items();
        let most = (0..2).map(|at| now[at] - before[at]).max();
        (most > Some(200_000)).then_some(now)
    });
    let shares = [0, 1].map(|at| after[at] - before[at]);
    let (least, most) = (shares[0].min(shares[1]), shares[0].max(shares[1]));
    assert!(least > most / 4, "{shares:?}");
    lab.act("drop", &json!(["main"]));
    lab.ask("side", "drop", &json!(["side"]));
    let courses = [
        lab.act("course", &json!(["main"])),
        lab.ask("side", "course", &json!(["side"])),
    ];
    for course in courses.map(read::<Course>) {
        assert_eq!(
            (course.first, course.gaps, course.backs, course.strangers),
            (1, 0, 0, 0)
        );
    }
}
