//! Files over the web: within their folders, and each client's own.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    command::{Program, program},
    support::post,
};

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("root/inner")).unwrap();
    fs::write(folder.path().join("root/a"), "one\ntwo\n").unwrap();
    fs::write(folder.path().join("root/inner/b"), "x").unwrap();
    fs::write(folder.path().join("secret"), "s").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("../secret", folder.path().join("root/link")).unwrap();
    folder
}

fn start(folder: &TempDir) -> Program {
    let root = folder.path().join("root");
    Program::start(program(&["--files-root", root.to_str().unwrap()]))
}

/// Calls an operation of `files` in the name of a session.
fn call(program: &Program, session: &str, operation: &str, arguments: &str) -> (u16, Value) {
    let operation = format!("FilesRpcInterface-1.0.0-{operation}");
    let request = String::from_utf8(post(&operation, "", "text/plain", arguments)).unwrap();
    let reply = program.ask(request.replace("sess-1", session));
    (
        reply.status,
        serde_json::from_slice(&reply.body).unwrap_or_default(),
    )
}

fn open(program: &Program, session: &str, folder: &TempDir, name: &str) -> (u16, Value) {
    let path = folder.path().join(name);
    call(program, session, "open", &format!("[{path:?}]"))
}

#[test]
fn files_are_read_within_their_folders_alone() {
    let folder = folder();
    let program = start(&folder);
    for good in ["root/a", "root/inner/b", "root/inner/../a"] {
        assert_eq!(open(&program, "s", &folder, good).0, 200, "{good}");
    }
    for bad in [
        "secret",
        "root/../secret",
        "root/link",
        "missing",
        "root/link/x",
    ] {
        let (status, error) = open(&program, "s", &folder, bad);
        assert_eq!(
            (status, &error["kind"]),
            (500, &"permission".into()),
            "{bad}"
        );
    }
    for bad in ["/etc/passwd", "a", "", "/proc/self/environ", "/dev/zero"] {
        let (_, error) = call(&program, "s", "open", &format!("[{bad:?}]"));
        assert_eq!(error["kind"], "permission", "{bad}");
    }
    let (_, missing) = open(&program, "s", &folder, "root/missing");
    assert_eq!(missing["kind"], "notFound");
}

#[test]
fn an_open_file_is_its_clients_own() {
    let folder = folder();
    let program = start(&folder);
    let (_, opened) = open(&program, "mine", &folder, "root/a");
    let id = opened["file"].as_u64().unwrap();
    let lines = |session: &str| call(&program, session, "lines", &format!("[{id},0,9]"));
    let (status, page) = lines("mine");
    assert_eq!((status, &page["lines"][1]["text"]), (200, &"two".into()));
    // Whoever knows the session id has not the authorization with it.
    let stolen = String::from_utf8(post(
        "FilesRpcInterface-1.0.0-lines",
        "",
        "text/plain",
        format!("[{id},0,9]"),
    ))
    .unwrap();
    let stolen = stolen
        .replace("sess-1", "mine")
        .replace("Bearer tok", "Bearer other");
    let reply: Value = serde_json::from_slice(&program.ask(stolen).body).unwrap();
    assert_eq!(reply["kind"], "notOpen");
    for other in ["theirs", "min"] {
        let (status, error) = lines(other);
        assert_eq!(
            (status, &error["kind"]),
            (500, &"notOpen".into()),
            "{other}"
        );
        // Nor can they close it.
        assert_eq!(call(&program, other, "close", &format!("[{id}]")).0, 200);
    }
    assert_eq!(lines("mine").0, 200);
    assert_eq!(call(&program, "mine", "close", &format!("[{id}]")).0, 200);
    assert_eq!(lines("mine").1["kind"], "notOpen");
}

#[test]
fn nothing_is_kept_open_for_a_client_that_is_not_known_again() {
    let folder = folder();
    let program = start(&folder);
    let (status, error) = open(&program, "", &folder, "root/a");
    assert_eq!(status, 500);
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("carries no session id"), "{message}");
    for (operation, arguments) in [
        ("lines", "[1,0,9]"),
        ("lineCount", "[1]"),
        ("completeLineCount", "[1]"),
    ] {
        let (_, error) = call(&program, "", operation, arguments);
        let message = error["message"].as_str().unwrap();
        assert!(
            message.contains("carries no session id"),
            "{operation}: {message}"
        );
    }
}

#[test]
fn a_client_has_so_many_files_open_and_no_more() {
    let folder = folder();
    let program = start(&folder);
    for _ in 0..64 {
        assert_eq!(open(&program, "greedy", &folder, "root/a").0, 200);
    }
    let (_, error) = open(&program, "greedy", &folder, "root/a");
    assert_eq!(error["kind"], "tooManyOpen");
    assert_eq!(open(&program, "other", &folder, "root/a").0, 200);
}

#[test]
fn without_a_folder_there_are_no_files() {
    let program = Program::start(program(&[]));
    let (status, error) = call(&program, "s", "open", r#"["/etc/passwd"]"#);
    assert_eq!(status, 500);
    let message = error["message"].as_str().unwrap();
    assert_eq!(
        message,
        "RPC interface \"FilesRpcInterface\" is not initialized."
    );
}

#[test]
fn a_folder_that_is_none_is_not_served() {
    let folder = folder();
    let file = folder.path().join("secret");
    let output = program(&["--files-root", file.to_str().unwrap()])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("cannot serve files of"), "{words}");
}
