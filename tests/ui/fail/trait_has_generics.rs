#[twinbridge_common::ipc_interface(channel = "notes", version = "1.0.0")]
pub trait Notes<T> {
    async fn read(&self, id: u8);
}

fn main() {}
