#[twinbridge_common::ipc_interface(channel = "notes", version = "1.0.0")]
pub trait Notes {
    #[blocking]
    const fn read(&self);
}

fn main() {}
