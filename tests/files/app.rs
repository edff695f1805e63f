//! An app with both handlers, and a folder for its files.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use twinbridge::{
    Backend, TokioExecutor,
    handlers::{
        files::FilesHandler,
        host::{AppFacts, HostHandler},
    },
};
use twinbridge_common::{
    CallError, FrontendIpc,
    interfaces::{
        files::{FileId, FilesClient, FilesError, FilesInterface, FilesServer, Line, LinePage},
        host::{AppHostClient, AppHostInterface, AppHostServer},
    },
    ipc::{
        BackendSocket, Declared,
        in_process::{Executor, connect},
    },
};

pub(crate) struct App {
    pub(crate) folder: Folder,
    pub(crate) backend: Backend,
    executor: Arc<dyn Executor>,
}

/// A page, which lives as long as this value.
pub(crate) struct Page {
    pub(crate) ipc: FrontendIpc,
    pub(crate) files: FilesClient,
    pub(crate) host: AppHostClient,
}

impl App {
    /// Runs on the runtime of the test.
    pub(crate) fn new() -> Self {
        Self::with_initial(None)
    }

    pub(crate) fn with_initial(initial: Option<PathBuf>) -> Self {
        Self::with(FilesHandler::new(initial))
    }

    pub(crate) fn with(files: FilesHandler) -> Self {
        let folder = Folder::new();
        let socket = BackendSocket::default();
        let facts = AppFacts {
            name: "Reader".to_owned(),
            version: "3.2.1".to_owned(),
            data_dir: folder.path.clone(),
            webview: None,
        };
        let backend = Backend::over(socket.clone())
            .handler(AppHostServer(HostHandler::new(socket, facts)))
            .handler(FilesServer(files))
            .build()
            .expect("the two handlers have two channels");
        let executor = Arc::new(TokioExecutor::new(tokio::runtime::Handle::current()));
        Self {
            folder,
            backend,
            executor,
        }
    }

    pub(crate) async fn page(&self) -> Page {
        let declared = Declared::default()
            .interface::<FilesInterface>()
            .interface::<AppHostInterface>();
        let end = connect(self.backend.socket(), "main", &self.executor, None);
        let ipc = FrontendIpc::startup(end, declared)
            .await
            .expect("both halves are one build");
        let files = ipc.client().expect("the page has just started");
        let host = ipc.client().expect("the page has just started");
        Page { ipc, files, host }
    }
}

impl Page {
    /// Writes a file and opens it.
    pub(crate) async fn open(&self, app: &App, content: &[u8]) -> FileId {
        let path = app.folder.write("text", content);
        self.files.open(path).await.expect("the file is there").file
    }

    pub(crate) async fn lines(
        &self,
        file: FileId,
        first: u64,
        count: u32,
    ) -> Result<Vec<Line>, FilesError> {
        let page = self
            .files
            .lines(file, first, count)
            .await
            .map_err(app_error);
        page.map(|page: LinePage| {
            assert_eq!(page.first, first);
            page.lines
        })
    }
}

/// The handler's own error; anything else is a fault of the test.
pub(crate) fn app_error(error: CallError<FilesError>) -> FilesError {
    match error {
        CallError::App(error) => error,
        other => panic!("the call did not get to the handler: {other}"),
    }
}

/// A line as short text.
pub(crate) fn line(text: &str) -> Line {
    Line {
        text: text.to_owned(),
        len: text.len() as u64,
        is_lossy: false,
    }
}

/// A folder of its own, deleted at the end.
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    _deleted: tempfile::TempDir,
}

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("the folder for temporary files can be written");
        // Without links: pages are told the true path.
        let path = fs::canonicalize(folder.path()).expect("the folder was just made");
        Self {
            path,
            _deleted: folder,
        }
    }

    pub(crate) fn join(&self, name: &str) -> String {
        text(&self.path.join(name))
    }

    pub(crate) fn write(&self, name: &str, content: &[u8]) -> String {
        let path = self.path.join(name);
        fs::write(&path, content).expect("the folder can be written");
        text(&path)
    }
}

fn text(path: &Path) -> String {
    path.to_str()
        .expect("the folder for temporary files has a plain name")
        .to_owned()
}
