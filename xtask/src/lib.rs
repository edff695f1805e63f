//! The commands of the repository and of apps that are built on it, run as `cargo xtask COMMAND`.
//!
//! Reads the command line and prints errors; everything else is in the module named for it. Never
//! depends on the crates it builds, so that it compiles fast and works while they do not. An app's
//! own `xtask` is a `main` of one line: [`App::run`].
#![forbid(unsafe_code)]

mod app;
mod bench;
mod command;
mod crate_package;
mod deny;
mod dev;
mod display;
mod error;
mod examples;
mod failures;
mod fuzz;
mod interface_name;
mod interop;
mod new_app;
mod new_interface;
mod npm;
mod order;
mod package;
mod page;
mod pictures;
mod provision;
mod run;
mod soak;
mod step;
mod test;
mod test_app;
mod types;
mod typescript;
mod version;
mod wasm;
mod wasm_cases;
mod workspace;

use std::{error::Error as _, process::ExitCode};

use crate::{
    error::TaskError,
    workspace::{Layout, Workspace},
};

pub use app::App;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  run [--release] [-- ARGS]    build the page and the host, and open the window
  dev [--build] [-- ARGS]      the same, and again whenever a source changes; --build opens nothing
  new-interface NAME           write an interface: trait, handler, registrations, a test
  new-app DIR [--name NAME] [--path PATH | --version VERSION]
                               write an app of its own that is built on these crates
  test [--quick|--full]        every check; --quick leaves out those that need a window, --full
                               adds the package and the dependencies' licences and advisories
  package [--debug] [--check]  make the Debian package; --check installs, starts and removes it
  crate package|publish [ARGS] cargo's own package of the crate, with the inspector's page in it
  deny                         judge the dependencies by deny.toml
  docs                         write the API's pages; every public type must have an example
  page [NAME]                  build one page: explorer (the app's), bench, lab, or
                               typescript
  types [OUT] [--program NAME]
                               write the npm package for pages in TypeScript and JavaScript
                               (default: target/npm)
  pictures                     make the pictures of the window in docs/pictures anew
  bench [--rpc | --app] [ARGS] measure the bridge, RPC, or the app: files, stores, scrolling,
                               start; ARGS go to the benchmark
  fuzz [TARGET] [SECONDS]      fuzz one target, or all, for 60 seconds each
  soak [--steps N] [--seed S] [--trace]
                               sessions over failing pipes against a model, 20 000 000 steps

What is missing on the machine is named and installed first (apt on Debian and Ubuntu).";

/// Runs the command that the command line of this process names, in the repository.
#[must_use]
pub fn repository() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    ended(dispatch(&args))
}

/// Prints what went wrong, and what to do about it.
fn ended(end: Result<ExitCode, TaskError>) -> ExitCode {
    match end {
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
    let load = || Workspace::load(env!("CARGO_MANIFEST_DIR"), Layout::repository());
    match name.as_str() {
        "run" => {
            let options = run::Options::parse(rest).map_err(usage)?;
            return run::run(&load()?, &options);
        }
        "test" => {
            let extent = test::Extent::parse(rest).map_err(usage)?;
            test::test(&load()?, extent)?;
        }
        "docs" if rest.is_empty() => test::docs(&load()?)?,
        "page" if rest == ["typescript"] => typescript::page(&load()?)?,
        "page" => {
            let page = page::Page::parse(rest).map_err(usage)?;
            page::page(&load()?, &page)?;
        }
        "types" => {
            let options = types::Options::parse(rest).map_err(usage)?;
            types::types(&load()?, &options)?;
        }
        "dev" => {
            let options = dev::Options::parse(rest).map_err(usage)?;
            return dev::dev(&load()?, &options);
        }
        "package" => {
            let options = package::Options::parse(rest).map_err(usage)?;
            package::package(&load()?, options)?;
        }
        "crate" => {
            let options = crate_package::Options::parse(rest).map_err(usage)?;
            crate_package::package(&load()?, &options)?;
        }
        "deny" => deny::deny(&load()?)?,
        "new-interface" => {
            let name = new_interface::only_word(rest).map_err(usage)?;
            new_interface::new_interface(&load()?, name)?;
        }
        "new-app" => {
            let options = new_app::Options::parse(rest).map_err(usage)?;
            new_app::new_app(&load()?, &options)?;
        }
        "pictures" => pictures::pictures(&load()?)?,
        "bench" => bench::bench(&load()?, rest)?,
        "fuzz" => {
            let options = fuzz::Options::parse(rest).map_err(usage)?;
            fuzz::fuzz(&load()?, &options)?;
        }
        "soak" => {
            let options = soak::Options::parse(rest).map_err(usage)?;
            soak::soak(&load()?, &options)?;
        }
        "help" | "--help" | "-h" => println!("{USAGE}"),
        other => return Err(usage(format!("`{other}` is not a command"))),
    }
    Ok(ExitCode::SUCCESS)
}
