//! What happened in a session, newest last, up to a million entries.
//!
//! Plain data. What is heavy in an entry, payloads and long lines, is let go of before the entry
//! is, so that the whole stays bounded. With a filter, the numbers of the entries that pass it are
//! kept beside them, so that a list of a million rows finds each in no time.

#[cfg(test)]
pub(super) mod tests;

use std::{collections::VecDeque, sync::Arc};

use twinbridge_common::interfaces::inspector::{EncodedPayload, LogLevel};

use super::Timing;

/// Entries that are kept; the oldest go first, and while the list is paused the newest.
pub(crate) const MOST: usize = 1_000_000;

/// Bytes of payloads and lines that are kept beside them.
const MOST_HELD: usize = 64 * 1024 * 1024;

/// Number of an entry, counted from 0 since the page began.
pub(crate) type EntryId = u64;

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The page called the backend.
    Call,
    /// The page called the backend, and a stream answered.
    Stream,
    /// The backend told the page something.
    Message,
    /// A line of the backend's log.
    Log,
    /// A session began or ended.
    Session,
    /// Something is missing here.
    Missing,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Stream => "stream",
            Self::Message => "message",
            Self::Log => "log",
            Self::Session => "session",
            Self::Missing => "missing",
        }
    }
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Running,
    Done,
    /// The page gave it up.
    Cancelled,
    /// The layer that failed, and its sentence.
    Failed(&'static str, Box<str>),
    /// A line of the log, and how grave it is.
    Said(LogLevel),
}

impl Fate {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "ok",
            Self::Cancelled => "cancelled",
            Self::Failed(layer, _) => layer,
            Self::Said(level) => level.name(),
        }
    }
}

/// One call, stream or message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    /// Milliseconds since 1970.
    pub(crate) at: f64,
    /// `channel.method`; shared, since few names make up many entries.
    pub(crate) name: Arc<str>,
    pub(crate) fate: Fate,
    /// Milliseconds until the answer, by the page's clock; steps of one.
    pub(crate) took: Option<f64>,
    /// Where it was meanwhile.
    pub(crate) timing: Timing,
    /// Bytes of the arguments.
    pub(crate) sent: u64,
    /// Bytes of the reply, of the message, or of all items.
    pub(crate) received: u64,
    /// Items of a stream.
    pub(crate) items: u64,
    /// Whose it is; `None` for this page's own session.
    pub(crate) whose: Option<Arc<Whose>>,
    /// Whether the backend called, or the page told.
    pub(crate) is_reverse: bool,
    /// What is heavy in it, while it is kept.
    pub(crate) held: Option<Box<Held>>,
}

/// The session of an entry that is not this page's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Whose {
    pub(crate) session: u64,
    pub(crate) window: String,
}

/// What is let go of before the entry is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Held {
    /// The arguments of a call or a message.
    pub(crate) arguments: Option<EncodedPayload>,
    /// The result of a call, or its error.
    pub(crate) reply: Option<EncodedPayload>,
    /// A whole line of the log.
    pub(crate) text: Option<String>,
}

impl Held {
    fn len(&self) -> usize {
        let payload = |payload: &Option<EncodedPayload>| {
            payload.as_ref().map_or(0, |payload| {
                let attachments = payload.attachments.iter().map(String::len);
                payload.value.len() + attachments.sum::<usize>()
            })
        };
        payload(&self.arguments) + payload(&self.reply) + self.text.as_ref().map_or(0, String::len)
    }
}

/// Which entries are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// Words that must all stand in the name, the kind, the fate or the window.
    words: Vec<String>,
    /// The session alone that is shown: 0 is this page's.
    session: Option<u64>,
}

impl Filter {
    pub(crate) fn new(text: &str, session: Option<u64>) -> Self {
        let words = text.split_whitespace().map(str::to_lowercase);
        Self {
            words: words.collect(),
            session,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty() && self.session.is_none()
    }

    pub(crate) fn passes(&self, entry: &Entry) -> bool {
        let session = entry.whose.as_ref().map_or(0, |whose| whose.session);
        if self.session.is_some_and(|wanted| wanted != session) {
            return false;
        }
        self.words.iter().all(|word| {
            let window = entry
                .whose
                .as_ref()
                .map(|whose| whose.window.to_lowercase());
            entry.name.to_lowercase().contains(word)
                || window.is_some_and(|window| window.contains(word))
                || entry.kind.name().contains(word.as_str())
                || entry.fate.name().contains(word.as_str())
        })
    }
}

/// The entries.
#[derive(Debug, Default)]
pub(crate) struct Log {
    entries: VecDeque<Entry>,
    /// Number of the first entry that is kept.
    first: EntryId,
    filter: Filter,
    /// Those that pass the filter, in order; of no use without one.
    passing: VecDeque<EntryId>,
    /// Entries that hold something heavy, oldest first, and the bytes of all.
    heavy: VecDeque<EntryId>,
    heavy_bytes: usize,
    /// What [`Self::shown`] ends at while the list is paused: entries from here on are not shown.
    paused_at: Option<EntryId>,
    lost: Lost,
}

/// What is not in the list though it happened, since it was cleared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lost {
    /// Older ones, which made room for newer ones.
    pub(crate) older: u64,
    /// Those that came while the list was paused and full.
    pub(crate) newer: u64,
    /// Those that came faster than the page took them: the backend counted them and let them go.
    pub(crate) on_the_way: u64,
}

/// The number of an entry that was not taken in, which nothing finds.
const NOT_KEPT: EntryId = EntryId::MAX;

impl Log {
    /// Adds an entry.
    pub(crate) fn push(&mut self, entry: Entry) -> EntryId {
        // Who paused looks at what is there: that stays.
        if self.paused_at.is_some() && self.entries.len() >= MOST {
            self.lost.newer += 1;
            return NOT_KEPT;
        }
        let id = self.first + self.entries.len() as u64;
        if !self.filter.is_empty() && self.filter.passes(&entry) {
            self.passing.push_back(id);
        }
        let weight = entry.held.as_ref().map_or(0, |held| held.len());
        self.entries.push_back(entry);
        self.hold(id, weight);
        if self.entries.len() > MOST {
            let gone = self.entries.pop_front();
            self.first += 1;
            self.lost.older += 1;
            if let Some(held) = gone.and_then(|gone| gone.held) {
                self.heavy_bytes = self.heavy_bytes.saturating_sub(held.len());
            }
            if self.passing.front().is_some_and(|id| *id < self.first) {
                self.passing.pop_front();
            }
        }
        id
    }

    /// Counts what the backend let go of before it could come here.
    pub(crate) fn lost_on_the_way(&mut self, count: u64) {
        self.lost.on_the_way += count;
    }

    /// What happened and is not in the list.
    pub(crate) fn lost(&self) -> Lost {
        self.lost
    }

    /// Changes an entry, if it is still there. Whether it passes the filter stays as it was.
    pub(crate) fn change(&mut self, id: EntryId, change: impl FnOnce(&mut Entry)) {
        if let Some(at) = self.position(id)
            && let Some(entry) = self.entries.get_mut(at)
        {
            change(entry);
        }
    }

    /// Adds the result to what an entry holds.
    pub(crate) fn hold_reply(&mut self, id: EntryId, reply: EncodedPayload) {
        let mut weight = 0;
        self.change(id, |entry| {
            let held = entry.held.get_or_insert_default();
            let before = held.len();
            held.reply = Some(reply);
            weight = held.len() - before;
        });
        self.hold(id, weight);
    }

    /// Lets go of the oldest heavy things where there is too much of them.
    fn hold(&mut self, id: EntryId, weight: usize) {
        if weight == 0 {
            return;
        }
        self.heavy.push_back(id);
        self.heavy_bytes += weight;
        while self.heavy_bytes > MOST_HELD
            && let Some(oldest) = self.heavy.pop_front()
        {
            let mut let_go = 0;
            self.change(oldest, |entry| {
                let_go = entry.held.take().map_or(0, |held| held.len());
            });
            self.heavy_bytes = self.heavy_bytes.saturating_sub(let_go);
        }
    }

    pub(crate) fn get(&self, id: EntryId) -> Option<&Entry> {
        self.entries.get(self.position(id)?)
    }

    fn position(&self, id: EntryId) -> Option<usize> {
        usize::try_from(id.checked_sub(self.first)?).ok()
    }

    /// Forgets everything up to here.
    pub(crate) fn clear(&mut self) {
        self.first += self.entries.len() as u64;
        self.entries.clear();
        self.passing.clear();
        self.heavy.clear();
        self.heavy_bytes = 0;
        self.lost = Lost::default();
        if let Some(at) = &mut self.paused_at {
            *at = self.first;
        }
    }

    pub(crate) fn set_filter(&mut self, filter: Filter) {
        self.filter = filter;
        self.passing.clear();
        if !self.filter.is_empty() {
            let entries = (self.first..).zip(&self.entries);
            let passing = entries.filter(|(_, entry)| self.filter.passes(entry));
            self.passing = passing.map(|(id, _)| id).collect();
        }
    }

    /// Holds the list as it is, or lets it go on. Entries are added all the same.
    pub(crate) fn pause(&mut self, is_paused: bool) {
        self.paused_at = is_paused.then_some(self.first + self.entries.len() as u64);
    }

    /// How many entries there are in all.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many the list shows.
    pub(crate) fn shown(&self) -> usize {
        let end = self.paused_at.unwrap_or(EntryId::MAX);
        if self.filter.is_empty() {
            let shown = end.saturating_sub(self.first);
            usize::try_from(shown).map_or(self.len(), |shown| shown.min(self.len()))
        } else {
            self.passing.partition_point(|id| *id < end)
        }
    }

    /// The entry in row `row` of the list, newest first.
    pub(crate) fn row(&self, row: usize) -> Option<EntryId> {
        let at = self.shown().checked_sub(row + 1)?;
        if self.filter.is_empty() {
            Some(self.first + at as u64)
        } else {
            self.passing.get(at).copied()
        }
    }

    /// Numbers of what the list shows, newest first.
    pub(crate) fn ids(&self) -> impl Iterator<Item = EntryId> {
        (0..self.shown()).filter_map(|row| self.row(row))
    }

    /// What the list shows, newest first.
    #[cfg(test)]
    pub(crate) fn rows(&self) -> impl Iterator<Item = (EntryId, &Entry)> {
        self.ids().filter_map(|id| Some((id, self.get(id)?)))
    }
}
