//! What the backend tells of sessions, as entries: of others live, or from a recording.
//!
//! Plain data in, entries out. The inspector's stream, a page's own log and recordings all say it
//! in the same words.

#[cfg(test)]
mod tests;

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
use crate::format;

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
                let mut entry = self.entry(record, Kind::Missing, at, session, "");
                // Each count is another text, so it is not among the shared ones.
                let missing = format::counted(count, "is missing", "are missing");
                entry.name = format!("{missing} here: more came than could be taken").into();
                record.log.push(entry);
                record.log.lost_on_the_way(count);
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
