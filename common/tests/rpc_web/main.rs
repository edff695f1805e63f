//! iTwin's RPC over HTTP, pinned by what its real client and server said.
//!
//! `service` asks a whole server; `exchanges` goes through requests in both directions, `results`
//! and `replies` through answers, `malformed` through what nobody should send, and `document` holds
//! the page against the code. The literal texts were captured from iTwin.js 5.13 and 2.19.

#![allow(clippy::unwrap_used)] // The helpers of the tests are tests too.

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use twinbridge_common::{
    rpc::web::{
        Activity, Answer, AnswerSettings, Asked, BadRequest, Fulfillment, OperationName,
        RequestHead, RequestHeaders, RequestLimits, Service,
    },
    wire::{Bytes, Codec, Payload},
};

mod descriptions;
mod document;
mod exchanges;
mod malformed;
mod multipart;
mod replies;
mod results;
mod service;
mod streams;

/// An error as iTwin's server wrote it.
const NOT_FOUND_ERROR: &str =
    r#"{"message":"no such thing","errorNumber":65574,"name":"Not Found","isError":true}"#;

/// A payload of iTwin's JSON.
fn json(text: &str, attachments: &[&'static [u8]]) -> Payload {
    Payload {
        codec: Codec::ITwinJson,
        bytes: text.as_bytes().to_vec().into(),
        attachments: attachments
            .iter()
            .map(|bytes| Bytes::from(*bytes))
            .collect(),
    }
}

fn service() -> Service {
    Service {
        prefix: String::new(),
        title: "probe".to_owned(),
        version: "v1.0".to_owned(),
    }
}

fn operation(name: &str) -> OperationName {
    OperationName {
        interface: "ProbeRpc".to_owned(),
        version: "1.2.3".to_owned(),
        operation: name.to_owned(),
    }
}

/// What the captured client says about itself.
fn from_probe(protocol: u32) -> RequestHeaders {
    RequestHeaders {
        activity: Activity {
            id: "act-1".to_owned(),
            application_id: "app9".to_owned(),
            application_version: "0.1.0".to_owned(),
            session_id: "sess-1".to_owned(),
            authorization: "Bearer tok".to_owned(),
            user_id: String::new(),
        },
        protocol,
        takes_message_pack: false,
    }
}

fn headers(list: &[(&str, &str)]) -> HeaderMap {
    let pairs = list.iter().map(|(name, value)| {
        let name: HeaderName = name.parse().unwrap();
        (name, HeaderValue::from_str(value).unwrap())
    });
    pairs.collect()
}

/// A header's text; empty where there is none.
fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone().into_bytes().into_vec()).unwrap()
}

/// What a server with default settings answers to a client of `protocol`.
fn answer(fulfillment: Fulfillment, protocol: u32) -> Answer {
    answer_with(fulfillment, protocol, AnswerSettings::default())
}

fn answer_with(fulfillment: Fulfillment, protocol: u32, settings: AnswerSettings) -> Answer {
    let asked = Asked {
        headers: &from_probe(protocol),
        caching: Default::default(),
        operation: "num",
        codec: Codec::ITwinJson,
    };
    Answer::write(&asked, fulfillment, None, settings)
}

/// Reads a request as a server does: head, then body.
fn serve(
    method: &Method,
    address: &str,
    headers: &HeaderMap,
    body: Bytes,
    limits: &RequestLimits,
) -> Result<(RequestHead, Payload), BadRequest> {
    let (path, query) = match address.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (address, None),
    };
    let head = RequestHead::read(method, path, query, headers)?;
    let arguments = head.clone().arguments(body, limits)?;
    Ok((head, arguments))
}
