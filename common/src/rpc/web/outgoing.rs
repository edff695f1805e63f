//! A request on a client: what goes to the server, ready for any transport.
//!
//! The transport adds nothing but what it needs itself. Sent again, as after a pending answer, it
//! is the same request with the same id.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method};

use super::body::{Body, TEXT};
use super::header::{BadHeader, CsrfToken, RequestHeaders};
use super::parameters::{write_packed_query, write_query};
use super::path::{OperationName, Routing, Service};
use super::request::Caching;
use crate::wire::{Codec, Payload};

/// A request to be sent.
#[cfg_attr(doc, doc = include_str!("../../../examples/web_wire.md"))]
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    /// POST, or GET with the arguments in the address.
    pub method: Method,
    /// The address, with its query.
    pub address: String,
    /// The headers, `Content-Type` among them.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
}

/// What a request is made of.
#[cfg_attr(doc, doc = include_str!("../../../examples/web_wire.md"))]
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Where the server is.
    pub service: &'a Service,
    /// Which model it is about.
    pub routing: &'a Routing,
    /// What is asked for.
    pub operation: &'a OperationName,
    /// The arguments, encoded as one array.
    pub arguments: &'a Payload,
    /// Who asks.
    pub headers: &'a RequestHeaders,
    /// A token by which the server knows its own pages.
    pub csrf: Option<&'a CsrfToken>,
    /// Whether the operation's answers may be kept.
    pub caching: Caching,
}

impl Request<'_> {
    /// The request as it is sent.
    ///
    /// One whose answer may be kept goes by GET if its arguments fit an address, which JSON with
    /// binary data does not, and by POST otherwise. iTwin.js rejects it where they have
    /// characters beyond Latin-1; here it goes by POST.
    ///
    /// # Errors
    ///
    /// [`BadHeader`] if something about who asks cannot be in a header.
    pub fn write(&self) -> Result<Outgoing, BadHeader> {
        let mut headers = self.headers.write(self.csrf)?;
        let mut address = self.service.address(self.routing, self.operation);
        if let Some(query) = self.query() {
            address.push('?');
            address.push_str(&query);
            let (method, body) = (Method::GET, Body::none());
            return Ok(Outgoing {
                method,
                address,
                headers,
                body,
            });
        }
        let body = Body::of_arguments(self.arguments);
        // A content type of ours is ASCII, boundary and all.
        let content_type =
            HeaderValue::from_str(&body.content_type).unwrap_or(HeaderValue::from_static(TEXT));
        headers.insert(CONTENT_TYPE, content_type);
        Ok(Outgoing {
            method: Method::POST,
            address,
            headers,
            body,
        })
    }

    fn query(&self) -> Option<String> {
        let arguments = self.arguments;
        if self.caching != Caching::Immutable || !arguments.attachments.is_empty() {
            return None;
        }
        match arguments.codec {
            Codec::ITwinJson => write_query(std::str::from_utf8(&arguments.bytes).ok()?),
            Codec::MessagePack => write_packed_query(&arguments.bytes),
            Codec::Json => None,
        }
    }
}
