//! The default app's page in a browser: what `serve --frontend` is for.
//!
//! The same page as in the window, without a session: it asks the server that it came from.

use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::process::{Server, folder, node, program};

/// What is in the page once it has asked everything, as markup.
fn shown(address: &str) -> String {
    let profile = TempDir::new().unwrap();
    let output = Command::new("chromium")
        .args(["--headless=new", "--no-sandbox", "--disable-gpu"])
        .args(["--disable-dev-shm-usage", "--disable-background-networking"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        // Time that passes only while nothing is under way.
        .args(["--virtual-time-budget=20000", "--dump-dom", address])
        .stderr(Stdio::null())
        .output()
        .expect("`cargo xtask test` installs chromium");
    String::from_utf8(output.stdout).unwrap()
}

fn serve() -> Server {
    let page = folder().join("../../target/page");
    assert!(
        page.join("index.html").exists(),
        "`cargo xtask page explorer` makes {page:?}"
    );
    let mut serve = program("twinbridge-serve");
    serve.args(["--listen", "127.0.0.1:0", "--frontend"]);
    Server::start(serve.arg(page))
}

#[test]
fn in_a_browser_the_page_lists_what_the_server_exposes_and_shows_its_operations() {
    let server = serve();
    let page = shown(&format!("{}/#/rpc/DevToolsRpcInterface", server.address()));
    for expected in [
        "data-ready=\"true\"",
        "data-state=\"served\"",
        "data-service=\"DevToolsRpcInterface\"",
        "data-service=\"AppHostRpcInterface\"",
        ">web<",
        "fits",
        // The operations of the one that the address names, from the server's own description.
        "data-method=\"ping\"",
        "data-method=\"setLogLevel\"",
    ] {
        assert!(page.contains(expected), "{expected} is not in {page}");
    }
    // Nobody gave it folders to read files from.
    assert!(!page.contains("FilesRpcInterface</"), "{page}");
}

#[test]
fn in_a_browser_an_operation_is_called_by_its_form_and_answers() {
    let server = serve();
    let address = format!("{}/#/rpc/DevToolsRpcInterface/versions", server.address());
    let output = node("browser/explorer.cjs")
        .arg(address)
        // Node 20 has it, and not by default.
        .env("NODE_OPTIONS", "--experimental-websocket")
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let seen: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(seen["state"], "ok", "{seen}");
    let reply = seen["reply"].as_str().unwrap();
    let version = format!("application: \"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(reply.contains(&version), "{reply}");
    let live = seen["live"].as_str().unwrap();
    assert!(live.contains("rpc/DevToolsRpcInterface.versions"), "{live}");
}
