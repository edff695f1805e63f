//! The open file: opens it, follows its count, and fetches the lines that the screen shows.
//!
//! At most one fetch runs. A position that changes meanwhile is fetched after it, so fast
//! scrolling costs no more calls than there are answers; only a fetch that waits for lines that
//! are not counted yet is cancelled for a newer one.

use std::time::Duration;

use futures_util::future::{AbortHandle, Abortable, abortable};
use leptos::prelude::*;
use twinbridge_common::{
    CallError, FrontendIpc,
    interfaces::files::{
        FileId, FilesAsked, FilesAskedReceiver, FilesClient, FilesError, FollowEvent, Line,
        LineCount, OpenedFile,
    },
    ipc::{Caller, IpcClient as _, Listener},
};
use twinbridge_frontend::spawn;

use super::{
    position::Position,
    recent::Recent,
    search::Search,
    watch::{Change, is_reopening_of_use},
};
use crate::{dom, problem::Problem, route::Route};

/// Between two looks at the count: four a second.
const COUNT_PERIOD: Duration = Duration::from_millis(250);

/// Lines fetched before the screen was measured.
const FIRST_ROWS: u64 = 40;

/// The file view's state. Copies are the same.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Viewer {
    /// What the path field holds.
    pub(crate) path: RwSignal<String>,
    /// The open file.
    pub(crate) opened: RwSignal<Option<OpenedFile>>,
    /// The last count of its lines.
    pub(crate) count: RwSignal<Option<LineCount>>,
    /// What the screen should show.
    pub(crate) position: RwSignal<Position>,
    /// What it shows.
    pub(crate) shown: RwSignal<Shown>,
    /// Why it does not.
    pub(crate) problem: RwSignal<Option<Problem>>,
    /// Whether opening the path again is the remedy.
    pub(crate) can_reopen: RwSignal<bool>,
    /// What became of the file while it was open.
    pub(crate) change: RwSignal<Option<Change>>,
    /// The search through it.
    pub(crate) search: Search,
    /// The files that were open last.
    pub(crate) recent: Recent,
    /// Whether a file is being opened.
    pub(crate) is_opening: RwSignal<bool>,
    /// Whether the user chooses one in the system's dialog.
    pub(crate) is_choosing: RwSignal<bool>,
    /// Whether there is a backend to ask.
    pub(crate) is_started: RwSignal<bool>,
    client: StoredValue<Option<FilesClient>>,
    asked: StoredValue<Option<Listener>>,
    fetch: StoredValue<Option<Fetch>>,
    watch: StoredValue<Option<AbortHandle>>,
    /// Number of the last attempt to open a file; an older one has been overtaken.
    attempt: StoredValue<u32>,
}

/// Lines as they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    range: Option<Range>,
    /// The lines, fewer than asked for at the end of the file.
    lines: Vec<Line>,
    /// Whether the file has come to have more of them, or more of the last one.
    is_stale: bool,
}

impl Shown {
    /// Number of the first line, counted from 0.
    pub(crate) fn first(&self) -> u64 {
        self.range.map_or(0, |range| range.first)
    }

    /// The lines that a screen of `rows` lines has.
    pub(crate) fn visible(&self, rows: u64) -> &[Line] {
        let len = usize::try_from(rows)
            .unwrap_or(usize::MAX)
            .min(self.lines.len());
        &self.lines[..len]
    }

    /// Whether lines were asked for and came.
    pub(crate) fn is_loaded(&self) -> bool {
        self.range.is_some()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    file: FileId,
    first: u64,
    rows: u64,
}

#[derive(Debug)]
struct Fetch {
    range: Range,
    abort: AbortHandle,
}

/// Opens the files that the user asks for outside of the window.
struct Asked(Viewer);

impl FilesAsked for Asked {
    fn open(&self, path: String) {
        let Self(viewer) = *self;
        dom::follow(&Route::Files.link());
        viewer.path.set(path.clone());
        spawn(viewer.open(path));
    }
}

impl Viewer {
    /// One without a file.
    pub(crate) fn new() -> Self {
        Self {
            path: RwSignal::default(),
            opened: RwSignal::default(),
            count: RwSignal::default(),
            position: RwSignal::new(Position::start(FIRST_ROWS)),
            shown: RwSignal::default(),
            problem: RwSignal::default(),
            can_reopen: RwSignal::new(false),
            change: RwSignal::default(),
            search: Search::new(),
            recent: Recent::load(),
            is_opening: RwSignal::new(false),
            is_choosing: RwSignal::new(false),
            is_started: RwSignal::new(false),
            client: StoredValue::new(None),
            asked: StoredValue::new(None),
            fetch: StoredValue::new(None),
            watch: StoredValue::new(None),
            attempt: StoredValue::new(0),
        }
    }

    /// Opens the file that the command line names, if it does, up to its first screen.
    pub(crate) async fn start(self, ipc: &FrontendIpc, caller: Caller) {
        let client = FilesClient::over(caller);
        self.client.set_value(Some(client.clone()));
        self.is_started.set(true);
        // Before the question below: a file that is asked for in between is the answer to it.
        match ipc.listen(FilesAskedReceiver(Asked(self))) {
            Ok(listener) => self.asked.set_value(Some(listener)),
            Err(error) => return self.problem.set(Some(Problem::from(&error))),
        }
        match client.initial().await {
            Ok(Some(path)) => {
                self.path.set(path.clone());
                self.open(path).await;
            }
            Ok(None) => {}
            Err(error) => self.problem.set(Some(Problem::from(&error))),
        }
    }

    /// Opens a file in place of the one that is open, up to its first screen.
    pub(crate) async fn open(self, path: String) {
        let Some(client) = self.client.get_value() else {
            return;
        };
        let attempt = self.attempt.get_value().wrapping_add(1);
        self.attempt.set_value(attempt);
        self.is_opening.set(true);
        let answer = client.open(path).await;
        if self.attempt.get_value() != attempt {
            if let Ok(file) = answer {
                close(client, file.file);
            }
            return;
        }
        self.is_opening.set(false);
        match answer {
            Ok(file) => {
                self.replace(&client, file);
                if let Some(fetch) = self.begin_fetch() {
                    // Ended by a newer one, which is as good.
                    let _ = fetch.await;
                }
            }
            Err(error) => self.show_problem(&error),
        }
    }

    /// Stops waiting for a file to be opened.
    pub(crate) fn stop_opening(self) {
        self.attempt
            .update_value(|attempt| *attempt = attempt.wrapping_add(1));
        self.is_opening.set(false);
    }

    /// Opens the same path again, at the end of the file if that was followed.
    pub(crate) async fn reopen(self) {
        let opened = self.opened.get_untracked();
        let follows_end = self.position.get_untracked().follows_end();
        if let Some(file) = opened {
            self.open(file.path).await;
            if follows_end {
                self.go(Position::show_last);
            }
        }
    }

    /// Has the user choose a file, and opens it.
    pub(crate) async fn choose(self) {
        let Some(client) = self.client.get_value() else {
            return;
        };
        self.is_choosing.set(true);
        let chosen = client.choose().await;
        self.is_choosing.set(false);
        match chosen {
            Ok(Some(path)) => {
                self.path.set(path.clone());
                self.open(path).await;
            }
            // The user thought better of it.
            Ok(None) => {}
            Err(error) => self.show_problem(&error),
        }
    }

    fn replace(self, client: &FilesClient, file: OpenedFile) {
        let id = file.file;
        self.close();
        self.recent.add(&file.path);
        self.path.set(file.path.clone());
        self.opened.set(Some(file));
        spawn(self.follow_count(client.clone(), id));
        let (watch, abort) = abortable(self.watch(client.clone(), id));
        self.watch.set_value(Some(abort));
        spawn(async move {
            // Ended with the file.
            let _ = watch.await;
        });
    }

    /// Closes the file, which ends everything that is done with it.
    pub(crate) fn close(self) {
        self.stop_fetch();
        if let Some(watch) = self.watch.try_update_value(Option::take).flatten() {
            watch.abort();
        }
        if let (Some(file), Some(client)) = (self.opened.get_untracked(), self.client.get_value()) {
            close(client, file.file);
        }
        self.opened.set(None);
        self.search.clear();
        self.problem.set(None);
        self.can_reopen.set(false);
        self.change.set(None);
        self.count.set(None);
        self.shown.set(Shown::default());
        self.position
            .update(|position| *position = Position::start(position.rows()));
    }

    /// Searches for what the fields say, or goes on through what that search has found.
    pub(crate) fn find(self, is_back: bool) {
        let (Some(file), Some(client)) = (self.opened.get_untracked(), self.client.get_value())
        else {
            return;
        };
        if self.search.pattern.read_untracked().is_empty() {
            return;
        }
        if self.search.is_asked(file.file) {
            return self.step(is_back);
        }
        let from = self.position.get_untracked().first();
        let show = move |line| self.go(|position| position.reveal(line));
        self.search.start(client, (file.file, file.len), from, show);
    }

    /// To the next line found, or the one before it.
    pub(crate) fn step(self, is_back: bool) {
        let line = self.position.get_untracked().first();
        if let Some(line) = self.search.step(line, is_back) {
            self.go(|position| position.reveal(line));
        }
    }

    /// To the line found that stands at a place of the list.
    pub(crate) fn show_hit(self, at: usize) {
        if let Some(line) = self.search.choose(at) {
            self.go(|position| position.reveal(line));
        }
    }

    /// Hears what becomes of the file, until it is closed or is another one.
    async fn watch(self, client: FilesClient, file: FileId) {
        // An app whose files cannot be followed shows them all the same.
        let Ok(mut events) = client.follow(file).await else {
            return;
        };
        while let Some(Ok(event)) = events.next().await {
            if let FollowEvent::Appended { lines, bytes } = event {
                self.grow(lines, bytes);
            } else {
                self.change.set(Change::of(&event));
            }
        }
    }

    fn grow(self, lines: u64, bytes: u64) {
        let before = self.count.get_untracked().map_or(0, |count| count.lines);
        let count = LineCount {
            lines,
            bytes,
            is_complete: true,
        };
        if self.count.get_untracked() == Some(count) {
            return;
        }
        self.count.set(Some(count));
        self.opened.update(|file| {
            if let Some(file) = file {
                file.len = bytes;
            }
        });
        let is_stale = self.shown.with_untracked(|shown| {
            let end = shown.first().saturating_add(shown.lines.len() as u64);
            // The last line may have become longer.
            shown.is_loaded() && end >= before
        });
        if is_stale {
            self.shown.update(|shown| shown.is_stale = true);
        }
        self.go(|position| position.count(lines, true));
    }

    /// Moves the screen.
    pub(crate) fn go(self, to: impl FnOnce(&mut Position)) {
        let mut position = self.position.get_untracked();
        to(&mut position);
        if position != self.position.get_untracked() {
            self.position.set(position);
        }
        self.refresh();
    }

    async fn follow_count(self, client: FilesClient, file: FileId) {
        while self.is_open(file) {
            match client.line_count(file).await {
                // Who watches the file has counted further.
                Ok(_) if self.is_counted() => return,
                Ok(count) if self.is_open(file) => {
                    self.count.set(Some(count));
                    self.go(|position| position.count(count.lines, count.is_complete));
                    if count.is_complete {
                        return;
                    }
                }
                Ok(_) => return,
                Err(error) => return self.fail(file, &error),
            }
            dom::sleep(COUNT_PERIOD).await;
        }
    }

    /// Fetches what the screen should show, unless it shows it or a fetch is about to look again.
    fn refresh(self) {
        let position = self.position.get_untracked();
        let is_under_way = self.fetch.with_value(|fetch| {
            fetch.as_ref().is_some_and(|fetch| {
                position.is_counted(fetch.range.first, fetch.range.rows)
                    || Some(fetch.range) == self.wanted()
            })
        });
        if is_under_way {
            return;
        }
        self.stop_fetch();
        if let Some(fetch) = self.begin_fetch() {
            spawn(async move {
                // Ended by a newer one, which is as good.
                let _ = fetch.await;
            });
        }
    }

    fn begin_fetch(self) -> Option<Abortable<impl Future<Output = ()> + 'static>> {
        let client = self.client.get_value()?;
        let range = self.wanted()?;
        let (fetch, abort) = abortable(self.fetch(client, range));
        self.fetch.set_value(Some(Fetch { range, abort }));
        Some(fetch)
    }

    fn stop_fetch(self) {
        self.fetch.update_value(|fetch| {
            if let Some(fetch) = fetch.take() {
                fetch.abort.abort();
            }
        });
    }

    /// Fetches until the screen shows what it should.
    async fn fetch(self, client: FilesClient, mut range: Range) {
        loop {
            match lines(&client, range).await {
                Ok(lines) => {
                    self.problem.set(None);
                    self.shown.set(Shown {
                        range: Some(range),
                        lines,
                        is_stale: false,
                    });
                }
                Err(error) => {
                    self.fetch.set_value(None);
                    return self.fail(range.file, &error);
                }
            }
            let Some(next) = self.wanted() else {
                return self.fetch.set_value(None);
            };
            range = next;
            self.fetch.update_value(|fetch| {
                if let Some(fetch) = fetch {
                    fetch.range = range;
                }
            });
        }
    }

    /// The lines that are missing on the screen; `None` if none are.
    fn wanted(self) -> Option<Range> {
        let file = self
            .opened
            .with_untracked(|file| file.as_ref().map(|file| file.file))?;
        let position = self.position.get_untracked();
        let range = Range {
            file,
            first: position.first(),
            rows: position.rows(),
        };
        let is_shown = self.shown.with_untracked(|shown| {
            !shown.is_stale
                && shown.range.is_some_and(|shown| {
                    shown.file == file && shown.first == range.first && shown.rows >= range.rows
                })
        });
        (!is_shown).then_some(range)
    }

    fn is_open(self, file: FileId) -> bool {
        self.opened
            .with_untracked(|open| open.as_ref().is_some_and(|open| open.file == file))
    }

    fn is_counted(self) -> bool {
        let count = self.count.get_untracked();
        count.is_some_and(|count| count.is_complete)
    }

    fn fail(self, file: FileId, error: &CallError<FilesError>) {
        if self.is_open(file) {
            self.show_problem(error);
            let is_of_use = matches!(error, CallError::App(error) if is_reopening_of_use(error));
            self.can_reopen.set(is_of_use);
        }
    }

    fn show_problem(self, error: &CallError<FilesError>) {
        self.can_reopen.set(false);
        self.problem.set(Some(Problem::from(error)));
    }
}

/// The lines of `range`. Long ones come in several replies.
async fn lines(client: &FilesClient, range: Range) -> Result<Vec<Line>, CallError<FilesError>> {
    let mut lines: Vec<Line> = Vec::new();
    loop {
        let first = range.first.saturating_add(lines.len() as u64);
        let missing = range.rows.saturating_sub(lines.len() as u64);
        let Some(count) = u32::try_from(missing).ok().filter(|count| *count > 0) else {
            return Ok(lines);
        };
        let page = client.lines(range.file, first, count).await?;
        if page.lines.is_empty() {
            return Ok(lines);
        }
        lines.extend(page.lines);
    }
}

/// Closes a file and waits for nobody: the backend closes it at the session's end at the latest.
fn close(client: FilesClient, file: FileId) {
    spawn(async move {
        let _ = client.close(file).await;
    });
}
