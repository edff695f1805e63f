use twinbridge_common::IpcStream;

#[twinbridge_common::rpc_interface(name = "NotesRpc", version = "1.0.0")]
pub trait Notes {
    #[caching(immutable)]
    async fn read(&self) -> IpcStream<u8>;
}

fn main() {}
