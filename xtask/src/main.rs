//! The commands of this repository, run as `cargo xtask COMMAND`.
//!
//! Reads the command line and prints errors; everything else is in the module named for it. Never
//! depends on the crates it builds, so that it compiles fast and works while they do not.
#![forbid(unsafe_code)]

mod bench;
mod command;
mod display;
mod error;
mod fuzz;
mod interop;
mod npm;
mod order;
mod page;
mod pictures;
mod provision;
mod run;
mod soak;
mod step;
mod test;
mod types;
mod typescript;
mod version;
mod wasm;
mod wasm_cases;
mod workspace;

use std::{error::Error as _, process::ExitCode};

use crate::{error::TaskError, workspace::Workspace};

const USAGE: &str = "\
usage: cargo xtask COMMAND

  run [--release] [-- ARGS]    build the page and the host, and open the window
  test [--quick]               every check; --quick leaves out those that need a window
  page [NAME]                  build one page: explorer (the app's), bench, greeter, lab, or
                               typescript
  types [OUT] [--program NAME]
                               write the npm package for pages in TypeScript and JavaScript
                               (default: target/npm)
  pictures                     make the pictures of the window in docs/pictures anew
  bench [--rpc] [ARGS]         measure the bridge, or RPC; ARGS go to the benchmark
  fuzz [TARGET] [SECONDS]      fuzz one target, or all, for 60 seconds each
  soak [--steps N] [--seed S] [--trace]
                               sessions over failing pipes against a model, 20 000 000 steps

What is missing on the machine is named and installed first (apt on Debian and Ubuntu).";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&args) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("\nerror: {error}");
            let mut cause = error.source();
            while let Some(inner) = cause {
                eprintln!("  caused by: {inner}");
                cause = inner.source();
            }
            if let Some(help) = error.help() {
                eprintln!("  help: {help}");
            }
            error.exit_code()
        }
    }
}

fn dispatch(args: &[String]) -> Result<ExitCode, TaskError> {
    let Some((name, rest)) = args.split_first() else {
        return Err(TaskError::Usage {
            problem: "no command is given".into(),
            usage: USAGE,
        });
    };
    let usage = |problem: String| TaskError::Usage {
        problem,
        usage: USAGE,
    };
    match name.as_str() {
        "run" => {
            let options = run::Options::parse(rest).map_err(usage)?;
            return run::run(&Workspace::load()?, &options);
        }
        "test" => {
            let extent = test::Extent::parse(rest).map_err(usage)?;
            test::test(&Workspace::load()?, extent)?;
        }
        "page" if rest == ["typescript"] => typescript::page(&Workspace::load()?)?,
        "page" => {
            let page = page::Page::parse(rest).map_err(usage)?;
            page::page(&Workspace::load()?, page)?;
        }
        "types" => {
            let options = types::Options::parse(rest).map_err(usage)?;
            types::types(&Workspace::load()?, &options)?;
        }
        "pictures" => pictures::pictures(&Workspace::load()?)?,
        "bench" => bench::bench(&Workspace::load()?, rest)?,
        "fuzz" => {
            let options = fuzz::Options::parse(rest).map_err(usage)?;
            fuzz::fuzz(&Workspace::load()?, &options)?;
        }
        "soak" => {
            let options = soak::Options::parse(rest).map_err(usage)?;
            soak::soak(&Workspace::load()?, &options)?;
        }
        "help" | "--help" | "-h" => println!("{USAGE}"),
        other => return Err(usage(format!("`{other}` is not a command"))),
    }
    Ok(ExitCode::SUCCESS)
}
