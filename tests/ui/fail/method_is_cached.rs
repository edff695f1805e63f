#[twinbridge_common::ipc_interface(channel = "notes", version = "1.0.0")]
pub trait Notes {
    #[caching(immutable)]
    async fn read(&self) -> u8;
}

fn main() {}
