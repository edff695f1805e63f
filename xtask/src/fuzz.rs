//! `cargo xtask fuzz`: feeds the decoders what no peer should send.
//!
//! The targets are in `tests/fuzz`, outside the workspace, since they need the unstable compiler.
//! Where no nightly toolchain is installed the stable compiler is told to be one.

use std::{path::PathBuf, process::Command};

use crate::{
    command::{self, find_program, succeeds},
    error::TaskError,
    provision::{self, Purpose},
    step::Steps,
    workspace::Workspace,
};

/// The command line of `fuzz`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// `None` fuzzes all.
    target: Option<String>,
    seconds: u32,
}

impl Options {
    /// # Errors
    /// A sentence on what is not understood.
    pub(crate) fn parse(words: &[String]) -> Result<Self, String> {
        let seconds = |word: &String| word.parse::<u32>();
        match words {
            [] => Ok(Self {
                target: None,
                seconds: 60,
            }),
            [word] => Ok(match seconds(word) {
                Ok(seconds) => Self {
                    target: None,
                    seconds,
                },
                Err(_) => Self {
                    target: Some(word.clone()),
                    seconds: 60,
                },
            }),
            [target, word] => seconds(word)
                .map(|seconds| Self {
                    target: Some(target.clone()),
                    seconds,
                })
                .map_err(|_| format!("`{word}` is not a number of seconds")),
            _ => Err("`fuzz` takes a target and a number of seconds".into()),
        }
    }
}

/// Fuzzes one target or all.
///
/// # Errors
/// The first step that fails; a crash that the fuzzer found is one.
pub(crate) fn fuzz(workspace: &Workspace, options: &Options) -> Result<(), TaskError> {
    let mut steps = Steps::planned(vec!["packages", "cargo-fuzz", "fuzz"]);
    steps.run("packages", || {
        provision::provide(workspace, &[Purpose::Fuzz])
    })?;
    steps.run("cargo-fuzz", || install(workspace))?;
    steps.run("fuzz", || {
        let compiler = Compiler::find(workspace);
        let targets = match &options.target {
            Some(target) => vec![target.clone()],
            None => {
                let list = command::read(
                    compiler
                        .fuzz(workspace, "list")
                        .args(["--fuzz-dir", FOLDER]),
                )?;
                list.lines().map(str::to_owned).collect()
            }
        };
        for target in targets {
            let mut fuzz = compiler.fuzz(workspace, "run");
            fuzz.args(["--fuzz-dir", FOLDER]).arg(target).arg("--");
            fuzz.arg(format!("-max_total_time={}", options.seconds));
            let help = "the input that did it is in tests/fuzz/artifacts; run this target with \
                        that file's path to see it again";
            command::run_with_help(&mut fuzz, Some(help))?;
        }
        Ok(())
    })
}

/// Arguments with which `cargo clippy` looks at the targets. The stable compiler takes them: only the
/// sanitizers, with which they run, are unstable.
pub(crate) fn clippy_args(workspace: &Workspace) -> Vec<String> {
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    vec![
        "--manifest-path".to_owned(),
        text(workspace.path(FOLDER).join("Cargo.toml")),
        "--target-dir".to_owned(),
        text(workspace.target().to_owned()),
    ]
}

/// Where the targets are.
pub(crate) const FOLDER: &str = "tests/fuzz";

fn install(workspace: &Workspace) -> Result<(), TaskError> {
    if succeeds(workspace.cargo().args(["fuzz", "--version"])) {
        return Ok(());
    }
    println!("    cargo-fuzz is missing (runs libFuzzer); installing it from crates.io");
    command::run(
        workspace
            .cargo()
            .args(["install", "cargo-fuzz", "--locked"]),
    )
}

/// The sanitizers are unstable flags, so the compiler must be a nightly or take itself for one.
#[derive(Clone, Copy, Debug)]
enum Compiler {
    Nightly,
    Bootstrap,
}

impl Compiler {
    fn find(workspace: &Workspace) -> Self {
        let mut nightly = Command::new("rustup");
        nightly
            .args(["run", "nightly", "cargo", "--version"])
            .current_dir(workspace.path(""));
        if find_program("rustup").is_some() && succeeds(&mut nightly) {
            Self::Nightly
        } else {
            Self::Bootstrap
        }
    }

    fn fuzz(self, workspace: &Workspace, subcommand: &str) -> Command {
        let mut command = match self {
            Self::Nightly => {
                let mut rustup = Command::new("rustup");
                rustup
                    .args(["run", "nightly", "cargo"])
                    .current_dir(workspace.path(""));
                // They name the toolchain that runs this program.
                rustup.env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN");
                rustup
            }
            Self::Bootstrap => {
                let mut cargo = workspace.cargo();
                cargo.env("RUSTC_BOOTSTRAP", "1");
                cargo
            }
        };
        command.args(["fuzz", subcommand]);
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn target_and_seconds_may_each_be_left_out() {
        let parse = |words: &[&str]| {
            Options::parse(
                &words
                    .iter()
                    .map(|&word| word.to_owned())
                    .collect::<Vec<_>>(),
            )
        };
        let options = |target: Option<&str>, seconds| {
            Ok(Options {
                target: target.map(str::to_owned),
                seconds,
            })
        };
        assert_eq!(parse(&[]), options(None, 60));
        assert_eq!(parse(&["5"]), options(None, 5));
        assert_eq!(parse(&["frame"]), options(Some("frame"), 60));
        assert_eq!(parse(&["frame", "5"]), options(Some("frame"), 5));
        assert_eq!(
            parse(&["frame", "x"]).unwrap_err(),
            "`x` is not a number of seconds"
        );
    }
}
