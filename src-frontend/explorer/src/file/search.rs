//! A search through the open file: its query, what it has found so far, and the line it is at.
//!
//! The backend searches and sends what it finds as a stream; here it is kept and counted. What is
//! shown changes once a frame, however fast lines come.

use futures_util::future::{AbortHandle, abortable};
use leptos::prelude::*;
use twinbridge_common::{
    CallError,
    interfaces::files::{FileId, FilesClient, FilesError, PatternSyntax, SearchItem, SearchQuery},
};
use twinbridge_frontend::spawn;

use super::hits::{Hit, Hits};
use crate::{dom, format, problem::Problem};

/// Lines that a search finds at most: so many fit the memory of a page whatever their length.
const MOST: u32 = 100_000;

/// How far a search is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Stage {
    /// There was none.
    #[default]
    None,
    /// It runs.
    Running,
    /// It has seen the whole file.
    Done,
    /// It ended at the limit, and there may be more.
    Limited,
    /// The user ended it.
    Stopped,
    /// It failed, and the problem says why.
    Failed,
}

/// What is known of a search, as it was last shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) stage: Stage,
    /// Lines found.
    pub(crate) lines: usize,
    /// Bytes searched, and there are to search.
    pub(crate) bytes: u64,
    pub(crate) len: u64,
}

impl Progress {
    /// `1 204 lines found, 43 % of 1 GiB searched`.
    pub(crate) fn in_words(self) -> String {
        let found = match self.lines as u64 {
            0 => "nothing found".to_owned(),
            lines => format!("{} found", format::counted(lines, "line", "lines")),
        };
        let searched = || {
            let percent = format::percent(self.bytes, self.len);
            format!(
                "{found}, {percent} % of {} searched",
                format::bytes(self.len)
            )
        };
        match self.stage {
            Stage::None => String::new(),
            Stage::Running => searched(),
            Stage::Stopped => format!("{}; stopped", searched()),
            Stage::Done => format!("{found} in {}", format::bytes(self.len)),
            Stage::Limited => format!("the first {found}; there may be more"),
            Stage::Failed if self.lines == 0 => String::new(),
            Stage::Failed => format!("{found} before it failed"),
        }
    }
}

/// A search. Copies are the same.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Search {
    pub(crate) pattern: RwSignal<String>,
    pub(crate) is_regex: RwSignal<bool>,
    pub(crate) has_case: RwSignal<bool>,
    /// What is shown of it; set once per frame in which something came.
    pub(crate) progress: RwSignal<Progress>,
    /// Which of the lines found is the current one.
    pub(crate) current: RwSignal<Option<usize>>,
    /// Why there is none.
    pub(crate) problem: RwSignal<Option<Problem>>,
    hits: StoredValue<Hits>,
    known: StoredValue<Progress>,
    is_told: StoredValue<bool>,
    running: StoredValue<Option<AbortHandle>>,
    asked: StoredValue<Option<(FileId, SearchQuery)>>,
}

impl Search {
    pub(crate) fn new() -> Self {
        Self {
            pattern: RwSignal::default(),
            is_regex: RwSignal::new(false),
            has_case: RwSignal::new(false),
            progress: RwSignal::default(),
            current: RwSignal::default(),
            problem: RwSignal::default(),
            hits: StoredValue::default(),
            known: StoredValue::default(),
            is_told: StoredValue::default(),
            running: StoredValue::new(None),
            asked: StoredValue::new(None),
        }
    }

    /// Whether what the fields say is what was searched for in `file`.
    pub(super) fn is_asked(self, file: FileId) -> bool {
        let query = self.query();
        self.asked.with_value(|asked| {
            asked
                .as_ref()
                .is_some_and(|(in_file, asked)| *in_file == file && *asked == query)
        })
    }

    /// Searches for what the fields say; `choose` is called once, with the line to go to: the
    /// first from line `from` on, or else the first there is.
    pub(super) fn start(
        self,
        client: FilesClient,
        (file, len): (FileId, u64),
        from: u64,
        choose: impl Fn(u64) + 'static,
    ) {
        self.clear();
        let query = self.query();
        self.asked.set_value(Some((file, query.clone())));
        self.know(|known| {
            known.stage = Stage::Running;
            known.len = len;
        });
        let search = async move {
            if let Err(error) = self.run(client, file, query, from, &choose).await {
                self.problem.set(Some(Problem::from(&error)));
                self.know(|known| known.stage = Stage::Failed);
            }
        };
        let (search, abort) = abortable(search);
        self.running.set_value(Some(abort));
        spawn(async move {
            // Ended by the user or by another search, who have said so.
            let _ = search.await;
        });
    }

    /// What else to try, where a search has seen the whole file and found nothing.
    pub(crate) fn advice(self) -> Option<&'static str> {
        let Progress { stage, lines, .. } = *self.progress.read();
        let is_in_vain = stage == Stage::Done && lines == 0;
        let query = self.asked.get_value().filter(|_| is_in_vain)?.1;
        Some(advice(&query))
    }

    /// Ends the search that runs, and keeps what it has found.
    pub(crate) fn stop(self) {
        let abort = self.running.try_update_value(Option::take).flatten();
        if let Some(abort) = abort {
            abort.abort();
            self.know(|known| {
                if known.stage == Stage::Running {
                    known.stage = Stage::Stopped;
                }
            });
        }
    }

    /// Forgets what was found. The fields stay.
    pub(super) fn clear(self) {
        self.stop();
        self.hits.set_value(Hits::default());
        self.known.set_value(Progress::default());
        self.progress.set(Progress::default());
        self.current.set(None);
        self.problem.set(None);
        self.asked.set_value(None);
    }

    /// The line that follows the current one, which it becomes.
    pub(super) fn step(self, line: u64, is_back: bool) -> Option<u64> {
        let current = self.current.get_untracked();
        let at = self
            .hits
            .with_value(|hits| hits.step(current, line, is_back))?;
        self.choose(at)
    }

    /// Makes the line at a place of the list the current one, and gives its number.
    pub(crate) fn choose(self, at: usize) -> Option<u64> {
        let number = self
            .hits
            .with_value(|hits| hits.get(at).map(|hit| hit.number))?;
        self.current.set(Some(at));
        Some(number)
    }

    /// Number of the current line.
    pub(super) fn line(self) -> Option<u64> {
        let at = self.current.get_untracked()?;
        self.hits
            .with_value(|hits| hits.get(at).map(|hit| hit.number))
    }

    /// The one at a place of the list.
    pub(crate) fn hit(self, at: usize) -> Option<Hit> {
        self.hits.with_value(|hits| hits.get(at).cloned())
    }

    /// Those among the lines from `first` to before `end`, with their places in the list.
    pub(super) fn within(self, first: u64, end: u64) -> Vec<(usize, Hit)> {
        self.hits.with_value(|hits| {
            let within = hits.within(first, end);
            within.map(|(at, hit)| (at, hit.clone())).collect()
        })
    }

    fn query(self) -> SearchQuery {
        SearchQuery {
            pattern: self.pattern.get_untracked(),
            syntax: match self.is_regex.get_untracked() {
                true => PatternSyntax::Regex,
                false => PatternSyntax::Text,
            },
            ignore_case: !self.has_case.get_untracked(),
            max_lines: MOST,
        }
    }

    async fn run(
        self,
        client: FilesClient,
        file: FileId,
        query: SearchQuery,
        from: u64,
        choose: &impl Fn(u64),
    ) -> Result<(), CallError<FilesError>> {
        let mut items = client.search(file, query).await?;
        while let Some(item) = items.next().await {
            match item? {
                SearchItem::Found(found) => {
                    let number = found.number;
                    self.hits.update_value(|hits| hits.push(found.into()));
                    self.know(|known| known.lines += 1);
                    if number >= from && self.current.get_untracked().is_none() {
                        let last = self.hits.with_value(Hits::len) - 1;
                        self.choose(last).into_iter().for_each(choose);
                    }
                }
                SearchItem::Progress { bytes, len } => self.know(|known| {
                    (known.bytes, known.len) = (bytes, len);
                }),
                SearchItem::Done { is_limited, .. } => {
                    self.know(|known| {
                        known.stage = match is_limited {
                            true => Stage::Limited,
                            false => Stage::Done,
                        };
                    });
                    if self.current.get_untracked().is_none() {
                        self.choose(0).into_iter().for_each(choose);
                    }
                }
                // The contract may come to have more of them.
                _ => {}
            }
        }
        Ok(())
    }

    fn know(self, change: impl FnOnce(&mut Progress)) {
        self.known.update_value(change);
        let is_told = self
            .is_told
            .try_update_value(|told| std::mem::replace(told, true));
        if is_told == Some(false) {
            dom::in_next_frame(move || {
                self.is_told.set_value(false);
                let known = self.known.get_value();
                if self.progress.get_untracked() != known {
                    self.progress.set(known);
                }
            });
        }
    }
}

fn advice(query: &SearchQuery) -> &'static str {
    match query {
        SearchQuery {
            ignore_case: false, ..
        } => "Switch `Aa` off to find capitals and small letters alike.",
        SearchQuery {
            syntax: PatternSyntax::Regex,
            ..
        } => "Switch `.*` off to search for it as text.",
        _ => "Try a part of it.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_says_how_far_it_is() {
        let at = |stage, lines| Progress {
            stage,
            lines,
            bytes: 43 << 20,
            len: 100 << 20,
        };
        for (progress, text) in [
            (at(Stage::None, 0), ""),
            (
                at(Stage::Running, 0),
                "nothing found, 43 % of 100 MiB searched",
            ),
            (
                at(Stage::Running, 1),
                "1 line found, 43 % of 100 MiB searched",
            ),
            (
                at(Stage::Stopped, 1204),
                "1\u{202f}204 lines found, 43 % of 100 MiB searched; stopped",
            ),
            (at(Stage::Done, 0), "nothing found in 100 MiB"),
            (at(Stage::Done, 2), "2 lines found in 100 MiB"),
            (
                at(Stage::Limited, 2),
                "the first 2 lines found; there may be more",
            ),
            (at(Stage::Failed, 2), "2 lines found before it failed"),
            (at(Stage::Failed, 0), ""),
        ] {
            assert_eq!(progress.in_words(), text);
        }
    }
}
