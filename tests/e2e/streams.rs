//! Streams in the window: the live list, pause and credit, the end and its error.

use serde_json::json;
use twinbridge_window_driver::eventually;

use crate::method::MethodPage;

fn items(page: &MethodPage) -> u64 {
    let items = page.explorer.data("#stream", "items");
    items.and_then(|items| items.parse().ok()).unwrap_or(0)
}

fn last_row(page: &MethodPage) -> String {
    let last = "return document.querySelector('#stream-items .rows-shown').lastElementChild
        ?.querySelector('.text').textContent ?? ''";
    let last = page.explorer.window.script(last, &json!([]));
    last.as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_million_items_fill_a_list_of_few_rows_that_follows_its_end() {
    let page = MethodPage::open("forms", "numbers");
    page.fill("count", "1000000");
    page.call();
    page.state("ok");
    eventually("all items", || (items(&page) == 1_000_000).then_some(()));
    let rows = "return document.querySelectorAll('#stream-items .row').length";
    eventually("the last item", || {
        (last_row(&page) == "1000000").then_some(())
    });
    for share in [0.0, 0.5, 0.999] {
        let scroll = "const list = document.querySelector('#stream-items');
            list.scrollTop = list.scrollHeight * arguments[0]";
        page.explorer.window.script(scroll, &json!([share]));
        let first = "const list = document.querySelector('#stream-items');
            const top = list.getBoundingClientRect().top;
            const row = [...list.querySelectorAll('.item')]
                .find(row => row.getBoundingClientRect().bottom > top);
            return Number(row?.querySelector('.text').textContent)";
        let wanted = share * 1_000_000.0;
        eventually(&format!("the rows at {share}"), || {
            let first = page.explorer.window.script(first, &json!([])).as_f64()?;
            ((first - wanted).abs() < 30.0).then_some(())
        });
        let rows = page
            .explorer
            .window
            .script(rows, &json!([]))
            .as_u64()
            .unwrap();
        assert!((1..=200).contains(&rows), "{rows} elements");
    }
}

#[test]
fn a_paused_stream_stops_its_producer_and_goes_on_where_it_was() {
    let page = MethodPage::open("forms", "endless");
    let window = &page.explorer.window;
    page.call();
    page.state("streaming");
    eventually("items", || (items(&page) > 2000).then_some(()));
    window.click("#stream-pause");
    eventually("a backend that waits", || {
        window
            .text("#stream-credit")
            .contains("credit 0 of 8")
            .then_some(())
    });
    let before = items(&page);
    assert!(window.text("#stream-credit").contains("the backend waits"));
    assert_eq!(items(&page), before);
    window.click("#stream-pause");
    eventually("more items", || {
        (items(&page) > before + 8192).then_some(())
    });
    eventually("the row of the last", || {
        last_row(&page)
            .parse::<u64>()
            .is_ok_and(|last| last > before)
            .then_some(())
    });
    window.click("#cancel");
    page.state("cancelled");
    let look_again = || {
        page.go("host", "statistics");
        page.call();
        assert!(page.reply().contains("sessions"));
        page.go("forms", "endless");
        items(&page)
    };
    // The count is drawn once in a while; what is drawn anew is the last.
    let after = look_again();
    assert_eq!(
        look_again(),
        after,
        "what came stays, and nothing more comes"
    );
}

#[test]
fn a_stream_that_fails_shows_its_items_and_its_error() {
    let page = MethodPage::open("forms", "numbers");
    page.fill("count", "3");
    page.switch("fails");
    page.call();
    page.state("application");
    eventually("three items", || (items(&page) == 3).then_some(()));
    let error = page.explorer.window.text("#reply-error p");
    assert!(error.contains("it failed after 3 items"), "{error}");
}
