//! Answers that a client may meet, of our servers, of iTwin's, and of neither.

use http::HeaderMap;
use twinbridge_common::{
    rpc::web::{Reply, RequestError},
    wire::Bytes,
};

use super::{NOT_FOUND_ERROR, headers, json};

fn seen(status: u16, list: &[(&str, &str)], body: &str) -> (String, String, i64) {
    let body = Bytes::from(body.as_bytes().to_vec());
    match Reply::read(status, &headers(list), &body).checked() {
        Reply::Rejected(error) => (error.name(), error.to_string(), error.number()),
        other => panic!("{status}: {other:?}"),
    }
}

#[test]
fn failures_look_as_the_real_client_shows_them() {
    const V2: &[(&str, &str)] = &[("x-protocol-version", "2")];
    for (status, list, body, name, message, number) in [
        (
            404,
            V2,
            NOT_FOUND_ERROR,
            "Not Found",
            "no such thing",
            65_574,
        ),
        (
            500,
            V2,
            NOT_FOUND_ERROR,
            "Not Found",
            "no such thing",
            65_574,
        ),
        (
            202,
            V2,
            r#"{"message":"no such thing","errorNumber":147462,"name":"Pending","isError":true}"#,
            "Pending",
            "no such thing",
            147_462,
        ),
        (
            500,
            V2,
            r#"{"message":"plain bad","isError":true,"name":"TypeError"}"#,
            "TypeError",
            "plain bad",
            32_768,
        ),
        (500, V2, "\"just text\"", "", "", 32_768),
        (500, V2, r#"{"name":"no message"}"#, "", "", 32_768),
        (500, V2, "", "", "", 32_768),
        (
            403,
            &[],
            NOT_FOUND_ERROR,
            "Server error (403)",
            "Unknown server response code.",
            403,
        ),
        (
            401,
            &[],
            "",
            "Server error (401)",
            "Unknown server response code.",
            401,
        ),
        (
            567,
            &[],
            "",
            "Server error (567)",
            "Unknown server response code.",
            567,
        ),
        (
            200,
            &[],
            "<html>not json",
            "Error",
            "Invalid JSON: \"<html>not json\"",
            32_768,
        ),
        (
            500,
            &[],
            "<html>not json",
            "Error",
            "Invalid JSON: \"<html>not json\"",
            32_768,
        ),
        (
            200,
            &[("content-type", "multipart/form-data; boundary=b")],
            "x",
            "Server error (200)",
            "Unknown server response error.",
            200,
        ),
        (
            500,
            &[("content-type", "application/vnd.twinbridge.rpc+msgpack")],
            "x",
            "Server error (500)",
            "Unknown server response error.",
            500,
        ),
    ] {
        assert_eq!(
            seen(status, list, body),
            (name.to_owned(), message.to_owned(), number),
            "{status} {body}"
        );
    }
    assert_eq!(
        Reply::read(204, &HeaderMap::new(), &Bytes::new()),
        Reply::NoContent
    );
}

#[test]
fn an_answer_has_many_parts_and_not_one_for_every_few_bytes() {
    let kind = headers(&[("content-type", "multipart/form-data; boundary=b")]);
    let objects = "--b\r\nContent-Disposition: form-data; name=\"objects\"\r\n\r\n{}";
    let read = |part: &str| {
        let body = format!("{objects}{}\r\n--b--\r\n", part.repeat(20_000));
        Reply::read(200, &kind, &Bytes::from(body.into_bytes()))
    };
    let of_itwin =
        "\r\n--b\r\nContent-Disposition: form-data; name=\"data-0\"; filename=\"blob\"\r\n\r\n";
    let Reply::Resolved(result) = read(of_itwin) else {
        panic!("a server may send that many");
    };
    assert_eq!(result.attachments.len(), 20_000);
    let bare = read("\r\n--b\r\n\r\n");
    assert!(matches!(bare, Reply::Rejected(_)), "{bare:?}");
}

#[test]
fn a_refusal_with_an_unknown_status_keeps_its_sentence() {
    let body = Bytes::from(br#"{"message":"Error: no","isError":true}"#);
    let reply = Reply::read(413, &HeaderMap::new(), &body);
    let expected = RequestError::UnknownStatus {
        status: 413,
        message: "Error: no".to_owned(),
    };
    assert_eq!(reply, Reply::Rejected(expected));
}

#[test]
fn an_error_with_the_status_of_its_category_is_that_error() {
    let body = r#"{"message":"no","errorNumber":65542,"name":"Bad Request","isError":true}"#;
    let v2: &[(&str, &str)] = &[("x-protocol-version", "2"), ("content-type", "text/plain")];
    for status in [400, 403, 409, 422, 501] {
        let seen = seen(status, v2, body);
        assert_eq!(seen, ("Bad Request".to_owned(), "no".to_owned(), 65_542));
    }
    // Without the protocol's version it is somebody else's, who only writes alike.
    let (name, _, number) = seen(403, &[], body);
    assert_eq!((name.as_str(), number), ("Server error (403)", 403));
    let (name, _, number) = seen(403, v2, r#"{"message":"who are you"}"#);
    assert_eq!((name.as_str(), number), ("Server error (403)", 403));
}

#[test]
fn pending_and_not_found_of_each_generation_are_read() {
    const V2: &[(&str, &str)] = &[("x-protocol-version", "2")];
    let wrapped =
        r#"{"iTwinRpcCoreResponse":true,"managedStatus":"pending","responseValue":"step 1"}"#;
    let missing = r#"{"iTwinRpcCoreResponse":true,"managedStatus":"notFound","responseValue":"{\"message\":\"Not found\"}"}"#;
    let pending = |message: &str| Reply::Pending {
        message: message.to_owned(),
        retry_after: None,
    };
    let not_found = Reply::NotFound(json(r#"{"message":"Not found"}"#, &[]));
    for (status, list, body, expected) in [
        (202, V2, wrapped, pending("step 1")),
        (202, &[], "step 1", pending("step 1")),
        // A header that the browser hides does not make the wrapper the message.
        (202, &[], wrapped, pending("step 1")),
        (404, V2, missing, not_found.clone()),
        (
            404,
            &[("x-protocol-version", "1")],
            r#"{"message":"Not found"}"#,
            not_found,
        ),
    ] {
        let body = Bytes::from(body.as_bytes());
        assert_eq!(Reply::read(status, &headers(list), &body), expected);
    }
}

#[test]
fn a_result_that_speaks_of_the_wrapper_is_a_result() {
    let text = r#"{"iTwinRpcCoreResponse":true,"managedStatus":"pending","responseValue":"x"}"#;
    let reply = Reply::read(
        200,
        &headers(&[("x-protocol-version", "2")]),
        &Bytes::from(text.as_bytes()),
    );
    assert_eq!(reply, Reply::Resolved(json(text, &[])));
}
