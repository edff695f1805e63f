#[twinbridge_common::ipc_interface(channel = "notes", version = "1.0.0")]
pub trait Notes {
    async fn get_version(&self) -> String;
}

fn main() {}
