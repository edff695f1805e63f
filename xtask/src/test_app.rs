//! `cargo xtask test` of an app: its own tests, with what they need around them.
//!
//! The page is built first, since the backend holds it; windows open on a screen in memory.

use std::path::Path;

use crate::{
    command,
    display::Screen,
    error::TaskError,
    page,
    provision::{self, Purpose},
    step::Steps,
    workspace::Workspace,
};

/// Runs all tests of an app.
///
/// # Errors
/// The first step that fails.
pub(crate) fn test(workspace: &Workspace) -> Result<(), TaskError> {
    let mut steps = Steps::planned(vec!["packages", "inspector", "page", "tests"]);
    steps.run("packages", || {
        let purposes = [
            Purpose::Host,
            Purpose::Tray,
            Purpose::Screen,
            Purpose::Driver,
        ];
        provision::provide(workspace, &purposes)
    })?;
    steps.run("inspector", || inspector(workspace))?;
    steps.run("page", || page::build(workspace, &workspace.layout().page))?;
    let count = steps.run("tests", || {
        let screen = Screen::in_memory(workspace)?;
        let mut test = workspace.cargo();
        test.args(["test", "--workspace"]);
        // Two windows at once would share the processor and the keyboard focus.
        test.args(["--", "--test-threads=1"]);
        command::run_tests(screen.show(&mut test))
    })?;
    println!("\n    {count} in all, after {}", steps.total());
    Ok(())
}

/// Builds the inspector's page, where these crates are taken from their repository by path and
/// nobody has built it there so far. A package of them has it.
fn inspector(workspace: &Workspace) -> Result<(), TaskError> {
    let Some(repository) = Path::new(env!("CARGO_MANIFEST_DIR")).parent() else {
        return Ok(());
    };
    let is_repository = repository.join("src-frontend/explorer").exists();
    if !is_repository
        || repository
            .join("target/page/twinbridge_explorer_bg.wasm")
            .exists()
    {
        println!("    it is there");
        return Ok(());
    }
    let mut build = workspace.cargo();
    build.current_dir(repository);
    command::run(build.args(["xtask", "page", "explorer"]))
}
