use twinbridge_common::IpcError;

#[derive(Debug, thiserror::Error, IpcError)]
#[error("gone")]
#[ipc_error(scope = "my notes")]
pub struct NoteError;

fn main() {}
