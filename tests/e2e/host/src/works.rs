//! `files` as no app should have it: opening a file is work of a chosen kind.

use tokio::runtime::Handle;
use twinbridge::{
    CallContext,
    common::interfaces::files::{FileId, Files, FilesError, LineCount, LinePage, OpenedFile},
};

/// Does the work that a path names: `heeds` waits for its cancellation, `stubborn` for nothing.
pub(crate) struct Works {
    initial: Option<String>,
}

impl Works {
    pub(crate) fn new(initial: Option<String>) -> Self {
        Self { initial }
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
            _ => Err(FilesError::NotFound { path }),
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
}
