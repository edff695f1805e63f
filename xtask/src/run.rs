//! `cargo xtask run`: from a fresh clone to the open window.
//!
//! Uses the user's screen where there is one and one in memory where there is none. The app's exit
//! code becomes this program's.

use std::process::{Command, ExitCode};

use crate::{
    command,
    display::{Screen, has_screen},
    error::TaskError,
    page,
    provision::{self, Purpose},
    step::Steps,
    workspace::{Interfaces, Workspace},
};

/// The command line of `run`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    profile: &'static str,
    /// What the app itself is given.
    args: Vec<String>,
}

impl Options {
    /// # Errors
    /// A sentence on the first word that is not understood.
    pub(crate) fn parse(words: &[String]) -> Result<Self, String> {
        let mut options = Self {
            profile: "debug",
            args: Vec::new(),
        };
        for (index, word) in words.iter().enumerate() {
            match word.as_str() {
                "--release" => options.profile = "release",
                "--" => {
                    options.args = words[index + 1..].to_vec();
                    break;
                }
                other => {
                    return Err(format!(
                        "`run` does not know `{other}`; the app's own arguments go after `--`"
                    ));
                }
            }
        }
        Ok(options)
    }
}

/// Builds everything and runs the app until it ends.
///
/// # Errors
/// The first step that fails; `App` with the app's own code when that is not zero.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode, TaskError> {
    let mut steps = Steps::planned(vec!["packages", "page", "host", "window"]);
    let on_own_screen = !has_screen();
    steps.run("packages", || {
        let screen = on_own_screen.then_some(Purpose::Screen);
        let tray = (workspace.layout().interfaces == Interfaces::OwnCrate).then_some(Purpose::Tray);
        let purposes: Vec<_> = [Some(Purpose::Host), tray, screen]
            .into_iter()
            .flatten()
            .collect();
        provision::provide(workspace, &purposes)
    })?;
    steps.run("page", || page::build(workspace, &workspace.layout().page))?;
    let host = steps.run("host", || workspace.build_host(options.profile))?;
    println!("\n    ready after {}", steps.total());
    let status = steps.run("window", || {
        let screen = if on_own_screen {
            println!("    there is no display here, so the window opens on a screen in memory");
            Screen::in_memory(workspace)?
        } else {
            Screen::of_the_user()
        };
        let mut app = Command::new(&host);
        app.args(&options.args).current_dir(workspace.path(""));
        let typed = command::describe(&app);
        println!("    $ {typed}");
        let status = screen.show(&mut app).status();
        status.map_err(|source| TaskError::Start {
            command: typed,
            source,
        })
    })?;
    if status.success() {
        Ok(ExitCode::SUCCESS)
    } else {
        Err(TaskError::App { status })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_two_dashes_is_the_apps() {
        let words = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let options = Options::parse(&words("--release -- serve --release")).unwrap();
        assert_eq!(
            options,
            Options {
                profile: "release",
                args: words("serve --release")
            }
        );
        assert_eq!(
            Options::parse(&words("serve")).unwrap_err(),
            "`run` does not know `serve`; the app's own arguments go after `--`"
        );
    }
}
