//! The name by which an RPC interface is known on every wire.
//!
//! One rule, checked by one `const fn`: at compile time for literals, at the edge for what a peer
//! sends. iModel.js: `RpcInterfaceDefinition.interfaceName`.

use std::{borrow::Cow, fmt, str::FromStr};

use crate::wire::ChannelName;

/// Name of an RPC interface: 1 to 120 letters, digits, `_`, `.` or `$`.
///
/// On the web it stands in a URL between a `/` and a `-`, so it has neither; within a session its
/// channel is `rpc/` and the name, so it is shorter than a channel's name may be.
#[cfg_attr(doc, doc = include_str!("../../examples/rpc.md"))]
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InterfaceName(Cow<'static, str>);

impl InterfaceName {
    /// Longest accepted name, in bytes.
    pub const MAX_LEN: usize = 120;

    /// For literals. A bad name stops compilation when this is used in a `const`.
    ///
    /// # Panics
    /// Where `name` breaks the rule and the call is not in a `const`.
    #[must_use]
    pub const fn literal(name: &'static str) -> Self {
        assert!(
            is_valid(name.as_bytes()),
            "the name of an RPC interface must be 1 to 120 letters, digits, `_`, `.` or `$`"
        );
        Self(Cow::Borrowed(name))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where calls of the interface go within a session.
    #[must_use]
    pub fn channel(&self) -> ChannelName {
        let channel = format!("rpc/{}", self.0);
        channel
            .parse()
            .expect("a name of at most 120 bytes leaves room for the prefix")
    }
}

impl FromStr for InterfaceName {
    type Err = BadInterfaceName;

    fn from_str(name: &str) -> Result<Self, BadInterfaceName> {
        if is_valid(name.as_bytes()) {
            Ok(Self(Cow::Owned(name.to_owned())))
        } else {
            Err(BadInterfaceName {
                name: name.to_owned(),
            })
        }
    }
}

impl fmt::Display for InterfaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::borrow::Borrow<str> for InterfaceName {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

/// A peer or a caller named an interface that cannot exist.
#[cfg_attr(doc, doc = include_str!("../../examples/rpc.md"))]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not the name of an RPC interface: 1 to 120 letters, digits, `_`, `.` or `$`")]
pub struct BadInterfaceName {
    name: String,
}

const fn is_valid(name: &[u8]) -> bool {
    if name.is_empty() || name.len() > InterfaceName::MAX_LEN {
        return false;
    }
    let mut at = 0;
    while at < name.len() {
        if !(name[at].is_ascii_alphanumeric() || matches!(name[at], b'_' | b'.' | b'$')) {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interface_names() {
        for good in ["a", "ProbeRpc", "my.Rpc_2$", &"x".repeat(120)] {
            let name: InterfaceName = good.parse().unwrap();
            assert_eq!(name.as_str(), good);
            assert_eq!(name.channel().as_str(), format!("rpc/{good}"));
        }
        for bad in ["", "a-b", "a/b", "a b", "é", &"x".repeat(121)] {
            assert_eq!(
                bad.parse::<InterfaceName>().unwrap_err().to_string(),
                format!(
                    "`{bad}` is not the name of an RPC interface: 1 to 120 letters, digits, `_`, \
                     `.` or `$`"
                )
            );
        }
    }
}
