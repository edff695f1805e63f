#[twinbridge_common::ipc_interface(channel = "my notes", version = "1.0.0")]
pub trait Notes {
    async fn read(&self);
}

fn main() {}
