//! What can be opened, and what a page is told otherwise.

use std::{fs, path::PathBuf};

use twinbridge_common::interfaces::files::{FileId, FilesError, LineCount, OpenedFile};

use crate::app::{App, app_error, line};

#[tokio::test]
async fn the_initial_file_is_told() {
    let app = App::with_initial(Some(PathBuf::from("/var/log/messages")));
    let page = app.page().await;
    assert_eq!(
        page.files.initial().await.unwrap().as_deref(),
        Some("/var/log/messages")
    );

    let app = App::new();
    assert_eq!(app.page().await.files.initial().await.unwrap(), None);
}

#[tokio::test]
async fn an_opened_file_has_a_number_a_true_path_and_a_length() {
    let app = App::new();
    let page = app.page().await;
    let path = app.folder.write("text", b"one\ntwo\n");
    let folder = app.folder.path.file_name().unwrap().to_str().unwrap();
    let crooked = app.folder.join(&format!("../{folder}/./text"));
    for asked in [path.clone(), crooked] {
        let OpenedFile {
            path: told, len, ..
        } = page.files.open(asked).await.unwrap();
        assert_eq!((told, len), (path.clone(), 8));
    }
}

#[tokio::test]
async fn numbers_are_not_used_twice() {
    let app = App::new();
    let page = app.page().await;
    let first = page.open(&app, b"").await;
    page.files.close(first).await.unwrap();
    assert_ne!(page.open(&app, b"").await, first);
}

#[tokio::test]
async fn an_empty_file_has_no_lines() {
    let app = App::new();
    let page = app.page().await;
    let file = page.open(&app, b"").await;
    let count = page.files.complete_line_count(file).await.unwrap();
    assert_eq!(
        count,
        LineCount {
            lines: 0,
            bytes: 0,
            is_complete: true
        }
    );
    assert_eq!(page.lines(file, 0, 10).await, Ok(vec![]));
    assert_eq!(page.lines(file, 7, 10).await, Ok(vec![]));
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let app = App::new();
    let page = app.page().await;
    let below_a_file = app.folder.write("text", b"") + "/more";
    for path in [app.folder.join("nothing"), below_a_file, String::new()] {
        let error = page
            .files
            .open(path.clone())
            .await
            .map_err(app_error)
            .unwrap_err();
        assert_eq!(error, FilesError::NotFound { path });
    }
}

#[tokio::test]
async fn a_folder_is_not_a_file() {
    let app = App::new();
    let page = app.page().await;
    let path = app.folder.join("");
    let error = page
        .files
        .open(path.clone())
        .await
        .map_err(app_error)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("`{path}` is a folder, not a file")
    );
}

#[tokio::test]
async fn a_path_that_no_system_takes_is_an_error() {
    let app = App::new();
    let page = app.page().await;
    let error = page
        .files
        .open("a\0b".to_owned())
        .await
        .map_err(app_error)
        .unwrap_err();
    assert!(matches!(error, FilesError::Io { .. }), "{error}");
}

#[tokio::test]
async fn a_closed_file_is_not_open() {
    let app = App::new();
    let page = app.page().await;
    let file = page.open(&app, b"one\n").await;
    page.files.close(file).await.unwrap();
    let not_open = FilesError::NotOpen { file: file.0 };
    assert_eq!(page.lines(file, 0, 1).await, Err(not_open.clone()));
    let count = page.files.line_count(file).await.map_err(app_error);
    assert_eq!(count, Err(not_open.clone()));
    let count = page
        .files
        .complete_line_count(file)
        .await
        .map_err(app_error);
    assert_eq!(count, Err(not_open));
}

#[tokio::test]
async fn closing_what_is_not_open_does_nothing() {
    let app = App::new();
    let page = app.page().await;
    let file = page.open(&app, b"one\n").await;
    page.files.close(FileId(file.0 + 1)).await.unwrap();
    assert_eq!(page.lines(file, 0, 1).await, Ok(vec![line("one")]));
}

#[tokio::test]
async fn what_is_appended_later_is_not_seen() {
    let app = App::new();
    let page = app.page().await;
    let file = page.open(&app, b"one\ntwo").await;
    app.folder.write("text", b"one\ntwo and a half\nthree\n");
    assert_eq!(
        page.lines(file, 0, 9).await,
        Ok(vec![line("one"), line("two")])
    );
    let count = page.files.complete_line_count(file).await.unwrap();
    assert_eq!(
        count,
        LineCount {
            lines: 2,
            bytes: 7,
            is_complete: true
        }
    );
}

#[tokio::test]
async fn a_file_that_was_cut_says_so_from_then_on() {
    let app = App::new();
    let page = app.page().await;
    let file = page.open(&app, b"one\ntwo\n").await;
    page.files.complete_line_count(file).await.unwrap();
    let path = app.folder.write("text", b"one\n");
    let cut = FilesError::Truncated {
        path,
        was: 8,
        now: 4,
    };
    assert_eq!(page.lines(file, 0, 1).await, Err(cut.clone()));
    app.folder.write("text", b"another content");
    assert_eq!(page.lines(file, 0, 1).await, Err(cut.clone()));
    assert_eq!(
        page.files.line_count(file).await.map_err(app_error),
        Err(cut)
    );
}

#[tokio::test]
async fn a_deleted_file_can_be_read_while_it_is_open() {
    let app = App::new();
    let page = app.page().await;
    let file = page.open(&app, b"one\n").await;
    fs::remove_file(app.folder.join("text")).unwrap();
    assert_eq!(page.lines(file, 0, 1).await, Ok(vec![line("one")]));
}
