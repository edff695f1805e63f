#[twinbridge_common::ipc_interface(channel = "notes", version = "1.0.0", crate = "other")]
pub trait Notes {
    async fn read(&self);
}

fn main() {}
