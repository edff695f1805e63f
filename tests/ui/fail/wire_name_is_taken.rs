#[twinbridge_common::ipc_interface(channel = "notes", version = "1.0.0")]
pub trait Notes {
    async fn read(&self);
    #[wire(name = "read")]
    async fn read_all(&self);
}

fn main() {}
