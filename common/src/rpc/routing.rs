//! Which of several backends a client calls.
//!
//! One interface may be reached at two backends through two configurations; the token tells them
//! apart on the client's side and never travels. iModel.js: `RpcRoutingToken`.

use std::{fmt, sync::Arc};

/// Names one configuration of a client. Clones are the same token; two that were generated with
/// one label are not.
#[cfg_attr(doc, doc = include_str!("../../examples/rpc.md"))]
#[derive(Clone, Default)]
pub struct RpcRoutingToken(Option<Arc<str>>);

impl RpcRoutingToken {
    /// The token of configurations that were given none.
    pub const DEFAULT: Self = Self(None);

    /// A token unlike any other; `label` is for logs.
    #[must_use]
    pub fn generate(label: &str) -> Self {
        Self(Some(label.into()))
    }

    /// What it was generated with.
    #[must_use]
    pub fn label(&self) -> &str {
        self.0.as_deref().unwrap_or("default")
    }
}

impl PartialEq for RpcRoutingToken {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(own), Some(other)) => Arc::ptr_eq(own, other),
            _ => false,
        }
    }
}

impl Eq for RpcRoutingToken {}

impl fmt::Debug for RpcRoutingToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RpcRoutingToken")
            .field(&self.label())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_though_their_labels_are_equal() {
        let token = RpcRoutingToken::generate("remote");
        assert_eq!(token, token.clone());
        assert_ne!(token, RpcRoutingToken::generate("remote"));
        assert_ne!(token, RpcRoutingToken::DEFAULT);
        assert_eq!(RpcRoutingToken::default(), RpcRoutingToken::DEFAULT);
    }
}
