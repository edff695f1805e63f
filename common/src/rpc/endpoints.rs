//! The control channel: which interfaces a backend exposes, asked by a client.
//!
//! Within a session it is an interface of its own; other configurations have forms of their own
//! for the same answer. iModel.js: `RpcControlChannel`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RpcInterfaceInfo, RpcServer};

/// An interface that a backend exposes. iModel.js: `RpcInterfaceEndpoints`.
#[cfg_attr(doc, doc = include_str!("../../examples/rpc.md"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RpcInterfaceEndpoints {
    /// Its name.
    pub interface_name: String,
    /// Its version in the backend.
    pub interface_version: String,
    /// Its operations, in the order they stand in the contract.
    pub operation_names: Vec<String>,
    /// Whether the one who asked has the interface in a version that fits. A server says true; the
    /// client judges.
    pub compatible: bool,
}

impl RpcInterfaceEndpoints {
    pub(super) fn of(info: &RpcInterfaceInfo) -> Self {
        let operations = info.operations.iter();
        Self {
            interface_name: info.name.to_string(),
            interface_version: info.version.to_owned(),
            operation_names: operations.map(|one| one.name.to_string()).collect(),
            compatible: true,
        }
    }
}

/// What a backend says of its RPC interfaces within a session.
#[cfg_attr(doc, doc = include_str!("../../examples/dev_tools.md"))]
#[crate::ipc_interface(channel = "rpc-control", version = "1.0.0")]
pub trait RpcControlChannel {
    /// The interfaces that are exposed at this moment, in the order they were chosen.
    async fn describe_endpoints(&self) -> Vec<RpcInterfaceEndpoints>;
}

impl RpcControlChannel for RpcServer {
    async fn describe_endpoints(&self) -> Vec<RpcInterfaceEndpoints> {
        self.endpoints()
    }
}

#[cfg(test)]
mod tests {
    use crate::ipc::{IpcInterface as _, session::RPC_CONTROL_CHANNEL};

    #[test]
    fn every_window_may_ask_for_the_endpoints() {
        let channel = super::RpcControlChannelInterface::CHANNEL;
        assert_eq!(channel.as_str(), RPC_CONTROL_CHANNEL);
    }
}
