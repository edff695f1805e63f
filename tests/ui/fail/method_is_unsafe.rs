#[twinbridge_common::ipc_interface(channel = "notes", version = "1.0.0")]
pub trait Notes {
    async unsafe fn read(&self);
}

fn main() {}
