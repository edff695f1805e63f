//! `cargo xtask soak`: sessions over pipes that fail, for millions of steps, and a page that is
//! reloaded under load a thousand times.
//!
//! The model is in `tests/fault-model`, outside the workspace, since it asks for the product's
//! deliberate defects and cargo unites the features of what it builds together.

use std::{fs, process::Command};

use crate::{
    command::{self, TestCount},
    display::Screen,
    error::{TaskError, file},
    page,
    provision::{self, Purpose},
    step::Steps,
    workspace::Workspace,
};

/// Where the model is.
pub(crate) const FAULT_MODEL: &str = "tests/fault-model";

/// The command line of `soak`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    steps: Option<u64>,
    seed: Option<u64>,
    trace: Trace,
}

/// Whether a failure shows what happened before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Trace {
    #[default]
    Hidden,
    Shown,
}

impl Options {
    /// # Errors
    /// A sentence on what is not understood.
    pub(crate) fn parse(words: &[String]) -> Result<Self, String> {
        let mut options = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut number = || {
                let value = words.next().and_then(|value| value.parse().ok());
                value.ok_or_else(|| format!("`{word}` needs a number"))
            };
            match word.as_str() {
                "--steps" => options.steps = Some(number()?),
                "--seed" => options.seed = Some(number()?),
                "--trace" => options.trace = Trace::Shown,
                other => return Err(format!("`soak` does not know `{other}`")),
            }
        }
        Ok(options)
    }

    fn args(&self) -> Vec<String> {
        let number = |name: &str, value: Option<u64>| {
            value.map(|value| vec![name.to_owned(), value.to_string()])
        };
        let numbers = [number("--steps", self.steps), number("--seed", self.seed)];
        let trace = (self.trace == Trace::Shown).then(|| "--trace".to_owned());
        numbers
            .into_iter()
            .flatten()
            .flatten()
            .chain(trace)
            .collect()
    }
}

/// Runs the model for as long as it is told; and, where it is told nothing, reloads a page under
/// load a thousand times.
///
/// # Errors
/// Where a rule does not hold; the seed that shows it again is on the terminal.
pub(crate) fn soak(workspace: &Workspace, options: &Options) -> Result<(), TaskError> {
    let model = || {
        let mut run = cargo(workspace, "run")?;
        run.arg("--").args(options.args());
        command::run(&mut run)
    };
    if *options != Options::default() {
        return model();
    }
    let mut steps = Steps::planned(vec!["fault model", "packages", "page", "host", "reloads"]);
    let purposes = [Purpose::Host, Purpose::Screen, Purpose::Driver];
    let result = (|| {
        steps.run("fault model", model)?;
        steps.run("packages", || provision::provide(workspace, &purposes))?;
        steps.run("page", || page::build(workspace, &page::LAB))?;
        steps.run("host", || {
            let mut host = workspace.cargo();
            host.args(["build", "--workspace", "--bin", "twinbridge", "--bin", LAB]);
            command::run(&mut host)
        })?;
        steps.run("reloads", || reloads(workspace))
    })();
    println!("\n{}", steps.summary());
    result
}

/// The app whose page reloads itself.
const LAB: &str = "twinbridge-lab";

fn reloads(workspace: &Workspace) -> Result<(), TaskError> {
    let screen = Screen::in_memory(workspace)?;
    let mut test = workspace.cargo();
    test.args(["test", "--workspace", "--test", "e2e", "--"])
        .args(["--nocapture", "lab::reloads::reloads_under_load"])
        .env("TWINBRIDGE_BIN", workspace.host("debug"))
        .env("TWINBRIDGE_RELOADS", "1000");
    command::run(screen.show(&mut test))
}

/// Runs the model for a moment, and lets it find every defect.
///
/// # Errors
/// As [`soak`].
pub(crate) fn test(workspace: &Workspace) -> Result<TestCount, TaskError> {
    command::run_tests(&mut cargo(workspace, "test")?)
}

fn cargo(workspace: &Workspace, subcommand: &str) -> Result<Command, TaskError> {
    let folder = workspace.path(FAULT_MODEL);
    // With the same versions its dependencies are those of the product.
    let lock = folder.join("Cargo.lock");
    fs::copy(workspace.path("Cargo.lock"), &lock).map_err(file("writing", &lock))?;
    let mut cargo = workspace.cargo();
    cargo
        .args([subcommand, "--release", "--manifest-path"])
        .arg(folder.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", workspace.target());
    Ok(cargo)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_seed_are_handed_on() {
        let parse = |words: &str| {
            let words: Vec<_> = words.split_whitespace().map(str::to_owned).collect();
            Options::parse(&words).map(|options| options.args().join(" "))
        };
        assert_eq!(parse("").unwrap(), "");
        assert_eq!(
            parse("--seed 7 --trace --steps 10000").unwrap(),
            "--steps 10000 --seed 7 --trace"
        );
        assert_eq!(parse("--seed x").unwrap_err(), "`--seed` needs a number");
        assert_eq!(parse("7").unwrap_err(), "`soak` does not know `7`");
    }
}
