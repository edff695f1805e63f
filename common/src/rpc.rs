//! RPC: one contract, served within the process, over a session, or on the web.
//!
//! A request runs through six files: a client stub makes an [`RpcCall`] (`call.rs`), which sends it
//! and asks again (`request.rs`) as its [`life`] says, over its configuration (`in_process.rs`,
//! `desktop.rs`, `web`); the backend's [`RpcServer`] judges it (`server.rs`) and runs the impl: over a session as any handler
//! is run, else in `invoke.rs`. iModel.js names are kept where there is one.

mod back_off;
mod call;
mod configuration;
mod connection;
mod context;
mod control;
mod desktop;
mod endpoints;
mod error;
mod gates;
mod in_process;
mod interface;
mod invoke;
pub mod life;
mod listener;
mod load;
mod lock;
mod manager;
mod name;
mod not_found;
mod options;
mod registry;
mod request;
mod routing;
mod running;
mod server;
mod span;
mod status;
mod token;
mod watching;
pub mod web;

pub use call::{RpcCall, RpcCaller, RpcClientStub};
pub use configuration::{
    RpcClock, RpcConfiguration, RpcDescribed, RpcReply, RpcRequest, RpcResultKind, RpcSubmitted,
    RpcUnanswered,
};
pub use connection::RpcConnection;
pub use context::RpcRequestContext;
pub use control::{RpcControl, RpcFailure, RpcTransient};
pub use desktop::{DesktopRpcConfiguration, DesktopRpcGuard};
pub use endpoints::{
    RpcControlChannel, RpcControlChannelClient, RpcControlChannelInterface,
    RpcControlChannelServer, RpcInterfaceEndpoints,
};
pub use error::RpcError;
pub use gates::{FeatureGates, GateFileError, GateListener, GateValue};
pub use in_process::InProcessRpcConfiguration;
pub use interface::{
    RpcCaching, RpcInterface, RpcInterfaceInfo, RpcOperationInfo, RpcPolicy, RpcTypeInfo, RpcTypes,
};
pub use invoke::{RpcArrival, RpcHost};
pub use life::{RpcProtocolEvent, RpcRequestEvent};
pub use listener::{RpcEvent, RpcListenerGuard};
pub use load::RpcLoad;
pub use manager::{RpcConnectionGuard, RpcManager};
pub use name::{BadInterfaceName, InterfaceName};
pub use not_found::{RpcNotFound, RpcNotFoundAnswer};
pub use options::{RpcInterfaces, RpcOptions};
pub use routing::RpcRoutingToken;
pub use running::RpcRequestHandle;
pub use server::RpcServer;
pub use status::RpcRequestStatus;
pub use token::{IModelChangeset, IModelRpcProps};
pub use watching::RpcServerEvent;
