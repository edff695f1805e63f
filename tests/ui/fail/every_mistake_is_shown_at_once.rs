#[twinbridge_common::ipc_interface(channel = "notes", version = "1.0.0")]
pub trait Notes {
    async fn read(&self, name: &str, len: usize);
    fn write(&mut self);
}

fn main() {}
