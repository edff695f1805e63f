//! `cargo xtask crate`: cargo's own packaging of the root crate and of those of this repository that
//! it stands on, with the inspector's page in it.
//!
//! No commit holds the page, so it is put where a package takes it from for as long as cargo runs,
//! and no longer. A package that came about in another way does not compile, which cargo tries
//! before it publishes one: `src-backend/desktop/inspector/built.rs` refuses it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    command,
    error::{TaskError, file},
    page,
    step::Steps,
    workspace::Workspace,
};

/// The root crate, and those that it stands on, which cargo would look for in the registry if they
/// were not packaged with it.
const CRATES: [&str; 4] = [
    "twinbridge-macros",
    "twinbridge-common",
    "twinbridge-webkit",
    "twinbridge",
];

/// Where a package has the page.
const FOLDER: &str = "src-backend/desktop/inspector/files";

/// What cargo is to do with the crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    words: Vec<String>,
    may_be_dirty: bool,
}

/// Cargo's word for sources that are in no commit.
const ALLOW_DIRTY: &str = "--allow-dirty";

impl Options {
    /// # Errors
    /// A sentence on what is not understood.
    pub(crate) fn parse(words: &[String]) -> Result<Self, String> {
        match words.first().map(String::as_str) {
            Some("package" | "publish") => {
                let others = words.iter().filter(|word| *word != ALLOW_DIRTY);
                Ok(Self {
                    words: others.cloned().collect(),
                    may_be_dirty: words.iter().any(|word| word == ALLOW_DIRTY),
                })
            }
            _ => Err("`crate` is `crate package` or `crate publish`, with cargo's options".into()),
        }
    }
}

/// Builds the page, and has cargo package or publish the crate with it.
///
/// # Errors
/// The first step that fails.
pub(crate) fn package(workspace: &Workspace, options: &Options) -> Result<(), TaskError> {
    let mut steps = Steps::planned(vec!["sources", "page", "list", "crate"]);
    steps.run("sources", || match options.may_be_dirty {
        true => Ok(()),
        false => demand_commit(workspace),
    })?;
    steps.run("page", || page::build(workspace, &page::EXPLORER))?;
    steps.run("list", || check(workspace))?;
    steps.run("crate", || {
        let _page = PageInPlace::put(workspace)?;
        let mut cargo = workspace.cargo();
        // The page is in no commit.
        cargo.args(&options.words).arg(ALLOW_DIRTY);
        for name in CRATES {
            cargo.args(["--package", name]);
        }
        let help = "where cargo finds no package of ours, `publish = false` in Cargo.toml keeps it \
                    from taking them together";
        command::run_with_help(&mut cargo, Some(help))
    })
}

/// What cargo demands by itself, which has to overlook the page here.
fn demand_commit(workspace: &Workspace) -> Result<(), TaskError> {
    let mut git = Command::new("git");
    git.args(["status", "--porcelain"]);
    let changes = command::read(git.current_dir(workspace.path("")))?;
    if changes.is_empty() {
        return Ok(());
    }
    Err(TaskError::Refused {
        problem: format!("these changes are in no commit:\n{changes}"),
        help: format!("commit them, or add `{ALLOW_DIRTY}`"),
    })
}

/// Looks whether a package would hold every file of the page.
///
/// # Errors
/// `Refused` where it would not.
pub(crate) fn check(workspace: &Workspace) -> Result<(), TaskError> {
    let page = PageInPlace::put(workspace)?;
    let mut list = workspace.cargo();
    list.args(["package", "--list", ALLOW_DIRTY, "--quiet"]);
    list.args(["--package", "twinbridge"]);
    let packed = command::read(&mut list)?;
    let missing = page.missing_in(&packed);
    if missing.is_empty() {
        println!(
            "    a package of the crate holds the inspector's page: {} files",
            page.files.len()
        );
        Ok(())
    } else {
        Err(TaskError::Refused {
            problem: format!("a package would lack {}", missing.join(", ")),
            help: "`include` in Cargo.toml says what a package holds".into(),
        })
    }
}

/// The page where a package takes it from, until this is dropped: a plain `cargo package` would
/// find an old one there.
#[must_use = "the page is taken away again when this is dropped"]
struct PageInPlace {
    folder: PathBuf,
    /// By their paths in the package.
    files: Vec<String>,
}

impl PageInPlace {
    fn put(workspace: &Workspace) -> Result<Self, TaskError> {
        let built = workspace.path(&*page::EXPLORER.folder);
        let module = format!("{}_bg.wasm", page::EXPLORER.module);
        if !built.join(&module).exists() {
            return Err(TaskError::Refused {
                problem: format!("{} has no {module}", built.display()),
                help: "`cargo xtask page explorer` builds it".into(),
            });
        }
        let folder = workspace.path(FOLDER);
        let names = page::copy(&built, &folder)?;
        let in_package = |name: &PathBuf| Path::new(FOLDER).join(name);
        let files = names.iter().map(in_package);
        let files = files.map(|path| path.to_string_lossy().replace('\\', "/"));
        Ok(Self {
            folder,
            files: files.collect(),
        })
    }

    /// The files that are not in cargo's list of a package.
    fn missing_in(&self, packed: &str) -> Vec<&str> {
        let files = self.files.iter().map(String::as_str);
        files
            .filter(|file| !packed.lines().any(|line| line.replace('\\', "/") == *file))
            .collect()
    }
}

impl Drop for PageInPlace {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder).map_err(file("removing", &self.folder))
        {
            eprintln!("    {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_without_a_file_of_the_page_is_found_out() {
        let page = PageInPlace {
            folder: PathBuf::from("nowhere"),
            files: vec![format!("{FOLDER}/index.html"), format!("{FOLDER}/a.wasm")],
        };
        let whole = format!("Cargo.toml\n{FOLDER}/a.wasm\n{FOLDER}/index.html\n");
        assert_eq!(page.missing_in(&whole), Vec::<&str>::new());
        let poor = format!("Cargo.toml\n{FOLDER}/index.html\n{FOLDER}/a.wasm.old\n");
        assert_eq!(page.missing_in(&poor), [format!("{FOLDER}/a.wasm")]);
    }

    #[test]
    fn cargo_packages_or_publishes_with_options_of_its_own() {
        let parsed = |line: &str| {
            let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
            Options::parse(&words).map(|options| (options.words.join(" "), options.may_be_dirty))
        };
        for (line, words, may_be_dirty) in [
            ("publish --dry-run", "publish --dry-run", false),
            (
                "package --allow-dirty --no-verify",
                "package --no-verify",
                true,
            ),
        ] {
            assert_eq!(parsed(line), Ok((words.to_owned(), may_be_dirty)));
        }
        for line in ["", "install"] {
            assert_eq!(
                parsed(line).unwrap_err(),
                "`crate` is `crate package` or `crate publish`, with cargo's options"
            );
        }
    }
}
