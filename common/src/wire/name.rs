//! Names on the wire: channels and methods.
//!
//! One rule, checked by one `const fn`: at compile time for literals, at the edge for what a
//! peer sends. Everything behind the edge works with these types and needs no second check.

use std::{fmt, hash, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Text);

        impl $name {
            /// Longest accepted name, in bytes.
            pub const MAX_LEN: usize = MAX_LEN;

            /// For literals. A bad name stops compilation when this is used in a `const`.
            ///
            /// # Panics
            /// Where `name` breaks the rule and the call is not in a `const`.
            #[must_use]
            pub const fn literal(name: &'static str) -> Self {
                assert!(
                    is_valid(name.as_bytes()),
                    concat!($what, " name must be 1 to 128 bytes of visible ASCII")
                );
                Self(Text::Literal(name))
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl FromStr for $name {
            type Err = BadName;

            fn from_str(name: &str) -> Result<Self, BadName> {
                if is_valid(name.as_bytes()) {
                    Ok(Self(Text::Shared(name.into())))
                } else {
                    Err(BadName { what: $what, name: name.to_owned() })
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadName;

            fn try_from(name: String) -> Result<Self, BadName> {
                name.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.as_str().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }
    };
}

name! {
    /// Name of one IPC channel, without any socket's prefix: 1 to 128 bytes of visible ASCII.
    ///
    /// Wide enough for iModel.js's own names (`itwinjs-core/txns/<key>`), narrow enough that a
    /// name never needs quoting in a log line. A URL percent-encodes it.
    #[cfg_attr(doc, doc = include_str!("../../examples/names.md"))]
    ChannelName, "channel"
}

name! {
    /// Name of one method or notification on a channel: the same rule as for channels.
    #[cfg_attr(doc, doc = include_str!("../../examples/names.md"))]
    MethodName, "method"
}

impl MethodName {
    /// What every interface answers with its version.
    pub const GET_VERSION: Self = Self::literal("getVersion");
}

/// A name's text: a call clones its names several times, so a clone allocates nothing.
#[derive(Clone)]
enum Text {
    Literal(&'static str),
    Shared(Arc<str>),
}

impl Text {
    fn as_str(&self) -> &str {
        match self {
            Self::Literal(text) => text,
            Self::Shared(text) => text,
        }
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl hash::Hash for Text {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

/// A peer or a caller named something that cannot exist.
#[cfg_attr(doc, doc = include_str!("../../examples/names.md"))]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not a {what} name: 1 to 128 bytes of visible ASCII")]
pub struct BadName {
    what: &'static str,
    name: String,
}

const MAX_LEN: usize = 128;

const fn is_valid(name: &[u8]) -> bool {
    if name.is_empty() || name.len() > MAX_LEN {
        return false;
    }
    let mut at = 0;
    while at < name.len() {
        if !name[at].is_ascii_graphic() {
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
    fn channel_names() {
        for good in ["a", "notes", "itwinjs-core/ipc-app", "txns/0x1:7"] {
            assert_eq!(good.parse::<ChannelName>().unwrap().as_str(), good);
        }
        for bad in ["", "a b", "a\n", "é", &"x".repeat(129)] {
            assert_eq!(
                bad.parse::<ChannelName>().unwrap_err().to_string(),
                format!("`{bad}` is not a channel name: 1 to 128 bytes of visible ASCII")
            );
        }
    }

    #[test]
    fn method_names_follow_the_same_rule() {
        assert_eq!(
            "getVersion".parse::<MethodName>().unwrap(),
            MethodName::GET_VERSION
        );
        assert_eq!(
            "get version".parse::<MethodName>().unwrap_err().to_string(),
            "`get version` is not a method name: 1 to 128 bytes of visible ASCII"
        );
    }
}
