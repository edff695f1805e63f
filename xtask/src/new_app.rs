//! `cargo xtask new-app DIR`: an app of its own that is built on these crates.
//!
//! A workspace with a contract, a backend with menu and tray, a page, tests and the commands; the
//! files are those in `template/app`. `tests/external-app` is what it writes.

use std::{
    fs,
    path::{Component, Path, PathBuf},
    process::Command,
};

use crate::{
    command,
    error::{TaskError, file},
    interface_name::Name,
    workspace::Workspace,
};

macro_rules! template {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../template/app/", $path, ".in")))),*]
    };
}

/// Every text, by its path in the app.
const FILES: &[(&str, &str)] = template![
    ".cargo/config.toml",
    ".gitignore",
    "Cargo.toml",
    "README.md",
    "backend/Cargo.toml",
    "backend/build.rs",
    "backend/src/handlers.rs",
    "backend/src/handlers/greetings.rs",
    "backend/src/lib.rs",
    "backend/src/main.rs",
    "backend/src/menu.rs",
    "backend/tauri.conf.json",
    "backend/tests/greetings.rs",
    "backend/tests/window.rs",
    "contract/Cargo.toml",
    "contract/src/greetings.rs",
    "contract/src/lib.rs",
    "page/Cargo.toml",
    "page/index.html",
    "page/src/document.rs",
    "page/src/lib.rs",
    "page/static/boot.js",
    "page/static/style.css",
    "xtask/Cargo.toml",
    "xtask/src/main.rs",
];

const ICON: (&str, &[u8]) = (
    "backend/icons/icon.png",
    include_bytes!("../template/app/backend/icons/icon.png"),
);

/// The crates of ours that an app depends on, as the template names them, and their folders.
const CRATES: [(&str, &str); 5] = [
    ("@root@", ""),
    ("@common@", "common"),
    ("@driver@", "tests/e2e/driver"),
    ("@frontend@", "src-frontend"),
    ("@xtask@", "xtask"),
];

/// What to write, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    folder: PathBuf,
    /// `None` is the folder's own name.
    name: Option<String>,
    source: Source,
}

/// Where the app has our crates from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    /// The repository that this runs in.
    Here,
    /// A folder, written as it is given.
    Path(String),
    /// The registry.
    Version(String),
}

impl Options {
    /// # Errors
    /// A sentence on what is not understood.
    pub(crate) fn parse(words: &[String]) -> Result<Self, String> {
        let (mut folder, mut name, mut source) = (None, None, Source::Here);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || {
                words
                    .next()
                    .cloned()
                    .ok_or(format!("`{word}` needs a word after it"))
            };
            match word.as_str() {
                "--name" => name = Some(value()?),
                "--path" => source = Source::Path(value()?),
                "--version" => source = Source::Version(value()?),
                word if word.starts_with('-') => {
                    return Err(format!("`new-app` does not know `{word}`"));
                }
                word if folder.is_none() => folder = Some(PathBuf::from(word)),
                word => return Err(format!("one folder is enough, `{word}` is another")),
            }
        }
        let folder = folder.ok_or("`new-app` needs a folder, such as `../notes`")?;
        Ok(Self {
            folder,
            name,
            source,
        })
    }
}

/// Writes an app, and says what to do with it.
///
/// # Errors
/// `Refused` where the folder has something in it, or its name is no name for an app.
pub(crate) fn new_app(workspace: &Workspace, options: &Options) -> Result<(), TaskError> {
    let folder = std::path::absolute(&options.folder).map_err(file("finding", &options.folder))?;
    let folder = without_dots(&folder);
    let name = match &options.name {
        Some(name) => name.clone(),
        None => folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
    };
    let name = Name::parse(&name, "app")?;
    let has_something = fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some());
    if has_something || folder.is_file() {
        return Err(TaskError::Refused {
            problem: format!("{} is not empty", folder.display()),
            help: "name a folder that is not there yet".into(),
        });
    }
    let root = workspace.path("");
    for (path, template) in FILES {
        let text = filled(template, &name, |part| {
            options.source.dependency(&root, &folder, part)
        });
        write(&folder.join(path), text.as_bytes())?;
    }
    write(&folder.join(ICON.0), ICON.1)?;
    // The versions that this repository was tested with; cargo leaves out what the app has not.
    let lock = root.join("Cargo.lock");
    let versions = fs::read(&lock).map_err(file("reading", &lock))?;
    write(&folder.join("Cargo.lock"), &versions)?;
    let sources: Vec<_> = FILES.iter().map(|(path, _)| folder.join(path)).collect();
    let sources = sources
        .iter()
        .filter(|path| path.extension().is_some_and(|it| it == "rs"));
    // Lines break elsewhere under a longer name.
    command::run(
        Command::new("rustfmt")
            .args(["--edition", "2024"])
            .args(sources),
    )?;
    println!(
        "    wrote {} files into {}",
        FILES.len() + 2,
        folder.display()
    );
    println!("\n    cd {}\n    cargo xtask run", folder.display());
    Ok(())
}

impl Source {
    /// What stands after the name of a crate of ours in the app's `Cargo.toml`.
    fn dependency(&self, root: &Path, app: &Path, part: &str) -> String {
        let base = match self {
            Self::Version(version) => return format!("{version:?}"),
            Self::Path(path) => path.trim_end_matches('/').to_owned(),
            // A folder in the repository moves with it; one outside does not.
            Self::Here => match app.strip_prefix(root) {
                Ok(below) => vec![".."; below.components().count()].join("/"),
                Err(_) => root
                    .to_string_lossy()
                    .replace('\\', "/")
                    .trim_end_matches('/')
                    .to_owned(),
            },
        };
        let path = if part.is_empty() {
            base
        } else {
            format!("{base}/{part}")
        };
        format!("{{ path = {path:?} }}")
    }
}

fn filled(template: &str, name: &Name, dependency: impl Fn(&str) -> String) -> String {
    let words: Vec<_> = name.channel().split('-').collect();
    let mut title = words.join(" ");
    title[..1].make_ascii_uppercase();
    let text = template
        .replace("@name@", name.channel())
        .replace("@crate@", &name.module())
        .replace("@Title@", &title);
    CRATES.iter().fold(text, |text, (mark, part)| {
        text.replace(mark, &dependency(part))
    })
}

fn write(path: &Path, content: &[u8]) -> Result<(), TaskError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(file("creating", folder))?;
    }
    fs::write(path, content).map_err(file("writing", path))
}

/// `a/../b` as `b`: the app's name and its way to us are read off its path.
fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Options, String> {
        let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        Options::parse(&words)
    }

    #[test]
    fn an_app_finds_our_crates_where_it_is_told_to() {
        let (root, inside, outside) = (Path::new("/r"), Path::new("/r/tests/app"), Path::new("/o"));
        let here = |app| Source::Here.dependency(root, app, "common");
        assert_eq!(here(inside), r#"{ path = "../../common" }"#);
        assert_eq!(here(outside), r#"{ path = "/r/common" }"#);
        let path = Source::Path("../twinbridge/".into());
        assert_eq!(
            path.dependency(root, outside, ""),
            r#"{ path = "../twinbridge" }"#
        );
        let version = Source::Version("0.1".into());
        assert_eq!(version.dependency(root, outside, "common"), r#""0.1""#);
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for (line, problem) in [
            ("", "`new-app` needs a folder, such as `../notes`"),
            ("a b", "one folder is enough, `b` is another"),
            ("a --fast", "`new-app` does not know `--fast`"),
            ("a --name", "`--name` needs a word after it"),
        ] {
            assert_eq!(parsed(line).unwrap_err(), problem);
        }
        assert_eq!(
            parsed("a --version 0.1").unwrap().source,
            Source::Version("0.1".into())
        );
    }

    #[test]
    fn every_mark_of_the_template_is_filled_in() {
        let name = Name::parse("task-list", "app").unwrap();
        for (path, template) in FILES {
            let text = filled(template, &name, |part| format!("<{part}>"));
            let left = text
                .split('@')
                .nth(1)
                .filter(|_| text.matches('@').count() > 1);
            assert_eq!(left, None, "{path}");
        }
        let (_, manifest) = FILES
            .iter()
            .find(|(path, _)| *path == "page/index.html")
            .unwrap();
        assert!(filled(manifest, &name, |_| String::new()).contains("<title>Task list</title>"));
    }
}
