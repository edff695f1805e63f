#[twinbridge_common::ipc_interface(channel = "notes", version = "1.0.0")]
pub trait Notes {
    #[wire(name = "read it")]
    async fn read(&self);
}

fn main() {}
