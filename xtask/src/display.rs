//! A screen for windows: the user's own, or one in memory.
//!
//! The one in memory comes with a session bus, so that nothing on the user's desktop hears of it.
//! Both end with the guard.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::{
    command::find_program,
    error::{TaskError, file},
    workspace::Workspace,
};

const SCREEN: &str = "1280x800x24";

/// Whether windows can open without further ado. Only Linux can be without a screen.
pub(crate) fn has_screen() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    std::env::consts::OS != "linux" || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// Where windows open. A screen in memory ends when this is dropped.
#[must_use = "the screen ends when this is dropped"]
#[derive(Debug)]
pub(crate) struct Screen {
    variables: Vec<(&'static str, OsString)>,
    // Dropped in this order: windows lose their bus before their screen.
    _bus: Option<Server>,
    _screen: Option<Server>,
}

impl Screen {
    /// The screen that is there.
    pub(crate) fn of_the_user() -> Self {
        Self {
            variables: Vec::new(),
            _bus: None,
            _screen: None,
        }
    }

    /// A screen of its own, 1280 by 800, on which windows look the same on every machine.
    ///
    /// # Errors
    /// `Start` or `NotReady` when Xvfb or the session bus does not come up.
    pub(crate) fn in_memory(workspace: &Workspace) -> Result<Self, TaskError> {
        if std::env::consts::OS != "linux" {
            return Ok(Self::of_the_user());
        }
        // `-displayfd` lets the server choose a free number, so two runs do not meet.
        let args = [
            "-displayfd",
            "1",
            "-screen",
            "0",
            SCREEN,
            "-nolisten",
            "tcp",
            "-noreset",
        ];
        let (screen, number) = Server::start(workspace, "Xvfb", &args)?;
        let bus = ["--session", "--nofork", "--nopidfile", "--print-address=1"];
        let (bus, address) = Server::start(workspace, "dbus-daemon", &bus)?;
        println!("    screen in memory: DISPLAY=:{number}, {SCREEN}, with its own session bus");
        let variables = vec![
            ("DISPLAY", format!(":{number}").into()),
            ("DBUS_SESSION_BUS_ADDRESS", address.into()),
            // A Wayland session of the user would otherwise win over DISPLAY.
            ("GDK_BACKEND", "x11".into()),
            // There is no screen reader here, and looking for one costs seconds at every start.
            ("NO_AT_BRIDGE", "1".into()),
        ];
        Ok(Self {
            variables,
            _bus: Some(bus),
            _screen: Some(screen),
        })
    }

    /// Makes `command` open its windows here.
    pub(crate) fn show<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        if self._screen.is_some() {
            command.env_remove("WAYLAND_DISPLAY");
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)))
    }
}

/// A program that serves until it is dropped.
#[derive(Debug)]
struct Server(Child);

impl Server {
    /// Starts `program` and waits for the line that says it is ready, which is returned.
    fn start(
        workspace: &Workspace,
        program: &'static str,
        args: &[&str],
    ) -> Result<(Self, String), TaskError> {
        let folder = workspace.target();
        fs::create_dir_all(folder).map_err(file("creating", folder))?;
        let log = folder.join(format!("{program}.log"));
        // A file, not a pipe: nobody reads while the windows run, and a full pipe would stop it.
        let errors = File::create(&log).map_err(file("creating", &log))?;
        let mut command = with_parent(program);
        command
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors);
        let child = command.spawn().map_err(|source| TaskError::Start {
            command: program.into(),
            source,
        })?;
        let mut server = Self(child);
        let mut line = String::new();
        if let Some(stdout) = server.0.stdout.as_mut() {
            // Ends with the program too, so it does not wait for one that cannot start.
            BufReader::new(stdout)
                .read_line(&mut line)
                .map_err(file("reading", Path::new(program)))?;
        }
        let line = line.trim().to_owned();
        if line.is_empty() {
            let said = fs::read_to_string(&log)
                .unwrap_or_default()
                .trim()
                .to_owned();
            return Err(TaskError::NotReady { program, said });
        }
        Ok((server, line))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to do.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A command that ends when this program is killed, where the system can do that; a guard alone
/// does not run then.
fn with_parent(program: &str) -> Command {
    if find_program("setpriv").is_none() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--", program]);
    command
}
