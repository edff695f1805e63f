//! Files that change while they are open.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    time::Duration,
};

use tokio::time::timeout;
use twinbridge_common::{
    CallError, IpcStream,
    interfaces::files::{FileId, FilesError, FollowEvent},
};

use crate::app::{App, Page, app_error, line};

type Events = IpcStream<FollowEvent, FilesError>;

async fn follow(page: &Page, file: FileId) -> Events {
    page.files.follow(file).await.unwrap()
}

async fn next(events: &mut Events) -> Option<Result<FollowEvent, FilesError>> {
    let next = timeout(Duration::from_secs(20), events.next()).await;
    next.unwrap().map(|event| event.map_err(app_error))
}

fn appended(lines: u64, bytes: u64) -> Option<Result<FollowEvent, FilesError>> {
    Some(Ok(FollowEvent::Appended { lines, bytes }))
}

fn append(app: &App, name: &str, content: &[u8]) {
    let mut file = OpenOptions::new()
        .append(true)
        .open(app.folder.join(name))
        .unwrap();
    file.write_all(content).unwrap();
}

#[tokio::test]
async fn appended_lines_are_told_and_can_be_read() {
    let app = App::new();
    let page = app.page().await;
    let file = page.open(&app, b"one\ntw").await;
    let mut events = follow(&page, file).await;
    assert_eq!(next(&mut events).await, appended(2, 6));
    append(&app, "text", b"o\nthree\n");
    assert_eq!(next(&mut events).await, appended(3, 14));
    let lines = ["one", "two", "three"].map(line);
    assert_eq!(page.lines(file, 0, 9).await, Ok(lines.to_vec()));
    assert_eq!(page.files.line_count(file).await.unwrap().lines, 3);

    // Much at once, and long lines over what the index remembers.
    let mut more = b"x".repeat(300_000);
    more.extend(b"\nlast\n".repeat(500_000));
    append(&app, "text", &more);
    let bytes = 14 + more.len() as u64;
    assert_eq!(next(&mut events).await, appended(1_000_003, bytes));
    assert_eq!(page.lines(file, 3, 1).await.unwrap()[0].len, 300_000);
    assert_eq!(
        page.lines(file, 1_000_001, 9).await.unwrap(),
        [line(""), line("last")][..]
    );
}

#[tokio::test]
async fn two_who_follow_one_file_hear_the_same_and_who_does_not_sees_it_too() {
    let app = App::new();
    let page = app.page().await;
    let file = page.open(&app, b"one\n").await;
    let (mut first, mut second) = (follow(&page, file).await, follow(&page, file).await);
    for events in [&mut first, &mut second] {
        assert_eq!(next(events).await, appended(1, 4));
    }
    append(&app, "text", b"two\n");
    for events in [&mut first, &mut second] {
        assert_eq!(next(events).await, appended(2, 8));
    }
    drop(first);
    append(&app, "text", b"three\n");
    assert_eq!(next(&mut second).await, appended(3, 14));
}

#[tokio::test]
async fn a_file_that_is_cut_ends_the_stream_and_pages_are_refused() {
    let app = App::new();
    let page = app.page().await;
    let file = page.open(&app, b"one\ntwo\n").await;
    let mut events = follow(&page, file).await;
    assert_eq!(next(&mut events).await, appended(2, 8));
    append(&app, "text", b"three\n");
    assert_eq!(next(&mut events).await, appended(3, 14));
    let path = app.folder.write("text", b"one\n");
    let cut = FollowEvent::Truncated { now: 4 };
    assert_eq!(next(&mut events).await, Some(Ok(cut)));
    assert_eq!(next(&mut events).await, None);
    let (was, now) = (14, 4);
    let truncated = FilesError::Truncated { path, was, now };
    assert_eq!(page.lines(file, 0, 1).await, Err(truncated));
}

#[tokio::test]
async fn a_file_that_is_written_anew_to_more_than_its_length_is_not_taken_for_grown() {
    let app = App::new();
    let page = app.page().await;
    let file = page.open(&app, b"one\ntwo\n").await;
    let mut events = follow(&page, file).await;
    assert_eq!(next(&mut events).await, appended(2, 8));
    let path = app.folder.write("text", b"another\nand more\n");
    let anew = FollowEvent::Truncated { now: 17 };
    assert_eq!(next(&mut events).await, Some(Ok(anew)));
    let rewritten = FilesError::Rewritten { path };
    assert_eq!(page.lines(file, 0, 1).await, Err(rewritten));
}

#[tokio::test]
async fn rotation_is_told_behind_what_was_written_before_it_and_the_old_file_can_be_read() {
    let app = App::new();
    let page = app.page().await;
    let file = page.open(&app, b"one\n").await;
    let mut events = follow(&page, file).await;
    assert_eq!(next(&mut events).await, appended(1, 4));
    append(&app, "text", b"two\n");
    // The new file comes to the path at once, so that there is no moment without one.
    fs::hard_link(app.folder.join("text"), app.folder.join("text.1")).unwrap();
    app.folder.write("new", b"a new one\n");
    fs::rename(app.folder.join("new"), app.folder.join("text")).unwrap();
    let mut told = next(&mut events).await;
    if told == appended(2, 8) {
        told = next(&mut events).await;
    } else {
        panic!("{told:?} came before what was written");
    }
    assert_eq!(told, Some(Ok(FollowEvent::Replaced)));
    assert_eq!(next(&mut events).await, None);
    let lines = ["one", "two"].map(line);
    assert_eq!(page.lines(file, 0, 9).await, Ok(lines.to_vec()));
}

#[tokio::test]
async fn a_deleted_file_is_told_once_and_followed_until_another_comes() {
    let app = App::new();
    let page = app.page().await;
    let file = page.open(&app, b"one\n").await;
    let mut events = follow(&page, file).await;
    assert_eq!(next(&mut events).await, appended(1, 4));
    fs::rename(app.folder.join("text"), app.folder.join("text.1")).unwrap();
    assert_eq!(next(&mut events).await, Some(Ok(FollowEvent::Deleted)));
    append(&app, "text.1", b"two\n");
    assert_eq!(next(&mut events).await, appended(2, 8));
    app.folder.write("text", b"another\n");
    assert_eq!(next(&mut events).await, Some(Ok(FollowEvent::Replaced)));
}

#[tokio::test]
async fn pages_that_are_read_while_the_file_grows_have_whole_lines() {
    let app = App::new();
    let page = app.page().await;
    let number = |number: usize| format!("{number:08}").repeat(4);
    let block = |from: usize| {
        let lines = (from..from + 1000).map(|n| number(n) + "\n");
        lines.collect::<String>().into_bytes()
    };
    let file = page.open(&app, &block(0)).await;
    let mut events = follow(&page, file).await;
    for blocks in 1..20 {
        append(&app, "text", &block(blocks * 1000));
        loop {
            let last = blocks * 1000 - 1;
            let lines = page.lines(file, last as u64, 50).await.unwrap();
            for (at, given) in lines.iter().enumerate() {
                assert_eq!(given, &line(&number(last + at)));
            }
            if lines.len() > 1 {
                break;
            }
            next(&mut events).await.unwrap().unwrap();
        }
    }
}

#[tokio::test]
async fn closing_the_file_ends_the_stream_with_the_reason() {
    let app = App::new();
    let page = app.page().await;
    let file = page.open(&app, b"one\n").await;
    let mut events = follow(&page, file).await;
    assert_eq!(next(&mut events).await, appended(1, 4));
    page.files.close(file).await.unwrap();
    let not_open = FilesError::NotOpen { file: file.0 };
    assert_eq!(next(&mut events).await, Some(Err(not_open.clone())));
    let error = page.files.follow(file).await.map(drop);
    assert!(matches!(error, Err(CallError::App(error)) if error == not_open));
}

#[tokio::test]
async fn so_many_follow_a_file_at_once_and_one_who_ends_makes_room() {
    let app = App::new();
    let page = app.page().await;
    let file = page.open(&app, b"one\n").await;
    let mut all = Vec::new();
    for _ in 0..16 {
        all.push(follow(&page, file).await);
    }
    let more = page.files.follow(file).await.map_err(app_error).err();
    assert_eq!(more, Some(FilesError::TooManyStreams { limit: 16 }));
    // Another file has its own.
    let path = app.folder.write("other", b"two\n");
    let other = page.files.open(path).await.unwrap().file;
    assert!(page.files.follow(other).await.is_ok());
    all.clear();
    // The threads see at their next look that nobody listens.
    let room = async {
        while page.files.follow(file).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(20), room).await.unwrap();
}
