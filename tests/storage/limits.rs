//! How much a storage takes, and what it says beyond.

use twinbridge::handlers::storage::{MAX_KEY, MAX_VALUE, StorageLimits};
use twinbridge_common::{interfaces::storage::StorageError, ipc::BackendOptions, wire::Value};

use crate::app::{App, Page, app_error, text};

fn limited(limits: StorageLimits) -> App {
    App::with(limits, BackendOptions::default())
}

#[tokio::test]
async fn the_longest_key_and_value_are_taken_and_no_longer_ones() {
    let app = App::new();
    let page = Page::with(&app, "a").await;
    let set = |key: usize, value: usize| {
        let value = Value::bytes(vec![7; value]);
        page.storage.set(text("a"), "k".repeat(key), value)
    };
    set(MAX_KEY, MAX_VALUE).await.unwrap();
    let value = page.storage.get(text("a"), "k".repeat(MAX_KEY)).await;
    assert_eq!(value.unwrap(), Value::bytes(vec![7; MAX_VALUE]));
    assert_eq!(
        set(MAX_KEY + 1, 0).await.map_err(app_error),
        Err(StorageError::KeyTooLong {
            len: 1025,
            limit: 1024
        })
    );
    let error = set(1, MAX_VALUE + 1).await.map_err(app_error).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a value has 16777217 bytes, the limit is 16777216"
    );
}

#[tokio::test]
async fn keys_are_counted_and_those_that_are_there_can_be_set_at_the_limit() {
    let app = limited(StorageLimits::default().max_keys(3));
    let page = Page::with(&app, "a").await;
    let set = |key: &str| page.storage.set(text("a"), text(key), Value::Null);
    for key in ["1", "2", "3", "1"] {
        set(key).await.unwrap();
    }
    let full = StorageError::TooManyKeys {
        store: text("a"),
        limit: 3,
    };
    assert_eq!(set("4").await.map_err(app_error), Err(full.clone()));
    page.storage.remove(text("a"), text("1")).await.unwrap();
    set("4").await.unwrap();
    set("3").await.unwrap();
    assert_eq!(set("1").await.map_err(app_error), Err(full));
    assert_eq!(page.storage.keys(text("a")).await.unwrap(), ["2", "3", "4"]);
}

#[tokio::test]
async fn stores_are_counted_in_the_folder_and_for_each_session() {
    let app = limited(StorageLimits::default().max_stores(3).max_open_stores(2));
    let (page, other) = (Page::with(&app, "a").await, Page::with(&app, "b").await);
    page.storage.open(text("b")).await.unwrap();
    page.storage.open(text("a")).await.unwrap();
    assert_eq!(
        page.storage.open(text("c")).await.map_err(app_error),
        Err(StorageError::TooManyOpen { limit: 2 })
    );
    page.storage.close(text("a")).await.unwrap();
    page.storage.open(text("c")).await.unwrap();
    assert_eq!(
        other.storage.open(text("d")).await.map_err(app_error),
        Err(StorageError::TooManyStores { limit: 3 })
    );
    other.storage.open(text("c")).await.unwrap();
}

#[tokio::test]
async fn a_store_that_is_full_keeps_what_it_has_and_takes_more_when_there_is_room() {
    let limit = 256 * 1024;
    let app = limited(StorageLimits::default().max_store_bytes(limit));
    let page = Page::with(&app, "a").await;
    let set = |key: usize| {
        let value = Value::bytes(vec![key as u8; 10_000]);
        page.storage.set(text("a"), key.to_string(), value)
    };
    let mut kept = 0;
    let error = loop {
        match set(kept).await {
            Ok(()) => kept += 1,
            Err(error) => break app_error(error),
        }
    };
    let store = text("a");
    assert_eq!(error, StorageError::Full { store, limit });
    assert!((15..26).contains(&kept), "{kept} were kept");
    page.storage.close(text("a")).await.unwrap();
    page.storage.open(text("a")).await.unwrap();
    for key in 0..kept {
        let value = page.storage.get(text("a"), key.to_string()).await.unwrap();
        assert_eq!(value, Value::bytes(vec![key as u8; 10_000]));
    }
    page.storage.remove(text("a"), text("0")).await.unwrap();
    set(kept).await.unwrap();
}
