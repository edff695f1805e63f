//! `cargo xtask deny`: the dependencies against `deny.toml`.
//!
//! Licences, sources and bans are judged from the lock file. Advisories need RustSec's database,
//! which is fetched; where it cannot be, that is said, and the rest still counts.

use std::process::Command;

use crate::{
    command::{self, find_program},
    error::TaskError,
    step::Steps,
    workspace::Workspace,
};

/// What is installed where the machine has none.
const VERSION: &str = "0.20.2";

/// `cargo xtask deny`.
///
/// # Errors
/// When a dependency is not what `deny.toml` allows.
pub(crate) fn deny(workspace: &Workspace) -> Result<(), TaskError> {
    let mut steps = Steps::planned(vec!["dependencies"]);
    steps.run("dependencies", || check(workspace))
}

/// The same, as a step of another command.
///
/// # Errors
/// As [`deny`].
pub(crate) fn check(workspace: &Workspace) -> Result<(), TaskError> {
    let program = program(workspace)?;
    let deny = |words: &[&str]| {
        let mut deny = Command::new(&program);
        deny.args(words).current_dir(workspace.path(""));
        deny
    };
    let help = Some("deny.toml says what is allowed, and why");
    command::run_with_help(&mut deny(&["check", "bans", "licenses", "sources"]), help)?;
    if command::run(&mut deny(&["fetch", "db"])).is_err() {
        println!("    ADVISORIES WERE NOT CHECKED: RustSec's database cannot be reached from here");
        return Ok(());
    }
    command::run_with_help(&mut deny(&["check", "--disable-fetch", "advisories"]), help)
}

/// `cargo-deny` of the machine, or one that is installed below `target`.
fn program(workspace: &Workspace) -> Result<std::path::PathBuf, TaskError> {
    if let Some(program) = find_program("cargo-deny") {
        return Ok(program);
    }
    let folder = workspace.target().join("tools/cargo-deny");
    let name = format!("bin/cargo-deny{}", std::env::consts::EXE_SUFFIX);
    let program = folder.join(name);
    if !program.exists() {
        println!(
            "    cargo-deny is missing; installing {VERSION} into {}",
            folder.display()
        );
        let mut install = workspace.cargo();
        install.args(["install", "--locked", "--root"]).arg(&folder);
        // What it is built of is not kept, and it is no part of this workspace.
        install
            .env("CARGO_TARGET_DIR", folder.join("build"))
            .current_dir(std::env::temp_dir());
        command::run(install.arg(format!("cargo-deny@{VERSION}")))?;
        // Only space is lost where it stays.
        let _ = std::fs::remove_dir_all(folder.join("build"));
    }
    Ok(program)
}
