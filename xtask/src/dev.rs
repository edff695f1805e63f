//! `cargo xtask dev`: the app, built again and shown again whenever a source changes.
//!
//! A changed page is loaded again in place; a changed backend starts again where its windows were.
//! What does not compile is shown in the window, over the page before it. The app's end of all
//! this is in its debug builds only (`src-backend/desktop/development.rs`).

mod compile;
mod halves;
mod link;
mod program;
mod server;
mod watch;

use std::{
    process::ExitCode,
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    time::{Duration, Instant},
};

use crate::{
    display::{Screen, has_screen},
    error::TaskError,
    provision::{self, Purpose},
    step::Steps,
    workspace::{Interfaces, Workspace},
};

use compile::Compiled;
use halves::{Half, Halves};
use link::{Link, Order};
use program::{Ended, Program};
use server::Server;

/// How long nothing may change before what changed is compiled: editors write several files.
const QUIET: Duration = Duration::from_millis(50);

/// How often the app is looked after while nothing changes.
const LOOK: Duration = Duration::from_millis(200);

/// What happens while the loop waits.
#[derive(Debug)]
pub(crate) enum Event {
    /// A source of these halves changed.
    Changed { what: String, halves: Vec<Half> },
    /// A page has greeted its backend.
    Greeted,
}

/// The command line of `dev`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// Ends after the first build.
    builds_only: bool,
    /// What the app itself is given.
    arguments: Vec<String>,
}

impl Options {
    /// # Errors
    /// A sentence on what is not understood.
    pub(crate) fn parse(words: &[String]) -> Result<Self, String> {
        let (builds_only, words) = match words {
            [first, rest @ ..] if first == "--build" => (true, rest),
            words => (false, words),
        };
        let arguments = match words {
            [] => Vec::new(),
            [dashes, rest @ ..] if dashes == "--" => rest.to_vec(),
            [word, ..] => {
                return Err(format!(
                    "`dev` does not know `{word}`; the app's own arguments go after `--`"
                ));
            }
        };
        Ok(Self {
            builds_only,
            arguments,
        })
    }
}

/// Builds everything, opens the window and follows the sources until the window closes.
///
/// # Errors
/// The first step that fails before the window is open, and a failure of the watching itself.
pub(crate) fn dev(workspace: &Workspace, options: &Options) -> Result<ExitCode, TaskError> {
    let mut steps = Steps::planned(vec!["packages", "page", "backend"]);
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
    let server = Server::of(workspace)?;
    let (sender, events) = mpsc::channel();
    // Before the first build, so that what changes meanwhile is not missed.
    let halves = Halves::of(workspace)?;
    let _watch = watch::watch(&halves, sender.clone())?;
    let page = server.is_none().then(|| compile::page_folder(workspace));
    if page.is_some() {
        steps.run("page", || {
            compile::page(workspace)?.or_stop()?;
            compile::publish(workspace)
        })?;
    }
    steps.run("backend", || compile::backend(workspace)?.or_stop())?;
    if options.builds_only {
        return Ok(ExitCode::SUCCESS);
    }
    let screen = match on_own_screen {
        true => Screen::in_memory(workspace)?,
        false => Screen::of_the_user(),
    };
    let link = Link::open(page, sender)?;
    let program = Program::start(workspace, &options.arguments, &screen, &link)?;
    println!(
        "\n    ready after {}; the window follows the sources until it closes",
        steps.total()
    );
    let follower = Follower {
        workspace,
        arguments: &options.arguments,
        screen: &screen,
        link: &link,
        program: Some(program),
        waiting: Vec::new(),
        timed: None,
        has_server: server.is_some(),
    };
    follower.follow(&events)
}

/// The loop's own state.
struct Follower<'a> {
    workspace: &'a Workspace,
    arguments: &'a [String],
    screen: &'a Screen,
    link: &'a Link,
    /// `None` after the app ended with a failure, until the backend changes.
    program: Option<Program>,
    /// What has changed and is in no window so far.
    waiting: Vec<Half>,
    /// When the change was seen that the next greeting answers, and what it took up to now.
    timed: Option<(Instant, String)>,
    has_server: bool,
}

impl Follower<'_> {
    fn follow(mut self, events: &Receiver<Event>) -> Result<ExitCode, TaskError> {
        loop {
            if let Some(end) = self.program.as_mut().and_then(Program::ended) {
                match end {
                    Ended::Well => return Ok(ExitCode::SUCCESS),
                    Ended::Badly(status) => {
                        println!(
                            "    the app ended with {status}; a change of the backend starts it again"
                        );
                        self.program = None;
                    }
                }
            }
            match events.recv_timeout(LOOK) {
                Ok(Event::Changed { what, halves }) => {
                    let seen = Instant::now();
                    self.note(halves);
                    // The rest of what an editor or a version control writes at once.
                    while let Ok(event) = events.recv_timeout(QUIET) {
                        if let Event::Changed { halves, .. } = event {
                            self.note(halves);
                        }
                    }
                    println!("\n    changed: {what}");
                    self.build(seen)?;
                }
                Ok(Event::Greeted) => self.greeted(),
                Err(RecvTimeoutError::Timeout) => {}
                // The watch holds the other end as long as this runs.
                Err(RecvTimeoutError::Disconnected) => return Ok(ExitCode::SUCCESS),
            }
        }
    }

    fn note(&mut self, halves: Vec<Half>) {
        for half in halves {
            // The development server builds the page by itself.
            let is_ours = half == Half::Backend || !self.has_server;
            if is_ours && !self.waiting.contains(&half) {
                self.waiting.push(half);
            }
        }
    }

    /// Builds what waits, and shows it, or what is wrong with it. Both halves are shown together,
    /// since one without the other would not fit.
    fn build(&mut self, seen: Instant) -> Result<(), TaskError> {
        let mut times = Vec::new();
        for (half, name) in [(Half::Page, "page"), (Half::Backend, "backend")] {
            if !self.waiting.contains(&half) {
                continue;
            }
            let start = Instant::now();
            let compiled = match half {
                Half::Page => compile::page(self.workspace)?,
                Half::Backend => compile::backend(self.workspace)?,
            };
            times.push(format!("{name} {:.1} s", start.elapsed().as_secs_f64()));
            if let Compiled::Problem(text) = compiled {
                println!("    the {name} does not compile; the window says why");
                self.link.problem(Some(text));
                return Ok(());
            }
        }
        self.link.problem(None);
        let has_new_backend = self.waiting.contains(&Half::Backend);
        let is_nothing = self.waiting.is_empty();
        self.waiting.clear();
        self.timed = Some((seen, times.join(", ")));
        if has_new_backend {
            if let Some(old) = self.program.take() {
                old.end(self.link);
            }
            self.program = Some(Program::start(
                self.workspace,
                self.arguments,
                self.screen,
                self.link,
            )?);
        } else if !is_nothing {
            compile::publish(self.workspace)?;
            self.link.order(&Order::Reload);
        }
        Ok(())
    }

    fn greeted(&mut self) {
        if let Some((seen, times)) = self.timed.take() {
            let all = seen.elapsed().as_secs_f64();
            println!("    shown {all:.1} s after the change ({times})");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_apps_own_arguments_follow_two_dashes() {
        let words = |line: &str| {
            line.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let options = Options::parse(&words("-- --data-dir d")).unwrap();
        assert_eq!(options.arguments, words("--data-dir d"));
        assert!(!options.builds_only);
        assert!(Options::parse(&words("--build")).unwrap().builds_only);
        assert_eq!(
            Options::parse(&words("serve")).unwrap_err(),
            "`dev` does not know `serve`; the app's own arguments go after `--`"
        );
    }
}
