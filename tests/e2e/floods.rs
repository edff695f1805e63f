//! Much at once: the page stays usable, and says what came, and loses nothing.

use std::time::{Duration, Instant};

use serde_json::json;
use twinbridge_window_driver::{eventually, eventually_within};

use crate::{explorer::Explorer, method::MethodPage, plain::test_host};

/// A million messages through a debug build on a busy machine.
const LONG: Duration = Duration::from_secs(120);

/// What a call, its reply, and typing into the filter may take together, while a flood comes in
/// and the WebDriver asks for each step.
const USABLE: Duration = Duration::from_secs(30);

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

/// The page under a flood, looked at as its user does.
struct Flood<'a>(&'a MethodPage);

impl Flood<'_> {
    /// Lets the page note how long it was without a frame.
    fn watch_frames(&self) {
        let watch = "window.longest = 0; let before = performance.now();
            const look = now => { longest = Math.max(longest, now - before); before = now;
                requestAnimationFrame(look) };
            requestAnimationFrame(look)";
        self.0.explorer.window.script(watch, &json!([]));
    }

    /// That no wait for a frame was one that a user would call frozen.
    fn assert_frames_came(&self) {
        let longest = self
            .0
            .explorer
            .window
            .script("return window.longest", &json!([]));
        println!("the longest time without a frame was {longest} ms");
        assert!(longest.as_f64().unwrap() < 5000.0, "{longest} ms");
    }

    fn rows(&self) -> u64 {
        self.number("#live-count", "rows")
    }

    fn number(&self, element: &str, name: &str) -> u64 {
        let number = self.0.explorer.data(element, name);
        number.and_then(|number| number.parse().ok()).unwrap_or(0)
    }

    /// What the list says it does not have: older ones, and those lost on the way.
    fn lost(&self) -> [u64; 2] {
        ["older", "onTheWay"].map(|name| self.number("#live-lost", name))
    }

    /// Has another method called and its reply shown, and types into the filter, both at once.
    fn assert_usable(&self, filter: &str) {
        let began = Instant::now();
        let page = self.0;
        page.go("forms", "cancelled");
        page.call();
        assert_eq!(page.reply(), "0");
        let window = &page.explorer.window;
        window.type_into("#live-filter", filter);
        let shown = "return [...document.querySelectorAll('#live-rows .entry .name')]
            .map(name => name.textContent)";
        eventually("what the filter leaves", || {
            let names = window.script(shown, &json!([]));
            let names: Vec<String> = serde_json::from_value(names).unwrap();
            let passes = |name: &String| name.contains(filter);
            (!names.is_empty() && names.iter().all(passes)).then_some(())
        });
        window.type_into("#live-filter", " ");
        let took = began.elapsed();
        println!("a call and a filter took {took:?}");
        assert!(took < USABLE, "{took:?}");
    }
}

#[test]
fn a_million_messages_as_fast_as_they_come_leave_the_page_usable_and_its_list_full() {
    let page = MethodPage::open("forms", "chatter");
    let window = &page.explorer.window;
    let flood = Flood(&page);
    flood.watch_frames();
    page.fill("count", "1000000");
    page.call();
    eventually_within(LONG, "the first", || (flood.rows() > 1000).then_some(()));
    let elements = window.script(
        "return document.querySelectorAll('#live-rows .row').length",
        &json!([]),
    );
    assert!(elements.as_u64().unwrap() <= 200, "{elements}");
    flood.assert_usable("cancelled");
    page.go("forms", "chatter");
    eventually_within(LONG, "the call's end", || {
        (page.explorer.data("#reply", "state")? == "ok").then_some(())
    });
    assert_eq!(page.reply(), "1000000");
    // With the three calls of the start and the two of the test they are more than the list
    // keeps. Each that is not in it is counted, in words.
    eventually_within(LONG, "the last message", || {
        (flood.rows() == 1_000_000 && flood.lost()[0] == 5).then_some(())
    });
    assert_eq!(flood.lost()[1], 0);
    let count = window.text("#live-count");
    assert_eq!(
        count,
        "the newest 1\u{202f}000\u{202f}000 of 1\u{202f}000\u{202f}005"
    );
    let lost = window.text("#live-lost");
    assert_eq!(
        lost,
        "5 older are gone: the list keeps 1\u{202f}000\u{202f}000. Pause it to keep what it shows."
    );
    // So many are exported without a stop, and not to their end where that is not wanted.
    window.click("#live-export");
    eventually("progress", || {
        window
            .text("#live-export")
            .starts_with("Cancel: ")
            .then_some(())
    });
    window.click("#live-export");
    eventually("its end", || {
        (window.text("#live-export") == "Export").then_some(())
    });
    flood.assert_frames_came();
    // Cleared, it begins anew.
    window.click("#live-clear");
    eventually("an empty list", || (flood.rows() == 0).then_some(()));
    assert_eq!(flood.lost(), [0, 0]);
    assert_eq!(window.text("#live-lost"), "");
}

#[test]
fn a_million_log_lines_as_fast_as_they_are_logged_are_listed_or_counted_and_freeze_nothing() {
    let explorer = Explorer::start(test_host().arg("--log-to-page"));
    let page = MethodPage { explorer };
    page.go("forms", "lines");
    let window = &page.explorer.window;
    let flood = Flood(&page);
    flood.watch_frames();
    page.fill("count", "1000000");
    page.call();
    eventually_within(LONG, "the first", || (flood.rows() > 1000).then_some(()));
    flood.assert_usable("cancelled");
    page.go("forms", "lines");
    eventually_within(LONG, "the call's end", || {
        (page.explorer.data("#reply", "state")? == "ok").then_some(())
    });
    window.type_into("#live-filter", "flood");
    let listed_and_counted = || flood.rows() + flood.lost().iter().sum::<u64>();
    eventually_within(LONG, "a million in all", || {
        (listed_and_counted() >= 1_000_000).then_some(())
    });
    println!("{} are listed, {:?} are not", flood.rows(), flood.lost());
    // Where the list overflowed, other rows are among those that made room.
    assert!(listed_and_counted() - 1_000_000 <= flood.lost()[0]);
    // The rows say where they are missing, and the head of the list how many in all.
    let [_, on_the_way] = flood.lost();
    if on_the_way > 0 {
        let said = window.text("#live-lost");
        let words = "came faster than this page took them, and are not in it.";
        assert!(said.contains(words), "{said}");
        window.type_into("#live-filter", "missing");
        eventually("the places", || {
            let first = "return document.querySelector('#live-rows .name')?.textContent ?? ''";
            let first = window.script(first, &json!([]));
            first
                .as_str()?
                .contains("missing here: more came")
                .then_some(())
        });
    }
    flood.assert_frames_came();
}
