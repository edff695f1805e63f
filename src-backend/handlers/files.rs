//! The handler of `files`: which files are open, and for which page.
//!
//! It keeps the table and the limits; reading is the business of the modules below. The default
//! app registers it, and any app that shows large text files may.

mod feed;
mod follow;
mod line_index;
mod open_file;
mod page;
mod search;
mod source;
mod text;

#[cfg_attr(unix, path = "files/system/unix.rs")]
#[cfg_attr(not(unix), path = "files/system/other.rs")]
mod system;

use std::{
    collections::{HashMap, HashSet},
    fmt,
    path::PathBuf,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use twinbridge_common::{
    CallContext, IpcStream,
    interfaces::files::{
        FileId, Files, FilesError, FollowEvent, LineCount, LinePage, OpenedFile, SearchItem,
        SearchQuery,
    },
};

use open_file::OpenFile;
use source::Source;

/// Files that one page may have open; the next is refused.
pub const MAX_OPEN_FILES: u32 = 64;

/// Opens text files and reads pages of their lines.
///
/// A file belongs to the session that opened it: no other session can read or close it, and it
/// is closed when the session ends.
pub struct FilesHandler {
    initial: InitialFile,
    chooser: Option<Chooser>,
    /// The file that was chosen last, whose name may not be UTF-8.
    chosen: Mutex<Option<PathBuf>>,
    table: Arc<Mutex<Table>>,
}

/// Has the user choose a file, over the window of this label; `None` if they chose none. An error
/// is a sentence that says why there is no dialog.
pub type Chooser = Box<dyn Fn(&str) -> Choice + Send + Sync>;

/// What comes of a [`Chooser`].
pub type Choice = Pin<Box<dyn Future<Output = Result<Option<PathBuf>, String>> + Send>>;

/// The file that a page opens when it starts. Clones are the same.
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
            chooser: None,
            chosen: Mutex::default(),
            table: Arc::default(),
        }
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
        let owner = asking_session();
        match lock(&self.table).files.get(&id) {
            Some(entry) if entry.owner == owner => Ok(Arc::clone(&entry.file)),
            _ => Err(FilesError::NotOpen { file: id.0 }),
        }
    }

    /// Has the table forget the files of the current call's session when that ends.
    fn close_at_session_end(&self) {
        let Some(context) = CallContext::current() else {
            return;
        };
        let session = context.origin().session;
        if !lock(&self.table).watched.insert(session) {
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
        let source = Source::open(&self.path_of(&path), &path)?;
        let (path, len) = (source.path().to_owned(), source.len());
        let file = lock(&self.table).insert(asking_session(), source)?;
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
        lock(&self.table).close(file, asking_session());
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

/// Session of the current call; `None` for a call that the backend makes itself.
fn asking_session() -> Option<u64> {
    CallContext::current().map(|context| context.origin().session)
}

/// All open files.
#[derive(Default)]
struct Table {
    last: u32,
    files: HashMap<FileId, Entry>,
    /// Sessions whose end will take their files out.
    watched: HashSet<u64>,
}

struct Entry {
    owner: Option<u64>,
    file: Arc<OpenFile>,
}

impl Table {
    fn insert(&mut self, owner: Option<u64>, source: Source) -> Result<FileId, FilesError> {
        let open = self
            .files
            .values()
            .filter(|entry| entry.owner == owner)
            .count();
        if open >= MAX_OPEN_FILES as usize {
            return Err(FilesError::TooManyOpen {
                limit: MAX_OPEN_FILES,
            });
        }
        // After 2^32 files the counter wraps; one may still be open under a low number.
        loop {
            self.last = self.last.wrapping_add(1);
            if !self.files.contains_key(&FileId(self.last)) {
                break;
            }
        }
        let id = FileId(self.last);
        let file = Arc::new(OpenFile::start(id, source)?);
        self.files.insert(id, Entry { owner, file });
        Ok(id)
    }

    fn close(&mut self, id: FileId, owner: Option<u64>) {
        if self
            .files
            .get(&id)
            .is_some_and(|entry| entry.owner == owner)
        {
            self.files.remove(&id);
        }
    }

    fn close_session(&mut self, session: u64) {
        self.watched.remove(&session);
        self.files.retain(|_, entry| entry.owner != Some(session));
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
