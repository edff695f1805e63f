//! What a page that is too fast or too slow costs the host, as its statistics tell.

use serde_json::{Value, json};
use twinbridge_lab_page::contract::Course;
use twinbridge_window_driver::eventually;

use super::{Lab, MIB, lab_host, read};

/// The most that a page which does not read may cost.
const MOST: u64 = 32 * MIB;

#[test]
fn a_call_beyond_the_limit_is_refused_as_busy_and_not_when_another_has_ended() {
    let lab = Lab::start(lab_host().arg("--running-calls").arg("8"));
    for number in 0..7 {
        lab.act("begin", &json!([format!("work {number}"), "work", null]));
    }
    // The call that asks is the eighth.
    let statistics = lab.statistics("main");
    assert_eq!(
        (&statistics["runningCalls"], &statistics["refused"]),
        (&json!(8), &json!(0))
    );
    lab.act("begin", &json!(["work 7", "work", null]));
    for _ in 0..3 {
        let refused = lab.try_act("add", &json!([1, 2])).unwrap_err();
        assert_eq!(refused, "8 calls are running, the limit is 8");
    }
    lab.act("drop", &json!(["work 3"]));
    let sum = eventually("room for a call", || {
        lab.try_act("add", &json!([1, 2])).ok()
    });
    assert_eq!(sum, 3);
    let statistics = lab.statistics("main");
    assert!(statistics["refused"].as_u64() >= Some(3), "{statistics}");
    assert_eq!(lab.tally("work 3").dropped, 1);
}

#[test]
fn a_stalled_page_costs_the_host_little_and_then_everything_goes_on_in_order() {
    let lab = Lab::open();
    lab.open_window("side");
    lab.ask("side", "listen", &json!(["ear", null]));
    lab.ask("side", "consume", &json!(["stream", 16 * 1024]));
    lab.ask("side", "begin", &json!(["flood", "flood", null]));
    let flows = || -> [Course; 2] {
        let stream = read(lab.ask("side", "course", &json!(["stream"])));
        [stream, lab.heard_in("side", "ear", "told")]
    };
    eventually("both to flow", || {
        flows().iter().all(|flow| flow.count > 1000).then_some(())
    });
    lab.forget_peak();
    let before = lab.figures();
    let spin = json!(["side", "spin", r#"["loop",3000]"#]);
    // Not waited for: the page answers when its loop is over.
    let begin = "window.lab('call', 'lab', 'ask', arguments[0]).catch(() => {}); return null";
    lab.window.script(begin, &json!([spin]));
    lab.wait_until_begun("loop begins", 1);
    let number = |statistics: &Value, name: &str| statistics[name].as_u64().unwrap();
    let mut most_queued = 0;
    // The page has no post open, so nothing leaves; what is made then waits here.
    let stalled = eventually("the queue to fill up", || {
        let now = lab.statistics("side");
        let is_on_its_way = number(&now, "inFlightBytes") > 0;
        (is_on_its_way && number(&now, "queuedBytes") > MIB / 2).then_some(now)
    });
    assert_eq!(lab.tally("loop is over").begun, 0, "the page does not read");
    assert_eq!(stalled["openStreams"], 1);
    assert_eq!(stalled["runningCalls"], 1, "{stalled}");
    // What waits for the page stays where it is while the page does not read.
    eventually("the end of the loop", || {
        most_queued = most_queued.max(number(&lab.statistics("side"), "queuedBytes"));
        (lab.tally("loop is over").begun == 1).then_some(())
    });
    let at_its_end = flows();
    let after = eventually("both to flow on", || {
        let now = flows();
        let flowed = (0..2).all(|at| now[at].count > at_its_end[at].count + 2000);
        flowed.then_some(now)
    });
    for flow in after {
        assert_eq!(
            (flow.first, flow.gaps, flow.backs, flow.strangers),
            (1, 0, 0, 0)
        );
    }
    assert_eq!(lab.heard_in("side", "ear", "newest").backs, 0);
    let grown = lab.figures().peak.saturating_sub(before.resident);
    println!("the host grew by {grown} bytes, at most {most_queued} bytes were queued");
    assert!(grown < MOST, "{grown} bytes");
    assert!(most_queued < MOST / 2, "{most_queued} bytes");
}
