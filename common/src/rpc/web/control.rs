//! The control channel, by which a client asks a server what it offers.
//!
//! A pseudo-interface whose name is made of the interfaces that the client knows. A server goes by
//! version and operation alone, so that the two need not know the same.

use super::parameters::base64;
use super::path::OperationName;

/// Version of every control channel.
pub const CONTROL_VERSION: &str = "CONTROL";
/// Its one operation, which has no arguments and gives a list of
/// [`RpcInterfaceEndpoints`](crate::rpc::RpcInterfaceEndpoints).
pub const DESCRIBE_ENDPOINTS: &str = "describeEndpoints";

/// The operation that asks the server of these interfaces, given by name and version.
#[must_use]
pub fn describe_endpoints<'a>(
    interfaces: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> OperationName {
    let mut names: Vec<String> = interfaces
        .into_iter()
        .map(|(name, version)| format!("{name}@{version}"))
        .collect();
    names.sort();
    OperationName {
        // Base64 has `/`, which ends a segment. Only what follows the last is read then, and
        // that suffices, as for iTwin.js.
        interface: base64(&names.join(",")),
        version: CONTROL_VERSION.to_owned(),
        operation: DESCRIBE_ENDPOINTS.to_owned(),
    }
}

impl OperationName {
    /// Whether it asks the control channel, whatever interfaces the client knows.
    #[must_use]
    pub fn is_describe_endpoints(&self) -> bool {
        self.version == CONTROL_VERSION && self.operation == DESCRIBE_ENDPOINTS
    }
}
