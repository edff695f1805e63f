//! What a replay found: differences, and how long methods took then and now.
//!
//! Text for people by `Display`, facts for tests by methods.

use std::{collections::BTreeMap, fmt, time::Duration};

use twinbridge_common::{
    interfaces::inspector::{CallTimes, What},
    recording::{BadRecording, Recording},
    wire::Stamps,
};

/// Differences that are kept; the others are counted.
const KEPT: usize = 1000;

/// Differences that the text shows.
const SHOWN: usize = 50;

/// What came of a replay.
#[cfg_attr(doc, doc = include_str!("../examples/recording.md"))]
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// Whether the recording has payloads: without, nothing was played.
    pub has_payloads: bool,
    /// Calls that were played, or without payloads looked at.
    pub calls: u64,
    /// Replies, items, ends and messages that were compared.
    pub compared: u64,
    /// Calls and messages of pages that were not played, since the recording has not what they
    /// sent.
    pub left_out: u64,
    /// Calls that the backend made to pages. They are not played: the handlers of a page are not
    /// in a recording.
    pub to_pages: u64,
    /// Happenings that the recording itself says are missing.
    pub missing: u64,
    /// Why the recording ends where it does, if it was cut short.
    pub cut: Option<BadRecording>,
    differences: Vec<Difference>,
    more: u64,
    times: BTreeMap<String, Vec<(Duration, Duration)>>,
}

/// Something that came out differently.
#[cfg_attr(doc, doc = include_str!("../examples/recording.md"))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The method or message, as `notes.read`, or a channel.
    pub name: String,
    /// What was recorded, and what came, in words.
    pub what: String,
}

/// How long a method took at the backend, in the middle of its calls.
#[cfg_attr(doc, doc = include_str!("../examples/recording.md"))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MethodTimes {
    /// The method, as `notes.read`.
    pub name: String,
    /// Its calls.
    pub calls: usize,
    /// When it was recorded.
    pub recorded: Duration,
    /// Now.
    pub played: Duration,
}

impl Report {
    pub(super) fn new(recording: &Recording) -> Self {
        let missing = recording.happenings.iter().map(|happening| {
            if let What::Dropped { count } = happening.what {
                count
            } else {
                0
            }
        });
        Self {
            has_payloads: recording.header.has_payloads,
            calls: 0,
            compared: 0,
            left_out: 0,
            to_pages: 0,
            missing: missing.sum(),
            cut: recording.cut.clone(),
            differences: Vec::new(),
            more: 0,
            times: BTreeMap::new(),
        }
    }

    pub(super) fn differs(&mut self, name: impl Into<String>, what: impl Into<String>) {
        if self.differences.len() == KEPT {
            self.more += 1;
            return;
        }
        let (name, what) = (name.into(), what.into());
        self.differences.push(Difference { name, what });
    }

    /// Notes what a comparison found.
    pub(super) fn compared(&mut self, name: &str, difference: Option<String>) {
        self.compared += 1;
        if let Some(what) = difference {
            self.differs(name, what);
        }
    }

    pub(super) fn took(&mut self, name: &str, recorded: CallTimes, played: Stamps) {
        let then = recorded.queued_us + recorded.handled_us + recorded.returned_us;
        let times = self.times.entry(name.to_owned()).or_default();
        times.push((Duration::from_micros(then), played.total()));
    }

    /// Whether nothing came out differently.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.differences.is_empty()
    }

    /// What came out differently, in the order of the recording; the first thousand.
    #[must_use]
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }

    /// How long each method took then and now, by name.
    #[must_use]
    pub fn times(&self) -> Vec<MethodTimes> {
        let times = self.times.iter().map(|(name, times)| {
            let middle = |pick: fn(&(Duration, Duration)) -> Duration| {
                let mut sorted: Vec<_> = times.iter().map(pick).collect();
                sorted.sort_unstable();
                sorted[sorted.len() / 2]
            };
            MethodTimes {
                name: name.clone(),
                calls: times.len(),
                recorded: middle(|(recorded, _)| *recorded),
                played: middle(|(_, played)| *played),
            }
        });
        times.collect()
    }

    /// For tests: that nothing came out differently.
    ///
    /// # Panics
    /// With the whole report, where something did; and where the recording has no payloads, since
    /// then nothing was compared that a regression would change.
    #[track_caller]
    pub fn assert_same(&self) {
        assert!(
            self.has_payloads,
            "the recording has no payloads, so no reply can be compared; record it with \
             `--record-payloads`"
        );
        assert!(self.is_same(), "{self}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.has_payloads {
            let (calls, compared) = (self.calls, self.compared);
            writeln!(
                f,
                "played {calls} calls and compared {compared} answers, items and messages"
            )?;
        } else {
            writeln!(
                f,
                "the recording has no payloads: only the names and versions of its {} calls were \
                 compared",
                self.calls
            )?;
        }
        if let Some(cut) = &self.cut {
            writeln!(
                f,
                "the recording was cut short: {cut}; what comes before it was used"
            )?;
        }
        if self.missing > 0 {
            writeln!(
                f,
                "{} happenings are missing in it: there was no room for them",
                self.missing
            )?;
        }
        if self.left_out > 0 {
            writeln!(
                f,
                "{} of the pages' calls and messages were not played: what they sent is not in the \
                 recording",
                self.left_out
            )?;
        }
        if self.to_pages > 0 {
            writeln!(
                f,
                "{} calls that the backend made to pages were not played: the handlers of a page \
                 are not in a recording",
                self.to_pages
            )?;
        }
        for MethodTimes {
            name,
            calls,
            recorded,
            played,
        } in self.times()
        {
            writeln!(
                f,
                "  {name}: {calls} calls, {recorded:?} recorded, {played:?} now"
            )?;
        }
        let count = self.differences.len() as u64 + self.more;
        match count {
            0 => return f.write_str("no differences"),
            1 => f.write_str("1 difference:")?,
            count => write!(f, "{count} differences:")?,
        }
        for Difference { name, what } in self.differences.iter().take(SHOWN) {
            write!(f, "\n  {name}: {what}")?;
        }
        if count > SHOWN as u64 {
            write!(f, "\n  … and {} more", count - SHOWN as u64)?;
        }
        Ok(())
    }
}
