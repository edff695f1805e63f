//! Notifications of the host to its pages.

use serde_json::json;
use twinbridge_lab_page::contract::Course;
use twinbridge_window_driver::eventually;

use super::{Lab, lab_host};

/// The numbers from 1 to `last`, each once and in order.
fn all(last: u32) -> Course {
    Course {
        count: last,
        first: 1,
        last,
        ..Course::default()
    }
}

#[test]
fn what_is_told_at_the_handshake_is_heard_by_a_listener_that_comes_much_later() {
    let lab = Lab::start(lab_host().arg("--tell-at-greeting").arg("20"));
    // A page that works for a while before it listens: its replies come after what it was told.
    for number in 0..20 {
        assert_eq!(lab.act("add", &json!([number, 1])), number + 1);
    }
    lab.act("listen", &json!(["late", null]));
    assert_eq!(lab.heard("late", "told"), all(20));
    lab.reload();
    lab.act("listen", &json!(["late", null]));
    let heard = eventually("what the next page was told", || {
        let heard = lab.heard("late", "told");
        (heard.last == 20).then_some(heard)
    });
    assert_eq!(heard, all(20));
}

#[test]
fn a_page_that_never_listened_keeps_the_newest_mebibyte() {
    let lab = Lab::open();
    const TOLD: u32 = 3000;
    lab.call("tell", &json!(["main", TOLD, 1024]));
    lab.act("listen", &json!(["late", null]));
    let heard = lab.heard("late", "told");
    assert_eq!(heard.last, TOLD);
    assert_eq!((heard.gaps, heard.backs), (0, 0));
    assert_eq!(heard.count, TOLD - heard.first + 1);
    assert!((500..1024).contains(&heard.count), "{heard:?}");
    // Only what nobody has listened for is kept.
    lab.act("detach", &json!(["late"]));
    lab.call("tell", &json!(["main", 10, 0]));
    lab.act("listen", &json!(["later", null]));
    assert_eq!(lab.heard("later", "told"), Course::default());
}

#[test]
fn a_listener_that_detaches_itself_hears_nothing_of_the_same_batch() {
    let lab = Lab::open();
    lab.act("listen", &json!(["until 7", 7]));
    lab.act("listen", &json!(["all", null]));
    lab.call("tell", &json!(["main", 200, 0]));
    assert_eq!(lab.heard("all", "told"), all(200));
    assert_eq!(lab.heard("until 7", "told"), all(7));
    lab.act("detach", &json!(["all"]));
    lab.call("tell", &json!(["main", 5, 0]));
    assert_eq!(lab.heard("all", "told"), all(200));
}

#[test]
fn a_busy_page_gets_every_reliable_notification_in_order_and_of_others_the_newest() {
    const TOLD: u32 = 2000;
    let lab = Lab::open();
    lab.open_window("side");
    lab.ask("side", "listen", &json!(["ear", null]));
    let spin = json!(["side", "spin", r#"["loop",1500]"#]);
    // Not waited for: the page answers when its loop is over.
    let begin = "window.lab('call', 'lab', 'ask', arguments[0]).catch(() => {}); return null";
    lab.window.script(begin, &json!([spin]));
    lab.wait_until_begun("loop begins", 1);
    lab.call("tell", &json!(["side", TOLD, 64]));
    assert_eq!(
        lab.tally("loop is over").begun,
        0,
        "all was told within the loop"
    );
    let heard = eventually("what was told", || {
        let heard = lab.heard_in("side", "ear", "told");
        (heard.last == TOLD).then_some(heard)
    });
    assert_eq!(heard, all(TOLD));
    let newest = lab.heard_in("side", "ear", "newest");
    assert_eq!((newest.last, newest.backs), (TOLD, 0));
    assert!(newest.count < TOLD / 10, "{newest:?}");
    let replaced = lab.statistics("side")["replaced"].as_u64().unwrap();
    assert_eq!(replaced, u64::from(TOLD - newest.count));
}
