#[twinbridge_common::rpc_interface(name = "NotesRpc", version = "1.0.0")]
pub trait Notes {
    #[caching(forever)]
    async fn read(&self) -> u8;
}

fn main() {}
