#[twinbridge_common::ipc_interface(channel = "notes", version = "1.0.0", version = "2.0.0")]
pub trait Notes {
    async fn read(&self);
}

fn main() {}
