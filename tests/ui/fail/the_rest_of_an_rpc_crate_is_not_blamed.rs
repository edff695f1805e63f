use twinbridge_common::{RpcManager, rpc::{RpcFailure, RpcRoutingToken}};

#[twinbridge_common::rpc_interface(name = "NotesRpc", version = "1.0.0")]
pub trait Notes {
    async fn read(&self, id: u8) -> Result<String, RpcFailure>;
    async fn count(&self) -> usize;
}

struct Handler;

impl Notes for Handler {
    async fn read(&self, _: u8) -> Result<String, RpcFailure> {
        Ok(String::new())
    }

    async fn count(&self) -> usize {
        7
    }
}

pub async fn use_it(manager: &RpcManager) -> Option<String> {
    manager.register_impl(|| NotesServer(Handler));
    let notes: NotesClient = manager
        .get_client_for_interface(&RpcRoutingToken::DEFAULT)
        .ok()?;
    notes.read(7).await.ok()
}

fn main() {}
