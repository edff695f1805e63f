//! Recordings played against backends that are the same, and that are not.

use std::{fs, time::Duration};

use futures_util::StreamExt as _;
use twinbridge::{Recording, replay, replay::ReplayError};

use crate::app::{App, LONG, NotesClient, backend};

async fn much(notes: NotesClient) {
    use twinbridge::common::wire::Value;

    notes.echo(Value::Float(f64::NAN)).await.unwrap();
    notes.read(1).await.unwrap();
    notes.read(2).await.unwrap_err();
    let numbers: Vec<_> = notes.numbers(3, true).await.unwrap().collect().await;
    assert_eq!(numbers.len(), 4);
    let numbers: Vec<_> = notes.numbers(2000, false).await.unwrap().collect().await;
    assert_eq!(numbers.len(), 2000);
    notes.shout("hey".to_owned()).await.unwrap();
    // One waits for the other: they must overlap in the replay, too.
    let (first, second) = futures_util::join!(notes.gated(), notes.open());
    assert_eq!((first.unwrap(), second.unwrap()), (7, 8));
}

fn recorded() -> App {
    let app = App::new();
    app.record(Recording::to(app.path()).with_payloads(), much);
    app
}

#[test]
fn a_recording_is_a_regression_test_in_one_line() {
    let app = recorded();
    replay(app.path()).against(backend("hello")).assert_same();
}

#[test]
fn what_comes_out_differently_is_said_with_the_method_and_both_values() {
    let app = recorded();
    let report = replay(app.path()).against(backend("goodbye"));
    assert!(!report.is_same());
    let differences: Vec<_> = report
        .differences()
        .iter()
        .map(|difference| format!("{}: {}", difference.name, difference.what))
        .collect();
    assert_eq!(
        differences,
        [r#"notes.read: the value: "hello" became "goodbye""#]
    );
    let text = report.to_string();
    assert!(text.starts_with("played 8 calls and compared "), "{text}");
    assert!(text.contains("\n  notes.echo: 1 calls, "), "{text}");
    assert!(text.contains(" recorded, "), "{text}");
    assert!(text.ends_with(r#""hello" became "goodbye""#), "{text}");
    let ignoring = replay(app.path()).ignoring("notes.read");
    ignoring.against(backend("goodbye")).assert_same();
    let panic = std::panic::catch_unwind(|| report.assert_same()).unwrap_err();
    assert!(
        panic
            .downcast_ref::<String>()
            .unwrap()
            .contains("became \"goodbye\"")
    );
}

#[test]
fn a_backend_without_the_handler_is_different_in_every_call() {
    let app = recorded();
    let empty = twinbridge::Backend::builder().build().unwrap();
    let report = replay(app.path())
        .patience(Duration::from_millis(200))
        .against(empty);
    let first = &report.differences()[0];
    assert_eq!(first.name, "notes.echo");
    assert_eq!(
        first.what,
        "a result became the refusal \"no handler is registered on channel `notes`\""
    );
}

#[test]
fn an_answer_that_does_not_come_is_a_difference_and_not_a_wait_for_ever() {
    let app = App::new();
    let recording = Recording::to(app.path()).with_payloads();
    app.record(recording, async |notes| {
        // The gate was opened by something that the recording does not have.
        let (first, second) = futures_util::join!(notes.gated(), notes.open());
        assert_eq!((first.unwrap(), second.unwrap()), (7, 8));
    });
    let text = fs::read_to_string(app.path()).unwrap();
    let without: Vec<_> = text
        .lines()
        .filter(|line| !line.contains("\"open\""))
        .collect();
    fs::write(app.path(), without.join("\n")).unwrap();
    let begun = std::time::Instant::now();
    let report = replay(app.path())
        .patience(Duration::from_millis(100))
        .against(backend("hello"));
    assert!(begun.elapsed() < LONG);
    let what = &report.differences()[0].what;
    assert_eq!(what, "no answer came within 100ms");
}

#[test]
fn without_payloads_names_and_versions_are_compared_and_it_says_so() {
    let app = App::new();
    app.record(Recording::to(app.path()), much);
    let report = replay(app.path()).against(backend("goodbye"));
    assert!(report.is_same(), "{report}");
    assert!(
        report.to_string().starts_with(
            "the recording has no payloads: only the names and versions of its 8 calls were compared"
        ),
        "{report}"
    );
    let panic = std::panic::catch_unwind(|| report.assert_same()).unwrap_err();
    let words = panic.downcast_ref::<&str>().unwrap();
    assert!(words.contains("record it with"), "{words}");
    // Another version, and no handler at all.
    let text = fs::read_to_string(app.path()).unwrap();
    fs::write(
        app.path(),
        text.replace("\"version\":\"1.0.0\"", "\"version\":\"0.9.0\""),
    )
    .unwrap();
    let report = replay(app.path()).against(backend("hello"));
    assert_eq!(report.differences()[0].what, "version 0.9.0 became 1.0.0");
    let empty = twinbridge::Backend::builder().build().unwrap();
    let report = replay(app.path()).against(empty);
    assert_eq!(
        report.differences()[0].what,
        "the backend has no handler for it"
    );
}

#[test]
fn what_is_not_played_is_counted_with_the_reason() {
    let app = recorded();
    let same = replay(app.path()).against(backend("hello"));
    assert_eq!((same.left_out, same.to_pages), (0, 0));
    let mut text = fs::read_to_string(app.path()).unwrap();
    let mut call = |by: &str, number: u32| {
        let call = format!(
            r#"{{"atUs":1,"session":1,"what":{{"call":{{"by":"{by}","call":{number},"channel":"notes","method":"read","deadlineMs":0,"bytes":1,"payload":null,"metadata":[]}}}}}}"#
        );
        text.push_str(&call);
        text.push('\n');
    };
    call("backend", 900);
    call("backend", 901);
    call("page", 902);
    fs::write(app.path(), text).unwrap();
    let report = replay(app.path()).against(backend("hello"));
    assert_eq!((report.left_out, report.to_pages), (1, 2));
    let words = report.to_string();
    for sentence in [
        "\n1 of the pages' calls and messages were not played: what they sent is not in the \
         recording\n",
        "\n2 calls that the backend made to pages were not played: the handlers of a page are not \
         in a recording\n",
    ] {
        assert!(words.contains(sentence), "{words}");
    }
}

#[test]
fn a_recording_that_was_cut_short_is_played_up_to_its_last_whole_line() {
    let app = recorded();
    let whole = fs::read(app.path()).unwrap();
    fs::write(app.path(), &whole[..whole.len() - 30]).unwrap();
    let report = replay(app.path()).against(backend("hello"));
    assert!(report.is_same(), "{report}");
    let text = report.to_string();
    assert!(
        text.contains("the recording was cut short: line "),
        "{text}"
    );
    assert!(text.contains("; what comes before it was used"), "{text}");
}

#[test]
fn what_is_no_recording_says_so() {
    let app = App::new();
    fs::write(app.path(), "not a recording\n").unwrap();
    let error = replay(app.path())
        .try_against(backend("hello"))
        .unwrap_err();
    assert!(matches!(error, ReplayError::Recording(_)));
    assert_eq!(
        error.to_string(),
        "this is no recording of Twinbridge: its first line does not say so"
    );
    let missing = replay(app.folder.path().join("none"));
    let error = missing.try_against(backend("hello")).unwrap_err();
    assert!(matches!(error, ReplayError::Io(_)), "{error}");
}
