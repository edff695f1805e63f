pub struct IpcStream;

#[twinbridge_common::ipc_interface(channel = "notes", version = "1.0.0")]
pub trait Notes {
    async fn read(&self) -> IpcStream;
}

fn main() {}
