//! The handler of `files`: which files are open, and for which page.
//!
//! It keeps the table and the limits; reading is the business of the modules below. The default
//! app registers it, and any app that shows large text files may.

mod feed;
mod follow;
mod line_index;
mod open_file;
mod owner;
mod page;
mod roots;
mod search;
mod source;
mod text;

#[cfg_attr(unix, path = "files/system/unix.rs")]
#[cfg_attr(not(unix), path = "files/system/other.rs")]
mod system;

use std::{
    collections::{HashMap, HashSet},
    fmt, io,
    path::PathBuf,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::time::Instant;

use twinbridge_common::{
    CallContext, IpcStream,
    interfaces::files::{
        FileId, Files, FilesError, FollowEvent, LineCount, LinePage, OpenedFile, SearchItem,
        SearchQuery,
    },
};

use feed::Streams;
use open_file::OpenFile;
use owner::{IDLE, MAX_AUTHORIZED, MAX_WEB_FILES, Owner};
use roots::Roots;
use source::Source;

/// Files that one page may have open; the next is refused.
pub const MAX_OPEN_FILES: u32 = 64;

/// Opens text files and reads pages of their lines.
///
/// A file belongs to the session that opened it: no other session can read or close it, and it
/// is closed when the session ends. For a client without a session, over the web, it belongs to
/// the session id and the authorization that its requests carry, and is closed 10 minutes after it
/// was last asked for; requests without a session id are refused.
/// Clones are the same handler.
#[cfg_attr(doc, doc = include_str!("../examples/handlers.md"))]
#[derive(Clone)]
pub struct FilesHandler {
    initial: InitialFile,
    roots: Option<Roots>,
    chooser: Option<Chooser>,
    /// The file that was chosen last, whose name may not be UTF-8.
    chosen: Arc<Mutex<Option<PathBuf>>>,
    table: Arc<Mutex<Table>>,
}

/// Has the user choose a file, over the window of this label; `None` if they chose none. An error
/// is a sentence that says why there is no dialog.
pub type Chooser = Arc<dyn Fn(&str) -> Choice + Send + Sync>;

/// What comes of a [`Chooser`].
pub type Choice = Pin<Box<dyn Future<Output = Result<Option<PathBuf>, String>> + Send>>;

/// The file that a page opens when it starts. Clones are the same.
#[cfg_attr(doc, doc = include_str!("../examples/handlers.md"))]
#[derive(Clone, Debug, Default)]
pub struct InitialFile(Arc<Mutex<Option<PathBuf>>>);

impl InitialFile {
    /// Puts another in its place, for pages that start later. Gives the path as pages know it.
    pub fn replace(&self, path: PathBuf) -> String {
        let known = path.to_string_lossy().into_owned();
        *lock(&self.0) = Some(path);
        known
    }

    fn path(&self) -> Option<PathBuf> {
        lock(&self.0).clone()
    }
}

impl FilesHandler {
    /// A handler without open files. `initial` is the file named on the command line.
    #[must_use]
    pub fn new(initial: Option<PathBuf>) -> Self {
        Self {
            initial: InitialFile(Arc::new(Mutex::new(initial))),
            roots: None,
            chooser: None,
            chosen: Arc::default(),
            table: Arc::default(),
        }
    }

    /// A handler that opens nothing outside of these folders, wherever links lead, also if they
    /// are changed meanwhile. Relative paths are outside.
    ///
    /// # Errors
    /// The first path that is no folder, and what the system said.
    pub fn confined(folders: Vec<PathBuf>) -> Result<Self, (PathBuf, io::Error)> {
        Ok(Self {
            roots: Some(Roots::new(folders)?),
            ..Self::new(None)
        })
    }

    /// Lets pages ask for a file by dialog. Without this they are told that there is none.
    #[must_use]
    pub fn with_chooser(mut self, chooser: Chooser) -> Self {
        self.chooser = Some(chooser);
        self
    }

    /// The file of the command line, which may change when the app is started once more.
    #[must_use]
    pub fn initial_file(&self) -> InitialFile {
        self.initial.clone()
    }

    /// The path that a page means. A name on the command line or out of the dialog that is not
    /// UTF-8 went out with U+FFFD in it, and comes back so.
    fn path_of(&self, path: &str) -> PathBuf {
        let told = [self.initial.path(), lock(&self.chosen).clone()];
        let mut told = told.into_iter().flatten();
        told.find(|told| told.to_string_lossy() == path)
            .unwrap_or_else(|| path.into())
    }

    /// The open file of this number, if it is the asking session's own.
    fn file(&self, id: FileId) -> Result<Arc<OpenFile>, FilesError> {
        let owner = known("")?;
        match lock(&self.table).files.get_mut(&id) {
            Some(entry) if entry.owner == owner => {
                entry.asked = Instant::now();
                Ok(Arc::clone(&entry.file))
            }
            _ => Err(FilesError::NotOpen { file: id.0 }),
        }
    }

    /// Has the table forget the files of the current call's session when that ends.
    fn close_at_session_end(&self) {
        let Some(context) = CallContext::current() else {
            return;
        };
        let session = context.origin().session;
        // A request without a session belongs to a server, which does not end.
        if session == 0 || !lock(&self.table).watched.insert(session) {
            return;
        }
        let table = Arc::downgrade(&self.table);
        // Runs at once where the session ended while the file was being opened.
        context.on_session_end(move || {
            if let Some(table) = table.upgrade() {
                lock(&table).close_session(session);
            }
        });
    }
}

impl Files for FilesHandler {
    async fn initial(&self) -> Option<String> {
        let path = self.initial.path();
        path.map(|path| path.to_string_lossy().into_owned())
    }

    fn open(&self, path: String) -> Result<OpenedFile, FilesError> {
        let (found, owner) = (self.path_of(&path), known(&path)?);
        let source = match &self.roots {
            Some(roots) => {
                let source = Source::open(&roots.admit(&found, &path)?, &path)?;
                // A link may have come into the path since.
                roots.hold(source.place(), &path)?;
                source
            }
            None => Source::open(&found, &path)?,
        };
        let (path, len) = (source.path().to_owned(), source.len());
        let file = lock(&self.table).insert(owner, source)?;
        self.close_at_session_end();
        Ok(OpenedFile { file, path, len })
    }

    async fn line_count(&self, file: FileId) -> Result<LineCount, FilesError> {
        self.file(file)?.line_count()
    }

    async fn complete_line_count(&self, file: FileId) -> Result<LineCount, FilesError> {
        self.file(file)?.complete_line_count().await
    }

    fn lines(&self, file: FileId, first: u64, count: u32) -> Result<LinePage, FilesError> {
        let context = CallContext::current();
        let is_cancelled = || {
            context
                .as_ref()
                .is_some_and(|context| context.cancellation().is_cancelled())
        };
        self.file(file)?.lines(first, count, &is_cancelled)
    }

    async fn close(&self, file: FileId) {
        lock(&self.table).close(file, &Owner::asking());
    }

    fn search(
        &self,
        file: FileId,
        query: SearchQuery,
    ) -> Result<IpcStream<SearchItem, FilesError>, FilesError> {
        self.file(file)?.search(&query)
    }

    async fn follow(&self, file: FileId) -> Result<IpcStream<FollowEvent, FilesError>, FilesError> {
        self.file(file)?.follow()
    }

    async fn choose(&self) -> Result<Option<String>, FilesError> {
        let Some(chooser) = &self.chooser else {
            let problem = "the backend has no windows".to_owned();
            return Err(FilesError::NoDialog { problem });
        };
        let context = CallContext::current();
        let window = context
            .as_ref()
            .map_or("", |context| &context.origin().window);
        let chosen = chooser(window).await;
        let Some(path) = chosen.map_err(|problem| FilesError::NoDialog { problem })? else {
            return Ok(None);
        };
        let told = path.to_string_lossy().into_owned();
        *lock(&self.chosen) = Some(path);
        Ok(Some(told))
    }
}

impl fmt::Debug for FilesHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilesHandler")
            .field("initial", &self.initial)
            .field("open", &lock(&self.table).files.len())
            .finish_non_exhaustive()
    }
}

/// The one who asks about the file at `path`, if it can be known again.
fn known(path: &str) -> Result<Owner, FilesError> {
    match Owner::asking() {
        Owner::Nobody => Err(FilesError::Io {
            path: path.to_owned(),
            problem: "the request carries no session id to keep the file for".to_owned(),
        }),
        owner => Ok(owner),
    }
}

/// All open files.
#[derive(Default)]
struct Table {
    streams: Streams,
    last: u32,
    files: HashMap<FileId, Entry>,
    /// Sessions whose end will take their files out.
    watched: HashSet<u64>,
}

struct Entry {
    owner: Owner,
    file: Arc<OpenFile>,
    /// When somebody last asked for it.
    asked: Instant,
}

impl Entry {
    fn is_of_web(&self) -> bool {
        matches!(self.owner, Owner::Web(_))
    }
}

impl Table {
    fn insert(&mut self, owner: Owner, source: Source) -> Result<FileId, FilesError> {
        let is_of_web = matches!(owner, Owner::Web(_));
        if let Owner::Web(client) = &owner {
            let now = Instant::now();
            self.files
                .retain(|_, entry| !entry.is_of_web() || now - entry.asked < IDLE);
            self.within(MAX_WEB_FILES, Entry::is_of_web)?;
            if let Some(authorization) = client.authorization {
                self.within(MAX_AUTHORIZED, |entry| {
                    matches!(&entry.owner, Owner::Web(one) if one.authorization == Some(authorization))
                })?;
            }
        }
        self.within(MAX_OPEN_FILES, |entry| entry.owner == owner)?;
        let id = self.unused(is_of_web)?;
        let file = Arc::new(OpenFile::start(id, source, &self.streams)?);
        let entry = Entry {
            owner,
            file,
            asked: Instant::now(),
        };
        self.files.insert(id, entry);
        Ok(id)
    }

    fn within(&self, limit: u32, counts: impl Fn(&Entry) -> bool) -> Result<(), FilesError> {
        let open = self.files.values().filter(|entry| counts(entry)).count();
        if open < limit as usize {
            return Ok(());
        }
        Err(FilesError::TooManyOpen { limit })
    }

    /// A number that no open file has. A web client's says nothing about how many there are.
    fn unused(&mut self, is_random: bool) -> Result<FileId, FilesError> {
        // After 2^32 files the counter wraps; one may still be open under a low number.
        loop {
            let id = if is_random {
                FileId(getrandom::u32().map_err(|error| FilesError::Io {
                    path: String::new(),
                    problem: error.to_string(),
                })?)
            } else {
                self.last = self.last.wrapping_add(1);
                FileId(self.last)
            };
            if !self.files.contains_key(&id) {
                return Ok(id);
            }
        }
    }

    fn close(&mut self, id: FileId, owner: &Owner) {
        if self
            .files
            .get(&id)
            .is_some_and(|entry| entry.owner == *owner)
        {
            self.files.remove(&id);
        }
    }

    fn close_session(&mut self, session: u64) {
        self.watched.remove(&session);
        self.files
            .retain(|_, entry| entry.owner != Owner::Session(session));
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        // A call in flight holds the file too; it must not go on reading for nobody.
        self.file.close();
    }
}

/// Nothing behind these locks has an invariant that a panic between two statements could break.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{owner::WebClient, *};

    fn open(table: &mut Table, owner: &str, file: &std::path::Path) -> Result<FileId, FilesError> {
        let source = Source::open(file, "asked").unwrap();
        table.insert(web(owner, None), source)
    }

    fn web(session: &str, authorization: Option<u64>) -> Owner {
        let session = session.to_owned();
        Owner::Web(WebClient {
            session,
            authorization,
        })
    }

    #[tokio::test]
    async fn one_authorization_does_not_fill_the_table_under_many_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "x").unwrap();
        let mut table = Table::default();
        let mut open = |at: u32, authorization| {
            let source = Source::open(&path, "asked").unwrap();
            table.insert(web(&at.to_string(), Some(authorization)), source)
        };
        for at in 0..MAX_AUTHORIZED {
            open(at, 1).unwrap();
        }
        let limit = MAX_AUTHORIZED;
        let full = open(limit, 1);
        assert_eq!(full, Err(FilesError::TooManyOpen { limit }));
        assert!(open(limit, 2).is_ok());
    }

    #[test]
    fn another_authorization_is_another_client() {
        assert_ne!(web("a", Some(1)), web("a", Some(2)));
        assert_ne!(web("a", Some(1)), web("a", None));
    }

    #[tokio::test(start_paused = true)]
    async fn a_web_clients_file_is_closed_when_it_was_not_asked_for_in_a_while() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "x").unwrap();
        let mut table = Table::default();
        let old = open(&mut table, "one", &path).unwrap();
        tokio::time::advance(IDLE / 2).await;
        let young = open(&mut table, "two", &path).unwrap();
        assert!(table.files.contains_key(&old));
        tokio::time::advance(IDLE / 2 + Duration::from_secs(1)).await;
        open(&mut table, "three", &path).unwrap();
        assert!(!table.files.contains_key(&old));
        assert!(table.files.contains_key(&young));
    }

    #[tokio::test(start_paused = true)]
    async fn web_clients_have_so_many_files_open_together_and_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "x").unwrap();
        let mut table = Table::default();
        for at in 0..MAX_WEB_FILES {
            let owner = (at / MAX_OPEN_FILES).to_string();
            open(&mut table, &owner, &path).unwrap();
        }
        let limit = MAX_WEB_FILES;
        let full = open(&mut table, "another", &path);
        assert_eq!(full, Err(FilesError::TooManyOpen { limit }));
        tokio::time::advance(IDLE + Duration::from_secs(1)).await;
        assert!(open(&mut table, "another", &path).is_ok());
    }
}
