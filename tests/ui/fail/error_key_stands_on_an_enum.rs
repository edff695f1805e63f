use twinbridge_common::IpcError;

#[derive(Debug, thiserror::Error, IpcError)]
#[ipc_error(scope = "notes", key = "gone")]
#[error("gone")]
pub enum NoteError {
    Gone,
}

fn main() {}
