//! The programs that the tests start: servers of both kinds, and clients in Node.
//!
//! A server says its address in its first line, and ends when its input does, or is ended.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

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
    output: BufReader<ChildStdout>,
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
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let line = next_line(&mut output).unwrap_or_default();
        let address = line
            .split_whitespace()
            .find(|word| word.starts_with("http://"))
            .map(|word| word.trim_end_matches('/').to_owned());
        let address = address.unwrap_or_else(|| panic!("{command:?} said {line:?}"));
        Self {
            child,
            output,
            first_line: line,
            address,
        }
    }

    /// iTwin.js's own.
    pub(crate) fn real() -> Self {
        Self::start(&mut node("oracle_server.cjs"))
    }

    /// Ours, with the same interfaces.
    pub(crate) fn ours() -> Self {
        Self::start(&mut program("twinbridge-interop-server"))
    }

    /// `http://` and so on, without a slash at the end.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// What it said when it was ready.
    pub(crate) fn first_line(&self) -> &str {
        &self.first_line
    }

    /// What it prints next; `None` when it has ended.
    pub(crate) fn line(&mut self) -> Option<String> {
        next_line(&mut self.output)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn next_line(output: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    (output.read_line(&mut line).unwrap() > 0).then(|| line.trim_end().to_owned())
}
