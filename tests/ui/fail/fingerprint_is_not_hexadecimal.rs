#[twinbridge_common::ipc_interface(channel = "notes", version = "1.0.0", fingerprint = "5AF77980871B6A8A")]
pub trait Notes {
    async fn read(&self);
}

fn main() {}
