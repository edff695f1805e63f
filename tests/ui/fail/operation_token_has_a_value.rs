#[twinbridge_common::rpc_interface(name = "NotesRpc", version = "1.0.0")]
pub trait Notes {
    async fn read(&self, #[token(id)] id: String);
}

fn main() {}
