//! The interop tests: the web protocol against iTwin.js's own packages, and in a browser.
//!
//! The packages are those of `tests/interop/package-lock.json`, installed by npm into that folder.

use std::process::Command;

use crate::{
    command::{self, TestCount},
    error::TaskError,
    npm,
    workspace::Workspace,
};

/// The root package's test, which has `test = false` as the window tests have.
pub(crate) const TEST: &str = "interop";
/// The folder with the scripts and the lists of packages.
pub(crate) const FOLDER: &str = "tests/interop";
/// What the tests start beside themselves.
const SERVER: &str = "twinbridge-interop-server";

/// Builds what the tests start, and runs them.
///
/// # Errors
/// When something does not compile, or a test fails.
pub(crate) fn run(
    workspace: &Workspace,
    prepare: impl FnOnce(&mut Command),
) -> Result<TestCount, TaskError> {
    let node = npm::provide(workspace, FOLDER)?;
    let mut server = workspace.cargo();
    server.args(["build", "--workspace", "--bin", SERVER]);
    command::run(&mut server)?;
    let mut test = workspace.cargo();
    // With `--workspace`, so that features and with them the compiled dependencies stay the same.
    test.args(["test", "--workspace", "--test", TEST])
        .env("TWINBRIDGE_NODE", node);
    prepare(&mut test);
    command::run_tests(&mut test)
}
