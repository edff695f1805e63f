use twinbridge_common::IpcError;

#[derive(Debug, thiserror::Error, IpcError)]
#[ipc_error(scope = "notes")]
#[error("gone")]
pub enum NoteError {
    #[ipc_error(number = 7)]
    Gone,
    #[ipc_error(number = 7)]
    Lost,
}

fn main() {}
