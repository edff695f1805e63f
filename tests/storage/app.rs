//! An app with a storage, and pages that use it.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    time::Duration,
};

use tokio::sync::Notify;
use twinbridge::{
    Backend, TokioExecutor,
    handlers::storage::{StorageHandler, StorageLimits},
};
use twinbridge_common::{
    CallError, FrontendIpc,
    interfaces::storage::{
        StorageChanged, StorageChangedReceiver, StorageClient, StorageError, StorageInterface,
        StorageServer, StoreChange,
    },
    ipc::{
        BackendOptions, BackendSocket, Declared, Listener,
        in_process::{Executor, connect},
    },
};

pub(crate) struct App {
    pub(crate) folder: tempfile::TempDir,
    /// The app's own code has the storage, too.
    pub(crate) handler: StorageHandler,
    backend: Backend,
    executor: Arc<dyn Executor>,
}

/// A page, which lives as long as this value.
pub(crate) struct Page {
    pub(crate) storage: StorageClient,
    pub(crate) heard: Heard,
    _listener: Listener,
    _ipc: FrontendIpc,
}

/// The changes that a page heard of.
#[derive(Clone, Default)]
pub(crate) struct Heard {
    changes: Arc<Mutex<Vec<(String, StoreChange)>>>,
    came: Arc<Notify>,
    hang: Arc<Mutex<Option<Hanging>>>,
}

/// A page that hangs, or is about to.
pub(crate) struct Hang {
    begun: Receiver<()>,
    end: Sender<()>,
}

/// The page's end of a [`Hang`].
struct Hanging {
    has_begun: Sender<()>,
    has_ended: Receiver<()>,
}

impl Hang {
    /// Waits until the page hangs.
    pub(crate) fn begun(&self) {
        self.begun.recv_timeout(Duration::from_secs(30)).unwrap();
    }

    pub(crate) fn end(self) {
        self.end.send(()).unwrap();
    }
}

impl App {
    pub(crate) fn new() -> Self {
        Self::with(StorageLimits::default(), BackendOptions::default())
    }

    pub(crate) fn with(limits: StorageLimits, options: BackendOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let handler = StorageHandler::with_limits(folder.path().join("storage"), limits);
        let backend = Backend::over(BackendSocket::new(options))
            .handler(StorageServer(handler.clone()))
            .build()
            .unwrap();
        let executor = Arc::new(TokioExecutor::new(tokio::runtime::Handle::current()));
        Self {
            folder,
            handler,
            backend,
            executor,
        }
    }

    pub(crate) async fn page(&self) -> Page {
        let declared = Declared::default().interface::<StorageInterface>();
        let end = connect(self.backend.socket(), "main", &self.executor, None);
        let ipc = FrontendIpc::startup(end, declared).await.unwrap();
        let heard = Heard::default();
        Page {
            storage: ipc.client().unwrap(),
            _listener: ipc.listen(StorageChangedReceiver(heard.clone())).unwrap(),
            heard,
            _ipc: ipc,
        }
    }

    /// The file of a store.
    pub(crate) fn file(&self, store: &str) -> PathBuf {
        self.folder.path().join(format!("storage/{store}.db"))
    }
}

impl Page {
    /// A page that has this store open.
    pub(crate) async fn with(app: &App, store: &str) -> Self {
        let page = app.page().await;
        page.storage.open(store.to_owned()).await.unwrap();
        page
    }
}

impl Heard {
    /// Lets the page hang in the handling of the next change.
    pub(crate) fn hang(&self) -> Hang {
        let ((has_begun, begun), (end, has_ended)) = (channel(), channel());
        *self.hang.lock().unwrap() = Some(Hanging {
            has_begun,
            has_ended,
        });
        Hang { begun, end }
    }

    /// The first changes, as many as these; waits until as many came.
    pub(crate) async fn first(&self, count: usize) -> Vec<(String, StoreChange)> {
        let enough = async {
            while self.all().len() < count {
                self.came.notified().await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(30), enough).await;
        assert!(
            waited.is_ok(),
            "{} of {count} changes came",
            self.all().len()
        );
        self.all()[..count].to_vec()
    }

    pub(crate) fn all(&self) -> Vec<(String, StoreChange)> {
        self.changes.lock().unwrap().clone()
    }
}

impl StorageChanged for Heard {
    fn changed(&self, store: String, change: StoreChange) {
        self.changes.lock().unwrap().push((store, change));
        self.came.notify_one();
        let hang = self.hang.lock().unwrap().take();
        if let Some(Hanging {
            has_begun,
            has_ended,
        }) = hang
        {
            has_begun.send(()).unwrap();
            has_ended.recv_timeout(Duration::from_secs(30)).unwrap();
        }
    }
}

/// The handler's own error; anything else is a fault of the test.
pub(crate) fn app_error(error: CallError<StorageError>) -> StorageError {
    match error {
        CallError::App(error) => error,
        other => panic!("the call did not get to the handler: {other}"),
    }
}

pub(crate) fn text(text: &str) -> String {
    text.to_owned()
}
