use twinbridge_common::IpcError;

#[derive(Debug, thiserror::Error, IpcError)]
#[error("gone")]
pub struct NoteError;

fn main() {}
