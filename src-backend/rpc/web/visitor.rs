//! Whether a request comes from where it may: by which name it asks, and whose page sent it.
//!
//! Only browsers say whose page it was, and scripts cannot make them say something else. That a
//! request is no simple one, which any page could send, shows by its `X-Correlation-Id`, without
//! which nothing is run: a browser sends such a header to another origin after asking first.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use twinbridge_common::rpc::web::WebAnswer;

use super::{HostNames, WebRpcOptions};

pub(super) const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Who asks, as far as browsers tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Visitor {
    /// A program, or a page of the server's own.
    Own,
    /// A page of another origin, which is allowed.
    Page { origin: HeaderValue },
}

/// Why a request is not looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Stranger {
    /// It does not say by one name whom it asks. 400.
    #[error("The request does not name the host it asks.")]
    NoHost,
    /// The server has no such name. 403.
    #[error("`{host}` is not a name of this server.")]
    UnknownHost { host: String },
    /// A page of an origin that is not allowed sent it. 403.
    #[error("Pages of `{origin}` may not ask this server.")]
    ForeignPage { origin: String },
}

impl Stranger {
    pub(crate) fn answer(&self) -> WebAnswer {
        let status = match self {
            Self::NoHost => 400,
            Self::UnknownHost { .. } | Self::ForeignPage { .. } => 403,
        };
        WebAnswer::refuse(status, &self.to_string())
    }
}

impl Visitor {
    /// Judges where a request comes from.
    pub(crate) fn judge(
        uri: &Uri,
        headers: &HeaderMap,
        options: &WebRpcOptions,
    ) -> Result<Self, Stranger> {
        let asked = asked_host(uri, headers)?;
        if let HostNames::Listed(names) = &options.hosts
            && !is_listed(asked, names)
        {
            let host = asked.to_owned();
            return Err(Stranger::UnknownHost { host });
        }
        let Some(origin) = headers.get(header::ORIGIN) else {
            return match headers.get(SEC_FETCH_SITE).map(HeaderValue::as_bytes) {
                None | Some(b"same-origin" | b"none") => Ok(Self::Own),
                // An image, a form or a script of another site, which do not say whose.
                Some(_) => Err(Stranger::ForeignPage {
                    origin: "another site".to_owned(),
                }),
            };
        };
        let text = origin.to_str().unwrap_or_default();
        // Whether http or https, nobody else is behind the same name and port.
        let own = text.split_once("://").map(|(_, host)| host);
        if own.is_some_and(|own| own.eq_ignore_ascii_case(asked)) {
            return Ok(Self::Own);
        }
        if options.origins.iter().any(|allowed| allowed == text) {
            return Ok(Self::Page {
                origin: origin.clone(),
            });
        }
        Err(Stranger::ForeignPage {
            origin: text.to_owned(),
        })
    }
}

/// Host and port that a request asks. HTTP has one `Host`; two are a way to have two servers
/// disagree.
fn asked_host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Result<&'a str, Stranger> {
    if let Some(authority) = uri.authority() {
        return Ok(authority.as_str());
    }
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next().map(HeaderValue::to_str), hosts.next()) {
        (Some(Ok(host)), None) if !host.is_empty() => Ok(host),
        _ => Err(Stranger::NoHost),
    }
}

fn is_listed(asked: &str, names: &[String]) -> bool {
    // Of an address in brackets the colons are its own; behind the host comes a port.
    let (host, port) = match asked.strip_prefix('[') {
        Some(address) => match address.split_once(']') {
            Some((address, port)) => return is_port(port) && is_address(address),
            None => return false,
        },
        None => asked.split_at(asked.find(':').unwrap_or(asked.len())),
    };
    if !is_port(port) {
        return false;
    }
    if is_address(host) {
        return true;
    }
    let host = host.strip_suffix('.').unwrap_or(host);
    let is_local = host.eq_ignore_ascii_case("localhost")
        || host
            .rsplit_once('.')
            .is_some_and(|(_, last)| last.eq_ignore_ascii_case("localhost"));
    is_local || names.iter().any(|name| name.eq_ignore_ascii_case(host))
}

fn is_address(host: &str) -> bool {
    host.parse::<IpAddr>().is_ok()
}

/// Nothing, or a colon and digits.
fn is_port(text: &str) -> bool {
    let port = text.strip_prefix(':');
    text.is_empty() || port.is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(list: &[(&'static str, &str)]) -> Result<Visitor, Stranger> {
        let pairs = list.iter().map(|(name, value)| {
            let value = HeaderValue::from_str(value).unwrap();
            (HeaderName::from_static(name), value)
        });
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, value);
        }
        let options = WebRpcOptions::default()
            .host("notes.example.com")
            .allow_origin("https://viewer.example.com");
        Visitor::judge(&Uri::from_static("/x"), &headers, &options)
    }

    #[test]
    fn a_server_is_asked_by_its_names_and_by_addresses() {
        for host in [
            "127.0.0.1:8080",
            "192.168.1.7",
            "[::1]:8080",
            "localhost",
            "LOCALHOST:1",
            "app.localhost:80",
            "localhost.",
            "notes.example.com:8080",
            "Notes.Example.com",
        ] {
            assert_eq!(judge(&[("host", host)]), Ok(Visitor::Own), "{host}");
        }
        for host in [
            "evil.example.com",
            "localhost.example.com",
            "127.0.0.1.example.com",
            "notlocalhost",
            "x.notes.example.com",
            "user@127.0.0.1.nip.io",
            "user@127.0.0.1",
            "localhost:80@evil.example.com",
            "[::1]evil.example.com",
            "[localhost]",
            "[::1",
            "a.localhost evil",
            "a b",
        ] {
            let error = judge(&[("host", host)]).unwrap_err();
            let host = host.to_owned();
            assert_eq!(error, Stranger::UnknownHost { host });
        }
        assert_eq!(judge(&[]), Err(Stranger::NoHost));
        let two = judge(&[("host", "localhost"), ("host", "localhost")]);
        assert_eq!(two, Err(Stranger::NoHost));
    }

    #[test]
    fn pages_of_other_origins_are_told_apart() {
        let from = |origin| judge(&[("host", "localhost:80"), ("origin", origin)]);
        assert_eq!(from("http://localhost:80"), Ok(Visitor::Own));
        let origin = "https://viewer.example.com";
        assert_eq!(
            from(origin),
            Ok(Visitor::Page {
                origin: HeaderValue::from_static(origin)
            })
        );
        for foreign in [
            "null",
            "",
            "http://localhost",
            "http://localhost:8080",
            "http://viewer.example.com",
            "https://viewer.example.com.evil.org",
            "https://viewer.example.com:444",
        ] {
            let origin = foreign.to_owned();
            assert_eq!(from(foreign), Err(Stranger::ForeignPage { origin }));
        }
    }

    #[test]
    fn what_another_sites_page_loads_is_refused_where_no_origin_is_said() {
        let site = |site| judge(&[("host", "localhost"), ("sec-fetch-site", site)]);
        assert_eq!(site("same-origin"), Ok(Visitor::Own));
        assert_eq!(site("none"), Ok(Visitor::Own));
        for foreign in ["cross-site", "same-site", "anything"] {
            assert!(site(foreign).is_err(), "{foreign}");
        }
    }
}
