//! Headers of requests: who asks, in whose name, and in which generation of the protocol.
//!
//! Written by a client in iTwin's order, read by a server. Names are in the lower case that
//! `http` keeps; HTTP does not tell them apart.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::bad_request::MAX_TEXT;
use super::negotiation;

/// Generation of iTwin's protocol that the other side speaks; ours is 2.
pub const PROTOCOL_VERSION: HeaderName = HeaderName::from_static("x-protocol-version");
/// Id of the request, the same for every time it is sent. Required.
pub const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");
/// Which application asks.
pub const APPLICATION_ID: HeaderName = HeaderName::from_static("x-application-id");
/// The application's version.
pub const APPLICATION_VERSION: HeaderName = HeaderName::from_static("x-application-version");
/// The application's session.
pub const SESSION_ID: HeaderName = HeaderName::from_static("x-session-id");
/// The user, as clients of generation 2.19 name it.
pub const USER_ID: HeaderName = HeaderName::from_static("x-user-id");

/// The generation of iTwin's protocol that this code speaks.
pub const PROTOCOL: u32 = 2;
/// The same as text.
pub(super) const PROTOCOL_TEXT: &str = "2";
/// The first in which pending and not found are wrapped, and errors may have other statuses.
pub(super) const PROTOCOL_WITH_WRAPPER: u32 = 2;
/// The first in which an answer may have no content.
pub(super) const PROTOCOL_WITH_NO_CONTENT: u32 = 1;

/// What a request belongs to. iTwin.js: `RpcActivity`.
#[cfg_attr(doc, doc = include_str!("../../../examples/web_wire.md"))]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Id of the request.
    pub id: String,
    /// Which application asks.
    pub application_id: String,
    /// The application's version.
    pub application_version: String,
    /// The application's session.
    pub session_id: String,
    /// What proves who asks, with its scheme: `Bearer …`. Empty where nobody is logged in.
    pub authorization: String,
    /// The user; only clients of generation 2.19 say it.
    pub user_id: String,
}

impl Activity {
    /// The header of a text that no call carries.
    pub(super) fn too_long(&self) -> Option<&'static str> {
        let texts = [
            ("X-Correlation-Id", &self.id),
            ("X-Application-Id", &self.application_id),
            ("X-Application-Version", &self.application_version),
            ("X-Session-Id", &self.session_id),
            ("Authorization", &self.authorization),
        ];
        let long = texts.into_iter().find(|(_, text)| text.len() > MAX_TEXT);
        long.map(|(name, _)| name)
    }
}

/// A token by which a server knows its own pages, and the header it goes in.
#[cfg_attr(doc, doc = include_str!("../../../examples/web.md"))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsrfToken {
    /// Name of the header, often `X-XSRF-TOKEN`.
    pub header: String,
    /// The token, from the server's cookie.
    pub value: String,
}

/// What a request says in its headers about itself and its sender.
#[cfg_attr(doc, doc = include_str!("../../../examples/web_wire.md"))]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestHeaders {
    /// What it belongs to.
    pub activity: Activity,
    /// The sender's generation of the protocol; 0 where it does not say.
    pub protocol: u32,
    /// Whether the sender reads our own media types, too.
    pub takes_message_pack: bool,
}

impl RequestHeaders {
    /// Reads a request's headers.
    ///
    /// # Errors
    ///
    /// [`NoActivity`] without an id, as iTwin.js refuses it.
    pub fn read(headers: &HeaderMap) -> Result<Self, NoActivity> {
        let text = |name: &HeaderName| {
            let value = headers.get(name).map(HeaderValue::as_bytes);
            String::from_utf8_lossy(value.unwrap_or_default()).into_owned()
        };
        let activity = Activity {
            id: text(&CORRELATION_ID),
            application_id: text(&APPLICATION_ID),
            application_version: text(&APPLICATION_VERSION),
            session_id: text(&SESSION_ID),
            authorization: text(&AUTHORIZATION),
            user_id: text(&USER_ID),
        };
        if activity.id.is_empty() {
            return Err(NoActivity);
        }
        Ok(Self {
            activity,
            protocol: protocol(headers),
            takes_message_pack: negotiation::takes_message_pack(headers),
        })
    }

    /// The headers in iTwin's order; `csrf` where the server asks for one.
    ///
    /// # Errors
    ///
    /// [`BadHeader`] if a text has characters that no header can have.
    pub fn write(&self, csrf: Option<&CsrfToken>) -> Result<HeaderMap, BadHeader> {
        let mut headers = HeaderMap::new();
        let mut put = |name: HeaderName, text: &str| match HeaderValue::from_str(text) {
            Ok(value) => {
                headers.insert(name, value);
                Ok(())
            }
            Err(_) => Err(BadHeader::named(&name)),
        };
        let activity = &self.activity;
        put(PROTOCOL_VERSION, &self.protocol.to_string())?;
        put(CORRELATION_ID, &activity.id)?;
        put(APPLICATION_VERSION, &activity.application_version)?;
        put(APPLICATION_ID, &activity.application_id)?;
        put(SESSION_ID, &activity.session_id)?;
        if !activity.authorization.is_empty() {
            put(AUTHORIZATION, &activity.authorization)?;
        }
        if !activity.user_id.is_empty() {
            put(USER_ID, &activity.user_id)?;
        }
        if let Some(csrf) = csrf {
            let name = csrf.header.parse().map_err(|_| BadHeader {
                name: csrf.header.clone(),
            })?;
            put(name, &csrf.value)?;
        }
        if self.takes_message_pack {
            put(ACCEPT, &negotiation::accept())?;
        }
        Ok(headers)
    }
}

/// How long a body is said to be; `None` where nothing readable is said.
pub(super) fn content_length(headers: &HeaderMap) -> Option<u64> {
    let len = headers.get(CONTENT_LENGTH)?.to_str().ok()?;
    len.trim().parse().ok()
}

/// The protocol's generation in a request or an answer; 0 where there is none.
pub(super) fn protocol(headers: &HeaderMap) -> u32 {
    let text = headers
        .get(&PROTOCOL_VERSION)
        .and_then(|value| value.to_str().ok());
    // As JavaScript's `parseInt`, which stops where the number does.
    let text = text.unwrap_or_default().trim_start();
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text[..end].parse().unwrap_or(0)
}

/// A request has no id. The text is iTwin's.
#[cfg_attr(doc, doc = include_str!("../../../examples/web_wire.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Missing required activity ID.")]
pub struct NoActivity;

/// A text cannot be the value of a header, or a name that of one. Trying again cannot succeed.
#[cfg_attr(doc, doc = include_str!("../../../examples/web_wire.md"))]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` cannot be sent as a header")]
pub struct BadHeader {
    /// The header.
    name: String,
}

impl BadHeader {
    pub(super) fn named(name: &HeaderName) -> Self {
        Self {
            name: name.to_string(),
        }
    }
}
