#[twinbridge_common::ipc_interface(channel = "notes")]
pub trait Notes {
    async fn read(&self);
}

fn main() {}
