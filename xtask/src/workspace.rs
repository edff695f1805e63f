//! Where things are in the repository, and the cargo commands run there.
//!
//! Reads `cargo metadata` once and decides nothing. Used by every command.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    command,
    error::TaskError,
    page::{self, Page},
    version::Version,
};

/// A workspace that has an app in it: the repository, or one that `new-app` has made.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
    tests_apart: Vec<String>,
    layout: Layout,
}

/// Where a workspace has the app's parts.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// Name of the host's executable.
    pub(crate) program: String,
    pub(crate) page: Page,
    /// Folder of the `tauri.conf.json`.
    pub(crate) configuration: &'static str,
    /// What interfaces are in.
    pub(crate) interfaces: Interfaces,
}

/// Where a workspace keeps the contracts of its app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interfaces {
    /// In `twinbridge-common` itself, as the repository does.
    BuiltIn,
    /// In a crate of their own, named after the app.
    OwnCrate,
}

impl Layout {
    /// That of the repository.
    pub(crate) fn repository() -> Self {
        Self {
            program: "twinbridge".into(),
            page: page::EXPLORER,
            configuration: ".",
            interfaces: Interfaces::BuiltIn,
        }
    }

    /// That of an app that `new-app` has made.
    pub(crate) fn app(name: &str) -> Self {
        let package = format!("{name}-page");
        Self {
            program: name.to_owned(),
            page: Page {
                module: package.replace('-', "_").into(),
                package: package.into(),
                sources: "page".into(),
                folder: "target/page".into(),
            },
            configuration: "backend",
            interfaces: Interfaces::OwnCrate,
        }
    }
}

impl Workspace {
    /// Asks cargo about the workspace that the program with these commands belongs to, whose
    /// package is in the folder `compiled_in`.
    ///
    /// # Errors
    /// When cargo does not answer, which includes a broken `Cargo.toml`.
    pub(crate) fn load(compiled_in: &str, layout: Layout) -> Result<Self, TaskError> {
        // Cargo names the folder when it runs this; the compiled-in one is for a direct start.
        let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| compiled_in.into());
        let mut metadata = cargo_in(Path::new(&package));
        metadata.args(["metadata", "--no-deps", "--format-version", "1"]);
        let text = command::read(&mut metadata)?;
        let unexpected = |what: &str| TaskError::Output {
            command: command::describe(&metadata),
            what: what.to_owned(),
        };
        let facts: serde_json::Value =
            serde_json::from_str(&text).map_err(|error| unexpected(&error.to_string()))?;
        let folder = |field: &str| {
            facts[field]
                .as_str()
                .map(PathBuf::from)
                .ok_or_else(|| unexpected("a folder is missing"))
        };
        Ok(Self {
            root: folder("workspace_root")?,
            target: folder("target_directory")?,
            tests_apart: tests_apart(&facts),
            layout,
        })
    }

    /// Where the app's parts are.
    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// A path inside the repository.
    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// Cargo's target folder for everything native.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// The built page; `tauri.conf.json` names the same folder as `frontendDist`.
    pub(crate) fn page_folder(&self) -> PathBuf {
        self.path("target/page")
    }

    /// The tests of the root package that open windows, or need programs of others.
    ///
    /// Those with `test = false` in `Cargo.toml`: a plain `cargo test`, which may run where there
    /// is no display, leaves them alone.
    pub(crate) fn tests_apart(&self) -> &[String] {
        &self.tests_apart
    }

    /// The host's executable in `profile` (`debug` or `release`).
    pub(crate) fn host(&self, profile: &str) -> PathBuf {
        self.target.join(profile).join(format!(
            "{}{}",
            self.layout.program,
            std::env::consts::EXE_SUFFIX
        ))
    }

    /// A cargo command in the repository's root.
    pub(crate) fn cargo(&self) -> Command {
        cargo_in(&self.root)
    }

    /// Builds the host.
    ///
    /// As one of the workspace, not with `-p`: features are then those of `cargo test --workspace`,
    /// and nothing is compiled twice for the two.
    ///
    /// # Errors
    /// When it does not compile.
    pub(crate) fn build_host(&self, profile: &str) -> Result<PathBuf, TaskError> {
        let mut build = self.cargo();
        build.args(["build", "--workspace", "--bin", &self.layout.program]);
        if profile == "release" {
            build.arg("--release");
        }
        command::run(&mut build)?;
        Ok(self.host(profile))
    }

    /// Version and host triple of the compiler that cargo uses here.
    ///
    /// # Errors
    /// When there is no compiler, or one that does not say its version.
    pub(crate) fn rustc(&self) -> Result<(Version, String), TaskError> {
        let mut rustc = self.rustc_command();
        let text = command::read(rustc.arg("-vV"))?;
        let host = text.lines().find_map(|line| line.strip_prefix("host: "));
        match (Version::find(&text), host) {
            (Some(version), Some(host)) => Ok((version, host.to_owned())),
            _ => Err(TaskError::Output {
                command: "rustc -vV".into(),
                what: text,
            }),
        }
    }

    /// A command of the compiler that cargo uses here.
    pub(crate) fn rustc_command(&self) -> Command {
        let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        rustc.current_dir(&self.root);
        rustc
    }
}

fn tests_apart(facts: &serde_json::Value) -> Vec<String> {
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    list(&facts["packages"])
        .iter()
        .filter(|package| package["name"] == "twinbridge")
        .flat_map(|package| list(&package["targets"]))
        .filter(|target| target["kind"][0] == "test" && target["test"] == false)
        .filter_map(|target| target["name"].as_str().map(str::to_owned))
        .collect()
}

fn cargo_in(folder: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(folder);
    // What `cargo run` told this program about its own package must not reach the packages that are
    // built from here: build scripts read these, and cargo would build again when they change.
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_about_this_package) {
            cargo.env_remove(name);
        }
    }
    cargo
}

fn is_about_this_package(variable: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_"]
        .iter()
        .any(|start| variable.starts_with(start))
        || [
            "CARGO_BIN_NAME",
            "CARGO_CRATE_NAME",
            "CARGO_PRIMARY_PACKAGE",
        ]
        .contains(&variable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_apart_are_those_that_a_plain_cargo_test_leaves_alone() {
        let facts = serde_json::json!({ "packages": [
            { "name": "twinbridge", "targets": [
                { "name": "twinbridge", "kind": ["bin"], "test": false },
                { "name": "wire", "kind": ["test"], "test": true },
                { "name": "e2e", "kind": ["test"], "test": false },
            ]},
            { "name": "other", "targets": [{ "name": "x", "kind": ["test"], "test": false }]},
        ]});
        assert_eq!(tests_apart(&facts), ["e2e"]);
    }

    #[test]
    fn settings_of_the_user_reach_the_inner_cargo_and_facts_about_xtask_do_not() {
        assert!(is_about_this_package("CARGO_PKG_VERSION"));
        assert!(is_about_this_package("CARGO_MANIFEST_DIR"));
        assert!(!is_about_this_package("CARGO_TARGET_DIR"));
        assert!(!is_about_this_package("CARGO_HOME"));
    }
}
