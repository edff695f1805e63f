#[twinbridge_common::ipc_interface(channel = "notes", version = "1.0.0")]
pub trait Notes
where
    u8: Sized,
{
    async fn read(&self);
}

fn main() {}
