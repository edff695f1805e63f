//! Requests that are none: each has a status and a JSON body.

use http::Method;
use twinbridge_common::{
    rpc::web::{Answer, RequestHead, RequestLimits, ThrownError},
    wire::{Bytes, Codec, Payload},
};

use super::{header, headers, json, serve, text};

const ADDRESS: &str = "/probe/v1.0/ProbeRpc-1.2.3-num";

fn refused(method: &Method, address: &str, content_type: &str, body: &[u8]) -> (u16, String) {
    let sent = headers(&[("X-Correlation-Id", "a1"), ("Content-Type", content_type)]);
    let limits = RequestLimits::default().max_body_bytes(200).max_parts(2);
    let body = Bytes::copy_from_slice(body);
    let error = serve(method, address, &sent, body, &limits).unwrap_err();
    let answer = Answer::from(&error);
    assert_eq!(header(&answer.headers, "content-type"), "application/json");
    assert_eq!(header(&answer.headers, "x-protocol-version"), "");
    let body = text(&answer);
    let json: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(json["isError"], true);
    (answer.status, json["message"].as_str().unwrap().to_owned())
}

#[test]
fn a_request_without_an_id_is_refused_as_by_the_real_server() {
    let sent = headers(&[("Content-Type", "text/plain")]);
    let limits = RequestLimits::default();
    let body = Bytes::from(b"[1,2]");
    let error = serve(&Method::POST, ADDRESS, &sent, body, &limits).unwrap_err();
    let answer = Answer::from(&error);
    assert_eq!(answer.status, 400);
    assert_eq!(
        text(&answer),
        r#"{"message":"Error: Invalid request: Missing required activity ID.","isError":true}"#
    );
}

#[test]
fn every_malformed_request_has_a_status_and_a_sentence() {
    const PARTS: &str = "multipart/form-data; boundary=b";
    let part = "--b\r\nContent-Disposition: form-data; name=\"data-0\"\r\n\r\nx\r\n";
    let many = format!("{}--b--", part.repeat(3));
    let get = |parameters: &str| format!("{ADDRESS}?parameters={parameters}");
    for (method, address, content_type, body, status, message) in [
        (
            Method::PUT,
            ADDRESS,
            "text/plain",
            "[]",
            405,
            "Error: Invalid request: Method `PUT` is not allowed.",
        ),
        (
            Method::POST,
            "/x/y",
            "text/plain",
            "[]",
            400,
            "Error: Invalid request: Malformed URL path detected.",
        ),
        (
            Method::GET,
            &get("W_y"),
            "",
            "",
            400,
            "Error: Invalid request: Malformed URL parameters detected.",
        ),
        (
            Method::POST,
            ADDRESS,
            "image/png",
            "x",
            415,
            "Error: Invalid request: Content type `image/png` is not supported.",
        ),
        (
            Method::POST,
            ADDRESS,
            "text/plain",
            &"x".repeat(201),
            413,
            "Error: Invalid request: Body exceeds the limit of 200 bytes.",
        ),
        (
            Method::POST,
            ADDRESS,
            "multipart/form-data",
            "x",
            400,
            "Error: Invalid request: Malformed multipart body: the content type has no boundary.",
        ),
        (
            Method::POST,
            ADDRESS,
            PARTS,
            "x",
            400,
            "Error: Invalid request: Malformed multipart body: the body ends before its last boundary.",
        ),
        (
            Method::POST,
            ADDRESS,
            PARTS,
            "--b--",
            400,
            "Error: Invalid request: Malformed multipart body: no part is named `objects`.",
        ),
        (
            Method::POST,
            ADDRESS,
            PARTS,
            &many,
            413,
            "Error: Invalid request: Too many parts: more than 2 parts.",
        ),
    ] {
        let refused = refused(&method, address, content_type, body.as_bytes());
        assert_eq!(refused, (status, message.to_owned()), "{method} {address}");
    }
}

#[test]
fn ten_thousand_parts_are_too_many_for_a_default_server() {
    let part = "--b\r\nContent-Disposition: form-data; name=\"data-0\"\r\n\r\nx\r\n";
    let body = Bytes::from(format!("{}--b--", part.repeat(10_000)).into_bytes());
    let sent = headers(&[
        ("X-Correlation-Id", "a1"),
        ("Content-Type", "multipart/form-data; boundary=b"),
    ]);
    let limits = RequestLimits::default();
    let error = serve(&Method::POST, ADDRESS, &sent, body, &limits).unwrap_err();
    assert_eq!(error.status(), 413);
}

#[test]
fn a_length_is_judged_before_the_body_is_read() {
    let limits = RequestLimits::default();
    assert_eq!(limits.max_body_bytes, 64 * 1024 * 1024);
    assert!(limits.admit(64 * 1024 * 1024).is_ok());
    assert_eq!(limits.admit(u64::MAX).unwrap_err().status(), 413);
}

#[test]
fn a_wrong_method_says_which_are_right() {
    let sent = headers(&[("X-Correlation-Id", "a1")]);
    let limits = RequestLimits::default();
    let error = serve(&Method::DELETE, ADDRESS, &sent, Bytes::new(), &limits).unwrap_err();
    assert_eq!(
        header(&Answer::from(&error).headers, "allow"),
        "POST, GET, OPTIONS"
    );
}

#[test]
fn arguments_that_cannot_be_read_have_the_words_of_the_real_server() {
    let long = format!("[\"{}\u{e9}", "x".repeat(2000));
    for (arguments, message) in [
        (json("[1,2", &[]), "Invalid JSON: \"[1,2\"".to_owned()),
        (
            json("<html>not json", &[]),
            "Invalid JSON: \"<html>not json\"".to_owned(),
        ),
        (
            json(
                r#"[{"isBinary":true,"index":1,"size":1,"chunks":1}]"#,
                &[&[7]],
            ),
            "Cannot unmarshal missing binary value.".to_owned(),
        ),
        (
            json(&long, &[]),
            format!("Invalid JSON: \"[\"{}…\"", "x".repeat(1022)),
        ),
    ] {
        let error = ThrownError::unreadable(&arguments).unwrap();
        assert_eq!(error.message, message);
        assert_eq!((error.number, error.name.as_str()), (Some(32_768), "Error"));
    }
    assert_eq!(ThrownError::unreadable(&json("[1,2]", &[])), None);
    let bad_text = Payload {
        codec: Codec::ITwinJson,
        bytes: Bytes::from(&[b'"', 0xff, b'"']),
        attachments: Vec::new(),
    };
    assert_eq!(
        ThrownError::unreadable(&bad_text).unwrap().message,
        "Invalid JSON: \"\"\u{fffd}\"\""
    );
}

#[test]
fn a_text_that_no_call_carries_is_refused_and_not_dropped() {
    for (name, len, expected) in [
        ("x-session-id", 65_535, None),
        ("x-session-id", 65_536, Some("X-Session-Id")),
        ("authorization", 65_536, Some("Authorization")),
    ] {
        let long = "x".repeat(len);
        let headers = headers(&[("x-correlation-id", "a"), (name, &long)]);
        let read = RequestHead::read(&Method::POST, "/A-1-b", None, &headers);
        let refused = read.err().map(|error| (error.status(), error.to_string()));
        let expected = expected.map(|name| (431, format!("`{name}` has more than 65535 bytes.")));
        assert_eq!(refused, expected);
    }
}
