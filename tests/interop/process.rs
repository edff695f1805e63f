//! The programs that the tests start: servers of both kinds, and clients in Node.
//!
//! A server says its address in its first line, and ends when its input does, or is ended.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

/// How long anything here may say nothing; a machine that does more at once needs much of it.
const PATIENCE: Duration = Duration::from_secs(100);

/// The folder of the scripts, which is also that of their packages.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop")
}

/// Node with one of the scripts.
pub(crate) fn node(script: &str) -> Command {
    let packages = folder().join("node_modules");
    assert!(
        packages.exists(),
        "{packages:?} is missing: `npm ci` in its folder, or `cargo xtask test`"
    );
    // Another one where the machine's own is too old.
    let program = std::env::var_os("TWINBRIDGE_NODE").unwrap_or_else(|| "node".into());
    let mut node = Command::new(program);
    node.arg(folder().join(script)).current_dir(folder());
    node
}

/// A program of this workspace, beside the test that runs.
pub(crate) fn program(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    // Tests are in `deps`.
    let path = test.parent().unwrap().with_file_name(name);
    assert!(
        path.exists(),
        "{path:?} is missing: `cargo build --workspace --bin {name}`"
    );
    Command::new(path)
}

/// A server that runs until it is dropped.
pub(crate) struct Server {
    child: Child,
    lines: Receiver<String>,
    first_line: String,
    address: String,
}

impl Server {
    /// Starts it and waits for its address.
    pub(crate) fn start(command: &mut Command) -> Self {
        // The input is held open: for some it is what they live for.
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let output = BufReader::new(child.stdout.take().unwrap());
        let (said, lines) = mpsc::channel();
        // Reading has no time limit, receiving has. The thread ends with the output.
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if said.send(line).is_err() {
                    break;
                }
            }
        });
        let line = lines.recv_timeout(PATIENCE).unwrap_or_default();
        let address = line
            .split_whitespace()
            .find(|word| word.starts_with("http://"))
            .map(|word| word.trim_end_matches('/').to_owned());
        let address = address.unwrap_or_else(|| panic!("{command:?} said {line:?}"));
        Self {
            child,
            lines,
            first_line: line,
            address,
        }
    }

    /// iTwin.js's own.
    pub(crate) fn real() -> Self {
        Self::start(&mut node("oracle_server.cjs"))
    }

    /// Ours, with the same interfaces: what an app's `serve` is.
    pub(crate) fn ours() -> Self {
        Self::ours_with(&[])
    }

    /// The same with more on its command line.
    pub(crate) fn ours_with(more: &[&str]) -> Self {
        let mut serve = program("twinbridge-interop-server");
        serve.args(["serve", "--listen", "127.0.0.1:0"]);
        serve.args(["--interfaces", "ProbeRpc,VersionedRpc"]);
        Self::start(serve.args(more))
    }

    /// `http://` and so on, without a slash at the end.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// What it said when it was ready.
    pub(crate) fn first_line(&self) -> &str {
        &self.first_line
    }

    /// What it prints next.
    pub(crate) fn line(&self) -> String {
        let line = self.lines.recv_timeout(PATIENCE);
        line.unwrap_or_else(|error| panic!("{}: {error}", self.address))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
