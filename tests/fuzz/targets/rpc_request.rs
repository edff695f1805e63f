//! Any bytes as a request over HTTP: path, query, headers and body.
//!
//! None may panic; what is refused has a status and JSON, and arguments that were read stay within
//! the body. Parts have a target of their own.
#![no_main]

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;
use twinbridge_common::{
    rpc::web::{
        OperationName, PathRouting, Reply, RequestHead, RequestLimits, ThrownError, check_tokens,
        read_query, write_query,
    },
    wire::{Bytes, Value},
};

const CONTENT_TYPES: [&str; 6] = [
    "text/plain",
    "application/octet-stream",
    "multipart/form-data; boundary=b",
    "application/vnd.twinbridge.rpc+msgpack",
    "application/json",
    "",
];

fuzz_target!(|data: (u8, bool, String, Option<String>, Vec<u8>)| {
    let (choice, is_get, path, query, body) = data;
    let content_type = CONTENT_TYPES[usize::from(choice) % CONTENT_TYPES.len()];
    let mut headers = HeaderMap::new();
    headers.insert("x-correlation-id", HeaderValue::from_static("a1"));
    headers.insert("content-type", HeaderValue::from_static(content_type));
    if let Ok(value) = HeaderValue::from_bytes(&body) {
        headers.insert(HeaderName::from_static("x-protocol-version"), value.clone());
        headers.insert(HeaderName::from_static("retry-after"), value);
    }
    let body = Bytes::from(body);
    answer(u16::from(choice) * 2, &headers, &body);
    let method = if is_get { Method::GET } else { Method::POST };
    if let Some(name) = OperationName::read(&path) {
        assert_eq!(OperationName::read(&name.to_string()), Some(name));
    }
    let _ = PathRouting::read(&path);
    let head = match RequestHead::read(&method, &path, query.as_deref(), &headers) {
        Ok(head) => head,
        Err(error) => {
            assert!((400..500).contains(&error.status()));
            return;
        }
    };
    if let Ok(Some(text)) = read_query(query.as_deref().unwrap_or_default())
        && let Some(again) = write_query(&text)
    {
        assert_eq!(read_query(&again), Ok(Some(text)));
    }
    let len = body.len();
    let limits = RequestLimits::default().max_parts(16);
    let Ok(arguments) = head.arguments(body, &limits) else {
        return;
    };
    assert!(arguments.attachments.len() <= 16);
    assert!(arguments.attachments.iter().all(|bytes| bytes.len() <= len));
    let is_readable = ThrownError::unreadable(&arguments).is_none();
    let checked = check_tokens(&path, arguments);
    if is_readable {
        let again = checked.arguments.decode::<IgnoredAny>();
        assert!(again.is_ok(), "what could be read still can: {again:?}");
    }
    let _ = checked.arguments.decode::<Vec<Value>>();
});

/// The same bytes as an answer, which a server of any kind may have sent.
fn answer(status: u16, headers: &HeaderMap, body: &Bytes) {
    if let Reply::Rejected(error) = Reply::read(status, headers, body).checked() {
        let _ = (error.number(), error.name(), error.to_string());
    }
}
