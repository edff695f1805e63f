//! What the backend tells, as rows.

use twinbridge_common::interfaces::inspector::{CallTimes, LogLevel};

use super::*;

fn happened(all: impl IntoIterator<Item = What>) -> Record {
    let mut record = Record::default();
    let mut others = Others::default();
    for (at, what) in all.into_iter().enumerate() {
        let happening = Happening {
            at_us: at as u64 * 2000,
            session: 3,
            what,
        };
        others.happened(&mut record, happening);
    }
    record.others = others;
    record
}

fn call(call: u32) -> What {
    What::Call(CallMade {
        by: Half::Page,
        call,
        channel: "notes".into(),
        method: "read".into(),
        deadline_ms: 0,
        bytes: 7,
        payload: None,
        metadata: Vec::new(),
    })
}

fn reply(call: u32, kind: EndKind) -> What {
    What::Reply(CallAnswered {
        by: Half::Backend,
        call,
        ended: Ended {
            kind,
            text: "no".into(),
            error: None,
            bytes: 9,
            payload: None,
        },
        times: Some(CallTimes {
            queued_us: 5,
            handled_us: 10,
            returned_us: 6,
        }),
    })
}

#[test]
fn a_call_of_another_window_is_one_row_with_its_times_and_sizes() {
    let began = What::Began {
        window: "side".into(),
    };
    let record = happened([began, call(1), reply(1, EndKind::Failed)]);
    let (_, entry) = record.log.rows().next().unwrap();
    assert_eq!(&*entry.name, "notes.read");
    assert_eq!(entry.fate, Fate::Failed("application", "no".into()));
    assert_eq!((entry.sent, entry.received), (7, 9));
    assert_eq!(entry.took, Some(2.0));
    assert_eq!(entry.timing.total(), Some(0.021));
    assert_eq!(entry.whose.as_ref().unwrap().window, "side");
    assert_eq!(record.figures.percentile(50), Some(0.021));
    assert_eq!(record.others.sessions()[0].session, 3);
}

#[test]
fn items_are_counted_at_the_row_of_their_stream_up_to_its_end() {
    let item = || What::Item {
        by: Half::Backend,
        call: 1,
        bytes: 10,
        payload: None,
    };
    let end = What::StreamEnd {
        by: Half::Backend,
        call: 1,
        failure: None,
    };
    let record = happened([
        call(1),
        reply(1, EndKind::Streaming),
        item(),
        item(),
        end,
        item(),
    ]);
    let (_, entry) = record.log.rows().next().unwrap();
    assert_eq!(entry.kind, Kind::Stream);
    assert_eq!(entry.fate, Fate::Done);
    assert_eq!((entry.items, entry.received), (2, 29));
    assert_eq!(record.log.len(), 1);
}

#[test]
fn what_runs_when_its_session_ends_is_cancelled() {
    let reason = "the page went away".to_owned();
    let record = happened([call(1), What::Ended { reason }]);
    let fates: Vec<_> = record
        .log
        .rows()
        .map(|(_, entry)| entry.fate.clone())
        .collect();
    assert_eq!(fates, [Fate::Done, Fate::Cancelled]);
}

#[test]
fn what_the_backend_let_go_of_is_counted_and_its_place_has_a_row() {
    let record = happened([What::Dropped { count: 1204 }, What::Dropped { count: 1 }]);
    let names: Vec<_> = record.log.rows().map(|(_, entry)| &*entry.name).collect();
    assert_eq!(
        names,
        [
            "1 is missing here: more came than could be taken",
            "1\u{202f}204 are missing here: more came than could be taken",
        ]
    );
    assert_eq!(record.log.lost().on_the_way, 1205);
}

#[test]
fn a_long_line_is_cut_in_its_row_and_whole_in_its_details() {
    let text = "é".repeat(300);
    let record = happened([What::Log(LogLine {
        level: LogLevel::Warn,
        target: "app".into(),
        text: text.clone(),
    })]);
    let (_, entry) = record.log.rows().next().unwrap();
    assert_eq!(entry.name.chars().count(), "app: ".len() + SHOWN);
    assert_eq!(entry.held.as_ref().unwrap().text.as_ref(), Some(&text));
    assert_eq!(entry.fate.name(), "warn");
}
