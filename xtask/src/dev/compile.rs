//! Compiling for the edit loop: soon there, and with the compiler's words kept.
//!
//! The page's profile is `page-dev`, which optimises nothing but what never changes. It goes into a
//! folder of its own, so that the backend, which embeds the other one, is not built again for it.

use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::{
    command::describe,
    error::TaskError,
    page,
    wasm::{self, WasmCompiler},
    workspace::Workspace,
};

const PROFILE: &str = "page-dev";

/// As much of the compiler's words as a window shows.
const LONGEST: usize = 16 * 1024;

/// How a half turned out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Compiled {
    Well,
    /// What the compiler says.
    Problem(String),
}

impl Compiled {
    /// For the first build, which has no window to show a problem in; it stands above.
    pub(super) fn or_stop(self) -> Result<(), TaskError> {
        match self {
            Self::Well => Ok(()),
            Self::Problem(_) => Err(TaskError::Refused {
                problem: "it does not compile, so there is no window to begin with".into(),
                help: "the compiler's words are above".into(),
            }),
        }
    }
}

/// The folder that the app has its page from.
pub(super) fn page_folder(workspace: &Workspace) -> PathBuf {
    workspace.path("target/dev/page")
}

/// Compiles the page, and makes it ready to be published.
pub(super) fn page(workspace: &Workspace) -> Result<Compiled, TaskError> {
    let page = &workspace.layout().page;
    let compiler = WasmCompiler::provide(workspace)?;
    let (mut cargo, raw) = compiler.command(workspace, &page.package, PROFILE);
    let compiled = run(&mut cargo)?;
    if compiled == Compiled::Well {
        page::bind_for_development(&raw, &development_module(workspace), page)?;
    }
    Ok(compiled)
}

/// Puts the page that was compiled last where the app takes it from.
pub(super) fn publish(workspace: &Workspace) -> Result<(), TaskError> {
    let page = &workspace.layout().page;
    let made = development_module(workspace);
    page::publish(workspace, &made, page, &page_folder(workspace))
}

/// Where the page's module is before it is published.
fn development_module(workspace: &Workspace) -> PathBuf {
    wasm::folder(workspace)
        .join("dev")
        .join(&*workspace.layout().page.package)
}

/// Compiles the backend.
pub(super) fn backend(workspace: &Workspace) -> Result<Compiled, TaskError> {
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--workspace", "--bin", &workspace.layout().program]);
    run(&mut cargo)
}

/// Runs a cargo command, passes on what it says, and keeps the errors.
fn run(cargo: &mut Command) -> Result<Compiled, TaskError> {
    // What the next change is compared with; a setting that saves disk elsewhere costs seconds here.
    cargo.env("CARGO_INCREMENTAL", "1");
    println!("    $ {}", describe(cargo));
    cargo
        .arg("--message-format=json")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let start_failed = |source| TaskError::Start {
        command: "cargo".into(),
        source,
    };
    let mut child = cargo.spawn().map_err(start_failed)?;
    let said = child.stderr.take().map(|stderr| {
        std::thread::spawn(move || {
            let lines = BufReader::new(stderr).lines().map_while(Result::ok);
            lines
                .inspect(|line| eprintln!("{line}"))
                .collect::<Vec<_>>()
        })
    });
    let mut errors = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let Some((is_error, words)) = diagnostic(&line) else {
                continue;
            };
            eprint!("{words}");
            if is_error {
                errors.push(words);
            }
        }
    }
    let status = child.wait().map_err(start_failed)?;
    let said = said
        .and_then(|thread| thread.join().ok())
        .unwrap_or_default();
    if status.success() {
        return Ok(Compiled::Well);
    }
    // A manifest that cannot be read is cargo's to complain of, and a linker's words too.
    let mut text = match errors.is_empty() {
        true => said.join("\n"),
        false => errors.join("\n"),
    };
    if let Some((end, _)) = text.char_indices().find(|(at, _)| *at >= LONGEST) {
        text.truncate(end);
        text.push('…');
    }
    Ok(Compiled::Problem(text))
}

/// The words of one of cargo's messages, and whether they say why something does not compile.
fn diagnostic(line: &str) -> Option<(bool, String)> {
    let message: serde_json::Value = serde_json::from_str(line).ok()?;
    if message["reason"] != "compiler-message" {
        return None;
    }
    let message = &message["message"];
    let words = message["rendered"].as_str()?.to_owned();
    // Sums up what was said before.
    let is_sum = words.starts_with("error: aborting due to");
    Some((message["level"] == "error" && !is_sum, words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compilers_errors_are_told_from_the_rest() {
        let message = |level: &str, rendered: &str| {
            let message = serde_json::json!({ "level": level, "rendered": rendered });
            serde_json::json!({ "reason": "compiler-message", "message": message }).to_string()
        };
        let error = diagnostic(&message("error", "error[E0308]: mismatched types\n"));
        assert_eq!(
            error,
            Some((true, "error[E0308]: mismatched types\n".to_owned()))
        );
        let (is_error, _) = diagnostic(&message("warning", "warning: unused\n")).unwrap();
        assert!(!is_error);
        let sum = "error: aborting due to 1 previous error\n";
        assert!(!diagnostic(&message("error", sum)).unwrap().0);
        assert_eq!(diagnostic(r#"{"reason":"build-finished"}"#), None);
        assert_eq!(diagnostic("what a build script prints"), None);
    }
}
