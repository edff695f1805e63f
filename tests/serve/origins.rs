//! What websites that the user happens to visit can do with a server on this machine: nothing.

use twinbridge::rpc::web::WebRpcOptions;

use crate::support::{CLIENT, PREFIX, Server, head, post, refusal};

const VIEWER: &str = "https://viewer.example.com";

fn server() -> Server {
    let web = WebRpcOptions::default()
        .allow_origin(VIEWER)
        .host("notes.example.com");
    Server::with(|serve| serve.web(web))
}

#[test]
fn a_name_that_was_made_to_lead_here_is_none_of_the_servers() {
    let server = server();
    for target in [
        "/ping",
        "/v3/swagger.json",
        "/x/ProbeRpc-1.2.3-cached?parameters=WyJrMSJd",
    ] {
        let request = head("GET", target, CLIENT);
        let asked = |host: &str| server.ask(request.replace("localhost", host));
        let refused = asked("evil.example.com");
        let sentence = "`evil.example.com` is not a name of this server.";
        assert_eq!(refused.told(), (403, refusal(sentence)));
        for good in [
            "127.0.0.1:99",
            "[::1]",
            "app.localhost",
            "Notes.Example.com:80",
        ] {
            assert_eq!(asked(good).status, 200, "{good} {target}");
        }
        let none = request.replace("Host: localhost\r\n", "");
        assert_eq!(server.ask(none).status, 400);
        let two = request.replace("Host: localhost", "Host: localhost\r\nHost: localhost");
        assert_eq!(server.ask(two).status, 400);
    }
}

#[test]
fn a_page_of_an_allowed_origin_asks_first_and_reads_what_it_needs() {
    let server = server();
    let origin = format!("Origin: {VIEWER}\r\n");
    let preflight = format!(
        "{origin}Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: x-correlation-id\r\n"
    );
    let first = server.ask(head(
        "OPTIONS",
        &format!("{PREFIX}ProbeRpc-1.2.3-num"),
        &preflight,
    ));
    assert_eq!(first.told(), (200, String::new()));
    assert_eq!(
        first.header("access-control-allow-methods"),
        "POST, GET, OPTIONS"
    );
    let reply = server.ask(post("ProbeRpc-1.2.3-pend", &origin, "text/plain", "[9]"));
    assert_eq!(reply.status, 202);
    for reply in [&first, &reply] {
        assert_eq!(reply.header("access-control-allow-origin"), VIEWER);
        assert_eq!(reply.header("vary"), "Origin");
        assert_eq!(reply.header("cross-origin-resource-policy"), "cross-origin");
        let headers = reply.header("access-control-allow-headers");
        assert!(headers.contains("X-Correlation-Id") && headers.contains("X-Protocol-Version"));
        let exposed = reply.header("access-control-expose-headers");
        assert!(
            exposed.starts_with("X-Protocol-Version, Retry-After"),
            "{exposed}"
        );
        assert_eq!(reply.header("access-control-allow-credentials"), "");
    }
    // Refusals are read as well.
    let bad = server.ask(head("GET", "/nothing", &origin));
    assert_eq!(
        (bad.status, bad.header("access-control-allow-origin")),
        (400, VIEWER)
    );
    // What may be kept is kept for each origin.
    let cached = format!("{PREFIX}ProbeRpc-1.2.3-cached?parameters=WyJrMSJd");
    let kept = server.ask(head("GET", &cached, &format!("{CLIENT}{origin}")));
    assert_eq!(
        (kept.status, kept.header("vary")),
        (200, "Accept-Encoding, Authorization, Origin")
    );
}

#[test]
fn an_answer_is_no_script_of_another_site() {
    // With and without other origins, of calls, refusals and what is public.
    for server in [server(), Server::start()] {
        for request in [
            head("GET", "/ping", ""),
            head("GET", "/nothing", ""),
            head("GET", "/ping", "Sec-Fetch-Site: cross-site\r\n"),
            head(
                "GET",
                &format!("{PREFIX}ProbeRpc-1.2.3-cached?parameters=WyJrMSJd"),
                CLIENT,
            ),
        ] {
            let reply = server.ask(&request);
            assert_eq!(
                reply.header("x-content-type-options"),
                "nosniff",
                "{request}"
            );
            let policy = reply.header("cross-origin-resource-policy");
            assert_eq!(policy, "same-origin", "{request}");
        }
    }
    // A cache may hold an answer for a page of an allowed origin, and must not give it to others.
    let reply = server().ask(head("GET", "/ping", ""));
    assert_eq!(reply.header("vary"), "Origin");
}

#[test]
fn a_page_of_another_origin_runs_and_reads_nothing() {
    let server = server();
    let foreign = "Origin: https://evil.example.com\r\n";
    let sentence = "Pages of `https://evil.example.com` may not ask this server.";
    let cached = format!("{PREFIX}ProbeRpc-1.2.3-cached?parameters=WyJrMSJd");
    let operation = format!("{PREFIX}ProbeRpc-1.2.3-never");
    for request in [
        head("OPTIONS", &operation, foreign).into_bytes(),
        post("ProbeRpc-1.2.3-never", foreign, "text/plain", "[]"),
        head("GET", &cached, &format!("{CLIENT}{foreign}")).into_bytes(),
        head("GET", "/ping", foreign).into_bytes(),
        head("GET", "/v3/swagger.json", foreign).into_bytes(),
    ] {
        let reply = server.ask(request);
        assert_eq!(reply.told(), (403, refusal(sentence)));
        assert_eq!(reply.header("access-control-allow-origin"), "");
    }
    // Had one of them been run, this would not be the first that begins.
    let mut own = server.connect();
    own.send(post("ProbeRpc-1.2.3-never", "", "text/plain", "[]"));
    assert_eq!(server.events.next(), "begins");
    drop(own);
    assert_eq!(server.events.next(), "ends");
}

#[test]
fn what_a_page_can_send_without_asking_first_runs_nothing() {
    let server = server();
    let operation = format!("{PREFIX}ProbeRpc-1.2.3-never");
    let cached = format!("{PREFIX}ProbeRpc-1.2.3-cached?parameters=WyJrMSJd");
    // A form, `fetch` with `no-cors`, an image: none can carry a header that is not safelisted.
    let simple = |kind: &str, more: &str| {
        format!(
            "POST {operation} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n{more}Content-Type: {kind}\r\nContent-Length: 2\r\n\r\n[]"
        )
    };
    let cross = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n";
    for (request, status) in [
        (simple("text/plain", cross), 403),
        (
            simple("application/x-www-form-urlencoded", "Origin: null\r\n"),
            403,
        ),
        // Browsers that say neither: the header is what is missing then.
        (simple("text/plain", ""), 400),
        (simple("multipart/form-data; boundary=b", ""), 400),
        (head("GET", &cached, cross), 403),
        (head("GET", &cached, ""), 400),
        // An allowed origin sends what others cannot, or is not answered either.
        (simple("text/plain", &format!("Origin: {VIEWER}\r\n")), 400),
    ] {
        let reply = server.ask(&request);
        assert_eq!(reply.status, status, "{request}");
    }
    let missing = server.ask(simple("text/plain", ""));
    let sentence = "Invalid request: Missing required activity ID.";
    assert_eq!(missing.text(), refusal(sentence));
}

#[test]
fn the_servers_own_pages_ask_as_they_like() {
    let server = server();
    let own = "Origin: http://localhost\r\nSec-Fetch-Site: same-origin\r\n";
    let reply = server.ask(post("ProbeRpc-1.2.3-num", own, "text/plain", "[2,3]"));
    assert_eq!(reply.told(), (200, "5".to_owned()));
    assert_eq!(reply.header("access-control-allow-origin"), "");
}
