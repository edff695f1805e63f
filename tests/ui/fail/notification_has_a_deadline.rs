#[twinbridge_common::ipc_notifications(channel = "notes", version = "1.0.0")]
pub trait Notes {
    #[deadline(ms = 5)]
    fn changed(&self);
}

fn main() {}
