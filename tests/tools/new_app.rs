//! `cargo xtask new-app`.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use crate::app::{complaint, root, said, xtask};

const SAMPLE: &str = "tests/external-app";

/// Every file below `folder`, by its path there.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let name = path
                    .strip_prefix(folder)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                files.insert(name, fs::read(path).unwrap());
            }
        }
    }
    files
}

/// The files of the sample that git knows, or would add.
fn committed() -> BTreeMap<String, Vec<u8>> {
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    let list = said(git.current_dir(root().join(SAMPLE)));
    let names = list.lines().map(str::to_owned);
    names
        .filter_map(|name| Some((name.clone(), fs::read(root().join(SAMPLE).join(name)).ok()?)))
        .collect()
}

#[test]
fn the_external_app_is_what_new_app_writes() {
    let scratch = tempfile::tempdir().unwrap();
    let app = scratch.path().join("greeter");
    let said = said(&mut xtask(
        root(),
        &["new-app", app.to_str().unwrap(), "--path", "../.."],
    ));
    assert!(said.contains("cargo xtask run"), "{said}");
    let mut written = files(&app);
    // The versions of the repository, which each test run copies there.
    let lock = written.remove("Cargo.lock").unwrap();
    assert_eq!(lock, fs::read(root().join("Cargo.lock")).unwrap());
    if std::env::var_os("BLESS").is_some() {
        for (name, content) in &written {
            fs::write(root().join(SAMPLE).join(name), content).unwrap();
        }
    }
    let committed = committed();
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&committed), names(&written));
    for (name, content) in &written {
        assert!(
            committed[name] == *content,
            "{SAMPLE}/{name} is not what `cargo xtask new-app` writes; the source is in \
             xtask/template/app, and BLESS=1 writes the sample anew"
        );
    }
}

#[test]
fn an_app_is_written_into_empty_folders_alone_and_under_a_name_that_can_be_one() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("notes");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("mine.txt"), "mine").unwrap();
    let path = folder.to_str().unwrap();
    let complained = complaint(&mut xtask(root(), &["new-app", path]), 1);
    assert!(
        complained.contains(&format!("error: {path} is not empty")),
        "{complained}"
    );
    assert_eq!(files(&folder).len(), 1);

    let odd = scratch.path().join("My App");
    let complained = complaint(&mut xtask(root(), &["new-app", odd.to_str().unwrap()]), 1);
    assert!(
        complained.contains("error: `My App` cannot be the name of an app"),
        "{complained}"
    );
    assert!(
        complained.contains("help: a name is lower-case words"),
        "{complained}"
    );
    assert!(!odd.exists());
}

#[test]
fn an_app_may_take_our_crates_from_the_registry() {
    let scratch = tempfile::tempdir().unwrap();
    let app = scratch.path().join("task-list");
    let words = ["new-app", app.to_str().unwrap(), "--version", "0.1.0"];
    said(&mut xtask(root(), &words));
    let manifest = fs::read_to_string(app.join("Cargo.toml")).unwrap();
    assert!(
        manifest.contains("\ntwinbridge-common = \"0.1.0\"\n"),
        "{manifest}"
    );
    assert!(
        manifest.contains("\ntask-list-contract = { path = \"contract\" }\n"),
        "{manifest}"
    );
    assert!(!manifest.contains(root().to_str().unwrap()), "{manifest}");
}
