//! How two halves of ours find out about each other, and then speak MessagePack.
//!
//! Nothing of it is seen by others: a client says what it takes in `Accept`, a server of ours
//! names the media type in `Accept-Post`, and a client that has not met its server yet asks its
//! control channel first, which has no arguments that JSON could lose.

use http::header::ACCEPT;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::multipart::media_type;
use crate::wire::Codec;

/// Media type of a body of MessagePack: arguments, a result, or how a call failed.
pub const MESSAGE_PACK: &str = "application/vnd.twinbridge.rpc+msgpack";
/// Media type of a stream's items, each with its length; `stream` has the format.
pub const STREAM: &str = "application/vnd.twinbridge.rpc-stream";
/// By which a server says what it takes in a body.
pub const ACCEPT_POST: HeaderName = HeaderName::from_static("accept-post");

/// What a client of ours says that it takes.
pub(super) fn accept() -> String {
    format!("{MESSAGE_PACK}, {STREAM}, */*;q=0.5")
}

/// What an answer says in [`ACCEPT_POST`] to a request with these headers: of ours, or nothing. For
/// shells, whose own refusals are answers of the server too.
#[must_use]
pub fn accept_post_for(headers: &HeaderMap) -> Option<HeaderValue> {
    takes_message_pack(headers).then(accept_post)
}

/// Whether the sender of these headers reads our own media types.
pub(super) fn takes_message_pack(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT).iter().any(|accepted| {
        memchr::memmem::find(accepted.as_bytes(), MESSAGE_PACK.as_bytes()).is_some()
    })
}

/// What a server of ours says that it takes.
pub(super) fn accept_post() -> HeaderValue {
    HeaderValue::from_static(MESSAGE_PACK)
}

/// Whether a content type is that of `kind`.
pub(super) fn is(content_type: &str, kind: &str) -> bool {
    media_type(content_type).eq_ignore_ascii_case(kind)
}

/// What a client knows of a server.
#[cfg_attr(doc, doc = include_str!("../../../examples/web.md"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Peer {
    /// It has not answered yet.
    #[default]
    Unknown,
    /// A server of ours: it takes MessagePack.
    Twinbridge,
    /// Another one, such as iTwin's: it takes iTwin's JSON.
    Other,
}

impl Peer {
    /// The codec of arguments; `None` while the server is not known. Then its control channel is
    /// to be asked, or iTwin's JSON to be spoken, which every server takes.
    #[must_use]
    pub fn codec(self) -> Option<Codec> {
        match self {
            Self::Unknown => None,
            Self::Twinbridge => Some(Codec::MessagePack),
            Self::Other => Some(Codec::ITwinJson),
        }
    }

    /// Learns from an answer's status and headers.
    ///
    /// A gateway's error says nothing about the server behind it, so only answers teach that
    /// carry the protocol's version or our own header. A server may be replaced by another kind
    /// while a client runs.
    pub fn learn(&mut self, headers: &HeaderMap) {
        let ours = headers.get_all(&ACCEPT_POST).iter().any(|value| {
            let kinds = value.to_str().unwrap_or_default();
            kinds.split(',').any(|kind| is(kind, MESSAGE_PACK))
        });
        if ours {
            *self = Self::Twinbridge;
        } else if super::header::protocol(headers) > 0 {
            *self = Self::Other;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_learns_who_answers() {
        let mut peer = Peer::default();
        assert_eq!(peer.codec(), None);
        let learn = |peer: &mut Peer, headers: &[(&'static str, &'static str)]| {
            let headers = headers.iter().map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            });
            peer.learn(&headers.collect());
            *peer
        };
        assert_eq!(
            learn(&mut peer, &[("content-type", "text/html")]),
            Peer::Unknown
        );
        assert_eq!(
            learn(&mut peer, &[("x-protocol-version", "2")]),
            Peer::Other
        );
        assert_eq!(peer.codec(), Some(Codec::ITwinJson));
        let ours = [
            ("x-protocol-version", "2"),
            (
                "accept-post",
                "text/plain, application/vnd.twinbridge.rpc+msgpack",
            ),
        ];
        assert_eq!(learn(&mut peer, &ours), Peer::Twinbridge);
        assert_eq!(peer.codec(), Some(Codec::MessagePack));
        assert_eq!(
            learn(&mut peer, &[]),
            Peer::Twinbridge,
            "a gateway's answer teaches nothing"
        );
    }
}
