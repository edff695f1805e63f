//! What a recording has in it, and what it costs the sessions.

use futures_util::StreamExt as _;
use twinbridge::{
    Recording,
    common::{
        interfaces::inspector::{EndKind, Half, What},
        wire::{Payload, Value},
    },
};

use crate::app::{App, NotesClient};

async fn everything(notes: NotesClient) {
    notes.echo(Value::Float(f64::NAN)).await.unwrap();
    notes.read(1).await.unwrap();
    notes.read(2).await.unwrap_err();
    let numbers = notes.numbers(3, true).await.unwrap();
    let numbers: Vec<_> = numbers.collect().await;
    assert_eq!(numbers.len(), 4);
    drop(notes.numbers(u32::MAX, false).await.unwrap());
    notes.shout("hey".to_owned()).await.unwrap();
}

fn names(happenings: &[twinbridge::common::interfaces::inspector::Happening]) -> Vec<String> {
    let name = |what: &What| match what {
        What::Began { window } => format!("began {window}"),
        What::Ended { .. } => "ended".to_owned(),
        What::Call(made) => format!("call {}", made.method),
        What::Reply(answered) => format!("{:?}", answered.ended.kind).to_lowercase(),
        What::Cancel { .. } => "cancel".to_owned(),
        What::Item { .. } => "item".to_owned(),
        What::StreamEnd { failure, .. } => format!("end {}", failure.is_some()),
        What::Message { by, name, .. } => format!("{by:?} says {name}"),
        other => format!("{other:?}"),
    };
    happenings
        .iter()
        .map(|happening| name(&happening.what))
        .collect()
}

#[test]
fn a_recording_has_what_happened_in_its_order_with_sizes_times_and_no_payloads() {
    let app = App::new();
    let recorded = app.record(Recording::to(app.path()), everything);
    assert_eq!(recorded.cut, None);
    assert!(!recorded.header.has_payloads);
    assert_eq!(recorded.header.interfaces[0].channel, "notes");
    let mut names = names(&recorded.happenings);
    // A stream that is dropped may have sent any number of items by then.
    let cancel = names.iter().position(|name| name == "cancel").unwrap();
    let begin = names[..cancel]
        .iter()
        .rposition(|name| name == "streaming")
        .unwrap();
    names.drain(begin + 1..cancel);
    names.retain(|name| name != "item");
    let expected = [
        "began main",
        "call echo",
        "done",
        "call read",
        "done",
        "call read",
        "failed",
        "call numbers",
        "streaming",
        "end true",
        "call numbers",
        "streaming",
        "cancel",
        "call shout",
        "Backend says heard",
        "done",
    ];
    let without_end: Vec<_> = names.iter().filter(|name| *name != "ended").collect();
    assert_eq!(without_end, expected);
    let mut last = recorded.header.began_us;
    for happening in &recorded.happenings {
        assert!(happening.at_us >= last, "time goes on");
        last = happening.at_us;
        assert!(happening.session >= 1);
        match &happening.what {
            What::Call(made) => {
                assert_eq!((made.by, &made.payload), (Half::Page, &None));
                assert!(made.metadata.is_empty());
            }
            What::Reply(answered) => {
                assert_eq!(answered.ended.payload, None);
                assert!(answered.times.is_some(), "{answered:?}");
            }
            What::Item { payload, bytes, .. } => {
                assert_eq!(*payload, None);
                assert!(*bytes > 0);
            }
            _ => {}
        }
    }
    let text = std::fs::read_to_string(app.path()).unwrap();
    assert!(
        !text.contains("hey") && !text.contains("hello"),
        "no payloads"
    );
}

#[test]
fn payloads_are_in_it_where_they_were_asked_for_bit_for_bit() {
    let app = App::new();
    let sent = [
        Value::Float(f64::NAN),
        Value::Float(-0.0),
        Value::Undefined,
        Value::UInt(u64::MAX),
        Value::bytes(vec![0, 255]),
    ];
    let values = sent.clone();
    let recording = Recording::to(app.path()).with_payloads();
    let recorded = app.record(recording, async |notes| {
        for value in values {
            notes.echo(value).await.unwrap();
        }
    });
    let replies = recorded.happenings.iter().filter_map(|happening| {
        let What::Reply(answered) = &happening.what else {
            return None;
        };
        assert_eq!(answered.ended.kind, EndKind::Done);
        let payload: Payload = answered.ended.payload.as_ref()?.decoded()?;
        payload.decode::<Value>().ok()
    });
    assert_eq!(replies.collect::<Vec<_>>(), sent);
}

#[cfg(unix)]
#[test]
fn a_recording_is_for_its_user_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let app = App::new();
    drop(app.record(Recording::to(app.path()), async |_| ()));
    let mode = std::fs::metadata(app.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[cfg(unix)]
#[test]
fn a_recording_that_cannot_keep_up_says_how_much_is_missing_and_the_session_never_waits() {
    let app = App::new();
    // A pipe that nobody reads: the writer stands still at once.
    let path = app.folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    let reader = std::thread::spawn({
        let path = path.clone();
        move || std::fs::File::open(path).unwrap()
    });
    let recorder = Recording::to(&path).start(app.backend.socket()).unwrap();
    let file = reader.join().unwrap();
    let page = twinbridge::common::ipc::in_process::connect(
        app.backend.socket(),
        "main",
        &app.executor(),
        None,
    );
    const CALLS: usize = 100_000;
    app.runtime.block_on(async {
        let page = twinbridge::FrontendIpc::startup(page, Default::default())
            .await
            .unwrap();
        let notes: NotesClient = page.client().unwrap();
        for _ in 0..CALLS / 100 {
            let calls = (0..100).map(|_| notes.read(1));
            for read in futures_util::future::join_all(calls).await {
                read.unwrap();
            }
        }
    });
    // Somebody reads after all, and finds in it what is missing.
    let read = std::thread::spawn(move || {
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut { file }, &mut text).unwrap();
        text
    });
    recorder.finish();
    let recorded = twinbridge::common::recording::Recording::parse(&read.join().unwrap()).unwrap();
    let missing: u64 = recorded
        .happenings
        .iter()
        .map(|happening| match happening.what {
            What::Dropped { count } => count,
            _ => 0,
        })
        .sum();
    let counted = recorded
        .happenings
        .iter()
        .filter(|happening| matches!(happening.what, What::Call(_) | What::Reply(_)));
    assert!(missing > 0);
    let in_all = counted.count() as u64 + missing;
    // Each call and each reply is there or counted; so is the page's beginning.
    assert!(in_all >= 2 * CALLS as u64, "{in_all}");
    assert!(in_all <= 2 * CALLS as u64 + 2, "{in_all}");
}
