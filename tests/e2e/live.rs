//! The live panel, the list of interfaces, and the layout.

use serde_json::{Value, json};
use twinbridge_window_driver::{eventually, key};

use crate::{explorer::Explorer, method::MethodPage, plain::test_host};

fn rows(explorer: &Explorer) -> u64 {
    let rows = explorer.data("#live-count", "rows");
    rows.and_then(|rows| rows.parse().ok()).unwrap_or(0)
}

fn names(explorer: &Explorer) -> Vec<String> {
    let script = "return [...document.querySelectorAll('#live-rows .entry')]
        .map(row => `${row.querySelector('.name').textContent} ${row.dataset.fate}`)";
    let Value::Array(names) = explorer.window.script(script, &json!([])) else {
        panic!("names are a list");
    };
    names
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_call_of_the_page_is_listed_newest_first() {
    let page = MethodPage::open("forms", "fail");
    let explorer = &page.explorer;
    page.call();
    page.state("application");
    eventually("all calls", || (names(explorer).len() == 4).then_some(()));
    let mut names = names(explorer);
    assert_eq!(names.remove(0), "forms.fail application");
    names.sort();
    assert_eq!(
        names,
        [
            "files.initial ok",
            "host.appInfo ok",
            // It names no RPC interface, so the page does not ask for more of them.
            "host.interfaces ok",
        ]
    );

    explorer.window.type_into("#live-filter", "forms appl");
    eventually("the one that passes", || {
        (rows(explorer) == 1).then_some(())
    });
    explorer.window.click("#live-rows .entry");
    let details = explorer.window.text("#live-details");
    assert!(details.contains("it failed after 0 items"), "{details}");
    assert!(details.contains("1 ms clock"), "{details}");
    // Where the time went, by the backend's stamps.
    for part in ["queue ", "handler ", "return "] {
        assert!(details.contains(part), "{details}");
    }
    assert!(details.contains("µs"), "{details}");

    explorer.window.type_into("#live-filter", " ");
    explorer.window.click("#live-clear");
    eventually("nothing", || (rows(explorer) == 0).then_some(()));
    explorer.window.click("#live-pause");
    page.call();
    page.state("application");
    assert_eq!(rows(explorer), 0);
    explorer.window.click("#live-pause");
    eventually("what came meanwhile", || {
        (rows(explorer) == 1).then_some(())
    });
}

#[test]
fn a_hundred_thousand_messages_are_listed_and_few_are_in_the_document() {
    let page = MethodPage::open("forms", "chatter");
    let window = &page.explorer.window;
    page.fill("count", "100000");
    page.call();
    assert_eq!(page.reply(), "100000");
    eventually("all of them", || {
        (rows(&page.explorer) >= 100_004).then_some(())
    });
    let scroll = "const list = document.querySelector('#live-rows');
        list.scrollTop = list.scrollHeight * arguments[0];
        return list.scrollTop";
    window.script(scroll, &json!([0.5]));
    let count = "return document.querySelectorAll('#live-rows .row').length";
    eventually("rows in the middle", || {
        let names = names(&page.explorer);
        (names.first()? == "forms/chatter.said ok").then_some(())
    });
    assert!(window.script(count, &json!([])).as_u64().unwrap() <= 200);
    // What is in sight stays while more comes.
    let at = "return document.querySelector('#live-rows').scrollTop";
    let before = window.script(at, &json!([])).as_f64().unwrap();
    page.call();
    eventually("twice as many", || {
        (rows(&page.explorer) >= 200_005).then_some(())
    });
    let after = window.script(at, &json!([])).as_f64().unwrap();
    assert!(after > before + 1_000_000.0, "{before} {after}");
}

#[test]
fn the_smallest_window_needs_no_scrolling_sideways() {
    let explorer = Explorer::start(test_host());
    let window = &explorer.window;
    window.resize(1000, 700);
    for link in [
        "#/files",
        "#/ipc/forms",
        "#/ipc/forms/enums",
        "#/ipc/host/statistics",
    ] {
        window.script("location.hash = arguments[0]", &json!([link]));
        let wide = "return [...document.querySelectorAll('html, .content, .side, .live')]
            .filter(part => part.scrollWidth > part.clientWidth)
            .map(part => part.className || part.tagName)";
        eventually(&format!("all of {link} in sight"), || {
            (window.script(wide, &json!([])) == json!([])).then_some(())
        });
    }
    let width = window.script("return innerWidth", &json!([]));
    assert_eq!(width, 1000);
}

#[test]
fn an_interface_is_found_and_opened_by_keyboard() {
    let explorer = Explorer::start(test_host());
    let window = &explorer.window;
    window.click("#interface-filter");
    window.press("chat");
    let shown = "return [...document.querySelectorAll('#interface-lists a')]
        .map(link => link.getAttribute('href'))";
    eventually("what the filter leaves", || {
        let shown = window.script(shown, &json!([]));
        (shown == json!(["#/ipc/forms", "#/ipc/forms/chatter"])).then_some(())
    });
    window.press(&format!("{}{}", key::DOWN, key::DOWN));
    window.press(&key::ENTER.to_string());
    eventually("the method", || {
        explorer
            .data("#method", "shown")
            .filter(|shown| shown == "forms/chatter")
    });
}
