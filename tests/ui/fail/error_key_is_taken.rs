use twinbridge_common::IpcError;

#[derive(Debug, thiserror::Error, IpcError)]
#[ipc_error(scope = "notes")]
#[error("gone")]
pub enum NoteError {
    Gone,
    #[ipc_error(key = "gone")]
    Lost,
}

fn main() {}
