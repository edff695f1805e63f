//! Answers: written as the real server writes them, and read as the real client reads them.

use http::HeaderMap;
use twinbridge_common::{
    ipc::{BackendError, Refusal},
    rpc::{
        RpcTransient,
        web::{
            Answer, AnswerSettings, Asked, Caching, ErrorId, ErrorStatus, Fulfillment, Reply,
            ReplyBody, RequestError, RequestHeaders, RetryAfter, Stacks, ThrownError,
        },
    },
    wire::{Bytes, Codec, Ending, Object, Payload, Value},
};

use super::{NOT_FOUND_ERROR, answer, answer_with, from_probe, header, headers, json, text};

fn not_found_error() -> ThrownError {
    ThrownError::numbered(65_574, "Not Found", "no such thing")
}

fn by_category() -> AnswerSettings {
    let mut settings = AnswerSettings::default();
    settings.errors = ErrorStatus::ByCategory;
    settings
}

fn read(answer: &Answer) -> Reply {
    Reply::read(
        answer.status,
        &answer.headers,
        &answer.body.clone().into_bytes(),
    )
}

#[test]
fn results_are_written_as_text_bytes_or_parts() {
    for (result, content_type, body) in [
        (json("5", &[]), "text/plain; charset=utf-8", "5"),
        (json("", &[]), "text/plain; charset=utf-8", ""),
        (json("null", &[]), "text/plain; charset=utf-8", "null"),
        (
            json(
                r#"{"isBinary":true,"index":0,"size":3,"chunks":1}"#,
                &[b"\x01\x02\x03"],
            ),
            "application/octet-stream",
            "\u{1}\u{2}\u{3}",
        ),
        (
            json(r#"{"isBinary":true,"index":0,"size":0,"chunks":1}"#, &[b""]),
            "application/octet-stream",
            "",
        ),
    ] {
        let answer = answer(Fulfillment::Resolved(result.clone()), 2);
        assert_eq!(answer.status, 200);
        assert_eq!(header(&answer.headers, "x-protocol-version"), "2");
        assert_eq!(header(&answer.headers, "content-type"), content_type);
        assert_eq!(text(&answer), body);
        let Reply::Resolved(seen) = read(&answer) else {
            panic!("{result:?}")
        };
        assert_eq!(seen.decode::<Value>().unwrap(), result.decode().unwrap());
    }
}

#[test]
fn a_list_that_starts_with_bytes_is_not_cut() {
    let list = json(
        r#"[{"isBinary":true,"index":0,"size":1,"chunks":1},{"isBinary":true,"index":1,"size":1,"chunks":1}]"#,
        &[&[1], &[2]],
    );
    let answer = answer(Fulfillment::Resolved(list.clone()), 2);
    assert!(header(&answer.headers, "content-type").starts_with("multipart/form-data; boundary="));
    assert_eq!(read(&answer), Reply::Resolved(list));
}

#[test]
fn parts_of_the_real_server_are_read() {
    const BODY: &str = concat!(
        "----------------------------6b16240e55272ade31790b00\r\n",
        "Content-Disposition: form-data; name=\"objects\"\r\n\r\n",
        r#"{"p":{"isBinary":true,"index":0,"size":1,"chunks":1},"k":"v"}"#,
        "\r\n----------------------------6b16240e55272ade31790b00\r\n",
        "Content-Disposition: form-data; name=\"data-0\"\r\n",
        "Content-Type: application/octet-stream\r\n\r\n",
        "\u{1}",
        "\r\n----------------------------6b16240e55272ade31790b00--\r\n",
    );
    const BOUNDARY: &str = "--------------------------6b16240e55272ade31790b00";
    let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
    let received = headers(&[("content-type", &content_type), ("x-protocol-version", "2")]);
    let result = json(
        r#"{"p":{"isBinary":true,"index":0,"size":1,"chunks":1},"k":"v"}"#,
        &[&[1]],
    );
    let reply = Reply::read(200, &received, &Bytes::from(BODY.as_bytes()));
    assert_eq!(reply, Reply::Resolved(result.clone()));
    let answer = answer(Fulfillment::Resolved(result), 2);
    let own = header(&answer.headers, "content-type");
    let own = own.strip_prefix("multipart/form-data; boundary=").unwrap();
    assert_eq!(text(&answer).replace(own, BOUNDARY), BODY);
}

#[test]
fn what_is_no_plain_result_looks_as_in_each_generation() {
    let pending = || Fulfillment::Pending {
        message: "step 1".to_owned(),
    };
    let missing = || Fulfillment::NotFound(json(r#"{"message":"Not found"}"#, &[]));
    const NO_CONTENT: &str =
        r#"{"message":"No Content","errorNumber":65604,"name":"Error (65604)","isError":true}"#;
    for (fulfillment, protocol, status, body) in [
        (pending(), 0, 202, "step 1"),
        (pending(), 1, 202, "step 1"),
        (
            pending(),
            2,
            202,
            r#"{"iTwinRpcCoreResponse":true,"managedStatus":"pending","responseValue":"step 1"}"#,
        ),
        (missing(), 0, 404, r#"{"message":"Not found"}"#),
        (missing(), 1, 404, r#"{"message":"Not found"}"#),
        (
            missing(),
            2,
            404,
            r#"{"iTwinRpcCoreResponse":true,"managedStatus":"notFound","responseValue":"{\"message\":\"Not found\"}"}"#,
        ),
        (Fulfillment::NoContent, 0, 500, NO_CONTENT),
        (Fulfillment::NoContent, 1, 204, ""),
        (Fulfillment::NoContent, 2, 204, ""),
        (
            Fulfillment::Thrown(not_found_error()),
            0,
            500,
            NOT_FOUND_ERROR,
        ),
        (
            Fulfillment::Thrown(not_found_error()),
            2,
            500,
            NOT_FOUND_ERROR,
        ),
        (
            Fulfillment::Transient(RpcTransient::TooManyRequests),
            2,
            429,
            "",
        ),
        (Fulfillment::Transient(RpcTransient::BadGateway), 2, 502, ""),
    ] {
        let answer = answer(fulfillment.clone(), protocol);
        assert_eq!(answer.status, status, "{fulfillment:?} {protocol}");
        assert_eq!(text(&answer), body, "{fulfillment:?} {protocol}");
        assert_eq!(header(&answer.headers, "x-protocol-version"), "2");
    }
}

#[test]
fn errors_may_have_the_status_of_their_category() {
    for (error, protocol, status) in [
        (not_found_error(), 0, 500),
        (not_found_error(), 1, 500),
        (not_found_error(), 2, 404),
        (
            ThrownError::incompatible_version("1.2.3", "1.3.0", "num"),
            2,
            403,
        ),
        (ThrownError::general("x"), 2, 500),
        (
            ThrownError {
                name: "TypeError".to_owned(),
                ..ThrownError::default()
            },
            2,
            500,
        ),
    ] {
        let answer = answer_with(Fulfillment::Thrown(error.clone()), protocol, by_category());
        assert_eq!(answer.status, status, "{error:?}");
    }
    let nothing = ThrownError::numbered(65_578, "Nothing to undo", "");
    let answer = answer_with(Fulfillment::Thrown(nothing), 2, by_category());
    assert_eq!((answer.status, answer.body.is_empty()), (204, true));
}

#[test]
fn errors_are_spelled_as_the_real_server_spells_them() {
    let itwin = ThrownError {
        name: "oops".to_owned(),
        message: "twin bad".to_owned(),
        id: Some(ErrorId {
            scope: "probe".to_owned(),
            key: "oops".to_owned(),
        }),
        members: Object(vec![("foo".to_owned(), Value::Int(7))]),
        ..ThrownError::default()
    };
    for (error, text) in [
        (not_found_error(), NOT_FOUND_ERROR),
        (
            ThrownError::general("RPC interface \"NoSuch\" is not initialized."),
            r#"{"message":"RPC interface \"NoSuch\" is not initialized.","errorNumber":32768,"name":"Error","isError":true}"#,
        ),
        (
            ThrownError::incompatible_version("1.2.3", "1.3.0", "num"),
            r#"{"message":"Backend version 1.2.3 does not match frontend version 1.3.0 for RPC interface num.","errorNumber":135168,"name":"RpcInterfaceStatus.IncompatibleVersion","isError":true}"#,
        ),
        (
            itwin,
            r#"{"message":"twin bad","iTwinErrorId":{"scope":"probe","key":"oops"},"foo":7,"name":"oops","isError":true}"#,
        ),
        (
            ThrownError {
                stack: Some("at x".to_owned()),
                ..not_found_error()
            },
            r#"{"stack":"at x","message":"no such thing","errorNumber":65574,"name":"Not Found","isError":true}"#,
        ),
    ] {
        assert_eq!(error.payload(), json(text, &[]));
        assert_eq!(ThrownError::read(&json(text, &[])).unwrap(), error);
    }
    let other_order = r#"{"message":"plain bad","isError":true,"name":"TypeError"}"#;
    let error = ThrownError::read(&json(other_order, &[])).unwrap();
    assert_eq!((error.name.as_str(), error.number), ("TypeError", None));
}

#[test]
fn stacks_are_shown_only_where_the_server_says_so() {
    let error = ThrownError {
        stack: Some("at x".to_owned()),
        ..not_found_error()
    };
    let shown = |stacks| {
        let mut settings = AnswerSettings::default();
        settings.stacks = stacks;
        text(&answer_with(
            Fulfillment::Thrown(error.clone()),
            2,
            settings,
        ))
        .contains("at x")
    };
    assert!(!shown(Stacks::Hidden));
    assert!(shown(Stacks::Shown));
}

#[test]
fn an_error_of_a_contract_tells_scope_key_number_and_members() {
    let own = Value::from([
        ("count", Value::from(3)),
        ("message", Value::from("not this one")),
    ]);
    let ending = Ending::Failed {
        scope: "notes".into(),
        key: "TooMany".into(),
        number: 65_550,
        message: "three are too many".into(),
        payload: Some(Payload::encode(Codec::ITwinJson, &own).unwrap()),
    };
    let answer = answer(Fulfillment::Failed(ending), 2);
    assert_eq!(
        text(&answer),
        r#"{"message":"three are too many","errorNumber":65550,"iTwinErrorId":{"scope":"notes","key":"TooMany"},"count":3,"name":"TooMany","isError":true}"#
    );
    let Reply::Rejected(error) = read(&answer) else {
        panic!("{answer:?}")
    };
    assert_eq!(
        BackendError::from(&error),
        BackendError {
            scope: "notes".to_owned(),
            key: "TooMany".to_owned(),
            number: Some(65_550),
            message: "three are too many".to_owned(),
        }
    );
}

#[test]
fn a_refusal_tells_its_text_and_number() {
    let refusal = Refusal::UnknownMethod {
        channel: "notes".to_owned(),
        method: "x".to_owned(),
    };
    let ending = Ending::Refused {
        text: refusal.to_string().into(),
        payload: Payload::encode(Codec::ITwinJson, &refusal).unwrap(),
    };
    assert_eq!(
        text(&answer(Fulfillment::Failed(ending), 2)),
        r#"{"message":"interface `notes` has no method `x`","errorNumber":65606,"name":"Error","isError":true}"#
    );
}

#[test]
fn between_two_of_ours_a_failure_arrives_as_it_was() {
    let ours = RequestHeaders {
        takes_message_pack: true,
        ..from_probe(2)
    };
    let asked = Asked {
        headers: &ours,
        caching: Caching::None,
        operation: "num",
        codec: Codec::MessagePack,
    };
    let write = |fulfillment| Answer::write(&asked, fulfillment, None, AnswerSettings::default());
    let ending = Ending::Failed {
        scope: "notes".into(),
        key: "Gone".into(),
        number: 0,
        message: "gone".into(),
        payload: Some(Payload::encode(Codec::MessagePack, &f64::NAN).unwrap()),
    };
    let answer = write(Fulfillment::Failed(ending.clone()));
    assert_eq!(answer.status, 500);
    assert_eq!(
        header(&answer.headers, "accept-post"),
        "application/vnd.twinbridge.rpc+msgpack"
    );
    assert_eq!(
        read(&answer),
        Reply::Rejected(RequestError::Failed(Box::new(ending)))
    );
    let result = Payload::encode(Codec::MessagePack, &Bytes::from(&[1])).unwrap();
    assert_eq!(
        read(&write(Fulfillment::Resolved(result.clone()))),
        Reply::Resolved(result.clone())
    );
    assert_eq!(
        read(&write(Fulfillment::NotFound(result.clone()))),
        Reply::NotFound(result)
    );
    let pending = Fulfillment::Pending {
        message: "half".to_owned(),
    };
    assert_eq!(
        read(&write(pending)),
        Reply::Pending {
            message: "half".to_owned(),
            retry_after: None
        }
    );
    let thrown = write(Fulfillment::Thrown(ThrownError::incompatible_version(
        "1.0.0", "2.0.0", "x",
    )));
    let Reply::Rejected(error) = read(&thrown) else {
        panic!("{thrown:?}")
    };
    assert_eq!(error.number(), 135_168);
    let stream = write(Fulfillment::Stream);
    assert_eq!(
        ReplyBody::of(stream.status, &stream.headers),
        ReplyBody::Stream
    );
    let bytes = write(Fulfillment::Bytes);
    assert_eq!(
        ReplyBody::of(bytes.status, &bytes.headers),
        ReplyBody::Whole
    );
}

#[test]
fn faults_of_the_moment_say_when_to_try_again() {
    for (status, fault) in [
        (408, RpcTransient::RequestTimeout),
        (429, RpcTransient::TooManyRequests),
        (502, RpcTransient::BadGateway),
        (503, RpcTransient::ServiceUnavailable),
        (504, RpcTransient::GatewayTimeout),
    ] {
        let seconds = std::time::Duration::from_millis(1500);
        let answer = Answer::write(
            &Asked {
                headers: &from_probe(2),
                caching: Caching::None,
                operation: "num",
                codec: Codec::ITwinJson,
            },
            Fulfillment::Transient(fault),
            Some(RetryAfter::In(seconds)),
            AnswerSettings::default(),
        );
        assert_eq!(
            (answer.status, header(&answer.headers, "retry-after")),
            (status, "1.5")
        );
        let retry_after = Some(RetryAfter::In(seconds));
        assert_eq!(read(&answer), Reply::Transient { fault, retry_after });
        let bare = Reply::read(status, &HeaderMap::new(), &Bytes::from(b"<html>"));
        assert_eq!(
            bare,
            Reply::Transient {
                fault,
                retry_after: None
            }
        );
    }
}

#[test]
fn only_results_of_cached_requests_may_be_kept() {
    let cached = |operation, fulfillment, caching| {
        let asked = Asked {
            headers: &from_probe(2),
            caching,
            operation,
            codec: Codec::ITwinJson,
        };
        let answer = Answer::write(&asked, fulfillment, None, AnswerSettings::default());
        header(&answer.headers, "cache-control").to_owned()
    };
    let result = || Fulfillment::Resolved(json("1", &[]));
    for (operation, expected) in [
        ("cached", "s-maxage=86400, max-age=172800, immutable"),
        ("getConnectionProps", "s-maxage=86400, max-age=1, immutable"),
        (
            "getTileCacheContainerUrl",
            "s-maxage=82800, max-age=82800, immutable",
        ),
        ("generateTileContent", "no-store"),
    ] {
        assert_eq!(cached(operation, result(), Caching::Immutable), expected);
        assert_eq!(cached(operation, result(), Caching::None), "");
        assert_eq!(cached(operation, result(), Caching::NoStore), "no-store");
        let private = expected
            .split_once(", ")
            .map(|(_, rest)| format!("private, {rest}"));
        let private = private.unwrap_or_else(|| "no-store".to_owned());
        assert_eq!(cached(operation, result(), Caching::Private), private);
    }
    let thrown = Fulfillment::Thrown(not_found_error());
    assert_eq!(cached("cached", thrown, Caching::Immutable), "");
}
