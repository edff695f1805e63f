//! A server of RPC interfaces over HTTP, with sockets of its own and the pages of a browser.
//!
//! Everything that `twinbridge serve` does, for apps with interfaces of their own. What an address
//! is asked for and whom it answers is decided in [`rpc::web`](crate::rpc::web); here are the
//! connections: how many, how long, and how they end.
//!
//! ```
//! # use std::error::Error;
//! use twinbridge::{Serve, common::rpc_interface};
//!
//! /// Adds.
//! #[rpc_interface(name = "AdderRpc", version = "1.0.0")]
//! trait Adder {
//!     /// The sum.
//!     async fn add(&self, left: u32, right: u32) -> u32;
//! }
//!
//! struct Impl;
//!
//! impl Adder for Impl {
//!     async fn add(&self, left: u32, right: u32) -> u32 {
//!         left + right
//!     }
//! }
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # runtime.block_on(async {
//! let serve = Serve::builder()
//!     .interface(|| AdderServer(Impl))
//!     .bind("127.0.0.1:0")
//!     .await?;
//! println!("listening on http://{}", serve.local_addr());
//! # let ctrl_c = async {};
//! let _drained = serve.run_until(ctrl_c).await;
//! # Ok::<_, Box<dyn Error>>(())
//! # })?;
//! # Ok::<_, Box<dyn Error>>(())
//! ```

mod addresses;
mod builder;
pub mod command;
mod connections;
mod lingering;
mod pages;
mod refusal;
mod site;

use std::{future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::net::TcpListener;
use twinbridge_common::rpc::RpcServer;

pub use builder::ServeBuilder;
pub use pages::PagesError;

use crate::{Drained, TokioExecutor};
use site::Site;

/// A server that listens, and answers once it is run.
#[cfg_attr(doc, doc = include_str!("examples/server.md"))]
#[derive(Debug)]
pub struct Serve {
    listener: TcpListener,
    address: SocketAddr,
    site: Arc<Site>,
    server: RpcServer,
    executor: TokioExecutor,
    times: Times,
}

/// How many connections there are, and how long.
#[derive(Clone, Copy, Debug)]
struct Times {
    max_connections: usize,
    max_per_address: Option<usize>,
    write_pause: Duration,
    idle: Duration,
    drain: Duration,
}

impl Serve {
    /// Starts putting a server together.
    pub fn builder() -> ServeBuilder {
        ServeBuilder::default()
    }

    /// The address that it listens on, with the port that the system gave.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// What it exposes; further interfaces may be attached while it runs.
    #[must_use]
    pub fn server(&self) -> &RpcServer {
        &self.server
    }

    /// Answers until `end` completes, then takes no connection in, lets requests that run end
    /// within the time for that, and cancels the rest.
    ///
    /// # Cancellation
    /// All connections are closed at once.
    pub async fn run_until(self, end: impl Future<Output = ()>) -> Drained {
        connections::run(self, end).await
    }
}

/// Why a server does not start.
#[cfg_attr(doc, doc = include_str!("examples/server.md"))]
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address is none, or somebody else listens on it.
    #[error("cannot listen on `{address}`{}", remedy(source))]
    Listen {
        /// The address, as it was given.
        address: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Other machines would reach it, and nobody decides what they may ask.
    #[error(
        "`{address}` can be reached from other machines, and anybody could call every interface there; listen on 127.0.0.1, give the server an authorizer, or say that anybody may (`--allow-anonymous`)"
    )]
    Anonymous {
        /// The address.
        address: SocketAddr,
    },
    /// An interface was chosen that the server does not have.
    #[error("there is no interface `{name}`; there are {}", known.join(", "))]
    UnknownInterface {
        /// The name given.
        name: String,
        /// All names.
        known: Vec<String>,
    },
    /// The folder of pages cannot be served.
    #[error(transparent)]
    Pages(#[from] PagesError),
    /// The file of features cannot be read, or is none.
    #[error("cannot take the features of `{path}`")]
    Features {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A folder for files is none.
    #[error("cannot serve files of `{path}`")]
    FilesRoot {
        /// The folder.
        path: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The system gives no threads or signals.
    #[error("cannot start")]
    System(#[source] io::Error),
}

/// What to do where nothing can listen, as the rest of the sentence.
fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            ", which another program has; take another port, or 0 for any that is free"
        }
        io::ErrorKind::PermissionDenied => {
            ", which this user may not; take a port from 1024 up, or 0 for any that is free"
        }
        _ => "",
    }
}
