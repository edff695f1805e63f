//! The interfaces of the interop tests, served as an app serves its own.
//!
//! Prints its address, and ends when its input does: the one who started it holds the other end.

#![forbid(unsafe_code)]

use std::{error::Error, io};

use clap::Parser;
use tokio::sync::oneshot;
use twinbridge::{Serve, rpc::web::WebRpcOptions};
use twinbridge_interop_probe::{Answerer, ProbeServer, Prober, VersionedServer};

/// Serves ProbeRpc and VersionedRpc on a free port of this machine.
#[derive(Debug, Parser)]
struct Arguments {
    /// An origin whose pages may ask and read; may be given more than once.
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(arguments))
}

async fn serve(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let web = arguments
        .allow_origin
        .into_iter()
        .fold(WebRpcOptions::default(), WebRpcOptions::allow_origin);
    let serve = Serve::builder()
        .interface(|| ProbeServer(Prober::default()))
        .interface(|| VersionedServer(Answerer))
        .web(web)
        .bind("127.0.0.1:0")
        .await?;
    println!("http://{}", serve.local_addr());
    let _drained = serve.run_until(end_of_input()).await;
    Ok(())
}

/// Completes when nobody can write to this program any more.
async fn end_of_input() {
    let (sender, ended) = oneshot::channel();
    // A thread of its own, which blocks until then; reading cannot be cancelled.
    std::thread::spawn(move || {
        // An input that cannot be read has ended as well.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = sender.send(());
    });
    let _ = ended.await;
}
