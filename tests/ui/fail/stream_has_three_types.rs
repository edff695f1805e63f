pub struct IpcStream<T, E, F>(T, E, F);

#[twinbridge_common::ipc_interface(channel = "notes", version = "1.0.0")]
pub trait Notes {
    async fn read(&self) -> IpcStream<u8, u8, u8>;
}

fn main() {}
