//! Services elsewhere that an app's pages call over the web, besides the backend of their window.
//!
//! One line names a service, lets the page's content security policy through to it, and tells the
//! page its address. The seed's rule for remote services: they are reached by RPC over HTTP also
//! where the app's own interfaces are not.

use http::{Uri, uri::Scheme};

/// A service that pages reach over HTTP.
#[cfg_attr(doc, doc = include_str!("examples/backend.md"))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteService {
    name: String,
    address: Uri,
}

impl RemoteService {
    /// A service that pages know as `name`, whose RPC interfaces are below `address`.
    ///
    /// # Errors
    /// [`BadRemoteService`] where pages could not reach it, or read its name.
    pub fn new(
        name: impl Into<String>,
        address: impl AsRef<str>,
    ) -> Result<Self, BadRemoteService> {
        let (name, text) = (name.into(), address.as_ref());
        let bad = |reason| BadRemoteService {
            name: name.clone(),
            address: text.to_owned(),
            reason,
        };
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if name.is_empty() || !name.bytes().all(is_word) {
            return Err(bad("a name has letters, digits, `-`, `_` and `.`"));
        }
        let address: Uri = text.parse().map_err(|_| bad("that is no address"))?;
        let is_web = [Some(&Scheme::HTTP), Some(&Scheme::HTTPS)].contains(&address.scheme());
        if !is_web || address.host().is_none_or(str::is_empty) {
            return Err(bad(
                "an address begins with `https://` or `http://` and a host",
            ));
        }
        // A policy is a list of words, and a `*` in one would let through more than this service.
        let authority = address
            .authority()
            .map_or("", |authority| authority.as_str());
        let is_plain = |byte: u8| is_word(byte) || b":[]".contains(&byte);
        if !authority.bytes().all(is_plain) {
            return Err(bad(
                "its host is a plain name, without a user and without `*`",
            ));
        }
        if address.query().is_some() {
            return Err(bad("an address has no query"));
        }
        Ok(Self { name, address })
    }

    /// What pages know it as.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its interfaces are below, without a slash at the end.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string().trim_end_matches('/').to_owned()
    }

    /// Scheme, host and port, as browsers and policies spell them.
    #[must_use]
    pub fn origin(&self) -> String {
        let scheme = self.address.scheme_str().unwrap_or_default();
        let authority = self.address.authority();
        let authority = authority.map_or("", |authority| authority.as_str());
        let usual = if scheme == "https" { ":443" } else { ":80" };
        let authority = authority.strip_suffix(usual).unwrap_or(authority);
        format!("{scheme}://{authority}").to_ascii_lowercase()
    }
}

/// A remote service that no page could reach.
#[cfg_attr(doc, doc = include_str!("examples/backend.md"))]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the remote service `{name}` at `{address}`: {reason}")]
pub struct BadRemoteService {
    /// The name it was given.
    pub name: String,
    /// The address it was given.
    pub address: String,
    reason: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_has_an_address_and_an_origin() {
        for (address, below, origin) in [
            (
                "https://models.example.com",
                "https://models.example.com",
                "https://models.example.com",
            ),
            (
                "http://127.0.0.1:4120/rpc/",
                "http://127.0.0.1:4120/rpc",
                "http://127.0.0.1:4120",
            ),
            (
                "https://Example.com:443/a/b",
                "https://Example.com:443/a/b",
                "https://example.com",
            ),
            ("http://[::1]:80/", "http://[::1]:80", "http://[::1]"),
        ] {
            let service = RemoteService::new("models", address).unwrap();
            assert_eq!(service.address(), below);
            assert_eq!(service.origin(), origin);
        }
    }

    #[test]
    fn what_would_widen_a_policy_or_reach_nothing_is_refused() {
        for (name, address) in [
            ("", "https://example.com"),
            ("two words", "https://example.com"),
            ("models", "https://*.example.com"),
            ("models", "https://*"),
            ("models", "https://user@example.com"),
            ("models", "https://example.com; script-src *"),
            ("models", "ws://example.com"),
            ("models", "file:///etc"),
            ("models", "example.com"),
            ("models", "/rpc"),
            ("models", "https://example.com/?a=b"),
            ("models", ""),
        ] {
            let error = RemoteService::new(name, address).unwrap_err().to_string();
            assert!(
                error.contains(&format!("`{name}` at `{address}`")),
                "{error}"
            );
        }
    }
}
