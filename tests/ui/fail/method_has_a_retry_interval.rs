#[twinbridge_common::ipc_interface(channel = "notes", version = "1.0.0")]
pub trait Notes {
    #[retry_interval(ms = 100)]
    async fn read(&self) -> u8;
}

fn main() {}
