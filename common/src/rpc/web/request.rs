//! A request on a server: its head first, then its body.
//!
//! In two steps, so that who asks for what can be judged before a body is read. Nothing here
//! looks up an interface or decodes an argument.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method};

use super::BadRequest;
use super::body::{is_octets, starts_with};
use super::header::RequestHeaders;
use super::multipart::{self, MultipartError, MultipartLimits, Parts};
use super::negotiation::{self, MESSAGE_PACK};
use super::parameters::{read_packed_query, read_query};
use super::path::OperationName;
use crate::wire::{Bytes, Codec, Payload};

/// What a server takes. `RequestLimits::default()` suits small services.
#[cfg_attr(doc, doc = include_str!("../../../examples/web.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestLimits {
    /// Largest body, in bytes; a larger one is refused with 413. Default 64 MiB. The shell holds
    /// it against the body while it reads.
    pub max_body_bytes: usize,
    /// Parts of a body, and their headers.
    pub multipart: MultipartLimits,
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self {
            max_body_bytes: 64 * 1024 * 1024,
            multipart: MultipartLimits::default(),
        }
    }
}

impl RequestLimits {
    /// Sets [`max_body_bytes`](Self::max_body_bytes).
    #[must_use]
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// Sets the most parts of a body.
    #[must_use]
    pub fn max_parts(mut self, parts: usize) -> Self {
        self.multipart.max_parts = parts;
        self
    }

    /// Judges a length before anything is read: that of `Content-Length`, or what came so far.
    ///
    /// # Errors
    ///
    /// [`BadRequest::TooLarge`].
    pub fn admit(&self, len: u64) -> Result<(), BadRequest> {
        let max = self.max_body_bytes;
        if usize::try_from(len).is_ok_and(|len| len <= max) {
            return Ok(());
        }
        Err(BadRequest::TooLarge { max })
    }
}

/// A request without its body.
#[cfg_attr(doc, doc = include_str!("../../../examples/web_wire.md"))]
#[derive(Clone, Debug, PartialEq)]
pub struct RequestHead {
    /// What is asked for.
    pub operation: OperationName,
    /// Who asks.
    pub headers: RequestHeaders,
    /// Whether the answer may be kept, as far as the request says: it is a GET. A server keeps to
    /// that where the operation's policy says the same. A shell that judges who asks makes it
    /// [`Caching::Private`].
    pub caching: Caching,
    arguments: Arguments,
}

/// Whether an answer may be kept. iTwin.js: `RpcResponseCacheControl`.
#[cfg_attr(doc, doc = include_str!("../../../examples/web_wire.md"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Caching {
    /// Each request is to be answered anew.
    #[default]
    None,
    /// The same request has the same answer at all times.
    Immutable,
    /// The same, for the one who asked: caches that many share must not keep it.
    Private,
    /// No cache may keep it, though it was asked for in a way that caches keep by themselves.
    NoStore,
}

/// Where the arguments are.
#[derive(Clone, Debug, PartialEq)]
enum Arguments {
    Here(Payload),
    Text,
    Octets,
    Parts { content_type: String },
    MessagePack,
}

impl RequestHead {
    /// Reads a request's head. `path` is without the query.
    ///
    /// # Errors
    ///
    /// [`BadRequest`], with the status and body of the answer.
    pub fn read(
        method: &Method,
        path: &str,
        query: Option<&str>,
        headers: &HeaderMap,
    ) -> Result<Self, BadRequest> {
        if method != Method::POST && method != Method::GET {
            let method = method.to_string();
            return Err(BadRequest::WrongMethod { method });
        }
        let operation = OperationName::read(path).ok_or(BadRequest::BadPath)?;
        let request = RequestHeaders::read(headers)?;
        if let Some(name) = request.activity.too_long() {
            return Err(BadRequest::LongHeader { name });
        }
        let (arguments, caching) = match Arguments::of_query(query.unwrap_or_default())? {
            Some(arguments) => (arguments, Caching::Immutable),
            None if method == Method::GET => (Arguments::of_content(headers)?, Caching::NoStore),
            None => (Arguments::of_content(headers)?, Caching::None),
        };
        // What one caller is told must not be told to the next one.
        let caching = match caching {
            Caching::Immutable if !request.activity.authorization.is_empty() => Caching::Private,
            caching => caching,
        };
        Ok(Self {
            operation,
            headers: request,
            caching,
            arguments,
        })
    }

    /// Whether a body has to be read at all.
    #[must_use]
    pub fn has_body(&self) -> bool {
        !matches!(self.arguments, Arguments::Here(_))
    }

    /// The arguments in `body`, not decoded yet; binary data shares the body's buffer.
    ///
    /// Whether the text is JSON shows when it is decoded; [`ThrownError::unreadable`] has the
    /// words then.
    ///
    /// # Errors
    ///
    /// [`BadRequest`], with the status and body of the answer.
    ///
    /// [`ThrownError::unreadable`]: super::ThrownError::unreadable
    pub fn arguments(mut self, body: Bytes, limits: &RequestLimits) -> Result<Payload, BadRequest> {
        self.take_arguments(body, limits)
    }

    /// The same, once, for one who needs the rest of the head as well.
    pub(super) fn take_arguments(
        &mut self,
        body: Bytes,
        limits: &RequestLimits,
    ) -> Result<Payload, BadRequest> {
        limits.admit(body.len() as u64)?;
        Ok(
            match std::mem::replace(&mut self.arguments, Arguments::Text) {
                Arguments::Here(arguments) => arguments,
                Arguments::Text => itwin(body),
                Arguments::Octets => Payload {
                    attachments: vec![body],
                    ..itwin(format!("[{MARKER}]").into_bytes().into())
                },
                Arguments::Parts { content_type } => {
                    let parts = Parts::read(&content_type, &body, limits.multipart)?;
                    let objects = parts.objects.ok_or(MultipartError::NoObjects)?;
                    Payload {
                        attachments: parts.data,
                        ..itwin(objects)
                    }
                }
                Arguments::MessagePack => Payload {
                    codec: Codec::MessagePack,
                    bytes: body,
                    attachments: Vec::new(),
                },
            },
        )
    }
}

impl Arguments {
    fn of_query(query: &str) -> Result<Option<Self>, BadRequest> {
        if let Some(text) = read_query(query)? {
            return Ok(Some(Self::Here(itwin(text.into_bytes().into()))));
        }
        let packed = read_packed_query(query)?;
        Ok(packed.map(|bytes| {
            Self::Here(Payload {
                codec: Codec::MessagePack,
                bytes: bytes.into(),
                attachments: Vec::new(),
            })
        }))
    }

    fn of_content(headers: &HeaderMap) -> Result<Self, BadRequest> {
        let content_type = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
        let content_type = String::from_utf8_lossy(content_type.unwrap_or_default());
        let starts = |prefix: &str| starts_with(&content_type, prefix);
        // iTwin.js goes by prefixes, and takes JSON under the name of text only.
        if content_type.is_empty() || starts("text/") || starts("application/json") {
            Ok(Self::Text)
        } else if is_octets(&content_type) {
            Ok(Self::Octets)
        } else if multipart::is_multipart(&content_type) {
            let content_type = content_type.into_owned();
            Ok(Self::Parts { content_type })
        } else if negotiation::is(&content_type, MESSAGE_PACK) {
            Ok(Self::MessagePack)
        } else {
            let content_type = content_type.into_owned();
            Err(BadRequest::WrongContent { content_type })
        }
    }
}

pub(super) fn itwin(bytes: Bytes) -> Payload {
    Payload {
        codec: Codec::ITwinJson,
        bytes,
        attachments: Vec::new(),
    }
}

/// Bytes that were the whole of a body, as iTwin's JSON names them.
pub(super) fn octets(bytes: Bytes) -> Payload {
    Payload {
        attachments: vec![bytes],
        ..itwin(Bytes::from_static(MARKER.as_bytes()))
    }
}

/// The value for bytes of any length that were the whole of a body.
const MARKER: &str = r#"{"isBinary":true,"index":0,"size":-1,"chunks":1}"#;
