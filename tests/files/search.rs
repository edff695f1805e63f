//! Lines are found by what occurs in them.

use twinbridge_common::{
    CallError, IpcStream,
    interfaces::files::{
        FileId, FilesError, FoundLine, MatchRange, PatternSyntax, SearchItem, SearchQuery,
    },
};

use crate::app::{App, Page, app_error, line};

fn query(pattern: &str, syntax: PatternSyntax) -> SearchQuery {
    SearchQuery {
        pattern: pattern.to_owned(),
        syntax,
        ignore_case: false,
        max_lines: 1000,
    }
}

fn text(pattern: &str) -> SearchQuery {
    query(pattern, PatternSyntax::Text)
}

fn regex(pattern: &str) -> SearchQuery {
    query(pattern, PatternSyntax::Regex)
}

async fn start(
    page: &Page,
    file: FileId,
    query: SearchQuery,
) -> Result<IpcStream<SearchItem, FilesError>, FilesError> {
    page.files.search(file, query).await.map_err(app_error)
}

/// What a search finds, whether it ended at its limit, and the error that ended it.
async fn all(
    mut items: IpcStream<SearchItem, FilesError>,
) -> (Vec<FoundLine>, Result<bool, FilesError>) {
    let mut found = Vec::new();
    loop {
        match items.next().await {
            Some(Ok(SearchItem::Found(line))) => found.push(line),
            Some(Ok(SearchItem::Done { lines, is_limited })) => {
                assert_eq!(lines, found.len() as u64);
                assert!(items.next().await.is_none());
                return (found, Ok(is_limited));
            }
            Some(Ok(_)) => {}
            Some(Err(CallError::App(error))) => return (found, Err(error)),
            other => panic!("the search was broken off: {other:?}"),
        }
    }
}

async fn found(page: &Page, file: FileId, query: SearchQuery) -> Vec<FoundLine> {
    let (found, end) = all(start(page, file, query).await.unwrap()).await;
    assert_eq!(end, Ok(false));
    found
}

fn numbers(found: &[FoundLine]) -> Vec<u64> {
    found.iter().map(|line| line.number).collect()
}

#[tokio::test]
async fn a_found_line_has_its_number_its_offset_its_text_and_the_places() {
    let app = App::new();
    let page = app.page().await;
    let file = page
        .open(&app, b"one\r\ntwo, one, one\nthree\n\nalone")
        .await;
    let range = |start, end| MatchRange { start, end };
    let expected = [
        FoundLine {
            number: 0,
            offset: 0,
            line: line("one"),
            ranges: vec![range(0, 3)],
        },
        FoundLine {
            number: 1,
            offset: 5,
            line: line("two, one, one"),
            ranges: vec![range(5, 8), range(10, 13)],
        },
        FoundLine {
            number: 4,
            offset: 26,
            line: line("alone"),
            ranges: vec![range(2, 5)],
        },
    ];
    assert_eq!(found(&page, file, text("one")).await, expected);
}

#[tokio::test]
async fn patterns_are_text_or_regular_expressions_with_or_without_case() {
    let app = App::new();
    let page = app.page().await;
    let file = page.open(&app, "a.b\nAXB\r\nÄ\n\nend\n".as_bytes()).await;
    let ignoring = |query: SearchQuery| SearchQuery {
        ignore_case: true,
        ..query
    };
    for (query, lines) in [
        (text("a.b"), vec![0]),
        (regex("a.b"), vec![0]),
        (ignoring(regex("a.b")), vec![0, 1]),
        (ignoring(text("ä")), vec![2]),
        (regex("B$"), vec![1]),
        (regex("^$"), vec![3]),
        (regex(r"^\w+$"), vec![1, 2, 4]),
        (regex(r"b\s*A"), vec![]),
        (text("zz"), vec![]),
    ] {
        let found = found(&page, file, query.clone()).await;
        assert_eq!(numbers(&found), lines, "{query:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_searched_for_is_refused_with_a_sentence() {
    let app = App::new();
    let page = app.page().await;
    let file = page.open(&app, b"one\n").await;
    let many = SearchQuery {
        max_lines: 0,
        ..text("a")
    };
    let explodes = regex(r"(\w{1000}){1000}");
    for (query, part) in [
        (text(""), "it has to have 1 to 4096 bytes"),
        (text(&"x".repeat(4097)), "it has to have 1 to 4096 bytes"),
        (many, "`maxLines` has to be 1 to 1000000"),
        (regex("a("), "unclosed group"),
        (text("a\nb"), "not allowed"),
        (explodes, "size limit"),
    ] {
        let error = start(&page, file, query).await.map(drop).unwrap_err();
        let sentence = error.to_string();
        let start = "the pattern cannot be searched for: ";
        assert!(
            sentence.starts_with(start) && sentence.contains(part),
            "{sentence}"
        );
        assert!(!sentence.contains('\n'), "{sentence}");
    }
    let closed = FileId(99);
    let error = start(&page, closed, text("a")).await.map(drop);
    assert_eq!(error, Err(FilesError::NotOpen { file: 99 }));
}

#[tokio::test]
async fn a_search_ends_at_its_limit_and_says_so() {
    let app = App::new();
    let page = app.page().await;
    let file = page.open(&app, &b"one\n".repeat(5000)).await;
    let query = SearchQuery {
        max_lines: 700,
        ..text("one")
    };
    let (found, end) = all(start(&page, file, query).await.unwrap()).await;
    assert_eq!((found.len(), end), (700, Ok(true)));
    assert_eq!(found[699].number, 699);
}

#[tokio::test]
async fn what_is_not_utf_8_is_searched_and_places_are_those_of_the_file() {
    let app = App::new();
    let page = app.page().await;
    let file = page.open(&app, b"\xFF\xFF\0one\n").await;
    let found = found(&page, file, text("one")).await;
    assert_eq!(found[0].ranges, [MatchRange { start: 3, end: 6 }]);
    assert!(found[0].line.is_lossy);
}

#[tokio::test]
async fn a_line_that_is_too_long_ends_the_search_behind_the_lines_before_it() {
    let app = App::new();
    let page = app.page().await;
    let mut content = b"one\n".to_vec();
    content.resize(17 * 1024 * 1024, b'x');
    let file = page.open(&app, &content).await;
    let (found, end) = all(start(&page, file, text("one")).await.unwrap()).await;
    assert_eq!(numbers(&found), [0]);
    let path = app.folder.join("text");
    let limit = 16 * 1024 * 1024;
    assert_eq!(end, Err(FilesError::LineTooLong { path, limit }));
}

/// The file is sparse: 4 TiB, of which nobody searches more than a little.
#[cfg(unix)]
mod endless {
    use std::{fs::File, io::Write as _, os::unix::fs::FileExt as _, time::Duration};

    use tokio::time::timeout;

    use super::*;

    const LEN: u64 = 4 << 40;

    async fn endless(app: &App, page: &Page) -> FileId {
        let path = app.folder.join("endless");
        let mut file = File::create(&path).unwrap();
        let text = "something that nobody asks for\n".repeat(2_000_000);
        file.write_all(b"one\n").unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file.write_all_at(b"\n", LEN).unwrap();
        page.files.open(path).await.unwrap().file
    }

    #[tokio::test]
    async fn the_first_line_and_progress_come_while_the_search_goes_on() {
        let app = App::new();
        let page = app.page().await;
        let file = endless(&app, &page).await;
        let mut items = start(&page, file, text("one")).await.unwrap();
        let next = timeout(Duration::from_secs(10), items.next()).await;
        let first = next.unwrap().unwrap().unwrap();
        assert!(matches!(first, SearchItem::Found(found) if found.number == 0));
        let next = timeout(Duration::from_secs(10), items.next()).await;
        let progress = next.unwrap().unwrap().unwrap();
        let SearchItem::Progress { bytes, len } = progress else {
            panic!("{progress:?}");
        };
        assert!((8 << 20..9 << 20).contains(&bytes), "{bytes}");
        assert_eq!(len, LEN + 1);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn dropping_the_stream_ends_the_search_and_closing_the_file_does() {
        let app = App::new();
        let page = app.page().await;
        let file = endless(&app, &page).await;
        let mut dropped = start(&page, file, text("one")).await.unwrap();
        dropped.next().await.unwrap().unwrap();
        assert!(is_searching(file));
        drop(dropped);
        let ended = async {
            while is_searching(file) {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(10), ended).await.unwrap();

        let closed = start(&page, file, text("one")).await.unwrap();
        page.files.close(file).await.unwrap();
        let (_, end) = timeout(Duration::from_secs(10), all(closed)).await.unwrap();
        assert_eq!(end, Err(FilesError::NotOpen { file: file.0 }));
    }

    /// Whether a thread searches in this file; a system shows 15 bytes of its name.
    #[cfg(target_os = "linux")]
    fn is_searching(file: FileId) -> bool {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap();
        let name = format!("search in file {}", file.0);
        tasks.flatten().any(|task| {
            let comm = std::fs::read_to_string(task.path().join("comm"));
            comm.is_ok_and(|comm| name.starts_with(comm.trim_end()))
        })
    }
}
