//! `cargo xtask new-interface`, in an app of its own and in this repository.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::app::{cargo, complaint, made, replace, root, said, target, xtask};

#[test]
fn an_interface_of_an_app_compiles_and_passes_its_test_at_once() {
    let app = made("task-app");
    let told = said(&mut xtask(&app, &["new-interface", "task-list"]));
    for line in [
        "wrote    contract/src/task_list.rs ",
        "wrote    backend/src/handlers/task_list.rs ",
        "wrote    backend/tests/task_list.rs ",
        "changed  contract/src/lib.rs ",
        "changed  backend/src/handlers.rs ",
        "changed  backend/src/lib.rs ",
        "changed  page/src/lib.rs ",
        "Its test: cargo test --workspace --test task_list",
    ] {
        assert!(told.contains(line), "{line}:\n{told}");
    }
    let mut test = cargo(&app);
    test.args(["test", "--workspace", "--test", "task_list"]);
    let tested = said(&mut test);
    assert!(tested.contains("test result: ok. 1 passed"), "{tested}");
    // As the tests of an app compile it: the page natively, too.
    said(cargo(&app).args(["build", "--workspace", "--lib", "--bins"]));
    said(cargo(&app).args(["fmt", "--all", "--", "--check"]));

    let taken = complaint(&mut xtask(&app, &["new-interface", "task-list"]), 1);
    assert!(
        taken.contains("error: `task-list` is taken: there is a file contract/src/task_list.rs"),
        "{taken}"
    );
}

/// A copy of what git knows of this repository, or would add.
fn copy() -> PathBuf {
    let folder = target().join("tools/repository");
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    for name in said(git.current_dir(root())).lines() {
        let (from, to) = (root().join(name), folder.join(name));
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        // One that was deleted and is not committed so far.
        if from.exists() {
            fs::copy(from, to).unwrap();
        }
    }
    // Cargo knows a workspace's packages by their path within it and their version: of one version
    // it would take what it compiled of the copy for the original's.
    replace(
        &folder.join("Cargo.toml"),
        "version = \"0.1.0\"\nedition",
        "version = \"0.1.1\"\nedition",
    );
    folder
}

fn texts(folder: &Path) -> Vec<String> {
    let names = [
        "common/src/interfaces.rs",
        "common/tests/contract.rs",
        "common/tests/contract.snap",
        "src-backend/handlers.rs",
        "src-backend/main.rs",
        "src-frontend/explorer/src/connection.rs",
    ];
    names
        .map(|name| fs::read_to_string(folder.join(name)).unwrap())
        .to_vec()
}

#[test]
fn an_interface_of_the_default_app_compiles_and_passes_its_test_at_once() {
    let copy = copy();
    let before = texts(&copy);
    for (name, problem) in [
        (
            "files",
            "`files` is taken: there is a file common/src/interfaces/files.rs",
        ),
        ("Notes", "`Notes` cannot be the name of an interface"),
        ("match", "`match` is a word of the language"),
        ("tidy", "`tidy` is taken: there is a file tests/tidy.rs"),
    ] {
        let complained = complaint(&mut xtask(&copy, &["new-interface", name]), 1);
        assert!(
            complained.contains(&format!("error: {problem}")),
            "{complained}"
        );
        assert_eq!(texts(&copy), before, "{name}");
    }
    let told = said(&mut xtask(&copy, &["new-interface", "notes"]));
    for line in [
        "changed  src-backend/main.rs ",
        "changed  src-frontend/explorer/Cargo.toml ",
    ] {
        assert!(told.contains(line), "{line}:\n{told}");
    }
    let snapshot = fs::read_to_string(copy.join("common/tests/contract.snap")).unwrap();
    assert!(snapshot.contains("interface notes\nversion 1.0.0\n"));
    let mut test = cargo(&copy);
    test.args([
        "test",
        "--package",
        "twinbridge",
        "--no-default-features",
        "--test",
        "notes",
    ]);
    let tested = said(&mut test);
    assert!(tested.contains("test result: ok. 1 passed"), "{tested}");
    // Registered in the app, and declared in its page.
    said(cargo(&copy).args(["check", "--workspace", "--lib", "--bin", "twinbridge"]));
    // The page by itself: nothing else turns on what it needs of a contract that pins nothing.
    said(cargo(&copy).args(["build", "--package", "twinbridge-explorer", "--lib"]));
    said(cargo(&copy).args(["fmt", "--all", "--", "--check"]));
    fs::remove_dir_all(copy).unwrap();
}
