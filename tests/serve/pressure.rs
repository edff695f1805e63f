//! What one client, or many, can take from a server: only so much, and others are told.

use std::time::Duration;

use twinbridge::{
    common::{IpcStream, rpc::web::WebServiceOptions},
    rpc::web::{Access, AccessRequest, Authorizer, WebRpcOptions},
    rpc_interface,
};

use crate::support::{CLIENT, PREFIX, Reply, Server, head, post, refusal};

const NUM: &str = "ProbeRpc-1.2.3-num";

fn with(options: WebRpcOptions) -> Server {
    Server::with(|serve| serve.web(options))
}

/// A request whose call does not end, with so many bytes.
fn never(len: usize) -> Vec<u8> {
    let body = format!("[]{}", " ".repeat(len));
    post("ProbeRpc-1.2.3-never", "", "text/plain", body)
}

fn is_busy(reply: &Reply, sentence: &str) {
    assert_eq!(reply.told(), (503, refusal(sentence)));
    assert_eq!(reply.header("retry-after"), "1");
    assert_eq!(reply.header("content-type"), "application/json");
}

/// Asks until there is room: a call that ended gives its room back a moment later.
fn is_well_again(server: &Server) {
    while server.post(NUM, "[2,3]").status == 503 {
        std::thread::yield_now();
    }
    server.is_well();
}

#[test]
fn bodies_of_all_requests_have_so_many_bytes_together() {
    let server = with(WebRpcOptions::default().max_bytes(64 * 1024));
    let mut first = server.connect();
    first.send(never(40_000));
    assert_eq!(server.events.next(), "begins");
    let sentence = "The server holds as many bytes of requests as it may; try again.";
    is_busy(&server.ask(never(40_000)), sentence);
    // A short one has room beside it.
    server.is_well();
    drop(first);
    assert_eq!(server.events.next(), "ends");
    let body = format!("[2,3]{}", " ".repeat(40_000));
    while server.post(NUM, &body).status == 503 {
        std::thread::yield_now();
    }
    assert_eq!(server.post(NUM, &body).status, 200);
}

#[test]
fn a_body_takes_room_as_it_comes_and_not_as_it_is_announced() {
    let server = with(WebRpcOptions::default().max_bytes(64 * 1024));
    let mut announcing = server.connect();
    announcing.send(format!(
        "POST {PREFIX}{NUM} HTTP/1.1\r\nHost: localhost\r\n{CLIENT}Content-Type: text/plain\r\nContent-Length: 60000\r\n\r\n"
    ));
    let body = format!("[2,3]{}", " ".repeat(40_000));
    assert_eq!(server.post(NUM, &body).told(), (200, "5".to_owned()));
}

#[test]
fn so_many_calls_run_at_once_and_streams_count_until_their_end() {
    let server = with(WebRpcOptions::default().max_calls(1));
    for operation in ["never", "endless"] {
        let mut first = server.connect();
        let operation = format!("ProbeRpc-1.2.3-{operation}");
        first.send(post(&operation, "", "text/plain", "[]"));
        if operation.ends_with("endless") {
            assert_eq!(first.reply_head().unwrap().status, 200);
        }
        assert_eq!(server.events.next(), "begins");
        let sentence = "The server answers as many requests at once as it may; try again.";
        is_busy(&server.post(NUM, "[2,3]"), sentence);
        drop(first);
        assert_eq!(server.events.next(), "ends");
        is_well_again(&server);
    }
}

#[test]
fn an_address_has_so_many_connections() {
    let server = Server::with(|serve| serve.max_connections_per_address(1));
    let request = post(NUM, "", "text/plain", "[2,3]");
    let mut first = server.connect();
    first.send(&request);
    assert_eq!(first.reply().unwrap().text(), "5");
    assert!(server.connect().is_closed());
    first.send(&request);
    assert_eq!(first.reply().unwrap().text(), "5");
}

#[test]
fn who_does_not_read_is_not_waited_for() {
    let server = Server::with(|serve| serve.write_pause(Duration::from_millis(100)));
    let mut connection = server.connect();
    connection.send(post("ProbeRpc-1.2.3-endless", "", "text/plain", "[]"));
    assert_eq!(server.events.next(), "begins");
    // Nothing is read, and the connection stays open at this end.
    assert_eq!(server.events.next(), "ends");
    server.is_well();
    drop(connection);
}

/// Never decides.
struct Hanging;

impl Authorizer for Hanging {
    async fn authorize(&self, _: &AccessRequest<'_>) -> Access {
        std::future::pending().await
    }
}

#[test]
fn a_rule_that_hangs_is_not_waited_for() {
    let web = WebRpcOptions::default()
        .authorizer_time(Duration::from_millis(50))
        .authorizer(Hanging);
    let server = with(web);
    let sentence = "The server could not judge the request in time.";
    is_busy(&server.post(NUM, "[2,3]"), sentence);
    is_busy(&server.ask(head("GET", "/v3/swagger.json", "")), sentence);
    assert_eq!(server.ask(head("GET", "/ping", "")).status, 200);
}

#[test]
fn a_server_has_a_deadline_of_its_own() {
    let told = |server: Server| {
        let told = server.post("ProbeRpc-1.2.3-never", "[]").text();
        assert_eq!(server.events.next(), "begins");
        assert_eq!(server.events.next(), "ends");
        told
    };
    let own = Server::with(|serve| serve.deadline(Duration::from_millis(70)));
    assert!(told(own).contains("the deadline of 70 ms passed"));
    let options = WebServiceOptions::default().deadline_ms(80);
    let said = Server::with(|serve| serve.service(options).deadline(Duration::ZERO));
    assert!(told(said).contains("the deadline of 80 ms passed"));
}

#[test]
fn headers_above_the_limit_are_refused_with_a_sentence() {
    let server = Server::start();
    let target = format!("{PREFIX}{NUM}");
    let long = format!("{CLIENT}X-Long: {}\r\n", "x".repeat(33_000));
    let sentence = "The headers have more than 32768 bytes.";
    assert_eq!(
        server.ask(head("POST", &target, &long)).told(),
        (431, refusal(sentence))
    );
    let short = format!("{CLIENT}X-Long: {}\r\n", "x".repeat(31_000));
    assert_ne!(server.ask(head("POST", &target, &short)).status, 431);
}

#[test]
fn a_browser_sends_the_header_that_no_other_page_can_send() {
    const PAGE: &str = "https://viewer.example.com";
    let web = WebRpcOptions::default()
        .allow_origin(PAGE)
        .csrf_header("x-xsrf-token".parse().unwrap());
    let server = with(web);
    let own = "Sec-Fetch-Site: same-origin\r\n";
    let other = format!("Origin: {PAGE}\r\n");
    let sentence = "The request has no `x-xsrf-token`.";
    for browser in [own, &other] {
        let ask = |headers: &str| {
            let headers = format!("{browser}{headers}");
            server.ask(post(NUM, &headers, "text/plain", "[2,3]"))
        };
        assert_eq!(ask("").told(), (403, refusal(sentence)));
        assert_eq!(ask("X-XSRF-TOKEN: \r\n").status, 403);
        assert_eq!(ask("X-XSRF-TOKEN: t\r\n").told(), (200, "5".to_owned()));
    }
    // A program is no page, and reading changes nothing.
    server.is_well();
    let cached = format!("{PREFIX}ProbeRpc-1.2.3-cached?parameters=WyJrMSJd");
    let kept = server.ask(head("GET", &cached, &format!("{CLIENT}{own}")));
    assert_eq!(kept.status, 200);
    // A page of another origin is told that it may send it, before it does.
    let preflight = format!(
        "{other}Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: x-xsrf-token\r\n"
    );
    for headers in [preflight.as_str(), ""] {
        let first = server.ask(head("OPTIONS", &format!("{PREFIX}{NUM}"), headers));
        let allowed = first.header("access-control-allow-headers");
        assert!(allowed.ends_with(", x-xsrf-token"), "{allowed}");
        assert_eq!(first.told(), (200, String::new()));
    }
}

/// What goes wrong outside of an operation.
#[rpc_interface(name = "BrokenRpc", version = "1.0.0")]
trait Broken {
    /// One item, and then a panic.
    async fn items(&self) -> IpcStream<twinbridge::Bytes>;
}

struct Breaker;

impl Broken for Breaker {
    async fn items(&self) -> IpcStream<twinbridge::Bytes> {
        let mut at = 0;
        IpcStream::of(futures_util::stream::repeat_with(move || {
            at += 1;
            assert!(at == 1, "as it was told to");
            twinbridge::Bytes::from_static(b"one")
        }))
    }
}

#[test]
fn a_panic_in_an_item_of_a_stream_cuts_it_off_and_nothing_else() {
    let server = Server::with(|serve| serve.interface(|| BrokenServer(Breaker)));
    for _ in 0..3 {
        let reply = server.post("BrokenRpc-1.0.0-items", "[]");
        assert_eq!((reply.status, reply.is_cut_off), (200, true));
        server.is_well();
    }
}

#[test]
fn a_panic_where_an_impl_is_made_is_an_error() {
    let server = Server::with(|serve| {
        serve.interface(|| -> BrokenServer<Breaker> { panic!("as it was told to") })
    });
    for _ in 0..3 {
        assert_eq!(server.post("BrokenRpc-1.0.0-items", "[]").status, 500);
        server.is_well();
    }
}
