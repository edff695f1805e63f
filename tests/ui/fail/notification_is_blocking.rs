#[twinbridge_common::ipc_notifications(channel = "notes", version = "1.0.0")]
pub trait Notes {
    #[blocking]
    fn changed(&self);
}

fn main() {}
