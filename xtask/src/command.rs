//! Running other programs, aloud.
//!
//! Prints each command before it runs, so that a failing one can be repeated by hand. Knows nothing
//! of cargo; [`Workspace`](crate::workspace::Workspace) builds those commands.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{error::TaskError, failures::Failures};

/// Prints `command`, runs it on this terminal and waits for its end.
///
/// # Errors
/// `Start` when the program is not there, `Failed` when it says so.
pub(crate) fn run(command: &mut Command) -> Result<(), TaskError> {
    run_with_help(command, None)
}

/// [`run`] with advice for the case of failure.
pub(crate) fn run_with_help(
    command: &mut Command,
    help: Option<&'static str>,
) -> Result<(), TaskError> {
    println!("    $ {}", describe(command));
    let status = command
        .status()
        .map_err(|source| start_failed(command, source))?;
    if status.success() {
        Ok(())
    } else {
        Err(TaskError::Failed {
            command: describe(command),
            status,
            help,
        })
    }
}

/// Runs `command` silently and returns its standard output.
///
/// # Errors
/// As [`run`]; its standard error goes to this terminal.
pub(crate) fn read(command: &mut Command) -> Result<String, TaskError> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|source| start_failed(command, source))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(TaskError::Failed {
            command: describe(command),
            status: output.status,
            help: None,
        })
    }
}

/// Whether `command` runs and succeeds. Nothing of it is seen.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// [`run`] for a program that prints cargo's `test result:` lines: passes its output on and adds
/// the lines up. What failed tests said is printed once more at the end.
///
/// # Errors
/// As [`run`].
pub(crate) fn run_tests(command: &mut Command) -> Result<TestCount, TaskError> {
    println!("    $ {}", describe(command));
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|source| start_failed(command, source))?;
    let mut count = TestCount::default();
    let mut failures = Failures::default();
    if let Some(stdout) = child.stdout.take() {
        let mut lines = BufReader::new(stdout);
        let mut line = Vec::new();
        // Bytes, not `lines()`: a test may print what is no UTF-8. A read error ends the copying,
        // and the exit status below decides.
        while lines.read_until(b'\n', &mut line).is_ok_and(|len| len > 0) {
            // A closed terminal must not stop the tests half-way.
            let _ = std::io::stdout().write_all(&line);
            let text = String::from_utf8_lossy(&line);
            count.add_line(&text);
            failures.add_line(&text);
            line.clear();
        }
    }
    let status = child
        .wait()
        .map_err(|source| start_failed(command, source))?;
    if status.success() {
        Ok(count)
    } else {
        if let Some(text) = failures.text() {
            println!("\n  what failed, once more:\n{text}");
        }
        Err(TaskError::Failed {
            command: describe(command),
            status,
            help: None,
        })
    }
}

/// Sum of cargo's `test result:` lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TestCount {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
}

impl TestCount {
    fn add_line(&mut self, line: &str) {
        let Some((_, counts)) = line.split_once("test result: ") else {
            return;
        };
        // "ok. 12 passed; 0 failed; 1 ignored; …": the number stands before its word.
        let words: Vec<&str> = counts
            .split([' ', ';', '.'])
            .filter(|w| !w.is_empty())
            .collect();
        for pair in words.windows(2) {
            let Ok(number) = pair[0].parse::<u64>() else {
                continue;
            };
            match pair[1] {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

impl std::ops::AddAssign for TestCount {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

impl std::fmt::Display for TestCount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            passed,
            failed,
            ignored,
        } = self;
        write!(f, "{passed} passed, {failed} failed, {ignored} ignored")
    }
}

/// Where `program` is in `PATH`.
pub(crate) fn find_program(program: &str) -> Option<PathBuf> {
    let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(&file))
        .find(|file| file.is_file())
}

/// The command as one would type it, with the variables it sets.
pub(crate) fn describe(command: &Command) -> String {
    let variables = command.get_envs().filter_map(|(name, value)| {
        let value = value?;
        Some(format!(
            "{}={}",
            name.to_string_lossy(),
            quoted(&value.to_string_lossy())
        ))
    });
    // The last part of the program's path says enough; the folder is the toolchain's.
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or(command.get_program());
    let args = command.get_args().map(|arg| quoted(&arg.to_string_lossy()));
    variables
        .chain([program.to_string_lossy().into_owned()])
        .chain(args)
        .collect::<Vec<_>>()
        .join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn start_failed(command: &Command, source: std::io::Error) -> TaskError {
    TaskError::Start {
        command: describe(command),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_add_up_and_other_lines_do_not_count() {
        let mut count = TestCount::default();
        for line in [
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.10s\n",
            "test twelve_passed ... ok\n",
            "7 passed by here\n",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out\n",
        ] {
            count.add_line(line);
        }
        assert_eq!(
            count,
            TestCount {
                passed: 15,
                failed: 2,
                ignored: 1
            }
        );
        assert_eq!(count.to_string(), "15 passed, 2 failed, 1 ignored");
    }

    #[test]
    fn a_command_is_shown_as_it_would_be_typed() {
        let mut command = Command::new("/opt/toolchain/bin/cargo");
        command
            .env("RUSTDOCFLAGS", "-D warnings")
            .env_remove("CARGO_PKG_NAME");
        command.args(["doc", "it's", "--no-deps"]);
        assert_eq!(
            describe(&command),
            r"RUSTDOCFLAGS='-D warnings' cargo doc 'it'\''s' --no-deps"
        );
    }
}
