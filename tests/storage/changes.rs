//! Sessions hear of each other's changes.

use twinbridge::handlers::storage::StorageLimits;
use twinbridge_common::{
    interfaces::storage::{Storage as _, StoreChange},
    ipc::BackendOptions,
    wire::{Limits, Value},
};

use crate::app::{App, Page, text};

fn set(key: &str) -> (String, StoreChange) {
    (text("a"), StoreChange::Set { key: text(key) })
}

#[tokio::test]
async fn two_windows_see_each_others_changes_in_their_order_and_not_their_own() {
    let app = App::new();
    let (one, two) = (Page::with(&app, "a").await, Page::with(&app, "a").await);
    for key in ["x", "y"] {
        one.storage
            .set(text("a"), text(key), Value::Null)
            .await
            .unwrap();
    }
    one.storage.remove(text("a"), text("x")).await.unwrap();
    one.storage.remove(text("a"), text("none")).await.unwrap();
    one.storage.remove_all(text("a")).await.unwrap();
    one.storage.delete(text("a")).await.unwrap();
    let expected = [
        set("x"),
        set("y"),
        (text("a"), StoreChange::Removed { key: text("x") }),
        (text("a"), StoreChange::AllRemoved),
        (text("a"), StoreChange::Deleted),
    ];
    assert_eq!(two.heard.first(5).await, expected);

    two.storage.open(text("a")).await.unwrap();
    one.storage.open(text("a")).await.unwrap();
    let back = two.storage.set(text("a"), text("z"), Value::Null);
    back.await.unwrap();
    assert_eq!(one.heard.first(1).await, [set("z")]);
    assert_eq!(two.heard.all().len(), 5);
}

#[tokio::test]
async fn a_window_hears_nothing_of_stores_that_it_has_not_open() {
    let app = App::new();
    let (one, two) = (Page::with(&app, "a").await, Page::with(&app, "a").await);
    one.storage.open(text("b")).await.unwrap();
    two.storage.close(text("a")).await.unwrap();
    for (store, key) in [("a", "unheard"), ("b", "unheard")] {
        let set = one.storage.set(text(store), text(key), Value::Null);
        set.await.unwrap();
    }
    two.storage.open(text("a")).await.unwrap();
    let heard = one.storage.set(text("a"), text("heard"), Value::Null);
    heard.await.unwrap();
    assert_eq!(two.heard.first(1).await, [set("heard")]);
}

/// The page hangs in the handling of a change of `b` while the app changes more in `a` than the
/// page's queue takes.
#[tokio::test]
async fn a_window_that_cannot_keep_up_hears_that_it_missed_something() {
    let mut limits = Limits::default();
    limits.max_queued_notification_bytes = 64 * 1024;
    let app = App::with(
        StorageLimits::default(),
        BackendOptions::default().limits(limits),
    );
    let page = Page::with(&app, "a").await;
    page.storage.open(text("b")).await.unwrap();
    for store in ["a", "b"] {
        app.handler.open(text(store)).unwrap();
    }
    let hang = page.heard.hang();
    let handler = app.handler.clone();
    let hanging = std::thread::spawn(move || {
        handler.set(text("b"), text("hang"), Value::Null).unwrap();
    });
    hang.begun();
    let key = |number: usize| format!("{number:01000}");
    for number in 0..100 {
        app.handler
            .set(text("a"), key(number), Value::Null)
            .unwrap();
    }
    hang.end();
    hanging.join().unwrap();

    let missed = (text("a"), StoreChange::Missed);
    let mut told = 0;
    while page.heard.first(told + 2).await[told + 1] != missed {
        told += 1;
    }
    assert!((30..90).contains(&told), "{told} were told");
    for (number, heard) in page.heard.all()[1..=told].iter().enumerate() {
        assert_eq!(heard, &set(&key(number)));
    }
    // From here on it hears of each change again.
    let mut next = page.heard.all().len();
    app.handler
        .set(text("a"), text("next"), Value::Null)
        .unwrap();
    while page.heard.first(next + 1).await[next] == missed {
        next += 1;
    }
    assert_eq!(page.heard.all()[next], set("next"));
}
