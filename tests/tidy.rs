//! What the architecture promises of the sources, read from the sources.
//!
//! A promise that nothing checks is a wish. Each test names one invariant of
//! `docs/architecture.md` and the files it looks at.

#![allow(clippy::unwrap_used)] // A test that cannot read its own sources has nothing to say.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Rust files that git knows below `folder`, or that it would add.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let list = Command::new("git")
        .args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "--",
            folder,
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(list.status.success(), "git ls-files: {list:?}");
    String::from_utf8(list.stdout)
        .unwrap()
        .lines()
        .filter(|path| path.ends_with(".rs"))
        .filter_map(|path| {
            let text = std::fs::read_to_string(root().join(path)).ok()?;
            Some((PathBuf::from(path), text))
        })
        .collect()
}

/// Lines of `folder` that contain one of `words`, comments apart, as `path:line`.
fn lines_with(folder: &str, words: &[&str]) -> Vec<String> {
    sources(folder)
        .iter()
        .flat_map(|(path, text)| {
            text.lines().enumerate().filter_map(move |(number, line)| {
                let code = line.split("//").next().unwrap_or("");
                words
                    .iter()
                    .any(|word| code.contains(word))
                    .then(|| format!("{}:{}: {line}", path.display(), number + 1))
            })
        })
        .collect()
}

/// Workspace crates that each workspace crate depends on, tests apart.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--offline",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| {
            let name = package["name"].as_str().unwrap().to_owned();
            let dependencies = package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|dependency| dependency["kind"].is_null())
                .filter(|dependency| dependency["path"].is_string())
                .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
                .collect();
            (name, dependencies)
        })
        .collect()
}

#[test]
fn crates_depend_in_one_direction() {
    let allowed: [(&str, &[&str]); 9] = [
        ("twinbridge-macros", &[]),
        ("twinbridge-common", &["twinbridge-macros"]),
        ("twinbridge-electron-compat", &["twinbridge-common"]),
        ("twinbridge-frontend", &["twinbridge-common"]),
        ("twinbridge", &["twinbridge-common", "twinbridge-webkit"]),
        ("twinbridge-webkit", &[]),
        (
            "twinbridge-javascript",
            &["twinbridge-common", "twinbridge-frontend"],
        ),
        ("twinbridge-types", &["twinbridge-common"]),
        ("twinbridge-xtask", &[]),
    ];
    let dependencies = dependencies();
    for (name, allowed) in allowed {
        let extra: Vec<_> = dependencies[name]
            .iter()
            .filter(|found| !allowed.contains(&found.as_str()))
            .collect();
        assert!(extra.is_empty(), "{name} depends on {extra:?}");
    }
}

#[test]
fn the_core_knows_no_platform_and_no_clock() {
    let found = lines_with(
        "common/src",
        &[
            "cfg(target",
            "std::time::Instant",
            "SystemTime",
            "std::fs",
            "std::net",
            "std::thread",
            "tokio",
        ],
    );
    let found: Vec<_> = found
        .iter()
        .filter(|line| !line.contains("thread_local!"))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn only_the_desktop_shell_names_tauri() {
    let found: Vec<_> = lines_with("src-backend", &["tauri::"])
        .into_iter()
        .filter(|line| {
            !line.starts_with("src-backend/desktop/") && !line.starts_with("src-backend/main.rs")
        })
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_frontend_imports_javascript_in_one_file() {
    let found: Vec<_> = lines_with("src-frontend/src", &["extern \"C\"", "js_namespace"])
        .into_iter()
        .filter(|line| !line.starts_with("src-frontend/src/javascript.rs"))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_library_forbids_unsafe_code() {
    for library in [
        "common/src/lib.rs",
        "common/macros/src/lib.rs",
        "ipc-electron-compat/src/lib.rs",
        "src-backend/lib.rs",
        "src-frontend/src/lib.rs",
        "src-frontend/javascript/src/lib.rs",
        "src-frontend/types/src/lib.rs",
    ] {
        let text = std::fs::read_to_string(root().join(library)).unwrap();
        assert!(text.contains("#![forbid(unsafe_code)]"), "{library}");
    }
}

#[test]
fn only_the_guard_before_the_engine_has_unsafe_code() {
    let words = [
        "unsafe {",
        "unsafe fn",
        "unsafe impl",
        "unsafe extern",
        "unsafe(",
    ];
    let found: Vec<_> = [
        "common/src",
        "src-backend",
        "src-frontend",
        "benches",
        "xtask",
    ]
    .iter()
    .flat_map(|folder| lines_with(folder, &words))
    .collect();
    let (guard, others): (Vec<_>, Vec<_>) = found
        .iter()
        .partition(|line| line.starts_with("src-backend/webkit/"));
    assert!(others.is_empty(), "{others:#?}");
    assert!(!guard.is_empty());
}

#[test]
fn only_the_fault_model_asks_for_defects() {
    let list = Command::new("git")
        .args(["ls-files", "--", "*Cargo.toml"])
        .current_dir(root())
        .output()
        .unwrap();
    let manifests = String::from_utf8(list.stdout).unwrap();
    let asking: Vec<_> = manifests
        .lines()
        .filter(|path| {
            let text = std::fs::read_to_string(root().join(path)).unwrap_or_default();
            text.contains("\"defects\"") || text.contains("/defects")
        })
        .collect();
    assert_eq!(asking, ["tests/fault-model/Cargo.toml"]);
    // A member would share its features with the product.
    let workspace = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let excluded = workspace
        .lines()
        .find(|line| line.starts_with("exclude"))
        .unwrap();
    assert!(excluded.contains("\"tests/fault-model\""), "{excluded}");
}

#[test]
fn every_file_says_what_it_is() {
    let silent: Vec<_> = [
        "common",
        "src-backend",
        "src-frontend",
        "ipc-electron-compat",
        "tests/fault-model",
        "xtask",
    ]
    .iter()
    .flat_map(|folder| sources(folder))
    .filter(|(_, text)| {
        !text
            .lines()
            .find(|line| !line.starts_with("#!"))
            .is_some_and(|line| line.starts_with("//!"))
    })
    .map(|(path, _)| path)
    .collect();
    assert!(silent.is_empty(), "{silent:#?}");
}
