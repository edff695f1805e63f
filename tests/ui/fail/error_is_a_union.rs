use twinbridge_common::IpcError;

#[derive(IpcError)]
#[ipc_error(scope = "notes")]
pub union NoteError {
    code: u32,
}

impl std::fmt::Debug for NoteError {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}

impl std::error::Error for NoteError {}
impl std::fmt::Display for NoteError {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}

fn main() {}
