//! What the backend tells of sessions, as entries: of others live, or from a recording.
//!
//! Plain data in, entries out. The inspector's stream, a page's own log and recordings all say it
//! in the same words.

use std::{collections::HashMap, sync::Arc};

use twinbridge_common::{
    interfaces::inspector::{
        CallAnswered, CallMade, EndKind, Ended, Half, Happening, LogLine, What,
    },
    recording::Recording,
};

use super::{
    Entry, EntryId, Fate, Kind, Timing,
    log::{Held, Whose},
    recorder::Record,
    timing::Parts,
};

/// Letters of a log line that its row shows.
const SHOWN: usize = 200;

/// What is known of the sessions that are told of.
#[derive(Debug, Default)]
pub(crate) struct Others {
    windows: HashMap<u64, Arc<Whose>>,
    calls: HashMap<(u64, Half, u32), Asked>,
}

/// A call that is not over.
#[derive(Clone, Copy, Debug)]
struct Asked {
    id: EntryId,
    at: f64,
}

impl Others {
    /// A session that was there before.
    pub(crate) fn know(&mut self, session: u64, window: String) {
        let whose = Whose { session, window };
        self.windows.insert(session, Arc::new(whose));
    }

    /// The sessions that were told of, oldest first.
    pub(crate) fn sessions(&self) -> Vec<Arc<Whose>> {
        let mut sessions: Vec<_> = self.windows.values().cloned().collect();
        sessions.sort_by_key(|whose| whose.session);
        sessions
    }

    /// Takes in what happened.
    pub(crate) fn happened(&mut self, record: &mut Record, happening: Happening) {
        let Happening {
            at_us,
            session,
            what,
        } = happening;
        let at = at_us as f64 / 1000.0;
        let key = |half, call| (session, half, call);
        match what {
            What::Began { window } => {
                self.know(session, window);
                let entry = self.entry(record, Kind::Session, at, session, "began");
                record.log.push(entry);
            }
            What::Ended { reason } => {
                let entry = self.entry(record, Kind::Session, at, session, &reason);
                record.log.push(entry);
                // What ran is over with it.
                let over: Vec<_> = self
                    .calls
                    .keys()
                    .filter(|key| key.0 == session)
                    .copied()
                    .collect();
                for key in over {
                    self.over(record, key, Fate::Cancelled);
                }
            }
            What::Call(made) => self.call(record, at, session, made),
            What::Reply(answered) => self.reply(record, at, session, answered),
            What::Cancel { by, call } => self.over(record, key(by, call), Fate::Cancelled),
            What::Item {
                by, call, bytes, ..
            } => {
                if let Some(asked) = self.calls.get(&key(other(by), call)) {
                    record.log.change(asked.id, |entry| {
                        entry.items += 1;
                        entry.received += bytes;
                    });
                }
            }
            What::StreamEnd { by, call, failure } => {
                let fate = failure.as_ref().map_or(Fate::Done, fate_of);
                self.over(record, key(other(by), call), fate);
            }
            What::Message {
                by,
                channel,
                name,
                bytes,
                payload,
            } => {
                let name = format!("{channel}.{name}");
                let mut entry = self.entry(record, Kind::Message, at, session, &name);
                entry.received = bytes;
                entry.is_reverse = by == Half::Page;
                entry.held = payload.map(|payload| {
                    Box::new(Held {
                        arguments: Some(payload),
                        ..Held::default()
                    })
                });
                record.log.push(entry);
            }
            What::Log(line) => self.line(record, at, session, line),
            What::Dropped { count } => {
                let name = format!("{count} happenings are missing: there was no room for them");
                let entry = self.entry(record, Kind::Missing, at, session, &name);
                record.log.push(entry);
            }
        }
    }

    fn call(&mut self, record: &mut Record, at: f64, session: u64, made: CallMade) {
        let name = format!("{}.{}", made.channel, made.method);
        let mut entry = self.entry(record, Kind::Call, at, session, &name);
        entry.fate = Fate::Running;
        entry.sent = made.bytes;
        entry.is_reverse = made.by == Half::Backend;
        entry.held = made.payload.map(|payload| {
            Box::new(Held {
                arguments: Some(payload),
                ..Held::default()
            })
        });
        let id = record.log.push(entry);
        self.calls
            .insert((session, made.by, made.call), Asked { id, at });
    }

    fn reply(&mut self, record: &mut Record, at: f64, session: u64, answered: CallAnswered) {
        let CallAnswered {
            by,
            call,
            ended,
            times,
        } = answered;
        let key = (session, other(by), call);
        let Some(Asked { id, at: asked }) = self.calls.get(&key).copied() else {
            return;
        };
        let is_stream = ended.kind == EndKind::Streaming;
        let timing = times.map_or(Timing::None, |times| {
            Timing::Stamped(Parts::new(
                times.queued_us,
                times.handled_us,
                times.returned_us,
            ))
        });
        if let Some(total) = timing.total() {
            record.figures.took(at - asked, Some(total));
        }
        record.log.change(id, |entry| {
            entry.took = Some(at - asked);
            entry.timing = timing;
            entry.received = ended.bytes;
            if is_stream {
                entry.kind = Kind::Stream;
            } else {
                entry.fate = fate_of(&ended);
            }
        });
        if let Some(payload) = ended.payload {
            record.log.hold_reply(id, payload);
        }
        if !is_stream {
            self.calls.remove(&key);
        }
    }

    fn over(&mut self, record: &mut Record, key: (u64, Half, u32), fate: Fate) {
        if let Some(Asked { id, .. }) = self.calls.remove(&key) {
            record.log.change(id, |entry| entry.fate = fate);
        }
    }

    fn line(&self, record: &mut Record, at: f64, session: u64, line: LogLine) {
        let LogLine {
            level,
            target,
            text,
        } = line;
        let begin = match text.char_indices().nth(SHOWN) {
            Some((end, _)) => &text[..end],
            None => &text,
        };
        let name: Arc<str> = format!("{target}: {begin}").into();
        let mut entry = self.entry(record, Kind::Log, at, session, "");
        entry.name = name;
        entry.fate = Fate::Said(level);
        entry.received = text.len() as u64;
        if begin.len() < text.len() {
            entry.held = Some(Box::new(Held {
                text: Some(text),
                ..Held::default()
            }));
        }
        record.log.push(entry);
    }

    fn entry(&self, record: &mut Record, kind: Kind, at: f64, session: u64, name: &str) -> Entry {
        Entry {
            kind,
            at,
            name: record.shared(name),
            fate: Fate::Done,
            took: None,
            timing: Timing::None,
            sent: 0,
            received: 0,
            items: 0,
            whose: self.windows.get(&session).cloned(),
            is_reverse: false,
            held: None,
        }
    }
}

/// A recording, as the list shows it.
pub(crate) fn of_recording(recording: Recording) -> Record {
    let mut record = Record::default();
    let mut others = Others::default();
    for happening in recording.happenings {
        others.happened(&mut record, happening);
    }
    record.others = others;
    record
}

/// Who called, of a call that this half answered.
fn other(half: Half) -> Half {
    match half {
        Half::Page => Half::Backend,
        Half::Backend => Half::Page,
    }
}

fn fate_of(ended: &Ended) -> Fate {
    let layer = match ended.kind {
        EndKind::Done | EndKind::Streaming => return Fate::Done,
        EndKind::Failed if ended.bytes > 0 => "application",
        EndKind::Failed => "backend",
        EndKind::Refused => "refusal",
    };
    Fate::Failed(layer, ended.text.as_str().into())
}

#[cfg(test)]
mod tests {
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
}
