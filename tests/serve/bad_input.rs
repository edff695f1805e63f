//! What nobody should send, and what it gets; after each the server answers as before.

use std::{
    fmt::Write as _,
    io::Write as _,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use twinbridge::{
    common::rpc::web::{RequestLimits, WebServiceOptions},
    rpc::web::WebRpcOptions,
};

use crate::support::{CLIENT, PREFIX, Server, head, post, refusal};

const NUM: &str = "ProbeRpc-1.2.3-num";

#[test]
fn what_is_no_request_gets_a_status_and_a_sentence() {
    let server = Server::start();
    let get = |target: &str| head("GET", target, CLIENT).into_bytes();
    let cut = "multipart/form-data; boundary=b";
    for (request, status, sentence) in [
        (get("/"), 400, "Malformed URL path detected."),
        (get("/nothing"), 400, "Malformed URL path detected."),
        (get("/-1.0-x"), 400, "Malformed URL path detected."),
        (get("/%FF-1.0-x"), 400, "Malformed URL path detected."),
        (
            head("POST", &format!("{PREFIX}{NUM}"), "").into_bytes(),
            400,
            "Missing required activity ID.",
        ),
        (
            get(&format!("{PREFIX}ProbeRpc-1.2.3-cached?parameters=%7B")),
            400,
            "Malformed URL parameters detected.",
        ),
        (
            head("DELETE", &format!("{PREFIX}{NUM}"), CLIENT).into_bytes(),
            405,
            "Method `DELETE` is not allowed.",
        ),
        (
            post(NUM, "", "image/png", "x"),
            415,
            "Content type `image/png` is not supported.",
        ),
        (
            post(
                NUM,
                "",
                cut,
                "--b\r\nContent-Disposition: form-data; name=\"objects\"\r\n\r\n[1",
            ),
            400,
            "Malformed multipart body: the body ends before its last boundary.",
        ),
        (
            post(
                NUM,
                "",
                cut,
                "--b\r\nContent-Disposition: form-data; name=\"data-0\"\r\n\r\nx\r\n--b--\r\n",
            ),
            400,
            "Malformed multipart body: no part is named `objects`.",
        ),
    ] {
        let reply = server.ask(&request);
        let expected = refusal(&format!("Invalid request: {sentence}"));
        assert_eq!(reply.told(), (status, expected));
        assert_eq!(reply.header("content-type"), "application/json");
        assert_eq!(reply.header("x-protocol-version"), "");
        assert_eq!(reply.header("allow").is_empty(), status != 405);
    }
    server.is_well();
}

#[test]
fn what_cannot_be_answered_is_an_error_of_the_call() {
    let server = Server::start();
    let missing = r#"[{"isBinary":true,"index":3,"size":1,"chunks":1}]"#;
    let parts = format!(
        "--b\r\nContent-Disposition: form-data; name=\"objects\"\r\n\r\n{missing}\r\n--b--\r\n"
    );
    let kind = "multipart/form-data; boundary=b";
    for (request, message) in [
        (
            post(NUM, "", "text/plain", "[1,2"),
            r#"Invalid JSON: \"[1,2\""#,
        ),
        (post(NUM, "", "text/plain", "\u{0}"), "Invalid JSON: "),
        (
            post("ProbeRpc-1.2.3-bin", "", kind, parts),
            "Cannot unmarshal missing binary value.",
        ),
        (
            post(NUM, "", "text/plain", "[\"a\",\"b\"]"),
            "rpc/ProbeRpc.num: ",
        ),
        (post(NUM, "", "text/plain", "[1]"), "rpc/ProbeRpc.num: "),
        (post(NUM, "", "text/plain", "{}"), "rpc/ProbeRpc.num: "),
        (
            post("UnknownRpc-1.0.0-x", "", "text/plain", "[]"),
            r#"RPC interface \"UnknownRpc\" is not initialized."#,
        ),
        (
            post("ProbeRpc-1.2.3-less", "", "text/plain", "[]"),
            r#"RPC interface class \"ProbeRpc\" does not does not declare operation \"less\""#,
        ),
        (
            post("ProbeRpc-kash-num", "", "text/plain", "[1,2]"),
            "Backend version 1.2.3 does not match frontend version kash",
        ),
        (
            post("ProbeRpc--num", "", "text/plain", "[1,2]"),
            "Backend version 1.2.3 does not match frontend version  for",
        ),
        (post("ProbeRpc-1.2.3-panic", "", "text/plain", "[]"), ""),
        (
            post("ProbeRpc-1.2.3-below", "", "text/plain", "[3]"),
            "`below` results in a stream of items, which only MessagePack carries.",
        ),
    ] {
        let reply = server.ask(&request);
        let (status, text) = reply.told();
        let begin = format!(r#"{{"message":"{message}"#);
        assert!(status == 500 && text.starts_with(&begin), "{text}");
        assert!(text.ends_with(r#""isError":true}"#), "{text}");
        assert_eq!(reply.header("x-protocol-version"), "2");
        // Neither a path nor a place in the source, nor what a panic said.
        assert!(
            !text.contains(".rs") && !text.contains("as it was told to"),
            "{text}"
        );
        server.is_well();
    }
}

#[test]
fn ten_thousand_parts_are_too_many() {
    let server = Server::start();
    let mut body =
        String::from("--b\r\nContent-Disposition: form-data; name=\"objects\"\r\n\r\n[]\r\n");
    for number in 0..10_000 {
        write!(
            body,
            "--b\r\nContent-Disposition: form-data; name=\"data-{number}\"\r\n\r\n\r\n"
        )
        .unwrap();
    }
    body.push_str("--b--\r\n");
    let reply = server.ask(post(NUM, "", "multipart/form-data; boundary=b", body));
    let (status, text) = reply.told();
    assert_eq!(status, 413);
    assert!(text.contains("Too many parts"), "{text}");
    server.is_well();
}

/// A server that takes 64 KiB.
fn small() -> Server {
    let limits = RequestLimits::default().max_body_bytes(64 * 1024);
    let options = WebServiceOptions::default().limits(limits);
    Server::with(|serve| serve.service(options))
}

fn too_large() -> (u16, String) {
    let sentence = "Invalid request: Body exceeds the limit of 65536 bytes.";
    (413, refusal(sentence))
}

#[test]
fn a_body_that_is_announced_too_large_is_refused_unread() {
    let server = small();
    let announced = format!(
        "POST {PREFIX}{NUM} HTTP/1.1\r\nHost: localhost\r\n{CLIENT}Content-Type: text/plain\r\nContent-Length: 65537\r\n\r\n"
    );
    // No byte of the body is sent, and the answer comes all the same.
    assert_eq!(server.ask(&announced).told(), too_large());
    // One who sends it anyway gets the answer, not a broken connection.
    let mut connection = server.connect();
    let large = announced.replace("65537", "33554432");
    connection.send(large);
    let block = vec![b' '; 1024 * 1024];
    for _ in 0..32 {
        connection.send(&block);
    }
    assert_eq!(connection.reply().unwrap().told(), too_large());
    server.is_well();
}

#[test]
fn a_body_that_turns_out_too_large_is_refused_while_it_comes() {
    let server = small();
    let mut connection = server.connect();
    connection.send(format!(
        "POST {PREFIX}{NUM} HTTP/1.1\r\nHost: localhost\r\n{CLIENT}Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
    ));
    let chunk = format!("4000\r\n{}\r\n", " ".repeat(0x4000));
    for _ in 0..5 {
        connection.send(&chunk);
    }
    assert_eq!(connection.reply().unwrap().told(), too_large());
    server.is_well();
}

#[test]
fn bodies_up_to_the_limit_are_taken_whole_and_in_chunks() {
    let server = Server::start();
    let octets = "application/octet-stream";
    let large = vec![1; 48 * 1024 * 1024];
    let reply = server.ask(post("ProbeRpc-1.2.3-count", "", octets, &large));
    assert_eq!(reply.told(), (200, large.len().to_string()));
    let mut connection = server.connect();
    connection.send(format!(
        "POST {PREFIX}ProbeRpc-1.2.3-count HTTP/1.1\r\nHost: localhost\r\n{CLIENT}Content-Type: {octets}\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    ));
    assert_eq!(connection.reply().unwrap().told(), (200, "5".to_owned()));
}

#[test]
fn a_body_that_stops_coming_is_not_waited_for() {
    let times =
        WebRpcOptions::default().body_times(Duration::from_millis(100), Duration::from_secs(60));
    let server = Server::with(|serve| serve.web(times));
    let mut connection = server.connect();
    let whole = post(NUM, "", "text/plain", "[2,3]");
    connection.send(&whole[..whole.len() - 1]);
    let sentence = "Invalid request: The body did not arrive in time.";
    assert_eq!(connection.reply().unwrap().told(), (408, refusal(sentence)));
    server.is_well();
}

#[test]
fn a_body_that_trickles_is_waited_for_only_so_long() {
    let times =
        WebRpcOptions::default().body_times(Duration::from_secs(60), Duration::from_millis(200));
    let server = Server::with(|serve| serve.web(times));
    let mut connection = server.connect();
    connection.send(format!(
        "POST {PREFIX}{NUM} HTTP/1.1\r\nHost: localhost\r\n{CLIENT}Content-Type: text/plain\r\nContent-Length: 60000000\r\n\r\n"
    ));
    let mut trickle = connection.writer();
    let is_answered = AtomicBool::new(false);
    let reply = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_answered.load(Ordering::Relaxed) && trickle.write_all(b" ").is_ok() {
                std::thread::yield_now();
            }
        });
        let reply = connection.reply();
        is_answered.store(true, Ordering::Relaxed);
        reply.unwrap()
    });
    let sentence = "Invalid request: The body did not arrive in time.";
    assert_eq!(reply.told(), (408, refusal(sentence)));
    server.is_well();
}

#[test]
fn headers_that_do_not_come_are_not_waited_for() {
    let server = Server::with(|serve| serve.idle_time(Duration::from_millis(100)));
    let mut connection = server.connect();
    connection.send("POST /x HTTP/1.1\r\nHost: local");
    let reply = connection.reply().unwrap();
    let sentence = "The headers did not arrive in time.";
    assert_eq!(reply.told(), (408, refusal(sentence)));
    assert!(connection.is_closed());
    // One who asked nothing has nothing answered.
    let mut silent = server.connect();
    assert!(silent.reply().is_none());
    server.is_well();
}

#[test]
fn a_flood_of_headers_is_refused() {
    let server = Server::start();
    let target = format!("{PREFIX}{NUM}");
    let many: String = (0..200).map(|at| format!("X-{at}: 1\r\n")).collect();
    let long = format!("X-Long: {}\r\n", "x".repeat(100_000));
    // It goes on when it was refused.
    let endless = format!("X-Long: {}\r\n", "x".repeat(8 * 1024 * 1024));
    let told = "The headers have more than 61440 bytes, or are more than 100.";
    for headers in [many, long, endless] {
        let mut connection = server.connect();
        connection.send(head("POST", &target, &headers));
        let reply = connection.reply().unwrap();
        assert_eq!(reply.told(), (431, refusal(told)));
        assert_eq!(reply.header("content-type"), "application/json");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert!(connection.is_closed());
        server.is_well();
    }
    let below = format!("X-Long: {}\r\n", "x".repeat(40_000));
    let told = "The headers have more than 32768 bytes.";
    let reply = server.ask(head("POST", &target, &below));
    assert_eq!(reply.told(), (431, refusal(told)));
}

#[test]
fn what_is_no_http_is_answered_with_400() {
    let server = Server::start();
    for bytes in [
        &b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\r\n\r\n"[..],
        b"hello\r\n\r\n",
    ] {
        let mut connection = server.connect();
        connection.send(bytes);
        assert_eq!(connection.reply().unwrap().told(), no_http());
        assert!(connection.is_closed());
    }
    server.is_well();
}

fn no_http() -> (u16, String) {
    (400, refusal("This is no request of HTTP/1.1."))
}

#[test]
fn what_is_no_http_after_what_is_gets_its_answer_as_well() {
    let server = Server::start();
    let whole = post(NUM, "", "text/plain", "[2,3]");
    let expected = || (200, "5".to_owned());
    // On a connection that was asked before, and in one piece with what was asked.
    let mut apart = server.connect();
    apart.send(&whole);
    assert_eq!(apart.reply().unwrap().told(), expected());
    apart.send("hello\r\n\r\n");
    assert_eq!(apart.reply().unwrap().told(), no_http());
    let mut together = server.connect();
    together.send([&whole[..], b"hello\r\n\r\n"].concat());
    assert_eq!(together.reply().unwrap().told(), expected());
    assert_eq!(together.reply().unwrap().told(), no_http());
    assert!(together.is_closed());
}

#[test]
fn a_result_that_looks_like_a_refusal_is_a_result() {
    let server = Server::start();
    let text = "HTTP/1.1 431 x\r\n\r\n".repeat(200_000);
    let asked: Vec<_> = text.bytes().map(|byte| !byte).collect();
    let octets = "application/octet-stream";
    let reply = server.ask(post("ProbeRpc-1.2.3-bin", "", octets, asked));
    assert_eq!(reply.status, 200);
    assert!(reply.body == text.as_bytes());
    // A body that is asked for first is taken in, and answered.
    let mut connection = server.connect();
    let whole = post(NUM, "Expect: 100-continue\r\n", "text/plain", "[2,3]");
    let (head, body) = whole.split_at(whole.len() - 5);
    connection.send(head);
    assert_eq!(connection.reply_head().unwrap().status, 100);
    connection.send(body);
    assert_eq!(connection.reply().unwrap().told(), (200, "5".to_owned()));
}
