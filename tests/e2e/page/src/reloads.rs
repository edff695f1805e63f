//! A page that loads itself again while everything is under way.
//!
//! The host says how often. Each page listens as soon as it can, so that it would hear what was
//! meant for the one before it, and keeps for the next one what came wrong.

use std::rc::Rc;

use futures_util::future;
use wasm_bindgen::prelude::*;

use crate::{
    acts, complain, events,
    page::{Page, say},
    streams,
};

/// Streams that each page takes, and the name of all load on the host's board.
const STREAMS: [&str; 2] = ["load", "load too"];

/// Items and notifications that must have come before the page goes.
const ENOUGH: u32 = 50;

/// Where a page keeps what came wrong, for the next one.
const WRONG: &str = "wrong";

/// Bytes that make items and notifications larger. Few, so that what waits for a page at its end
/// is not what the host's memory is measured by.
const FILLING: u32 = 16;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = location, js_name = reload)]
    fn reload();

    #[wasm_bindgen(js_namespace = sessionStorage, js_name = getItem)]
    fn kept(name: &str) -> Option<String>;

    #[wasm_bindgen(js_namespace = sessionStorage, js_name = setItem)]
    fn keep(name: &str, text: &str);

    #[wasm_bindgen(js_namespace = sessionStorage, js_name = removeItem)]
    fn forget(name: &str);
}

/// Asks whether this page may stay; where not, puts the host under load and reloads.
pub(crate) async fn run() {
    if let Err(problem) = reload_under_load().await {
        complain(&problem);
    }
}

async fn reload_under_load() -> Result<(), String> {
    let page = Page::get()?;
    let wrong_before = kept(WRONG).and_then(|count| count.parse().ok());
    forget(WRONG);
    let next = page.lab.next_reload(wrong_before).await.map_err(say)?;
    let Some(file) = next else {
        return Ok(());
    };
    events::listen(&page, "load", None)?;
    page.files.open(file).await.map_err(say)?;
    page.lab
        .mark_at_end("load over".to_owned())
        .await
        .map_err(say)?;
    let window = page.window.clone();
    let wait = page.lab.begin_wait(window.clone(), "load".to_owned(), None);
    let take = page.lab.begin_take(window, "load".to_owned());
    future::try_join(wait, take).await.map_err(say)?;
    for method in ["work", "work", "work", "heed"] {
        begin(&page, method);
    }
    for name in STREAMS {
        page.begin(
            name,
            streams::consume(Rc::clone(&page), name.to_owned(), FILLING),
        );
    }
    let flood = page.lab.flood("load".to_owned(), FILLING);
    page.begin("flood", async move {
        flood.await.map_err(say)?;
        Ok(String::new())
    });
    page.until(|| is_under_load(&page)).await;
    // The next page tells the host: an answer to this one would wait behind all that it takes.
    keep(WRONG, &wrong(&page)?.to_string());
    // In the same turn of the page: the call is on its way, or is not, when the page goes.
    begin(&page, "work");
    reload();
    Ok(())
}

fn begin(page: &Rc<Page>, method: &str) {
    let work = acts::begun(page.lab.clone(), "load".to_owned(), method.to_owned(), None);
    page.begin(method, work);
}

fn is_under_load(page: &Page) -> bool {
    let courses = page.courses.borrow();
    let has_enough = |name: &&str| courses.get(*name).is_some_and(|c| c.count > ENOUGH);
    let told = events::heard(page, "load", "told").unwrap_or_default();
    STREAMS.iter().all(has_enough) && told.count > ENOUGH
}

/// Numbers that came and were another page's, out of order, or after one that did not come.
fn wrong(page: &Page) -> Result<u32, String> {
    let courses = page.courses.borrow();
    let told = events::heard(page, "load", "told")?;
    let newest = events::heard(page, "load", "newest")?;
    let all_come = courses.values().chain([&told]);
    let all_come = all_come.map(|course| course.gaps + u32::from(course.first != 1));
    let in_order = courses.values().chain([&told, &newest]);
    let in_order = in_order.map(|course| course.backs + course.strangers);
    Ok(all_come.sum::<u32>() + in_order.sum::<u32>())
}
