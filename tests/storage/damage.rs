//! Files that are not what the storage left behind.

use std::{fs, path::Path};

use rusqlite::Connection;
use twinbridge_common::{interfaces::storage::StorageError, wire::Value};

use crate::app::{App, Page, app_error, text};

/// A store with 200 values, closed.
async fn filled(app: &App) {
    let page = Page::with(app, "a").await;
    for key in 0..200 {
        let value = Value::String("v".repeat(500));
        page.storage
            .set(text("a"), key.to_string(), value)
            .await
            .unwrap();
    }
    page.storage.close(text("a")).await.unwrap();
}

#[tokio::test]
async fn a_damaged_file_is_set_aside_whole_and_reported() {
    let cut = |content: &mut Vec<u8>| content.truncate(content.len() / 2);
    let garbled = |content: &mut Vec<u8>| content[5000..30_000].fill(0xA5);
    let no_database = |content: &mut Vec<u8>| *content = b"no database, but some text".repeat(99);
    let damages: [fn(&mut Vec<u8>); 3] = [cut, garbled, no_database];
    for damage in damages {
        let app = App::new();
        filled(&app).await;
        let mut content = fs::read(app.file("a")).unwrap();
        damage(&mut content);
        fs::write(app.file("a"), &content).unwrap();

        let page = app.page().await;
        let opened = page.storage.open(text("a")).await.unwrap();
        let aside = opened.set_aside.unwrap();
        assert!(aside.path.ends_with("a.db.damaged-1"), "{}", aside.path);
        assert!(!aside.problem.is_empty());
        assert_eq!(fs::read(&aside.path).unwrap(), content);
        assert_eq!(page.storage.keys(text("a")).await.unwrap(), [""; 0]);
        let set = page.storage.set(text("a"), text("key"), Value::Int(1));
        set.await.unwrap();
        assert_eq!(page.storage.names().await.unwrap(), ["a"]);
        let again = app.page().await.storage.open(text("a")).await.unwrap();
        assert_eq!(again.set_aside, None);
    }
}

#[tokio::test]
async fn each_damaged_file_is_kept() {
    let app = App::new();
    let page = app.page().await;
    for number in 1..=3 {
        fs::create_dir_all(app.file("a").parent().unwrap()).unwrap();
        fs::write(app.file("a"), format!("damage {number}")).unwrap();
        let opened = page.storage.open(text("a")).await.unwrap();
        let aside = opened.set_aside.unwrap().path;
        assert!(aside.ends_with(&format!(".damaged-{number}")), "{aside}");
        page.storage.close(text("a")).await.unwrap();
    }
}

#[tokio::test]
async fn a_database_of_another_kind_is_set_aside_unchanged() {
    let app = App::new();
    fs::create_dir_all(app.file("a").parent().unwrap()).unwrap();
    change(
        &app.file("a"),
        "CREATE TABLE other (x); PRAGMA user_version = 1",
    );
    let content = fs::read(app.file("a")).unwrap();
    let opened = app.page().await.storage.open(text("a")).await.unwrap();
    let aside = opened.set_aside.unwrap();
    assert_eq!(aside.problem, "it is a database of another kind");
    assert_eq!(fs::read(aside.path).unwrap(), content);
}

#[tokio::test]
async fn a_store_of_a_later_version_is_left_as_it_is() {
    let app = App::new();
    filled(&app).await;
    change(&app.file("a"), "PRAGMA user_version = 2");
    let content = fs::read(app.file("a")).unwrap();
    let opened = app.page().await.storage.open(text("a")).await;
    assert_eq!(
        opened.map_err(app_error).unwrap_err().to_string(),
        "store `a` was written by a later version of this app and is left as it is: it has format \
         2, and up to 1 is read here; take the later version, or another store"
    );
    assert_eq!(fs::read(app.file("a")).unwrap(), content);
}

#[tokio::test]
async fn a_value_of_another_app_is_told_and_the_others_can_be_read() {
    let app = App::new();
    filled(&app).await;
    change(
        &app.file("a"),
        "UPDATE entry SET kind = 'later' WHERE key = '7'",
    );
    let page = Page::with(&app, "a").await;
    let get = |key: &str| page.storage.get(text("a"), text(key));
    let (store, key) = (text("a"), text("7"));
    let unreadable = StorageError::Unreadable { store, key };
    assert_eq!(get("7").await.map_err(app_error), Err(unreadable));
    assert_eq!(get("8").await.unwrap(), Value::String("v".repeat(500)));
    let set = page.storage.set(text("a"), text("7"), Value::Null);
    set.await.unwrap();
    assert_eq!(get("7").await.unwrap(), Value::Null);
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_an_error() {
    let app = App::new();
    fs::write(app.folder.path().join("storage"), "a file").unwrap();
    let opened = app.page().await.storage.open(text("a")).await;
    let error = opened.map_err(app_error).unwrap_err();
    assert!(matches!(error, StorageError::Io { .. }), "{error:?}");
}

#[tokio::test]
async fn another_process_that_writes_makes_a_store_busy_and_lets_it_go_on() {
    let app = App::new();
    let page = Page::with(&app, "a").await;
    let other = Connection::open(app.file("a")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let set = || page.storage.set(text("a"), text("key"), Value::Int(1));
    let busy = StorageError::Busy { store: text("a") };
    assert_eq!(set().await.map_err(app_error), Err(busy));
    other.execute_batch("COMMIT").unwrap();
    set().await.unwrap();
}

fn change(file: &Path, sql: &str) {
    Connection::open(file).unwrap().execute_batch(sql).unwrap();
}
