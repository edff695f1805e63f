//! What iTwin's own client and server said to each other, said to this server.
//!
//! Requests and answers are literal, but for dates and boundaries; what differs on purpose is in
//! `docs/rpc-web.md`.

use crate::support::{CLIENT, PREFIX, Server, post};

#[test]
fn a_number_is_asked_for_and_answered_byte_by_byte() {
    let server = Server::start();
    let request =
        b"POST /probe/v1.0/mode/1/context//imodel//changeset/0/ProbeRpc-1.2.3-num HTTP/1.1\r\n\
        Host: localhost\r\nX-Protocol-Version: 2\r\nX-Correlation-Id: act-1\r\n\
        X-Application-Version: 0.1.0\r\nX-Application-Id: app9\r\nX-Session-Id: sess-1\r\n\
        Authorization: Bearer tok\r\nContent-Type: text/plain\r\ncontent-length: 5\r\n\r\n[2,3]";
    let reply = server.ask(request);
    assert_eq!(
        reply.names(),
        [
            "x-protocol-version",
            "content-type",
            "cross-origin-resource-policy",
            "x-content-type-options",
            "content-length",
            "date"
        ]
    );
    assert_eq!(reply.header("x-protocol-version"), "2");
    assert_eq!(reply.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(reply.told(), (200, "5".to_owned()));
}

#[test]
fn results_and_answers_are_those_of_the_capture() {
    let server = Server::start();
    let wrapped = |status: &str, value: &str| {
        format!(
            r#"{{"iTwinRpcCoreResponse":true,"managedStatus":"{status}","responseValue":"{value}"}}"#
        )
    };
    for (operation, arguments, status, body) in [
        (
            "str",
            "[\"h\u{e9}llo \u{20ac}\"]",
            200,
            "\"h\u{e9}llo \u{20ac}\"".to_owned(),
        ),
        (
            "obj",
            r#"[{"a":1,"b":[true,null]}]"#,
            200,
            r#"{"a":1,"b":[true,null]}"#.to_owned(),
        ),
        ("undef", "[null,5]", 200, "\"None Some(5)\"".to_owned()),
        ("undef", "[]", 200, "\"None None\"".to_owned()),
        ("nothing", "[]", 200, String::new()),
        ("pend", "[2]", 202, wrapped("pending", "step 1")),
        ("pend", "[2]", 202, wrapped("pending", "step 2")),
        ("pend", "[2]", 200, "\"ready\"".to_owned()),
        (
            "other",
            r#"["missing"]"#,
            404,
            wrapped("notFound", r#"\"Not found\""#),
        ),
        ("other", r#"["none"]"#, 204, String::new()),
        (
            "who",
            "[]",
            200,
            r#""act-1 sess-1 app9 0.1.0 Bearer tok""#.to_owned(),
        ),
    ] {
        let reply = server.post(&format!("ProbeRpc-1.2.3-{operation}"), arguments);
        assert_eq!(reply.told(), (status, body), "{operation}");
        assert_eq!(reply.header("x-protocol-version"), "2");
    }
    let busy = server.post("ProbeRpc-1.2.3-other", r#"["busy"]"#);
    assert_eq!((busy.status, busy.header("retry-after")), (503, "2"));
}

#[test]
fn bytes_go_and_come_as_they_are() {
    let server = Server::start();
    let octets = "application/octet-stream";
    let reply = server.ask(post("ProbeRpc-1.2.3-bin", "", octets, [1, 2, 255]));
    assert_eq!(reply.header("content-type"), octets);
    assert_eq!(reply.body, [254, 253, 0]);
    let reply = server.ask(post("ProbeRpc-1.2.3-bin", "", octets, []));
    assert_eq!(reply.header("content-type"), octets);
    assert_eq!((reply.status, reply.header("content-length")), (200, "0"));
}

#[test]
fn nested_bytes_go_and_come_in_parts() {
    let server = Server::start();
    let objects = r#"[{"p":{"isBinary":true,"index":0,"size":1,"chunks":1},"q":{"r":{"isBinary":true,"index":1,"size":2,"chunks":1}},"k":"v"}]"#;
    let boundary = "----formdata-undici-029149080145";
    let part = |number, bytes| {
        format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"data-{number}\"; filename=\"blob\"\r\nContent-Type: application/octet-stream\r\n\r\n{bytes}\r\n"
        )
    };
    let body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"objects\"\r\n\r\n{objects}\r\n{}{}--{boundary}--\r\n",
        part(0, "\u{1}"),
        part(1, "\u{2}\u{3}")
    );
    let kind = format!("multipart/form-data; boundary={boundary}");
    let reply = server.ask(post("ProbeRpc-1.2.3-binNested", "", &kind, body));
    let kind = reply.header("content-type").to_owned();
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    let result = &objects[1..objects.len() - 1];
    let part = |number, bytes| {
        format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"data-{number}\"\r\nContent-Type: application/octet-stream\r\n\r\n{bytes}\r\n"
        )
    };
    let expected = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"objects\"\r\n\r\n{result}\r\n{}{}--{boundary}--\r\n",
        part(0, "\u{1}"),
        part(1, "\u{2}\u{3}")
    );
    assert_eq!(reply.told(), (200, expected));
}

#[test]
fn a_cached_operation_is_asked_in_the_address() {
    let server = Server::start();
    let request = format!(
        "GET {PREFIX}ProbeRpc-1.2.3-cached?parameters=WyJrMSJd HTTP/1.1\r\nHost: localhost\r\n{CLIENT}\r\n"
    );
    // The captured server is asked by nobody in particular.
    let request = request.replace("Authorization: Bearer tok\r\n", "");
    let reply = server.ask(request);
    assert_eq!(reply.told(), (200, "\"c:k1\"".to_owned()));
    let kept = "s-maxage=86400, max-age=172800, immutable";
    assert_eq!(reply.header("cache-control"), kept);
    assert_eq!(reply.header("vary"), "Accept-Encoding");
}

#[test]
fn errors_are_shown_whatever_their_number_is() {
    let server = Server::start();
    let told = server.post("ProbeRpc-1.2.3-other", r#"["error"]"#).told();
    let error = r#"{"message":"no such thing","errorNumber":65574,"iTwinErrorId":{"scope":"probe","key":"gone"},"name":"gone","isError":true}"#;
    assert_eq!(told, (500, error.to_owned()));
    let told = server.post("ProbeRpc-2.0.0-num", "[2,3]").told();
    let error = r#"{"message":"Backend version 1.2.3 does not match frontend version 2.0.0 for RPC interface num.","errorNumber":135168,"name":"RpcInterfaceStatus.IncompatibleVersion","isError":true}"#;
    assert_eq!(told, (500, error.to_owned()));
}

#[test]
fn a_client_asks_which_interfaces_there_are() {
    let server = Server::start();
    let target = "/probe/v1.0/mode/1/context/none/imodel/none/changeset/none/UHJvYmVScGNAMS4yLjM=-CONTROL-describeEndpoints";
    let request = format!(
        "POST {target} HTTP/1.1\r\nHost: localhost\r\n{CLIENT}Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n[]"
    );
    let (status, text) = server.ask(request).told();
    let begin =
        r#"[{"interfaceName":"ProbeRpc","interfaceVersion":"1.2.3","operationNames":["num","str","#;
    assert!(status == 200 && text.starts_with(begin), "{text}");
    assert!(text.ends_with(r#""who"],"compatible":true}]"#), "{text}");
}

#[test]
fn a_client_of_2_19_asks_first_and_then_says_its_version() {
    let server = Server::start();
    let first = "OPTIONS /probe/v1.0/mode/2/context//imodel/undefined/InitializeInterface-1.0.0-initialize HTTP/1.1\r\nHost: localhost\r\nX-Correlation-Id: act-1\r\nX-User-Id: u\r\n\r\n";
    let mut connection = server.connect();
    connection.send(first);
    let reply = connection.reply().unwrap();
    assert_eq!(reply.status, 200);
    let allowed = reply.header("access-control-allow-headers");
    assert!(allowed.contains("X-Protocol-Version"), "{allowed}");
    assert_eq!(reply.header("access-control-allow-origin"), "");
    // Its first request says no version, its later ones 1; both on the same connection.
    for (version, expected) in [
        ("", (202, "step 1")),
        ("X-Protocol-Version: 1\r\n", (202, "step 2")),
    ] {
        connection.send(format!(
            "POST /probe/v1.0/mode/2/context//imodel/undefined/ProbeRpc-1.2.3-pend HTTP/1.1\r\nHost: localhost\r\nX-Correlation-Id: act-2\r\n{version}Content-Type: text/plain\r\nContent-Length: 3\r\n\r\n[9]"
        ));
        let (status, text) = connection.reply().unwrap().told();
        assert_eq!((status, text.as_str()), expected);
    }
}

#[test]
fn a_server_is_pinged_and_described() {
    let server = Server::start();
    let ask = |target: &str| server.ask(crate::support::head("GET", target, ""));
    assert_eq!(ask("/ping").told(), (200, "Success".to_owned()));
    let described = ask("/v3/swagger.json");
    assert_eq!(
        described.header("content-type"),
        "application/json; charset=utf-8"
    );
    let document: serde_json::Value = serde_json::from_slice(&described.body).unwrap();
    assert_eq!(document["openapi"], "3.0.0");
    let path = "/twinbridge/v1.0/mode/{modeId}/context/{iTwinId}/imodel/{iModelId}/changeset/{changeSetId}/ProbeRpc-1.2.3-num";
    assert!(document["paths"][path]["head"].is_object(), "{document}");
}
