//! Whose a file is, and how many one page may have.

use std::time::Duration;

use twinbridge_common::interfaces::files::FilesError;

use crate::app::{App, app_error, line};

#[tokio::test]
async fn a_page_cannot_reach_the_files_of_another() {
    let app = App::new();
    let (owner, other) = (app.page().await, app.page().await);
    let file = owner.open(&app, b"one\n").await;
    let not_open = FilesError::NotOpen { file: file.0 };
    assert_eq!(other.lines(file, 0, 1).await, Err(not_open.clone()));
    assert_eq!(
        other.files.line_count(file).await.map_err(app_error),
        Err(not_open)
    );
    other.files.close(file).await.unwrap();
    assert_eq!(owner.lines(file, 0, 1).await, Ok(vec![line("one")]));
}

#[tokio::test]
async fn a_page_has_64_files_open_at_most() {
    let app = App::new();
    let (page, other) = (app.page().await, app.page().await);
    let path = app.folder.write("text", b"one\n");
    let mut files = Vec::new();
    for _ in 0..64 {
        files.push(page.files.open(path.clone()).await.unwrap().file);
    }
    let error = page
        .files
        .open(path.clone())
        .await
        .map_err(app_error)
        .unwrap_err();
    assert_eq!(error, FilesError::TooManyOpen { limit: 64 });
    assert_eq!(
        error.to_string(),
        "64 files are open, which is the limit; close one first"
    );
    other.files.open(path.clone()).await.unwrap();
    page.files.close(files[7]).await.unwrap();
    page.files.open(path).await.unwrap();
}

#[tokio::test]
async fn pages_that_open_at_once_get_no_more_than_their_limit() {
    let app = App::new();
    let page = app.page().await;
    let path = app.folder.write("text", b"one\n");
    let opening = (0..100).map(|_| page.files.open(path.clone()));
    let opened = futures_util::future::join_all(opening).await;
    assert_eq!(opened.iter().filter(|opened| opened.is_ok()).count(), 64);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_files_of_a_page_are_closed_when_it_goes_away() {
    let app = App::new();
    let (page, other) = (app.page().await, app.page().await);
    for _ in 0..3 {
        page.open(&app, b"one\n").await;
    }
    let kept = other.open(&app, b"one\n").await;
    let path = app.folder.join("text");
    let mut open = open_handles(&path);
    assert_eq!(open, 4);
    drop(page);
    // The index threads let go on their own time.
    for _ in 0..200 {
        open = open_handles(&path);
        if open == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(open, 1);
    assert_eq!(other.lines(kept, 0, 1).await, Ok(vec![line("one")]));
}

#[cfg(target_os = "linux")]
fn open_handles(path: &str) -> usize {
    std::fs::read_dir("/proc/self/fd")
        .unwrap()
        .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
        .filter(|target| target.as_os_str() == path)
        .count()
}
