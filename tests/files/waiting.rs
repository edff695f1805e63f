//! Files so large that a test can come while they are being counted.
//!
//! They are sparse: they take no room on the disk, and as long to count as any other.

use std::{
    fs::{File, OpenOptions},
    io::Write as _,
    os::unix::fs::FileExt as _,
    time::Duration,
};

use tokio::time::timeout;
use twinbridge_common::{
    CallError,
    interfaces::files::{FileId, FilesError},
};

use crate::app::{App, Page, app_error, line};

const SECOND: Duration = Duration::from_secs(1);
const GIB: u64 = 1024 * 1024 * 1024;
/// Not counted within a test.
const ENDLESS: u64 = 4096 * GIB;

/// `start`, zeros up to `len`, then `end`.
async fn sparse(app: &App, page: &Page, start: &[u8], len: u64, end: &[u8]) -> FileId {
    let path = app.folder.join("sparse");
    let mut file = File::create(&path).unwrap();
    file.write_all(start).unwrap();
    file.write_all_at(end, len).unwrap();
    page.files.open(path).await.unwrap().file
}

#[tokio::test]
async fn the_first_page_does_not_wait_for_the_count() {
    let app = App::new();
    let page = app.page().await;
    let file = sparse(&app, &page, b"one\ntwo\n", ENDLESS, b"\n").await;
    let first = timeout(SECOND, page.lines(file, 0, 2)).await;
    assert_eq!(first, Ok(Ok(vec![line("one"), line("two")])));
    let count = page.files.line_count(file).await.unwrap();
    assert!(!count.is_complete && count.lines <= 2, "{count:?}");
}

#[tokio::test]
async fn a_line_of_a_gibibyte_has_its_length_and_a_short_text() {
    let app = App::new();
    let page = app.page().await;
    let file = sparse(&app, &page, b"one\n", GIB, b"\r\nlast\n").await;
    let given = page.lines(file, 1, 5).await.unwrap();
    assert_eq!((given[0].len, given[0].text.len()), (GIB - 4, 16 * 1024));
    assert_eq!(given[1..], [line("last")]);
    assert_eq!(page.files.complete_line_count(file).await.unwrap().lines, 3);
}

#[tokio::test]
async fn a_file_that_is_cut_while_it_is_counted_ends_every_wait() {
    let app = App::new();
    let page = app.page().await;
    let file = sparse(&app, &page, b"one\n", ENDLESS, b"\n").await;
    let path = app.folder.join("sparse");
    let truncate = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        OpenOptions::new()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(4)
            .unwrap();
    };
    let waiting = futures_util::future::join3(
        page.files.complete_line_count(file),
        page.lines(file, 2, 1),
        truncate,
    );
    let (count, lines, ()) = timeout(10 * SECOND, waiting).await.unwrap();
    let cut = FilesError::Truncated {
        path,
        was: ENDLESS + 1,
        now: 4,
    };
    assert_eq!(count.map_err(app_error), Err(cut.clone()));
    assert_eq!(lines, Err(cut.clone()));
    assert_eq!(
        page.files.line_count(file).await.map_err(app_error),
        Err(cut)
    );
}

#[tokio::test]
async fn closing_ends_every_wait() {
    let app = App::new();
    let page = app.page().await;
    let file = sparse(&app, &page, b"one\n", ENDLESS, b"\n").await;
    let close = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        page.files.close(file).await.unwrap();
    };
    let waiting = futures_util::future::join3(
        page.files.complete_line_count(file),
        page.lines(file, 2, 1),
        close,
    );
    let (count, lines, ()) = timeout(10 * SECOND, waiting).await.unwrap();
    let not_open = FilesError::NotOpen { file: file.0 };
    assert_eq!(count.map_err(app_error), Err(not_open.clone()));
    assert_eq!(lines, Err(not_open));
}

/// One thread for blocking work: the second call runs only if the first has let go of it.
#[test]
fn a_cancelled_page_stops_waiting() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(1)
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let app = App::new();
        let page = app.page().await;
        let file = sparse(&app, &page, b"one\n", ENDLESS, b"\n").await;
        for first in [1, 2] {
            // The end of line 1 is not found in time, nor is the start of line 2.
            let call = page.files.lines(file, first, 1);
            let abandoned = timeout(Duration::from_millis(100), call).await;
            assert!(abandoned.is_err(), "{abandoned:?}");
            let next = timeout(5 * SECOND, page.lines(file, 0, 1)).await;
            assert_eq!(next, Ok(Ok(vec![line("one")])));
        }
        let late = page
            .files
            .lines(file, 2, 1)
            .deadline(Duration::from_millis(50))
            .await;
        assert!(matches!(late, Err(CallError::Refused(_))), "{late:?}");
        let next = timeout(5 * SECOND, page.lines(file, 0, 1)).await;
        assert_eq!(next, Ok(Ok(vec![line("one")])));
    });
}

/// Writes 200 MB to the folder for temporary files, and removes them.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_hundred_million_lines_are_paged_to_their_end_in_16_mib() {
    const LINES: u64 = 100_000_000;
    let app = App::new();
    let page = app.page().await;
    let path = app.folder.join("lines");
    let mut file = File::create(&path).unwrap();
    let block = b"7\n".repeat(1_000_000);
    for _ in 0..100 {
        file.write_all(&block).unwrap();
    }
    let resident = async || {
        let statistics = page.host.statistics().await.unwrap();
        statistics.resident_bytes.unwrap()
    };
    let before = resident().await;
    let file = page.files.open(path).await.unwrap().file;
    let count = page.files.complete_line_count(file).await.unwrap();
    assert_eq!(count.lines, LINES);
    for first in (0..LINES).step_by(1_000_000 - 7).chain([LINES - 2]) {
        let lines = page.lines(file, first, 100).await.unwrap();
        assert_eq!(lines.len() as u64, (LINES - first).min(100));
        assert!(lines.iter().all(|given| *given == line("7")));
    }
    let grown = resident().await.saturating_sub(before);
    assert!(grown < 16 << 20, "{grown} bytes");
}
