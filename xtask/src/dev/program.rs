//! The app that runs, and its end.

use std::{
    process::{Child, Command, ExitStatus},
    time::{Duration, Instant},
};

use super::link::{Link, Order, VARIABLE};
use crate::{command::describe, display::Screen, error::TaskError, workspace::Workspace};

/// How long an app may take to end in order: blocking work and hooks get 5 s each.
const LIMIT: Duration = Duration::from_secs(12);

/// How often it is looked after meanwhile.
const LOOK: Duration = Duration::from_millis(20);

/// An app. It is killed when this is dropped.
#[derive(Debug)]
pub(super) struct Program(Child);

/// How an app ended by itself.
#[derive(Debug)]
pub(super) enum Ended {
    /// Its last window closed.
    Well,
    Badly(ExitStatus),
}

impl Program {
    /// Starts the backend that was compiled last.
    pub(super) fn start(
        workspace: &Workspace,
        arguments: &[String],
        screen: &Screen,
        link: &Link,
    ) -> Result<Self, TaskError> {
        let mut app = Command::new(workspace.host("debug"));
        app.args(arguments).current_dir(workspace.path(""));
        println!("    $ {}", describe(&app));
        app.env(VARIABLE, link.address());
        let child = screen.show(&mut app).spawn();
        let child = child.map_err(|source| TaskError::Start {
            command: describe(&app),
            source,
        })?;
        Ok(Self(child))
    }

    /// How it ended, if it did.
    pub(super) fn ended(&mut self) -> Option<Ended> {
        let status = self.0.try_wait().ok()??;
        Some(match status.success() {
            true => Ended::Well,
            false => Ended::Badly(status),
        })
    }

    /// Lets it end in order, and ends it after some seconds.
    pub(super) fn end(mut self, link: &Link) {
        link.order(&Order::End);
        let start = Instant::now();
        while start.elapsed() < LIMIT && self.ended().is_none() {
            std::thread::sleep(LOOK);
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to do.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
