#[twinbridge_common::rpc_interface(name = "NotesRpc", version = "1.0.0")]
pub trait Notes {
    #[retry_interval()]
    async fn read(&self) -> u8;
}

fn main() {}
