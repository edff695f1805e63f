//! `cargo xtask new-interface NAME`: an interface that compiles and passes its test at once.
//!
//! Writes the trait, its handler and a test, and adds one line to each file that must know of
//! them. Everything is worked out before anything is written, so that a refusal leaves the tree as
//! it was.

use std::{fs, path::PathBuf, process::Command};

use crate::{
    command,
    error::{TaskError, file},
    interface_name::Name,
    workspace::{Interfaces, Workspace},
};

const CONTRACT: &str = include_str!("../template/interface/contract.rs.in");
const HANDLER: &str = include_str!("../template/interface/handler.rs.in");
const TEST: &str = include_str!("../template/interface/test.rs.in");

/// The page that is built without schemas while all contracts that it declares are pinned, and the
/// line that says so.
const PAGE_WITHOUT_SCHEMAS: (&str, &str) = ("src-frontend/explorer/Cargo.toml", "default = []\n");

/// How the comment begins above which lines are added.
const MARK: &str = "// `cargo xtask new-interface` ";

/// One file, as it will be.
#[derive(Debug)]
struct Change {
    path: String,
    text: String,
    what: &'static str,
    is_new: bool,
}

/// Where a workspace keeps the parts of an interface, and how they name each other.
#[derive(Debug)]
struct Places {
    interfaces: String,
    interface_list: String,
    handlers: String,
    handler_list: String,
    registration: String,
    declaration: String,
    tests: String,
    /// Paths of the contract's module, as each of these files writes it.
    contract_in_handler: String,
    contract_in_backend: String,
    contract_in_page: String,
    contract_in_test: String,
    /// Paths of the crate that has the macros, and of the handlers as the test and the backend
    /// write them.
    macros: &'static str,
    handlers_in_test: String,
    handlers_in_backend: &'static str,
    test_command: String,
}

impl Places {
    fn of(workspace: &Workspace, module: &str) -> Self {
        let layout = workspace.layout();
        match layout.interfaces {
            Interfaces::BuiltIn => Self {
                interfaces: "common/src/interfaces".into(),
                interface_list: "common/src/interfaces.rs".into(),
                handlers: "src-backend/handlers".into(),
                handler_list: "src-backend/handlers.rs".into(),
                registration: "src-backend/main.rs".into(),
                declaration: "src-frontend/explorer/src/connection.rs".into(),
                tests: "tests".into(),
                contract_in_handler: format!("twinbridge_common::interfaces::{module}"),
                contract_in_backend: format!("twinbridge::common::interfaces::{module}"),
                contract_in_page: format!("twinbridge_common::interfaces::{module}"),
                contract_in_test: format!("twinbridge::common::interfaces::{module}"),
                macros: "crate",
                handlers_in_test: "twinbridge::handlers".into(),
                handlers_in_backend: "twinbridge::handlers",
                test_command: format!("cargo test --workspace --test {module}"),
            },
            Interfaces::OwnCrate => {
                let app = layout.program.replace('-', "_");
                let contract = format!("{app}_contract::{module}");
                Self {
                    interfaces: "contract/src".into(),
                    interface_list: "contract/src/lib.rs".into(),
                    handlers: "backend/src/handlers".into(),
                    handler_list: "backend/src/handlers.rs".into(),
                    registration: "backend/src/lib.rs".into(),
                    declaration: "page/src/lib.rs".into(),
                    tests: "backend/tests".into(),
                    contract_in_handler: contract.clone(),
                    contract_in_backend: contract.clone(),
                    contract_in_page: contract.clone(),
                    contract_in_test: contract,
                    macros: "twinbridge_common",
                    handlers_in_test: format!("{app}::handlers"),
                    handlers_in_backend: "handlers",
                    test_command: format!("cargo test --workspace --test {module}"),
                }
            }
        }
    }
}

/// The only word after the command.
///
/// # Errors
/// A sentence where there is none, or more than one.
pub(crate) fn only_word(words: &[String]) -> Result<&str, String> {
    match words {
        [name] => Ok(name),
        [] => Err("`new-interface` needs a name, such as `notes`".to_owned()),
        [_, more, ..] => Err(format!("one name is enough, `{more}` is another")),
    }
}

/// Writes an interface, and says what it wrote.
///
/// # Errors
/// `Refused` where the name is none, or taken, or a file has lost the line that this looks for.
pub(crate) fn new_interface(workspace: &Workspace, name: &str) -> Result<(), TaskError> {
    let name = Name::parse(name, "interface")?;
    let places = Places::of(workspace, &name.module());
    let changes = plan(workspace, &places, &name)?;
    for change in &changes {
        let path = workspace.path(&change.path);
        fs::write(&path, &change.text).map_err(file("writing", &path))?;
        let verb = if change.is_new { "wrote  " } else { "changed" };
        println!("    {verb}  {:42}  {}", change.path, change.what);
    }
    let sources = changes.iter().filter(|it| it.path.ends_with(".rs"));
    let sources: Vec<PathBuf> = sources.map(|it| workspace.path(&it.path)).collect();
    command::run(
        Command::new("rustfmt")
            .args(["--edition", "2024"])
            .args(sources),
    )?;
    if workspace.layout().interfaces == Interfaces::BuiltIn {
        // The snapshot is of the compiled contracts, so they write it themselves.
        let mut bless = workspace.cargo();
        bless.args(["test", "--quiet", "--package", "twinbridge-common"]);
        command::run(bless.args(["--test", "contract"]).env("BLESS", "1"))?;
    }
    println!(
        "\n    `{}` answers `echo`; the rest is yours, from its trait on.",
        name.channel()
    );
    println!("    Its test: {}", places.test_command);
    Ok(())
}

/// What becomes of each file. Reads, and writes nothing.
fn plan(workspace: &Workspace, places: &Places, name: &Name) -> Result<Vec<Change>, TaskError> {
    let module = name.module();
    let mut changes = Vec::new();
    for (folder, template, what) in [
        (
            &places.interfaces,
            CONTRACT,
            "the contract: a trait, its types and errors",
        ),
        (&places.handlers, HANDLER, "the handler"),
        (&places.tests, TEST, "a test of both"),
    ] {
        let path = format!("{folder}/{module}.rs");
        if workspace.path(&path).exists() {
            return Err(TaskError::Refused {
                problem: format!("`{}` is taken: there is a file {path}", name.channel()),
                help: "choose another name, or delete that file first".into(),
            });
        }
        changes.push(Change {
            path,
            text: filled(template, places, name),
            what,
            is_new: true,
        });
    }
    let type_name = name.type_name();
    let list = format!("pub mod {module};");
    let server = format!(
        ".handler({}::{type_name}Server({}::{module}::{type_name}Handler::default()))",
        places.contract_in_backend, places.handlers_in_backend
    );
    let declared = format!(
        "let declared = declared.interface::<{}::{type_name}Interface>();",
        places.contract_in_page
    );
    let mut added = vec![
        (
            places.interface_list.clone(),
            list.clone(),
            "names the contract",
        ),
        (places.handler_list.clone(), list, "names the handler"),
        (places.registration.clone(), server, "registers the handler"),
        (
            places.declaration.clone(),
            declared,
            "declares it in the page",
        ),
    ];
    if workspace.layout().interfaces == Interfaces::BuiltIn {
        let path = &places.contract_in_page;
        let info = format!("{path}::{type_name}Interface::info(),");
        let snapshot = "common/tests/contract.rs".to_owned();
        added.push((snapshot, info, "puts it into the snapshot of contracts"));
    }
    if workspace.layout().interfaces == Interfaces::BuiltIn {
        let (path, without) = PAGE_WITHOUT_SCHEMAS;
        let full = workspace.path(path);
        let text = fs::read_to_string(&full).map_err(file("reading", &full))?;
        // The first new interface turns them on.
        if text.contains(without) {
            changes.push(Change {
                path: path.to_owned(),
                text: text.replacen(without, "default = [\"schemas\"]\n", 1),
                what: "has the page make the contract's fingerprint",
                is_new: false,
            });
        }
    }
    for (path, line, what) in added {
        let full = workspace.path(&path);
        let text = fs::read_to_string(&full).map_err(file("reading", &full))?;
        let Some(text) = with_line(&text, &line) else {
            return Err(TaskError::Refused {
                problem: format!("{path} has no line that begins with `{MARK}` any more"),
                help: format!(
                    "put that comment back below the lines of its kind; or add `{line}` by hand"
                ),
            });
        };
        changes.push(Change {
            path,
            text,
            what,
            is_new: false,
        });
    }
    Ok(changes)
}

/// `text` with `line` above the mark; `None` where there is no mark.
fn with_line(text: &str, line: &str) -> Option<String> {
    let mark = text
        .lines()
        .position(|line| line.trim_start().starts_with(MARK))?;
    let mut lines: Vec<&str> = text.lines().collect();
    lines.insert(mark, line);
    Some(lines.join("\n") + "\n")
}

fn filled(template: &str, places: &Places, name: &Name) -> String {
    template
        .replace("@channel@", name.channel())
        .replace("@module@", &name.module())
        .replace("@Type@", &name.type_name())
        .replace("@macros@", places.macros)
        .replace("@contract@", &places.contract_in_handler)
        .replace("@contract_in_tests@", &places.contract_in_test)
        .replace("@handlers@", &places.handlers_in_test)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_added_above_the_mark_and_nowhere_without_one() {
        let text =
            "mod a;\n    // `cargo xtask new-interface` adds modules above this line.\nfn f() {}\n";
        assert_eq!(
            with_line(text, "mod b;").unwrap(),
            "mod a;\nmod b;\n    // `cargo xtask new-interface` adds modules above this line.\nfn f() {}\n"
        );
        assert_eq!(with_line("mod a;\n", "mod b;"), None);
    }

    #[test]
    fn one_name_is_asked_for() {
        let words = |line: &str| {
            line.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(only_word(&words("notes")), Ok("notes"));
        assert_eq!(
            only_word(&[]).unwrap_err(),
            "`new-interface` needs a name, such as `notes`"
        );
        assert_eq!(
            only_word(&words("a b")).unwrap_err(),
            "one name is enough, `b` is another"
        );
    }
}
