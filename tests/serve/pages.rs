//! A built page, served to browsers.

use std::{fs, path::Path};

use tempfile::TempDir;
use twinbridge::{Serve, ServeError};

use crate::support::{Reply, Server, head};

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join("page").join(name);
    fs::create_dir_all(at("assets")).unwrap();
    fs::create_dir_all(at(".git")).unwrap();
    for (name, text) in [
        ("index.html", "<p>hello"),
        ("boot.js", "1"),
        ("style.css", "p {}"),
        ("app.wasm", "\0asm"),
        ("assets/a b.svg", "<svg/>"),
        ("assets/ProbeRpc-1.2.3-num", "no operation"),
        (".secret", "x"),
        (".git/config", "x"),
        ("../outside", "x"),
    ] {
        fs::write(at(name), text).unwrap();
    }
    #[cfg(unix)]
    for (from, to) in [
        ("../outside", "link"),
        ("..", "up"),
        ("index.html", "other.html"),
    ] {
        std::os::unix::fs::symlink(from, at(to)).unwrap();
    }
    folder
}

fn server(folder: &Path) -> Server {
    Server::with(|serve| serve.pages(folder.join("page")))
}

#[test]
fn files_have_their_types_and_a_page_its_policy() {
    let folder = folder();
    let server = server(folder.path());
    let get = |path: &str| server.ask(head("GET", path, ""));
    for (path, kind, text) in [
        ("/", "text/html; charset=utf-8", "<p>hello"),
        ("/index.html", "text/html; charset=utf-8", "<p>hello"),
        ("/boot.js", "text/javascript; charset=utf-8", "1"),
        ("/style.css?v=2", "text/css; charset=utf-8", "p {}"),
        ("/app.wasm", "application/wasm", "\0asm"),
        ("/assets/a%20b.svg", "image/svg+xml", "<svg/>"),
        (
            "/assets/ProbeRpc-1.2.3-num",
            "application/octet-stream",
            "no operation",
        ),
    ] {
        let reply = get(path);
        assert_eq!(reply.told(), (200, text.to_owned()), "{path}");
        assert_eq!(reply.header("content-type"), kind, "{path}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        let policy = reply.header("content-security-policy");
        for rule in [
            "default-src 'none'",
            "connect-src 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(rule), "{policy}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
    }
    let mut connection = server.connect();
    connection.send(head("HEAD", "/boot.js", "Connection: close\r\n"));
    let reply = connection.reply_head().unwrap();
    assert_eq!((reply.status, reply.header("content-length")), (200, "1"));
    assert!(connection.is_closed());
}

#[test]
fn what_is_not_part_of_the_page_is_not_found() {
    let folder = folder();
    let server = server(folder.path());
    for path in [
        "/missing",
        "/assets",
        "/assets/",
        "//index.html",
        "/./index.html",
        "/../outside",
        "/assets/../index.html",
        "/assets/../../outside",
        "/%2e%2e/outside",
        "/..%2foutside",
        "/..\\outside",
        "/.secret",
        "/%2esecret",
        "/.git/config",
        "/link",
        "/up/outside",
        "/other.html",
        "/index.html%00",
        "/%ff",
    ] {
        let reply = server.ask(head("GET", path, ""));
        assert_eq!(reply.told(), (404, "Not found\n".to_owned()), "{path}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
    }
}

#[test]
fn operations_are_answered_beside_the_page() {
    let folder = folder();
    let server = server(folder.path());
    server.is_well();
    let ping = server.ask(head("GET", "/ping", ""));
    assert_eq!(ping.text(), "Success");
    let cached = "/p/ProbeRpc-1.2.3-cached?parameters=WyJrMSJd";
    let reply = server.ask(head("GET", cached, "X-Correlation-Id: a\r\n"));
    assert_eq!(reply.told(), (200, "\"c:k1\"".to_owned()));
}

#[test]
fn a_browser_asks_whether_its_copy_is_still_the_same() {
    let folder = folder();
    let server = server(folder.path());
    let first = server.ask(head("GET", "/", ""));
    assert_eq!(first.header("cache-control"), "no-cache");
    let known = format!("If-None-Match: {}\r\n", first.header("etag"));
    assert_eq!(
        server.ask(head("GET", "/", &known)).told(),
        (304, String::new())
    );
    assert_eq!(server.ask(head("GET", "/boot.js", &known)).status, 200);
}

#[test]
fn other_sites_may_link_to_the_page_and_not_read_it() {
    let folder = folder();
    let server = server(folder.path());
    let status = |headers: &str| -> Reply { server.ask(head("GET", "/", headers)) };
    let link = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n";
    assert_eq!(status(link).status, 200);
    let script = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n";
    assert_eq!(status(script).status, 403);
    assert_eq!(status("Origin: https://evil.example.com\r\n").status, 403);
    let rebound = head("GET", "/", "").replace("localhost", "evil.example.com");
    assert_eq!(server.ask(rebound).status, 403);
}

#[test]
fn a_folder_without_a_page_is_not_served() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let bind = |path: &Path| runtime.block_on(Serve::builder().pages(path).bind("127.0.0.1:0"));
    let error = bind(folder.path()).unwrap_err();
    assert!(matches!(error, ServeError::Pages(_)));
    assert!(error.to_string().ends_with("has no index.html"), "{error}");
    let error = bind(&folder.path().join("missing")).unwrap_err();
    assert!(error.to_string().starts_with("cannot read"), "{error}");
}
