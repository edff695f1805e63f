//! An app that a test has made, and the commands run in it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// The repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A cargo command in `folder`, which compiles into this repository's target folder.
pub(crate) fn cargo(folder: &Path) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(folder).env("CARGO_TARGET_DIR", target());
    // What cargo tells this test of its own package means another one there.
    cargo
        .env_remove("CARGO_MANIFEST_DIR")
        .env_remove("CARGO_MANIFEST_PATH");
    cargo
}

/// `cargo xtask` in the repository, in a copy of it, or in an app.
pub(crate) fn xtask(folder: &Path, words: &[&str]) -> Command {
    let mut cargo = cargo(folder);
    cargo.arg("xtask").args(words);
    cargo
}

/// Where this repository is compiled.
pub(crate) fn target() -> PathBuf {
    let program = std::env::var_os("TWINBRIDGE_BIN")
        .expect("`cargo xtask test` names the executable in TWINBRIDGE_BIN");
    let profile = Path::new(&program).parent().unwrap();
    profile.parent().unwrap().to_owned()
}

/// What a command said, both ways, where it did well.
pub(crate) fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = words(&output);
    assert!(
        output.status.success(),
        "{command:?} ended with {}:\n{said}",
        output.status
    );
    said
}

/// What a command complained of, where it failed with `code`.
pub(crate) fn complaint(command: &mut Command, code: i32) -> String {
    let output = command.output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(code),
        "{command:?}:\n{}",
        words(&output)
    );
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn words(output: &Output) -> String {
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&said).into_owned()
}

/// An app in `target/tools/NAME`, new.
pub(crate) fn made(name: &str) -> PathBuf {
    let folder = target().join("tools").join(name);
    // An earlier run's.
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    said(&mut xtask(root(), &["new-app", folder.to_str().unwrap()]));
    folder
}

/// Changes a text of a file.
pub(crate) fn replace(path: &Path, old: &str, new: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(old), "{} has no `{old}`", path.display());
    fs::write(path, text.replace(old, new)).unwrap();
}
