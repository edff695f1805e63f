//! Runs `tests/wasm` under Node: the cases that must hold on wasm32 as they do natively.
//!
//! The crate is compiled as the page is, so what is tested is what is shipped. The script beside
//! this file prints cargo's own lines.

use std::{fs, process::Command};

use crate::{
    command::{self, TestCount},
    error::{TaskError, file},
    page,
    version::Version,
    wasm::{self, WasmCompiler},
    workspace::Workspace,
};

const PACKAGE: &str = "twinbridge-wasm-tests";
const MODULE: &str = "twinbridge_wasm_tests";
const RUNNER: &str = include_str!("wasm_cases.cjs");
/// The first long-term release with every wasm feature that rustc uses.
const OLDEST_NODE: Version = Version(18, 0, 0);

/// Builds the cases and runs them.
///
/// # Errors
/// When they do not compile, Node is too old, or a case fails.
pub(crate) fn run(workspace: &Workspace) -> Result<TestCount, TaskError> {
    let text = command::read(Command::new("node").arg("--version"))?;
    if Version::find(&text).is_none_or(|version| version < OLDEST_NODE) {
        return Err(TaskError::TooOld {
            program: "node",
            found: text.trim().to_owned(),
            needed: OLDEST_NODE.to_string(),
            help: "this system's package is too old; install Node from https://nodejs.org and \
                   put it first in PATH",
        });
    }
    let raw = WasmCompiler::provide(workspace)?.build(workspace, PACKAGE)?;
    let folder = wasm::folder(workspace).join("cases");
    page::bind(&raw, &folder, |bindgen| {
        bindgen.nodejs(true)?.out_name(MODULE);
        Ok(())
    })?;
    let runner = folder.join("run.cjs");
    fs::write(&runner, RUNNER).map_err(file("writing", &runner))?;
    // Node reads the nearest package.json to tell which kind of module a `.js` file is.
    let package = folder.join("package.json");
    fs::write(&package, r#"{"type":"commonjs"}"#).map_err(file("writing", &package))?;
    command::run_tests(Command::new("node").arg(&runner))
}
