//! An executable that a test starts, by itself or under the WebDriver.
//!
//! It gets folders of its own instead of the user's, and what it prints goes to files there: a
//! pipe would stay open as long as one of the webview's processes has it.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use crate::{wait::eventually, x11};

/// Runs a program that is killed as soon as its parent ends, however that ends. The WebDriver does
/// not always kill what it has started.
pub(crate) const BOUND: [&str; 4] = ["setpriv", "--pdeathsig", "KILL", "--"];

/// What to start, and how.
#[derive(Debug)]
#[must_use = "nothing is started so far"]
pub struct Start {
    pub(crate) executable: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
}

impl Start {
    /// An executable without arguments.
    pub fn new(executable: impl Into<PathBuf>) -> Self {
        Self {
            executable: executable.into(),
            arguments: Vec::new(),
            variables: Vec::new(),
        }
    }

    /// Adds an argument.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Sets a variable of the environment.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.variables
            .push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Starts it.
    ///
    /// # Panics
    /// Where it cannot be started.
    pub fn start(&self) -> Program {
        self.spawn(&self.executable, &self.arguments, &[])
    }

    /// Starts it and waits for its end.
    ///
    /// # Panics
    /// Where it cannot be started, or does not end.
    pub fn run(&self) -> Finished {
        self.start().wait()
    }

    /// Starts `executable`, or the WebDriver that is to start it, with the surroundings asked for.
    pub(crate) fn spawn(
        &self,
        executable: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
        variables: &[(&str, &str)],
    ) -> Program {
        let mut command = Command::new(BOUND[0]);
        command.args(&BOUND[1..]).arg(executable).args(arguments);
        command.envs(variables.iter().copied());
        let folder = TempDir::new().expect("a temporary folder can be made");
        let create = |name: &str| {
            File::create(folder.path().join(name)).expect("a new folder can be written to")
        };
        command
            .stdin(Stdio::null())
            .stdout(create("stdout"))
            .stderr(create("stderr"));
        for variable in ["XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"] {
            command.env(variable, folder.path().join(variable));
        }
        let variables = self.variables.iter().map(|(name, value)| (name, value));
        let child = command
            .envs(variables)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} could not be started: {error}"));
        Program { child, folder }
    }
}

/// An executable that runs. It is killed when this is dropped.
#[derive(Debug)]
#[must_use = "the program is killed when this is dropped"]
pub struct Program {
    child: Child,
    folder: TempDir,
}

/// How an executable ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Its exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
}

impl Program {
    /// The folder that is the user's data folder to it.
    #[must_use]
    pub fn user_data(&self) -> PathBuf {
        self.folder.path().join("XDG_DATA_HOME")
    }

    /// What it has complained about up to now.
    ///
    /// # Panics
    /// Where that cannot be read.
    #[must_use]
    pub fn stderr(&self) -> String {
        read(&self.folder.path().join("stderr"))
    }

    /// Closes its window `title` as its user does, through the X server.
    ///
    /// # Panics
    /// Where it shows no such window.
    pub fn close_window(&self, title: &str) {
        close_window(self.child.id(), title);
    }

    /// A process that this one has started and that still runs.
    pub(crate) fn child_process(&self) -> Option<u32> {
        let processes = fs::read_dir("/proc").expect("Linux has /proc");
        processes
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .find(|process| {
                let stat = fs::read_to_string(format!("/proc/{process}/stat"));
                // Process, name in parentheses, state, parent.
                let stat = stat.unwrap_or_default();
                let rest = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
                let mut fields = rest.split(' ');
                fields.next().is_some_and(|state| state != "Z")
                    && fields.next() == Some(&self.child.id().to_string())
            })
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// Where it does not end.
    pub fn wait(mut self) -> Finished {
        let status = eventually("the program's end", || {
            self.child
                .try_wait()
                .expect("a child can be waited for by its parent")
        });
        Finished {
            code: status.code(),
            stdout: read(&self.folder.path().join("stdout")),
            stderr: self.stderr(),
        }
    }
}

/// Closes a process's window through the X server.
pub(crate) fn close_window(process: u32, title: &str) {
    let mut screen = x11::Connection::open();
    let window = eventually(&format!("the window {title:?}"), || {
        screen.window(title, process)
    });
    screen.ask_to_close(window);
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(path: &Path) -> String {
    let bytes = fs::read(path).expect("the file was made at the start");
    String::from_utf8_lossy(&bytes).into_owned()
}
