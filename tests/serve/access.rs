//! An app's own rule of who may ask for what.

use twinbridge::{
    Serve, ServeError,
    rpc::web::{Access, AccessRequest, Asked, Authorizer},
};

use crate::support::{PREFIX, Server, head, post, refusal};

/// Knows two tokens, and does not trust everybody with everything.
struct Rule;

impl Authorizer for Rule {
    async fn authorize(&self, asked: &AccessRequest<'_>) -> Access {
        // A rule may ask elsewhere.
        tokio::task::yield_now().await;
        let Some(token) = asked.bearer() else {
            return Access::unauthorized("log in first");
        };
        match (token, asked.asked) {
            ("boom", _) => panic!("as it was told to"),
            ("tok", Asked::Operation { operation, .. }) if operation != "str" => Access::Allowed,
            ("admin", _) => Access::Allowed,
            _ => Access::forbidden("not with this token"),
        }
    }
}

fn server() -> Server {
    Server::with(|serve| serve.authorizer(Rule))
}

/// A request with a token in place of the client's own.
fn with_token(token: &str, operation: &str, body: &str) -> Vec<u8> {
    let request = String::from_utf8(post(operation, "", "text/plain", body)).unwrap();
    let request = match token {
        "" => request.replace("Authorization: Bearer tok\r\n", ""),
        token => request.replace("Bearer tok", token),
    };
    request.into_bytes()
}

#[test]
fn a_rule_lets_some_in_and_tells_the_others_why() {
    let server = server();
    let ask = |token: &str, operation: &str, body: &str| {
        server.ask(with_token(
            token,
            &format!("ProbeRpc-1.2.3-{operation}"),
            body,
        ))
    };
    assert_eq!(
        ask("Bearer tok", "num", "[2,3]").told(),
        (200, "5".to_owned())
    );
    assert_eq!(
        ask("bearer  admin", "str", "[\"a\"]").told(),
        (200, "\"a\"".to_owned())
    );
    let unknown = ask("", "num", "[2,3]");
    assert_eq!(unknown.told(), (401, refusal("log in first")));
    assert_eq!(unknown.header("www-authenticate"), "Bearer");
    assert_eq!(ask("Basic tok", "num", "[2,3]").status, 401);
    let forbidden = ask("Bearer tok", "str", "[\"a\"]");
    assert_eq!(forbidden.told(), (403, refusal("not with this token")));
    assert_eq!(
        ask("Bearer nobody", "less", "[]").status,
        403,
        "nothing is told of operations"
    );
}

#[test]
fn who_may_not_ask_is_told_before_the_body_came() {
    let server = server();
    let mut connection = server.connect();
    let request = with_token("Bearer nobody", "ProbeRpc-1.2.3-num", "[2,3]");
    connection.send(&request[..request.len() - 5]);
    assert_eq!(connection.reply().unwrap().status, 403);
}

#[test]
fn what_the_server_has_is_told_to_who_may_know_it() {
    let server = server();
    let target = "/x/UHJvYmVScGNAMS4yLjM=-CONTROL-describeEndpoints";
    let endpoints = |token: &str| {
        let headers = format!("X-Correlation-Id: a\r\nAuthorization: Bearer {token}\r\n");
        server.ask(head("POST", target, &headers)).status
    };
    assert_eq!((endpoints("tok"), endpoints("admin")), (403, 200));
    let description = |token: &str| {
        let headers = format!("Authorization: Bearer {token}\r\n");
        server.ask(head("GET", "/v3/swagger.json", &headers)).status
    };
    assert_eq!((description("tok"), description("admin")), (403, 200));
    assert_eq!(server.ask(head("GET", "/ping", "")).status, 200);
}

#[test]
fn what_one_is_told_is_kept_for_nobody_else() {
    let target = format!("{PREFIX}ProbeRpc-1.2.3-cached?parameters=WyJrMSJd");
    let kept = |server: &Server, headers: &str| {
        let reply = server.ask(head(
            "GET",
            &target,
            &format!("X-Correlation-Id: a\r\n{headers}"),
        ));
        assert_eq!(reply.told(), (200, "\"c:k1\"".to_owned()));
        let (kept, vary) = (reply.header("cache-control"), reply.header("vary"));
        (kept.to_owned(), vary.to_owned())
    };
    let private = (
        "private, max-age=172800, immutable".to_owned(),
        "Accept-Encoding, Authorization".to_owned(),
    );
    let token = "Authorization: Bearer tok\r\n";
    assert_eq!(kept(&server(), token), private);
    // The impl may look at it, also where no rule does.
    assert_eq!(kept(&Server::start(), token), private);
    // A rule may let somebody in by other means.
    struct Everybody;
    impl Authorizer for Everybody {
        async fn authorize(&self, _: &AccessRequest<'_>) -> Access {
            Access::Allowed
        }
    }
    let all = Server::with(|serve| serve.authorizer(Everybody));
    assert_eq!(kept(&all, ""), private);
    // What no contract calls immutable is kept by nobody.
    let target = format!("{PREFIX}ProbeRpc-1.2.3-num?parameters=WzIsM10%3D");
    let reply = Server::start().ask(head("GET", &target, "X-Correlation-Id: a\r\n"));
    assert_eq!(reply.told(), (200, "5".to_owned()));
    assert_eq!(reply.header("cache-control"), "no-store");
}

#[test]
fn refusals_say_what_the_server_takes() {
    let server = server();
    let takes = "Accept: application/vnd.twinbridge.rpc+msgpack\r\n";
    let known = format!("{takes}X-Correlation-Id: a\r\n");
    let operation = format!("{PREFIX}ProbeRpc-1.2.3-num");
    for (status, method, headers) in [
        (400, "POST", takes.to_owned()),
        (401, "POST", known.clone()),
        (
            403,
            "POST",
            format!("{known}Origin: https://evil.example.com\r\n"),
        ),
        (405, "PUT", known),
    ] {
        let reply = server.ask(head(method, &operation, &headers));
        let told = reply.header("accept-post");
        assert_eq!(
            (reply.status, told),
            (status, "application/vnd.twinbridge.rpc+msgpack")
        );
    }
    let other = server.ask(head("POST", &operation, ""));
    assert_eq!((other.status, other.header("accept-post")), (400, ""));
}

#[test]
fn a_rule_that_panics_lets_nobody_in_and_the_server_goes_on() {
    let server = server();
    let reply = server.ask(with_token("Bearer boom", "ProbeRpc-1.2.3-num", "[2,3]"));
    let sentence = "The server failed to judge the request.";
    assert_eq!(reply.told(), (500, refusal(sentence)));
    server.is_well();
}

#[test]
fn nobody_else_reaches_a_server_that_has_no_rule() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let bind = |serve: twinbridge::ServeBuilder| runtime.block_on(serve.bind("0.0.0.0:0"));
    let error = bind(Serve::builder()).unwrap_err();
    assert!(matches!(error, ServeError::Anonymous { .. }), "{error}");
    assert!(
        error
            .to_string()
            .contains("can be reached from other machines")
    );
    assert!(bind(Serve::builder().authorizer(Rule)).is_ok());
    assert!(bind(Serve::builder().allow_anonymous()).is_ok());
}
