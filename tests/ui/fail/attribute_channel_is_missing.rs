#[twinbridge_common::ipc_interface(version = "1.0.0")]
pub trait Notes {
    async fn read(&self);
}

fn main() {}
