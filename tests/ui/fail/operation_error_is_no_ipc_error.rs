use twinbridge_common::rpc::RpcFailure;

#[twinbridge_common::rpc_interface(name = "NotesRpc", version = "1.0.0")]
pub trait Notes {
    async fn read(&self) -> Result<u8, RpcFailure<String>>;
}

fn main() {}
