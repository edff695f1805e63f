//! Which sources belong to which half of the app.
//!
//! Cargo knows: a half is its crate and every crate of this disk that it depends on, so a change
//! of the contract is a change of both.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::{
    command::{self, describe},
    error::TaskError,
    workspace::Workspace,
};

/// One of the two halves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Half {
    Page,
    Backend,
}

/// The sources of both.
#[derive(Clone, Debug, Default)]
pub(super) struct Halves {
    page: Sources,
    backend: Sources,
}

/// What one half is made of.
#[derive(Clone, Debug, Default)]
struct Sources {
    folders: Vec<PathBuf>,
    files: Vec<PathBuf>,
}

impl Halves {
    /// Asks cargo.
    pub(super) fn of(workspace: &Workspace) -> Result<Self, TaskError> {
        let mut cargo = workspace.cargo();
        cargo.args(["metadata", "--format-version", "1"]);
        let text = command::read(&mut cargo)?;
        let facts: Json = serde_json::from_str(&text).map_err(|error| TaskError::Output {
            command: describe(&cargo),
            what: error.to_string(),
        })?;
        let layout = workspace.layout();
        let mut halves = Self {
            page: sources(&facts, |package| package["name"] == *layout.page.package),
            backend: sources(&facts, |package| {
                let has =
                    |target: &Json| target["kind"][0] == "bin" && target["name"] == *layout.program;
                list(&package["targets"]).iter().any(has)
            }),
        };
        let page = workspace.path(&*layout.page.sources);
        halves.page.folders.push(page.join("static"));
        halves.page.files.push(page.join("index.html"));
        let configuration = workspace.path(layout.configuration).join("tauri.conf.json");
        halves.backend.files.push(configuration);
        Ok(halves)
    }

    /// Which halves a file is a source of.
    pub(super) fn with(&self, path: &Path) -> Vec<Half> {
        let halves = [(Half::Page, &self.page), (Half::Backend, &self.backend)];
        let halves = halves.into_iter().filter(|(_, sources)| sources.have(path));
        halves.map(|(half, _)| half).collect()
    }

    /// The folders to watch with all that is in them.
    pub(super) fn folders(&self) -> impl Iterator<Item = &Path> {
        let both = self.page.folders.iter().chain(&self.backend.folders);
        both.map(PathBuf::as_path).filter(|folder| folder.is_dir())
    }

    /// The folders of single files.
    pub(super) fn folders_of_files(&self) -> impl Iterator<Item = &Path> {
        let both = self.page.files.iter().chain(&self.backend.files);
        both.filter_map(|file| file.parent())
    }
}

impl Sources {
    fn have(&self, path: &Path) -> bool {
        self.files.iter().any(|file| file == path)
            || self.folders.iter().any(|folder| path.starts_with(folder))
    }
}

/// The sources of the package that `is_it`, and of all on this disk that it depends on.
fn sources(facts: &Json, is_it: impl Fn(&Json) -> bool) -> Sources {
    let packages = list(&facts["packages"]);
    let nodes = list(&facts["resolve"]["nodes"]);
    let mut waiting: Vec<&Json> = packages
        .iter()
        .filter(|it| is_it(it))
        .map(|it| &it["id"])
        .collect();
    let mut seen: Vec<&Json> = Vec::new();
    let mut found = Sources::default();
    while let Some(id) = waiting.pop() {
        if seen.contains(&id) {
            continue;
        }
        seen.push(id);
        // What comes from a registry does not change under one's hands.
        let Some(package) = packages
            .iter()
            .find(|it| it["id"] == *id && it["source"].is_null())
        else {
            continue;
        };
        found.add(package);
        let node = nodes.iter().find(|node| node["id"] == *id);
        for dependency in node.map(|node| list(&node["deps"])).unwrap_or_default() {
            // Tests' dependencies are in no app.
            if list(&dependency["dep_kinds"])
                .iter()
                .any(|kind| kind["kind"] != "dev")
            {
                waiting.push(&dependency["pkg"]);
            }
        }
    }
    found
}

impl Sources {
    fn add(&mut self, package: &Json) {
        self.files
            .extend(package["manifest_path"].as_str().map(PathBuf::from));
        for target in list(&package["targets"]) {
            let kind = target["kind"][0].as_str().unwrap_or_default();
            if ["test", "bench", "example"].contains(&kind) {
                continue;
            }
            let Some(root) = target["src_path"].as_str().map(PathBuf::from) else {
                continue;
            };
            match root.parent() {
                // A build script beside its manifest has no folder of its own.
                Some(folder) if !folder.join("Cargo.toml").exists() => {
                    self.folders.push(folder.to_owned());
                }
                _ => self.files.push(root),
            }
        }
    }
}

fn list(value: &Json) -> &[Json] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_is_what_its_crate_depends_on_without_tests_and_registries() {
        let package = |name: &str, source: Json, roots: &[(&str, &str)]| {
            let targets: Vec<_> = roots
                .iter()
                .map(|(kind, path)| serde_json::json!({ "kind": [kind], "name": name, "src_path": path }))
                .collect();
            let manifest = format!("/w/{name}/Cargo.toml");
            serde_json::json!({ "name": name, "id": name, "source": source, "manifest_path": manifest, "targets": targets })
        };
        let dependency = |name: &str, kind: Json| serde_json::json!({ "pkg": name, "dep_kinds": [{ "kind": kind }] });
        let facts = serde_json::json!({
            "packages": [
                package("page", Json::Null, &[("cdylib", "/w/page/src/lib.rs"), ("test", "/w/page/tests/a.rs")]),
                package("contract", Json::Null, &[("lib", "/w/contract/src/lib.rs")]),
                package("driver", Json::Null, &[("lib", "/w/driver/src/lib.rs")]),
                package("serde", serde_json::json!("registry"), &[("lib", "/r/serde/src/lib.rs")]),
            ],
            "resolve": { "nodes": [
                { "id": "page", "deps": [
                    dependency("contract", Json::Null),
                    dependency("driver", serde_json::json!("dev")),
                    dependency("serde", Json::Null),
                ]},
                { "id": "contract", "deps": [] },
            ]},
        });
        let found = sources(&facts, |package| package["name"] == "page");
        assert_eq!(
            found.folders,
            [Path::new("/w/page/src"), Path::new("/w/contract/src")]
        );
        let files = [
            Path::new("/w/page/Cargo.toml"),
            Path::new("/w/contract/Cargo.toml"),
        ];
        assert_eq!(found.files, files);
        assert!(found.have(Path::new("/w/contract/src/notes.rs")));
        assert!(!found.have(Path::new("/w/page/tests/a.rs")));
    }
}
