//! A page in this process, with the handlers that are measured.

use std::{path::Path, sync::Arc};

use twinbridge::{
    Backend, FrontendIpc, TokioExecutor,
    common::{
        interfaces::{
            files::{FilesClient, FilesInterface, FilesServer},
            storage::{StorageClient, StorageInterface, StorageServer},
        },
        ipc::{BackendSocket, Caller, Declared, in_process},
    },
    handlers::{files::FilesHandler, storage::StorageHandler},
};

use crate::Problem;

/// What may be called. Lives as long as this value.
pub(crate) struct Page {
    pub(crate) files: FilesClient,
    pub(crate) storage: StorageClient,
    /// For calls whose times at the backend are asked for.
    pub(crate) caller: Caller,
    _ipc: FrontendIpc,
    _backend: Backend,
}

impl Page {
    /// The stores are in `folder`.
    pub(crate) async fn open(folder: &Path) -> Result<Self, Problem> {
        let backend = Backend::over(BackendSocket::default())
            .handler(FilesServer(FilesHandler::new(None)))
            .handler(StorageServer(StorageHandler::new(folder.join("stores"))))
            .build()?;
        let executor: Arc<dyn in_process::Executor> =
            Arc::new(TokioExecutor::new(tokio::runtime::Handle::current()));
        let end = in_process::connect(backend.socket(), "main", &executor, None);
        let declared = Declared::default()
            .interface::<FilesInterface>()
            .interface::<StorageInterface>();
        let ipc = FrontendIpc::startup(end, declared).await?;
        Ok(Self {
            files: ipc.client::<FilesClient>()?,
            storage: ipc.client::<StorageClient>()?,
            caller: Caller::new(Arc::new(ipc.socket()?)),
            _ipc: ipc,
            _backend: backend,
        })
    }
}
