#[twinbridge_common::rpc_interface(name = "notes-rpc", version = "1.0.0")]
pub trait Notes {
    async fn read(&self) -> u8;
}

fn main() {}
