//! Requests as the real client wrote them: read by our server, and written by our client.

use http::Method;
use proptest::{collection::vec, prelude::*, sample::select};
use twinbridge_common::{
    rpc::web::{
        Caching, CsrfToken, OperationName, Request, RequestHeaders, RequestLimits, Routing,
        describe_endpoints,
    },
    wire::{Bytes, Codec, Payload, Value},
};

use super::{from_probe, header, headers, json, operation, serve, service};

const PATH: &str = "/probe/v1.0/mode/1/context//imodel//changeset/0/ProbeRpc-1.2.3-";

const PROBE: [(&str, &str); 6] = [
    ("X-Protocol-Version", "2"),
    ("X-Correlation-Id", "act-1"),
    ("X-Application-Version", "0.1.0"),
    ("X-Application-Id", "app9"),
    ("X-Session-Id", "sess-1"),
    ("Authorization", "Bearer tok"),
];

/// Operation, content type, body on the wire, and the arguments that it carries.
fn posts() -> Vec<(&'static str, &'static str, &'static [u8], Payload)> {
    vec![
        ("num", "text/plain", b"[2,3]", json("[2,3]", &[])),
        (
            "str",
            "text/plain",
            "[\"h\u{e9}llo \u{20ac}\"]".as_bytes(),
            json("[\"h\u{e9}llo \u{20ac}\"]", &[]),
        ),
        (
            "obj",
            "text/plain",
            br#"[{"a":1,"b":[true,null]}]"#,
            json(r#"[{"a":1,"b":[true,null]}]"#, &[]),
        ),
        ("undef", "text/plain", b"[null,5]", json("[null,5]", &[])),
        ("undef", "text/plain", b"[]", json("[]", &[])),
        (
            "bin",
            "application/octet-stream",
            &[1, 2, 255],
            json(
                r#"[{"isBinary":true,"index":0,"size":3,"chunks":1}]"#,
                &[&[1, 2, 255]],
            ),
        ),
    ]
}

#[test]
fn posts_are_written_as_the_real_client_writes_them() {
    for (name, content_type, body, arguments) in posts() {
        let outgoing = Request {
            service: &service(),
            routing: &Routing::default(),
            operation: &operation(name),
            arguments: &arguments,
            headers: &from_probe(2),
            csrf: None,
            caching: Caching::None,
        };
        let outgoing = outgoing.write().unwrap();
        assert_eq!(outgoing.method, Method::POST);
        assert_eq!(outgoing.address, format!("{PATH}{name}"));
        let mut expected = PROBE.to_vec();
        expected.push(("Content-Type", content_type));
        assert_eq!(outgoing.headers, headers(&expected));
        let order: Vec<_> = outgoing.headers.keys().map(|name| name.as_str()).collect();
        let names = expected.iter().map(|(name, _)| name.to_lowercase());
        assert_eq!(order, names.collect::<Vec<_>>());
        assert_eq!(outgoing.body.into_bytes().as_slice(), body, "{name}");
    }
}

#[test]
fn posts_of_the_real_client_are_read() {
    let limits = RequestLimits::default();
    for (name, content_type, body, arguments) in posts() {
        let mut sent = PROBE.to_vec();
        sent.push(("Content-Type", content_type));
        let address = format!("{PATH}{name}");
        let body = Bytes::copy_from_slice(body);
        let (head, read) = serve(&Method::POST, &address, &headers(&sent), body, &limits).unwrap();
        assert_eq!(head.operation, operation(name));
        assert_eq!(head.headers, from_probe(2));
        assert_eq!(head.caching, Caching::None);
        assert!(head.has_body());
        // What is bytes alone has no size in its marker.
        let read_values = read.decode::<twinbridge_common::wire::Value>().unwrap();
        assert_eq!(read_values, arguments.decode().unwrap(), "{name}");
    }
}

const UNDICI: &str = concat!(
    "------formdata-undici-029149080145\r\n",
    "Content-Disposition: form-data; name=\"objects\"\r\n\r\n",
    r#"[{"p":{"isBinary":true,"index":0,"size":1,"chunks":1},"q":{"r":{"isBinary":true,"index":1,"size":2,"chunks":1}},"k":"v"}]"#,
    "\r\n------formdata-undici-029149080145\r\n",
    "Content-Disposition: form-data; name=\"data-0\"; filename=\"blob\"\r\n",
    "Content-Type: application/octet-stream\r\n\r\n",
    "\u{1}",
    "\r\n------formdata-undici-029149080145\r\n",
    "Content-Disposition: form-data; name=\"data-1\"; filename=\"blob\"\r\n",
    "Content-Type: application/octet-stream\r\n\r\n",
    "\u{2}\u{3}",
    "\r\n------formdata-undici-029149080145--\r\n",
);

#[test]
fn nested_bytes_travel_in_parts_laid_out_as_the_real_client_does() {
    let arguments = json(
        r#"[{"p":{"isBinary":true,"index":0,"size":1,"chunks":1},"q":{"r":{"isBinary":true,"index":1,"size":2,"chunks":1}},"k":"v"}]"#,
        &[&[1], &[2, 3]],
    );
    let mut sent = PROBE.to_vec();
    sent.push((
        "Content-Type",
        "multipart/form-data; boundary=----formdata-undici-029149080145",
    ));
    let address = format!("{PATH}binNested");
    let body = Bytes::from(UNDICI.as_bytes());
    let limits = RequestLimits::default();
    let (_, read) = serve(&Method::POST, &address, &headers(&sent), body, &limits).unwrap();
    assert_eq!(read, arguments);
    let outgoing = Request {
        service: &service(),
        routing: &Routing::default(),
        operation: &operation("binNested"),
        arguments: &arguments,
        headers: &from_probe(2),
        csrf: None,
        caching: Caching::None,
    };
    let outgoing = outgoing.write().unwrap();
    let content_type = header(&outgoing.headers, "content-type");
    let (kind, boundary) = content_type.split_once("; boundary=").unwrap();
    assert_eq!(kind, "multipart/form-data");
    let body = String::from_utf8(outgoing.body.into_bytes().into_vec()).unwrap();
    assert_eq!(
        body.replace(boundary, "----formdata-undici-029149080145"),
        UNDICI
    );
}

#[test]
fn bytes_beside_other_arguments_all_arrive() {
    let arguments = json(
        r#"[{"isBinary":true,"index":0,"size":1,"chunks":1},"x"]"#,
        &[&[7]],
    );
    let outgoing = Request {
        service: &service(),
        routing: &Routing::default(),
        operation: &operation("undef"),
        arguments: &arguments,
        headers: &from_probe(2),
        csrf: None,
        caching: Caching::None,
    };
    let outgoing = outgoing.write().unwrap();
    let (address, body) = (&outgoing.address, outgoing.body.clone().into_bytes());
    let limits = RequestLimits::default();
    let (_, read) = serve(&Method::POST, address, &outgoing.headers, body, &limits).unwrap();
    assert_eq!(read, arguments);
}

#[test]
fn cached_requests_have_their_arguments_in_the_address() {
    let write = |arguments: &Payload| {
        let outgoing = Request {
            service: &service(),
            routing: &Routing::default(),
            operation: &operation("cached"),
            arguments,
            headers: &from_probe(2),
            csrf: None,
            caching: Caching::Immutable,
        };
        outgoing.write().unwrap()
    };
    let arguments = json(r#"["k1"]"#, &[]);
    let outgoing = write(&arguments);
    assert_eq!(outgoing.method, Method::GET);
    assert_eq!(
        outgoing.address,
        format!("{PATH}cached?parameters=WyJrMSJd")
    );
    assert_eq!(outgoing.headers, headers(&PROBE));
    assert!(outgoing.body.is_empty());
    let limits = RequestLimits::default();
    let (address, sent) = (&outgoing.address, &outgoing.headers);
    let (head, read) = serve(&Method::GET, address, sent, Bytes::new(), &limits).unwrap();
    assert_eq!(read, arguments);
    assert_eq!(head.caching, Caching::Private, "it has an authorization");
    assert!(!head.has_body());
    let long = format!("[\"{}\"]", "z".repeat(7000));
    for arguments in [
        json(&long, &[]),
        json("[\"\u{20ac}\"]", &[]),
        json(
            r#"[{"isBinary":true,"index":0,"size":1,"chunks":1}]"#,
            &[&[7]],
        ),
        Payload::encode(Codec::MessagePack, &["k".repeat(7000)]).unwrap(),
    ] {
        assert_eq!(write(&arguments).method, Method::POST, "{arguments:?}");
    }

    let packed = Payload::encode(Codec::MessagePack, &["k1"]).unwrap();
    let outgoing = write(&packed);
    assert_eq!(outgoing.method, Method::GET);
    assert_eq!(outgoing.address, format!("{PATH}cached?packed=kaJrMQ"));
    let (address, sent) = (&outgoing.address, &outgoing.headers);
    let (head, read) = serve(&Method::GET, address, sent, Bytes::new(), &limits).unwrap();
    assert_eq!((read, head.caching), (packed, Caching::Private));
    let broken = address.replace("kaJrMQ", "a+b");
    assert!(serve(&Method::GET, &broken, sent, Bytes::new(), &limits).is_err());
}

#[test]
fn requests_of_generation_2_19_are_read() {
    let address = "/probe/v1.0/mode/2/context//imodel/undefined/ProbeRpc-1.2.3-num";
    let sent = headers(&[
        ("X-Correlation-Id", "act-1"),
        ("X-Application-Version", "0.1.0"),
        ("X-Application-Id", "app9"),
        ("X-Session-Id", "sess-1"),
        ("Authorization", "Bearer tok"),
        ("X-User-Id", "user7"),
        ("Content-Type", "text/plain"),
    ]);
    let body = Bytes::from(b"[2,3]");
    let limits = RequestLimits::default();
    let (head, arguments) = serve(&Method::POST, address, &sent, body, &limits).unwrap();
    assert_eq!(head.operation, operation("num"));
    assert_eq!(head.headers.activity.user_id, "user7");
    assert_eq!(head.headers.protocol, 0);
    assert_eq!(arguments, json("[2,3]", &[]));
}

#[test]
fn message_pack_travels_under_a_name_of_its_own() {
    let arguments = Payload::encode(Codec::MessagePack, &(1, Bytes::from(&[9]))).unwrap();
    let ours = RequestHeaders {
        takes_message_pack: true,
        ..from_probe(2)
    };
    let csrf = CsrfToken {
        header: "X-XSRF-TOKEN".to_owned(),
        value: "secret".to_owned(),
    };
    let outgoing = Request {
        service: &service(),
        routing: &Routing::default(),
        operation: &operation("bin"),
        arguments: &arguments,
        headers: &ours,
        csrf: Some(&csrf),
        caching: Caching::None,
    };
    let outgoing = outgoing.write().unwrap();
    let sent = &outgoing.headers;
    assert_eq!(
        header(sent, "content-type"),
        "application/vnd.twinbridge.rpc+msgpack"
    );
    assert_eq!(header(sent, "x-xsrf-token"), "secret");
    let (address, body) = (&outgoing.address, outgoing.body.clone().into_bytes());
    let limits = RequestLimits::default();
    let (head, read) = serve(&Method::POST, address, sent, body, &limits).unwrap();
    assert_eq!(head.headers, ours);
    assert_eq!(read, arguments);
}

#[test]
fn the_control_channel_is_asked_by_version_and_operation() {
    let asks = describe_endpoints([("ProbeRpc", "1.2.3")]);
    assert_eq!(
        asks.to_string(),
        "UHJvYmVScGNAMS4yLjM=-CONTROL-describeEndpoints"
    );
    assert_eq!(
        service().address(&Routing::control(), &asks),
        "/probe/v1.0/mode/1/context/none/imodel/none/changeset/none/UHJvYmVScGNAMS4yLjM=-CONTROL-describeEndpoints"
    );
    let sorted = describe_endpoints([("B", "1.0.0"), ("A", "2.0.0")]);
    assert_eq!(sorted, describe_endpoints([("A", "2.0.0"), ("B", "1.0.0")]));
    for path in [
        "/a/UHJvYmVScGNAMS4yLjM=-CONTROL-describeEndpoints",
        "/a/SW5pdGlhbGl6ZUludGVyZmFjZUAxLjAuMA==-CONTROL-describeEndpoints",
        "/a/UHJv/YmU=-CONTROL-describeEndpoints/",
    ] {
        assert!(
            OperationName::read(path).unwrap().is_describe_endpoints(),
            "{path}"
        );
    }
    assert!(!operation("describeEndpoints").is_describe_endpoints());
}

#[test]
fn only_the_last_segment_that_is_not_empty_names_the_operation() {
    for (path, expected) in [
        ("/ProbeRpc-1.2.3-num", Some(("ProbeRpc", "1.2.3", "num"))),
        ("ProbeRpc-1.2.3-num", Some(("ProbeRpc", "1.2.3", "num"))),
        (
            "/any/thing/ProbeRpc-1.2.3-num//",
            Some(("ProbeRpc", "1.2.3", "num")),
        ),
        (
            "/x/ProbeRpc-1.2.3-beta-4-num",
            Some(("ProbeRpc", "1.2.3-beta-4", "num")),
        ),
        (
            "/x/ProbeRpc-1.2.3%2Bb-num",
            Some(("ProbeRpc", "1.2.3+b", "num")),
        ),
        ("/x/Pr%C3%BCf--num", Some(("Pr\u{fc}f", "", "num"))),
        ("", None),
        ("///", None),
        ("/x/ProbeRpc", None),
        ("/x/ProbeRpc-num", None),
        ("/x/-1.2.3-num", None),
        ("/x/ProbeRpc-1.2.3-", None),
        ("/x/ProbeRpc-%FF-num", None),
    ] {
        let expected = expected.map(|(interface, version, operation)| OperationName {
            interface: interface.to_owned(),
            version: version.to_owned(),
            operation: operation.to_owned(),
        });
        assert_eq!(OperationName::read(path), expected, "{path}");
    }
}

#[test]
fn ids_of_models_are_encoded_into_the_address() {
    let routing = Routing {
        itwin_id: "tw/1".to_owned(),
        imodel_id: "i m\u{e9}".to_owned(),
        changeset_id: "cs".to_owned(),
    };
    assert_eq!(
        service().address(&routing, &operation("token")),
        "/probe/v1.0/mode/1/context/tw%2F1/imodel/i%20m%C3%A9/changeset/cs/ProbeRpc-1.2.3-token"
    );
}

fn argument() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<i32>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        vec(any::<u8>(), 0..20).prop_map(|bytes| Value::bytes(Bytes::from(bytes))),
    ]
}

proptest! {
    #[test]
    fn every_request_that_our_client_writes_is_read_by_our_server(
        arguments in vec(argument(), 0..5),
        nested in any::<bool>(),
        codec in select(vec![Codec::ITwinJson, Codec::MessagePack]),
        caching in select(vec![Caching::None, Caching::Immutable]),
        ids in ["\\PC{0,8}", "\\PC{0,8}", "\\PC{0,8}"],
        version in "[0-9a-z.+:-]{0,12}",
    ) {
        let value = if nested { Value::from(vec![Value::from(arguments)]) } else { arguments.into() };
        let arguments = Payload::encode(codec, &value).unwrap();
        let [itwin_id, imodel_id, changeset_id] = ids;
        let name = OperationName { version, ..operation("any") };
        let outgoing = Request {
            service: &service(),
            routing: &Routing { itwin_id, imodel_id, changeset_id },
            operation: &name,
            arguments: &arguments,
            headers: &from_probe(2),
            csrf: None,
            caching,
        };
        let outgoing = outgoing.write().unwrap();
        let (address, body) = (&outgoing.address, outgoing.body.clone().into_bytes());
        let limits = RequestLimits::default();
        let read = serve(&outgoing.method, address, &outgoing.headers, body, &limits);
        let (head, read) = read.unwrap();
        prop_assert_eq!(head.operation, name);
        prop_assert_eq!(read.decode::<Value>().unwrap(), value);
    }
}
