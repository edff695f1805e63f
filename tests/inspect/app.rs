//! An app whose calls say everything that a recording must keep.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use futures_util::stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use twinbridge::{
    Backend, Bytes, FrontendIpc, IpcError, Recording, TokioExecutor,
    common::{
        IpcStream,
        ipc::{
            BackendSocket, Declared, NotificationSender,
            in_process::{self, Executor},
        },
        recording::Recording as Recorded,
        wire::Value,
    },
    ipc_interface, ipc_notifications,
};

/// Calls of every kind.
#[ipc_interface(channel = "notes", version = "1.0.0")]
pub(crate) trait Notes {
    /// The same again.
    async fn echo(&self, value: Value) -> Value;
    /// The text of a note.
    async fn read(&self, id: u32) -> Result<String, NoteError>;
    /// Numbers, and an error behind them.
    async fn numbers(&self, count: u32, fails: bool) -> IpcStream<u64, NoteError>;
    /// Done when `opened` is called.
    async fn gated(&self) -> u32;
    /// Opens the gate.
    async fn open(&self) -> u32;
    /// As many bytes.
    async fn bytes(&self, len: u32) -> Bytes;
    /// Tells all pages.
    async fn shout(&self, text: String);
}

/// What the app tells.
#[ipc_notifications(channel = "notes/shouts", version = "1.0.0")]
pub(crate) trait Shouts {
    /// Somebody shouted.
    fn heard(&self, text: String);
}

/// Why there is no note.
#[derive(
    Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error, IpcError,
)]
#[ipc_error(scope = "notes")]
pub(crate) enum NoteError {
    /// There is none.
    #[error("there is no note {id}")]
    NoNote {
        /// Which.
        id: u32,
    },
}

/// What an app of these tests does.
#[derive(Clone, Debug)]
pub(crate) struct Notebook {
    socket: BackendSocket,
    gate: Arc<tokio::sync::Semaphore>,
    pub(crate) text: &'static str,
}

impl Notes for Notebook {
    async fn echo(&self, value: Value) -> Value {
        value
    }

    async fn read(&self, id: u32) -> Result<String, NoteError> {
        match id {
            1 => Ok(self.text.to_owned()),
            id => Err(NoteError::NoNote { id }),
        }
    }

    async fn numbers(&self, count: u32, fails: bool) -> IpcStream<u64, NoteError> {
        let numbers = (0..count).map(|number| Ok(u64::MAX - u64::from(number)));
        let failure = fails.then_some(Err(NoteError::NoNote { id: count }));
        IpcStream::new(stream::iter(numbers.chain(failure)))
    }

    async fn gated(&self) -> u32 {
        self.gate.acquire().await.unwrap().forget();
        7
    }

    async fn open(&self) -> u32 {
        self.gate.add_permits(1);
        8
    }

    async fn bytes(&self, len: u32) -> Bytes {
        vec![7; len as usize].into()
    }

    async fn shout(&self, text: String) {
        let sender = NotificationSender::new(Arc::new(self.socket.clone()));
        ShoutsSender::new(sender).heard(text).now().unwrap();
    }
}

/// A backend of the app whose first note says this.
pub(crate) fn backend(text: &'static str) -> Backend {
    let socket = BackendSocket::default();
    let notebook = Notebook {
        socket: socket.clone(),
        gate: Arc::new(tokio::sync::Semaphore::new(0)),
        text,
    };
    Backend::over(socket)
        .handler(NotesServer(notebook))
        .build()
        .unwrap()
}

/// The app at work, with somewhere to record.
pub(crate) struct App {
    pub(crate) backend: Backend,
    pub(crate) runtime: Runtime,
    pub(crate) folder: TempDir,
}

impl App {
    pub(crate) fn new() -> Self {
        Self {
            backend: backend("hello"),
            runtime: Runtime::new().unwrap(),
            folder: TempDir::new().unwrap(),
        }
    }

    pub(crate) fn executor(&self) -> Arc<dyn Executor> {
        Arc::new(TokioExecutor::new(self.runtime.handle().clone()))
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("a.recording")
    }

    /// Runs `act` with a page, and records it.
    pub(crate) fn record(
        &self,
        recording: Recording,
        act: impl AsyncFnOnce(NotesClient),
    ) -> Recorded {
        let path = recording.path().to_owned();
        let recorder = recording.start(self.backend.socket()).unwrap();
        let page = in_process::connect(self.backend.socket(), "main", &self.executor(), None);
        self.runtime.block_on(async {
            let declared = Declared::default().interface::<NotesInterface>();
            let page = FrontendIpc::startup(page, declared).await.unwrap();
            act(page.client().unwrap()).await;
        });
        recorder.finish();
        read(&path)
    }
}

pub(crate) fn read(path: &Path) -> Recorded {
    Recorded::parse(&std::fs::read(path).unwrap()).unwrap()
}

/// Longer than any of these tests should take.
pub(crate) const LONG: Duration = Duration::from_secs(30);
