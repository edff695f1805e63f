//! `cargo xtask types`: the npm package by which pages in TypeScript and JavaScript call the app.
//!
//! A program of the workspace writes the modules, since it alone knows the contracts; this builds
//! the session's wasm module and puts it beside them. The default program is that of the default
//! app.

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

/// The crate of the session's module.
const PACKAGE: &str = "twinbridge-javascript";
/// What the package's runtime imports.
const MODULE: &str = "twinbridge_core";
/// The files of it that belong to the package.
const FILES: [&str; 2] = ["twinbridge_core.js", "twinbridge_core_bg.wasm"];

/// What to write, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// The package's folder; `None` is `target/npm`.
    out: Option<PathBuf>,
    /// The program that writes the modules.
    program: String,
}

impl Options {
    /// # Errors
    /// A sentence on what is not understood.
    pub(crate) fn parse(words: &[String]) -> Result<Self, String> {
        let mut options = Self {
            out: None,
            program: "twinbridge-types".to_owned(),
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--program" => match words.next() {
                    Some(program) => program.clone_into(&mut options.program),
                    None => return Err("`--program` needs the name of a program".to_owned()),
                },
                word if word.starts_with('-') => {
                    return Err(format!("`types` does not know `{word}`"));
                }
                word if options.out.is_none() => options.out = Some(word.into()),
                word => return Err(format!("one folder is enough, `{word}` is another")),
            }
        }
        Ok(options)
    }
}

/// `cargo xtask types`.
///
/// # Errors
/// The first step that fails.
pub(crate) fn types(workspace: &Workspace, options: &Options) -> Result<(), TaskError> {
    let out = match &options.out {
        // Cargo runs this in the folder that the command was given in.
        Some(out) => out.clone(),
        None => workspace.path("target/npm"),
    };
    let mut steps = Steps::planned(vec!["types"]);
    steps.run("types", || write(workspace, &options.program, &out))?;
    println!("    {} is ready for npm", out.display());
    Ok(())
}

/// Writes a whole package into `out`.
///
/// # Errors
/// When something does not compile, or a file cannot be written.
pub(crate) fn write(workspace: &Workspace, program: &str, out: &Path) -> Result<(), TaskError> {
    let made = page::module(workspace, PACKAGE, MODULE)?;
    let mut build = workspace.cargo();
    build.args(["build", "--workspace", "--bin", program]);
    command::run(&mut build)?;
    let program = format!("debug/{program}{}", std::env::consts::EXE_SUFFIX);
    command::run(Command::new(workspace.target().join(program)).arg(out))?;
    for name in FILES {
        let (from, to) = (made.join(name), out.join(name));
        let content = fs::read(&from).map_err(file("reading", &from))?;
        // What has not changed is not touched: whoever bundles it watches these files.
        if fs::read(&to).is_ok_and(|present| present == content) {
            continue;
        }
        fs::write(&to, content).map_err(file("writing", &to))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Options, String> {
        let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        Options::parse(&words)
    }

    #[test]
    fn a_folder_and_a_program_may_be_named_in_any_order() {
        let plain = parsed("").unwrap();
        assert_eq!(plain.out, None);
        assert_eq!(plain.program, "twinbridge-types");
        let both = parsed("out --program notes-types").unwrap();
        assert_eq!(both, parsed("--program notes-types out").unwrap());
        assert_eq!(both.out, Some("out".into()));
        assert_eq!(both.program, "notes-types");
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for (line, problem) in [
            ("--program", "`--program` needs the name of a program"),
            ("--fast", "`types` does not know `--fast`"),
            ("a b", "one folder is enough, `b` is another"),
        ] {
            assert_eq!(parsed(line).unwrap_err(), problem);
        }
    }
}
