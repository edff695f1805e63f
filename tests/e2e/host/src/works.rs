//! `files` as no app should have it: opening a file is work of a chosen kind.

use tokio::runtime::Handle;
use twinbridge::{
    CallContext, Windows,
    common::{
        IpcStream,
        interfaces::files::{
            FileId, Files, FilesError, FollowEvent, LineCount, LinePage, OpenedFile, SearchItem,
            SearchQuery,
        },
    },
};

/// Does the work that a path names: `heeds` waits for its cancellation, `stubborn` for nothing;
/// `open LABEL`, `close LABEL` and `raise LABEL` do that to a window, `open LABEL as TITLE`
/// describes it here, and `inspect` opens the inspector. How that went is in the log, and in the error that every path ends with.
pub(crate) struct Works {
    initial: Option<String>,
    shell: Box<dyn Shell>,
}

/// What has the windows.
pub(crate) trait Shell: Send + Sync {
    /// Does what `words` say to windows, and says which are open then; `None` where they say
    /// nothing of that kind.
    fn window(&self, words: &[&str]) -> Option<Result<Vec<String>, String>>;
}

impl Works {
    pub(crate) fn new(initial: Option<String>, shell: impl Shell + 'static) -> Self {
        let shell = Box::new(shell);
        Self { initial, shell }
    }
}

impl Shell for Windows {
    fn window(&self, words: &[&str]) -> Option<Result<Vec<String>, String>> {
        let runtime = Handle::current();
        let done = match *words {
            ["open", label] => runtime.block_on(self.open(label)),
            ["open", label, "as", title] => {
                let title = title.to_owned();
                runtime.block_on(
                    self.open_with(label, |window| window.title(title).inner_size(600.0, 400.0)),
                )
            }
            ["inspect"] => runtime.block_on(self.open_inspector()),
            ["close", label] => self.close(label),
            ["raise", label] => self.raise(label),
            _ => return None,
        };
        let done = done.map_err(|error| error.to_string());
        Some(done.map(|()| self.labels()))
    }
}

impl Files for Works {
    async fn initial(&self) -> Option<String> {
        self.initial.clone()
    }

    fn open(&self, path: String) -> Result<OpenedFile, FilesError> {
        match path.as_str() {
            "heeds" => {
                tracing::info!("work that heeds has begun");
                if let Some(context) = CallContext::current() {
                    Handle::current().block_on(context.cancellation().cancelled());
                }
                tracing::info!("work that heeds has ended");
                Err(FilesError::Cancelled)
            }
            "stubborn" => {
                tracing::info!("work that is stubborn has begun");
                loop {
                    std::thread::park();
                }
            }
            _ => {
                let words: Vec<_> = path.split(' ').collect();
                let problem = match self.shell.window(&words) {
                    Some(Ok(open)) => format!("done; open are {}", open.join(", ")),
                    Some(Err(error)) => error,
                    None => return Err(FilesError::NotFound { path }),
                };
                tracing::info!("{path}: {problem}");
                Err(FilesError::Io { path, problem })
            }
        }
    }

    async fn line_count(&self, file: FileId) -> Result<LineCount, FilesError> {
        Err(FilesError::NotOpen { file: file.0 })
    }

    async fn complete_line_count(&self, file: FileId) -> Result<LineCount, FilesError> {
        Err(FilesError::NotOpen { file: file.0 })
    }

    fn lines(&self, file: FileId, _first: u64, _count: u32) -> Result<LinePage, FilesError> {
        Err(FilesError::NotOpen { file: file.0 })
    }

    async fn close(&self, _file: FileId) {}

    fn search(
        &self,
        file: FileId,
        _query: SearchQuery,
    ) -> Result<IpcStream<SearchItem, FilesError>, FilesError> {
        Err(FilesError::NotOpen { file: file.0 })
    }

    async fn follow(&self, file: FileId) -> Result<IpcStream<FollowEvent, FilesError>, FilesError> {
        Err(FilesError::NotOpen { file: file.0 })
    }

    async fn choose(&self) -> Result<Option<String>, FilesError> {
        let problem = "this app has work and no files".to_owned();
        Err(FilesError::NoDialog { problem })
    }
}
