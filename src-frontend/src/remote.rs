//! Services elsewhere that the app has named for its pages.

use crate::javascript;

/// Address of a remote service, as the host was told it (`Host::builder().remote_service(…)`):
/// what its RPC interfaces are below. `None` where the host named none so, or no host shows this
/// page.
#[must_use]
pub fn remote_service(name: &str) -> Option<String> {
    let bridge = javascript::BRIDGE.with(Clone::clone)?;
    bridge.service(name)
}
