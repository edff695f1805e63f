//! `cargo xtask package`: the app as a Debian package, made by Tauri's own bundler.
//!
//! With `--check` the package is installed, started from its menu entry, checked and removed again
//! by the tests in `tests/package`; that needs the right to install packages.

use std::{fs, path::PathBuf, process::Command};

use crate::{
    command,
    display::Screen,
    error::{TaskError, file},
    npm, page,
    provision::{self, Purpose},
    step::Steps,
    workspace::Workspace,
};

/// The folder with the bundler's lock file.
const BUNDLER: &str = "xtask/package";

/// The test that installs a package; only this command runs it.
pub(crate) const TEST: &str = "package";

/// What the package has.
const PROGRAMS: [&str; 2] = ["twinbridge", "twinbridge-serve"];

/// The command line of `package`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    profile: &'static str,
    is_checked: bool,
}

impl Options {
    /// What `test --full` does.
    pub(crate) const CHECKED: Self = Self {
        profile: "release",
        is_checked: true,
    };

    /// # Errors
    /// A sentence on the first word that is not understood.
    pub(crate) fn parse(words: &[String]) -> Result<Self, String> {
        let mut options = Self {
            profile: "release",
            is_checked: false,
        };
        for word in words {
            match word.as_str() {
                "--debug" => options.profile = "debug",
                "--check" => options.is_checked = true,
                other => return Err(format!("`package` does not know `{other}`")),
            }
        }
        Ok(options)
    }
}

/// Makes the package, and says where it is.
///
/// # Errors
/// The first step that fails.
pub(crate) fn package(workspace: &Workspace, options: Options) -> Result<(), TaskError> {
    let check = options.is_checked.then_some("check");
    let plan = ["packages", "page", "host", "bundle"]
        .into_iter()
        .chain(check);
    let mut steps = Steps::planned(plan.collect());
    steps.run("packages", || {
        let for_check = [Purpose::Screen, Purpose::Driver, Purpose::Menu];
        let for_check = for_check.into_iter().filter(|_| options.is_checked);
        let purposes: Vec<_> = [Purpose::Host, Purpose::Bundle]
            .into_iter()
            .chain(for_check)
            .collect();
        provision::provide(workspace, &purposes)
    })?;
    steps.run("page", || page::build(workspace, &page::EXPLORER))?;
    steps.run("host", || {
        let mut build = workspace.cargo();
        build.args([
            "build",
            "--package",
            "twinbridge",
            "--features",
            "tauri/custom-protocol",
        ]);
        for program in PROGRAMS {
            build.args(["--bin", program]);
        }
        if options.profile == "release" {
            build.arg("--release");
        }
        command::run(&mut build)
    })?;
    let package = steps.run("bundle", || bundle(workspace, options.profile))?;
    let bytes = fs::metadata(&package)
        .map_err(file("reading", &package))?
        .len();
    println!("    {}: {:.1} MB", package.display(), bytes as f64 / 1e6);
    if options.is_checked {
        let counted = steps.run("check", || {
            let screen = Screen::in_memory(workspace)?;
            let mut test = workspace.cargo();
            test.args(["test", "--workspace", "--test", TEST])
                .env("TWINBRIDGE_PACKAGE", &package);
            command::run_tests(screen.show(&mut test))
        })?;
        println!("    {counted}");
    }
    Ok(())
}

fn bundle(workspace: &Workspace, profile: &str) -> Result<PathBuf, TaskError> {
    let node = npm::provide(workspace, BUNDLER)?;
    let folder = workspace.target().join(profile).join("bundle/deb");
    // An older version's would stay beside the new one.
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(file("emptying", &folder))?;
    }
    let mut bundle = Command::new(node);
    bundle.arg(workspace.path(BUNDLER).join("bundle.cjs"));
    bundle.args(["bundle", "--bundles", "deb", "--ci", "--no-sign"]);
    if profile == "debug" {
        bundle.arg("--debug");
    }
    command::run(bundle.current_dir(workspace.path("")))?;
    let entries = fs::read_dir(&folder).map_err(file("reading", &folder))?;
    let mut paths = entries.flatten().map(|entry| entry.path());
    let package = paths.find(|path| path.extension().is_some_and(|it| it == "deb"));
    package.ok_or_else(|| TaskError::Output {
        command: "tauri bundle".into(),
        what: format!("no package in {}", folder.display()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_made_for_release_unless_asked_otherwise() {
        let parsed = |line: &str| {
            let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
            Options::parse(&words)
        };
        assert_eq!(parsed("--check"), Ok(Options::CHECKED));
        assert_eq!(parsed("--debug").unwrap().profile, "debug");
        assert_eq!(parsed("rpm").unwrap_err(), "`package` does not know `rpm`");
    }
}
