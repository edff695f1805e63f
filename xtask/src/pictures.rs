//! `cargo xtask pictures`: pictures of the app's window for the documents.
//!
//! They are what window tests leave, made on a screen in memory, so that they look the same on
//! every machine with the same fonts.

use std::{fs, path::Path};

use crate::{
    command,
    display::Screen,
    error::{TaskError, file},
    page,
    provision::{self, Purpose},
    step::Steps,
    test,
    workspace::Workspace,
};

/// Where the tests leave them, and where the documents have them.
const MADE: &str = "pictures";
const KEPT: &str = "docs/pictures";

/// Makes the pictures anew.
///
/// # Errors
/// The first step that fails.
pub(crate) fn pictures(workspace: &Workspace) -> Result<(), TaskError> {
    let mut steps = Steps::planned(vec!["packages", "page", "pictures", "copy"]);
    let purposes = [Purpose::Host, Purpose::Screen, Purpose::Driver];
    steps.run("packages", || provision::provide(workspace, &purposes))?;
    steps.run("page", || {
        page::build(workspace, &page::EXPLORER)?;
        // The hosts that are compiled with it hold this one inside.
        page::build(workspace, &page::LAB)
    })?;
    let made = workspace.target().join(MADE);
    steps.run("pictures", || {
        let screen = Screen::in_memory(workspace)?;
        test::build_hosts(workspace)?;
        let mut test = workspace.cargo();
        test.args(["test", "--workspace", "--test", "e2e", "--"])
            .args(["--test-threads=1", "pictures::"])
            .env("TWINBRIDGE_BIN", workspace.host("debug"));
        command::run(screen.show(&mut test))
    })?;
    steps.run("copy", || copy(&made, &workspace.path(KEPT)))
}

fn copy(from: &Path, to: &Path) -> Result<(), TaskError> {
    fs::create_dir_all(to).map_err(file("creating", to))?;
    let made = fs::read_dir(from).map_err(file("reading", from))?;
    for picture in made {
        let picture = picture.map_err(file("reading", from))?;
        let place = to.join(picture.file_name());
        fs::copy(picture.path(), &place).map_err(file("writing", &place))?;
        println!("    {}", place.display());
    }
    Ok(())
}
