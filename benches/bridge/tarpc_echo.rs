//! The peer within the process: `tarpc` over its in-memory channel.
//!
//! It moves values as they are, without encoding them. The benchmark of RPC compares with it too.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use tarpc::server::{BaseChannel, Channel as _};

/// Bytes there and back.
pub(crate) const LEN: usize = 64;

#[tarpc::service]
pub(crate) trait TarpcEcho {
    async fn echo(bytes: Vec<u8>) -> Vec<u8>;
}

#[derive(Clone)]
struct TarpcServer;

impl TarpcEcho for TarpcServer {
    async fn echo(self, _: tarpc::context::Context, bytes: Vec<u8>) -> Vec<u8> {
        bytes
    }
}

/// Both halves, on the runtime that this runs on.
pub(crate) fn start() -> TarpcEchoClient {
    let (client, server) = tarpc::transport::channel::unbounded();
    tokio::spawn(
        BaseChannel::with_defaults(server)
            .execute(TarpcServer.serve())
            .for_each(|call| async {
                tokio::spawn(call);
            }),
    );
    TarpcEchoClient::new(tarpc::client::Config::default(), client).spawn()
}

/// Calls one after another, checks each answer, and gives the time of all.
pub(crate) async fn call(client: &TarpcEchoClient, calls: u32) -> Result<Duration, String> {
    let started = Instant::now();
    for call in 0..calls {
        let mut bytes = vec![0x5A; LEN];
        bytes[..4].copy_from_slice(&call.to_le_bytes());
        let sent = bytes.clone();
        let context = tarpc::context::current();
        if client
            .echo(context, bytes)
            .await
            .map_err(|error| error.to_string())?
            != sent
        {
            return Err(format!("call {call} came back changed"));
        }
    }
    Ok(started.elapsed())
}
