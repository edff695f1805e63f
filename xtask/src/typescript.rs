//! The sample page in TypeScript: its package, its types, its bundle.
//!
//! The package is written from the contracts first, since the page's lock names it. The compiler
//! of TypeScript then says whether both fit, and Vite puts the page where its host embeds it.

use std::process::Command;

use crate::{command, error::TaskError, npm, step::Steps, types, workspace::Workspace};

const FOLDER: &str = "tests/typescript-page";
/// Where the page's lock looks for the package.
const PACKAGE: &str = "tests/typescript-page/backend";
/// What writes the package.
const PROGRAM: &str = "twinbridge-typescript-sample-types";

/// `cargo xtask page typescript`.
///
/// # Errors
/// The first step that fails.
pub(crate) fn page(workspace: &Workspace) -> Result<(), TaskError> {
    let mut steps = Steps::planned(vec!["typescript page"]);
    steps.run("typescript page", || build(workspace))
}

/// Writes the package, checks the page's types and bundles it.
///
/// # Errors
/// When something does not compile, a type does not fit, or npm fails.
pub(crate) fn build(workspace: &Workspace) -> Result<(), TaskError> {
    types::write(workspace, PROGRAM, &workspace.path(PACKAGE))?;
    let node = npm::provide(workspace, FOLDER)?;
    let folder = workspace.path(FOLDER);
    for (program, words) in [
        ("typescript/bin/tsc", &["--noEmit"][..]),
        ("vite/bin/vite.js", &["build", "--logLevel", "warn"]),
    ] {
        let mut run = Command::new(&node);
        run.arg(folder.join("node_modules").join(program));
        command::run(run.args(words).current_dir(&folder))?;
    }
    Ok(())
}
