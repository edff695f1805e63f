//! Much at once: the page stays usable, and says what came, and loses nothing.

use serde_json::{Value, json};
use twinbridge_window_driver::{eventually, eventually_within};

use crate::method::MethodPage;

/// A million messages through a debug build on a busy machine.
const LONG: std::time::Duration = std::time::Duration::from_secs(120);

#[test]
fn a_reply_of_100_mib_is_shown_by_its_beginning_and_listed_with_its_size() {
    let page = MethodPage::open("forms", "large");
    page.fill("len", "104857600");
    page.call();
    let reply = page.reply();
    assert!(
        reply.starts_with("100 MiB"),
        "{}",
        &reply[..100.min(reply.len())]
    );
    assert!(
        reply.len() < 10_000,
        "{} bytes are in the document",
        reply.len()
    );
    let window = &page.explorer.window;
    assert!(window.text("#reply-facts").contains("received 100 MiB"));
    eventually("its row", || {
        let row = "return document.querySelector('#live-rows .entry')?.textContent ?? ''";
        let row = window.script(row, &json!([]));
        row.as_str()?.contains("forms.large").then_some(())
    });
    window.click("#live-rows .entry");
    let details = window.text("#live-details");
    assert!(details.contains("100 MiB"), "{details}");
    // The page answers as before.
    page.go("forms", "cancelled");
    page.call();
    assert_eq!(page.reply(), "0");
}

#[test]
fn a_million_messages_as_fast_as_they_come_leave_the_page_usable_and_its_list_full() {
    let page = MethodPage::open("forms", "chatter");
    let window = &page.explorer.window;
    // How long the page was away at most, in milliseconds.
    let watch = "window.longest = 0; let before = performance.now();
        const look = now => { longest = Math.max(longest, now - before); before = now;
            requestAnimationFrame(look) };
        requestAnimationFrame(look)";
    window.script(watch, &json!([]));
    page.fill("count", "1000000");
    page.call();
    let rows = || {
        let rows = page.explorer.data("#live-count", "rows");
        rows.and_then(|rows| rows.parse::<u64>().ok()).unwrap_or(0)
    };
    eventually_within(LONG, "the first", || (rows() > 1000).then_some(()));
    let elements = window.script(
        "return document.querySelectorAll('#live-rows .row').length",
        &json!([]),
    );
    assert!(elements.as_u64().unwrap() <= 200, "{elements}");
    eventually_within(LONG, "the call's end", || {
        (page.explorer.data("#reply", "state")? == "ok").then_some(())
    });
    assert_eq!(page.reply(), "1000000");
    // With the calls before them they are more than the list keeps: it is full if none was lost.
    eventually_within(LONG, "the last message", || {
        (rows() == 1_000_000).then_some(())
    });
    let Value::Number(longest) = window.script("return window.longest", &json!([])) else {
        panic!("a time is a number");
    };
    println!("the longest time without a frame was {longest} ms");
    assert!(longest.as_f64().unwrap() < 5000.0, "{longest} ms");
}
