//! The interfaces that `twinbridge-serve` has by itself, called by iTwin.js's client.
//!
//! `DevToolsRpcInterface` is iTwin.js's own declaration, from its package; `files` and `host` are
//! declared as a JavaScript app would.

use std::{fs, process::Command};

use serde_json::json;
use tempfile::TempDir;

use crate::{
    process::Server,
    report::{Report, both},
};

#[test]
fn the_developer_tools_of_itwin_the_files_and_the_host_answer_its_client() {
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("root");
    fs::create_dir(&root).unwrap();
    let (inside, outside) = (root.join("lines.txt"), folder.path().join("secret.txt"));
    for path in [&inside, &outside] {
        fs::write(path, "one\ntwo\nthree\n").unwrap();
    }
    let server = Server::start(
        Command::new(env!("CARGO_BIN_EXE_twinbridge-serve"))
            .args(["--listen", "127.0.0.1:0", "--files-root"])
            .arg(&root),
    );
    let report = Report::with("client/built_in.cjs", &server, &[&inside, &outside]);

    let rows = [
        both("a ping", json!({ "gave": true })),
        both("a ping without a token", json!({ "gave": true })),
        both("figures are numbers", json!({ "gave": ["number"] })),
        both("figures with units are texts", json!({ "gave": true })),
        both(
            "versions, and what can be called",
            json!({ "gave": {
                "rpcs": [
                    ["DevToolsRpcInterface", true],
                    ["AppHostRpcInterface", true],
                    ["FilesRpcInterface", true],
                ],
                "kinds": ["string"],
            } }),
        ),
        both(
            "a level, and the one before",
            json!({ "gave": ["Error", "Warning"] }),
        ),
        both("what runs", json!({ "gave": "Twinbridge" })),
        both("how busy it is", json!({ "gave": ["number"] })),
        both(
            "a file, its lines, and its end",
            json!({ "gave": { "count": 3, "texts": ["two", "three"], "closed": "notOpen" } }),
        ),
        both("a file elsewhere", json!({ "gave": "permission" })),
    ];
    report.expect(&rows);
    assert_eq!(report.without(rows.iter()), [""; 0]);
}
