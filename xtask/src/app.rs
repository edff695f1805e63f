//! The commands of an app that `cargo xtask new-app` has made.
//!
//! They are the repository's own, told where such an app has its parts; nothing is written twice.
//! Used by the app's `xtask`, a `main` of one line.

use std::process::ExitCode;

use crate::{
    dev, ended,
    error::TaskError,
    new_interface, page, run, test_app,
    workspace::{Layout, Workspace},
};

const USAGE: &str = "\
usage: cargo xtask COMMAND

  run [--release] [-- ARGS]    build the page and the backend, and open the window
  dev [--build] [-- ARGS]      the same, and again whenever a source changes; --build opens nothing
  test                         every test, also those that open a window
  page                         build the page only
  new-interface NAME           write an interface: trait, handler, registrations, a test

What is missing on the machine is named and installed first (apt on Debian and Ubuntu).";

/// An app in a workspace of its own: `contract/`, `backend/`, `page/` and `xtask/`.
///
/// ```no_run
/// use std::process::ExitCode;
///
/// fn main() -> ExitCode {
///     twinbridge_xtask::App::new("greeter", env!("CARGO_MANIFEST_DIR")).run()
/// }
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "an app's commands do nothing before they run"]
pub struct App {
    name: &'static str,
    package: &'static str,
}

impl App {
    /// The app whose executable is called `name`; `package` is the folder of its own `xtask`.
    pub const fn new(name: &'static str, package: &'static str) -> Self {
        Self { name, package }
    }

    /// Runs the command that the command line of this process names.
    #[must_use]
    pub fn run(self) -> ExitCode {
        let args: Vec<String> = std::env::args().skip(1).collect();
        ended(self.dispatch(&args))
    }

    fn dispatch(self, args: &[String]) -> Result<ExitCode, TaskError> {
        let usage = |problem: String| TaskError::Usage {
            problem,
            usage: USAGE,
        };
        let Some((name, rest)) = args.split_first() else {
            return Err(usage("no command is given".into()));
        };
        let load = || Workspace::load(self.package, Layout::app(self.name));
        let without_words = || match rest {
            [] => load(),
            [word, ..] => Err(usage(format!("`{name}` does not know `{word}`"))),
        };
        match name.as_str() {
            "run" => {
                let options = run::Options::parse(rest).map_err(usage)?;
                return run::run(&load()?, &options);
            }
            "dev" => {
                let options = dev::Options::parse(rest).map_err(usage)?;
                return dev::dev(&load()?, &options);
            }
            "test" => test_app::test(&without_words()?)?,
            "page" => {
                let workspace = without_words()?;
                page::page(&workspace, &workspace.layout().page)?;
            }
            "new-interface" => {
                let name = new_interface::only_word(rest).map_err(usage)?;
                new_interface::new_interface(&load()?, name)?;
            }
            "help" | "--help" | "-h" => println!("{USAGE}"),
            other => return Err(usage(format!("`{other}` is not a command"))),
        }
        Ok(ExitCode::SUCCESS)
    }
}
