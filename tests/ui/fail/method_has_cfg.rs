#[twinbridge_common::ipc_interface(channel = "notes", version = "1.0.0")]
pub trait Notes {
    #[cfg(unix)]
    async fn read(&self);
}

fn main() {}
