#[twinbridge_common::ipc_notifications(channel = "notes", version = "1.0.0")]
pub trait Notes {
    fn changed(&self) -> u8;
}

fn main() {}
