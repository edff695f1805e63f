//! The real client in a page of another origin, in a browser without a window.
//!
//! Browsers hide from a page what a server of another origin does not show it. Two origins open the
//! same page: one that our server was told to allow, and one that it was not.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    process::{Server, node},
    report::{Report, Row, both, compare, differs},
};

/// What serves the page, at two origins.
struct Pages {
    server: Server,
    origins: [String; 2],
}

impl Pages {
    fn open() -> Self {
        let server = Server::start(&mut node("browser/host.cjs"));
        let line = server.first_line().to_owned();
        let (first, second) = line.split_once(' ').unwrap();
        Self {
            origins: [first.to_owned(), second.to_owned()],
            server,
        }
    }

    /// Opens the page at one of the origins, and waits until it has reported everything.
    fn visit(&self, origin: usize, asked: &Server) -> Report {
        let address = format!("{}/?server={}", self.origins[origin], asked.address());
        let _browser = Browser::open(&address);
        let mut lines = Vec::new();
        loop {
            let line = self.server.line();
            if line == r#""done""# {
                return Report::read(lines.iter().map(String::as_str));
            }
            lines.push(line);
        }
    }
}

/// A browser that shows one address, until it is dropped.
struct Browser {
    child: Child,
    _profile: TempDir,
}

impl Browser {
    fn open(address: &str) -> Self {
        let profile = TempDir::new().unwrap();
        let mut chromium = Command::new("chromium");
        chromium
            .arg("--headless=new")
            // Its sandbox cannot be set up by root, nor in most containers.
            .args(["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--no-first-run", "--disable-extensions", "--disable-sync"])
            .args([
                "--disable-background-networking",
                "--disable-component-update",
            ])
            .arg(profile_argument(profile.path()))
            .arg(address);
        let child = chromium
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("`cargo xtask test` installs chromium");
        Self {
            child,
            _profile: profile,
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended by itself. Its own children end with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn profile_argument(folder: &Path) -> String {
    format!("--user-data-dir={}", folder.display())
}

fn gave(value: &Value) -> Value {
    json!({ "gave": value })
}

fn threw(number: i64, name: &str, message: &str) -> Value {
    json!({ "threw": { "name": name, "message": message, "errorNumber": number } })
}

/// What a page sees of an answer that the browser does not hand to it.
fn kept_out() -> Value {
    json!({ "threw": { "name": "TypeError", "message": "Failed to fetch" } })
}

/// What the page sees where it may.
fn seen() -> Vec<Row> {
    let data = |data: &[u8]| json!({ "bytes": data });
    let hides = "the real server shows pages none of its headers: neither its version nor a time";
    let wrapped = |message: &str| {
        format!(
            r#"pending: {{"iTwinRpcCoreResponse":true,"managedStatus":"pending","responseValue":"{message}"}}, protocol 0"#
        )
    };
    vec![
        both("numbers are added", gave(&json!(5))),
        both("text beyond ASCII", gave(&json!("h\u{e9}llo \u{20ac}"))),
        both("bytes both ways", gave(&data(&[255, 2, 1]))),
        both(
            "bytes within any value",
            gave(&json!({ "data": data(&[0, 255]), "more": [data(&[7])] })),
        ),
        both("a kept result", gave(&json!("c:k1"))),
        both("a kept result, asked for again", gave(&json!("c:k1"))),
        differs(
            "pending twice",
            hides,
            json!({ "gave": 3, "events": [wrapped("step 1"), wrapped("step 2")] }),
            json!({
                "gave": 3,
                "events": ["pending: step 1, protocol 2", "pending: step 2, protocol 2"],
            }),
        ),
        differs(
            "a fault with a time to wait",
            hides,
            json!({ "gave": 2, "events": ["again in 500 ms"] }),
            json!({ "gave": 2, "events": ["again in 40 ms"] }),
        ),
        both(
            "an error with a number",
            threw(65_574, "Not Found", "no such thing"),
        ),
        both(
            "nothing to give",
            threw(65_604, "Error (65604)", "No Content"),
        ),
        both("not found", threw(32_768, "", "")),
        both("a megabyte of bytes", gave(&json!(1024 * 1024))),
        both(
            "eight calls at once",
            gave(&json!([1, 2, 3, 4, 5, 6, 7, 8])),
        ),
        both(
            "a request without the protocol's headers",
            gave(&json!("opaque")),
        ),
        both(
            "what such a request would have stored",
            threw(32_768, "", ""),
        ),
    ]
}

#[test]
fn a_page_of_an_allowed_origin_sees_everything_and_one_of_another_sees_nothing() {
    let pages = Pages::open();
    let ours = Server::ours_with(&["--allow-origin", &pages.origins[0]]);
    // First the one that may not: nothing of what it sends may be there for the other.
    let hidden = pages.visit(1, &ours);
    let shown = pages.visit(0, &ours);
    let real = pages.visit(0, &Server::real());

    let rows = seen();
    compare(&rows, &real, &shown);
    assert_eq!(shown.without(rows.iter()), [""; 0]);

    let nothing = threw(-1, "Server error (-1)", "Server connection error.");
    let hidden_rows: Vec<_> = seen()
        .iter()
        .map(|row| match row.sentence() {
            // A page may send such a request anywhere; it is told of no answer.
            sent @ "a request without the protocol's headers" => both(sent, kept_out()),
            sentence => both(sentence, nothing.clone()),
        })
        .collect();
    hidden.expect(&hidden_rows);
    assert_eq!(hidden.without(hidden_rows.iter()), [""; 0]);
}
