//! The list's rules: what is kept, shown, filtered and let go of.

use super::*;

pub(in crate::live) fn entry(name: &str, fate: Fate) -> Entry {
    Entry {
        kind: Kind::Call,
        at: 0.0,
        name: name.into(),
        fate,
        took: None,
        timing: Timing::None,
        sent: 0,
        received: 0,
        items: 0,
        whose: None,
        is_reverse: false,
        held: None,
    }
}

fn names(log: &Log) -> Vec<&str> {
    log.rows().map(|(_, entry)| &*entry.name).collect()
}

fn filled() -> Log {
    let mut log = Log::default();
    let failed = Fate::Failed("refusal", "no".into());
    log.push(entry("files.open", Fate::Done));
    log.push(entry("host.appInfo", failed));
    log.push(entry("files.lines", Fate::Running));
    log
}

#[test]
fn the_newest_is_first_and_all_words_of_the_filter_must_fit() {
    let mut log = filled();
    for (filter, found) in [
        ("", vec!["files.lines", "host.appInfo", "files.open"]),
        ("FILES", vec!["files.lines", "files.open"]),
        ("files ok", vec!["files.open"]),
        ("refusal", vec!["host.appInfo"]),
        ("stream", vec![]),
    ] {
        log.set_filter(Filter::new(filter, None));
        assert_eq!(names(&log), found, "{filter}");
    }
    log.set_filter(Filter::new("files", None));
    log.push(entry("files.close", Fate::Done));
    log.push(entry("host.appInfo", Fate::Done));
    assert_eq!(names(&log), ["files.close", "files.lines", "files.open"]);
}

#[test]
fn a_paused_list_stays_and_loses_nothing() {
    let mut log = filled();
    for filter in ["", "files"] {
        log.set_filter(Filter::new(filter, None));
        log.pause(true);
        let before = names(&log).len();
        log.push(entry("files.close", Fate::Done));
        assert_eq!(names(&log).len(), before);
        log.pause(false);
        assert_eq!(names(&log).len(), before + 1);
        assert_eq!(names(&log)[0], "files.close");
    }
}

#[test]
fn the_oldest_go_where_there_are_too_many() {
    let mut log = Log::default();
    log.set_filter(Filter::new("first", None));
    let oldest = log.push(entry("first", Fate::Done));
    for _ in 0..MOST {
        log.push(entry("other", Fate::Done));
    }
    assert_eq!(log.len(), MOST);
    assert_eq!(log.get(oldest), None);
    assert_eq!(log.shown(), 0);
    log.set_filter(Filter::default());
    assert_eq!(log.shown(), MOST);
    log.change(oldest, |_| panic!("it is gone"));
    assert_eq!(log.row(0), Some(MOST as u64));
    assert_eq!(log.lost().older, 1);
    log.clear();
    assert_eq!(log.lost(), Lost::default());
}

#[test]
fn a_paused_list_keeps_what_it_shows_and_counts_what_finds_no_room() {
    let mut log = Log::default();
    log.push(entry("first", Fate::Done));
    log.pause(true);
    for _ in 0..MOST {
        log.push(entry("other", Fate::Done));
    }
    assert_eq!(names(&log), ["first"]);
    assert_eq!(log.len(), MOST);
    let not_kept = log.push(entry("last", Fate::Running));
    log.change(not_kept, |_| panic!("it was not taken in"));
    let (older, newer, on_the_way) = (0, 2, 0);
    let lost = Lost {
        older,
        newer,
        on_the_way,
    };
    assert_eq!(log.lost(), lost);
    log.pause(false);
    log.push(entry("next", Fate::Done));
    assert_eq!(log.lost(), Lost { older: 1, ..lost });
    let newest = log.row(0).and_then(|id| log.get(id)).unwrap();
    assert_eq!(&*newest.name, "next");
}

#[test]
fn what_was_cleared_does_not_come_back() {
    let mut log = filled();
    log.pause(true);
    log.clear();
    assert_eq!((log.len(), log.shown()), (0, 0));
    log.push(entry("files.close", Fate::Done));
    assert_eq!(log.shown(), 0);
    log.pause(false);
    assert_eq!(names(&log), ["files.close"]);
}

#[test]
fn a_session_is_shown_alone_and_its_window_is_found_by_name() {
    let mut log = Log::default();
    let whose = |session, window: &str| {
        let window = window.to_owned();
        Some(Arc::new(Whose { session, window }))
    };
    log.push(entry("own", Fate::Done));
    for (session, window) in [(1, "Main"), (2, "side")] {
        log.push(Entry {
            whose: whose(session, window),
            ..entry(window, Fate::Done)
        });
    }
    for (text, session, expected) in [
        ("", Some(0), vec!["own"]),
        ("", Some(2), vec!["side"]),
        ("main", None, vec!["Main"]),
        ("main", Some(2), vec![]),
    ] {
        log.set_filter(Filter::new(text, session));
        assert_eq!(names(&log), expected, "{text} {session:?}");
    }
}

#[test]
fn what_is_heavy_is_let_go_of_before_its_entry_is() {
    let mut log = Log::default();
    let held = || {
        Some(Box::new(Held {
            text: Some("x".repeat(MOST_HELD / 4)),
            ..Held::default()
        }))
    };
    let ids: Vec<_> = (0..6)
        .map(|_| {
            log.push(Entry {
                held: held(),
                ..entry("line", Fate::Done)
            })
        })
        .collect();
    let is_held = |id: &EntryId| log.get(*id).unwrap().held.is_some();
    let kept: Vec<_> = ids.iter().map(is_held).collect();
    assert_eq!(kept, [false, false, true, true, true, true]);
    assert!(log.heavy_bytes <= MOST_HELD);
}
