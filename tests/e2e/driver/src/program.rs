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

use rustix::process::{Pid, Signal};
use tempfile::TempDir;

use crate::{Picture, wait::eventually, x11};

/// Runs a program that is killed as soon as its parent ends, however that ends. The WebDriver does
/// not always kill what it has started.
pub(crate) const BOUND: [&str; 4] = ["setpriv", "--pdeathsig", "KILL", "--"];

/// Name of the process of a page, cut to 15 bytes as Linux does.
const PAGE_PROCESS: &str = "WebKitWebProces";

/// What to start, and how.
#[derive(Debug)]
#[must_use = "nothing is started so far"]
pub struct Start {
    pub(crate) executable: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
    without: Vec<OsString>,
    folder: Option<PathBuf>,
}

impl Start {
    /// An executable without arguments.
    pub fn new(executable: impl Into<PathBuf>) -> Self {
        Self {
            executable: executable.into(),
            arguments: Vec::new(),
            variables: Vec::new(),
            without: Vec::new(),
            folder: None,
        }
    }

    /// Starts it in this folder, instead of the test's.
    pub fn current_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Adds an argument.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    pub fn args(self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    /// Starts it with a hang-up switched off, as `nohup` does.
    pub fn without_hang_up(mut self) -> Self {
        let executable = std::mem::replace(&mut self.executable, "nohup".into());
        self.arguments.insert(0, executable.into());
        self
    }

    /// Sets a variable of the environment.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.variables
            .push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Leaves a variable of the test's own environment out.
    pub fn without_env(mut self, name: impl AsRef<OsStr>) -> Self {
        self.without.push(name.as_ref().to_owned());
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
        for variable in &self.without {
            command.env_remove(variable);
        }
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
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

    /// What it has printed up to now.
    ///
    /// # Panics
    /// Where that cannot be read.
    #[must_use]
    pub fn stdout(&self) -> String {
        read(&self.folder.path().join("stdout"))
    }

    /// The number of its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    ///
    /// # Panics
    /// Where that cannot be known.
    #[must_use]
    pub fn is_running(&mut self) -> bool {
        let ended = self.child.try_wait();
        ended
            .expect("a child can be waited for by its parent")
            .is_none()
    }

    /// Sends it a signal.
    ///
    /// # Panics
    /// Where it has ended.
    pub fn signal(&self, signal: Signal) {
        send(self.child.id(), signal);
    }

    /// The numbers of the processes that its pages run in, lowest first.
    ///
    /// # Panics
    /// Where the system does not tell.
    #[must_use]
    pub fn page_processes(&self) -> Vec<u32> {
        page_processes(self.child.id())
    }

    /// Kills a process that a page runs in, as the system does when memory is short.
    ///
    /// # Panics
    /// Where there is no such process.
    pub fn kill_page(&self, process: u32) {
        let is_page = self.page_processes().contains(&process);
        assert!(is_page, "{process} shows no page");
        send(process, Signal::KILL);
    }

    /// What its window `title` shows.
    ///
    /// # Panics
    /// Where it shows no such window.
    #[must_use]
    pub fn picture(&self, title: &str) -> Picture {
        let (mut screen, window) = self.find_window(title);
        // One that is being opened has a title before it has pixels.
        eventually(&format!("pixels of the window {title:?}"), || {
            screen.try_picture(window)
        })
    }

    /// Clicks a point of its window `title`, counted from its left upper corner, as a user does.
    ///
    /// # Panics
    /// Where it shows no such window.
    pub fn click(&self, title: &str, point: (u32, u32)) {
        let (mut screen, window) = self.find_window(title);
        screen.click(window, 1, point);
    }

    /// [`Self::click`] with the button that opens a menu.
    ///
    /// # Panics
    /// Where it shows no such window.
    pub fn right_click(&self, title: &str, point: (u32, u32)) {
        let (mut screen, window) = self.find_window(title);
        screen.click(window, 3, point);
    }

    /// What its open menu shows; `None` where no menu is open.
    ///
    /// # Panics
    /// Where there is no screen.
    #[must_use]
    pub fn open_menu(&self) -> Option<Picture> {
        open_menu(self.child.id())
    }

    /// Presses keys in its window `title`, all held together, as a user does. Keys are named by
    /// their number on a PC's keyboard, as X counts them.
    ///
    /// # Panics
    /// Where it shows no such window.
    pub fn press(&self, title: &str, keys: &[u8]) {
        let (mut screen, window) = self.find_window(title);
        screen.press(window, keys);
    }

    fn find_window(&self, title: &str) -> (x11::Connection, u32) {
        find_window(self.child.id(), title)
    }

    /// Closes its window `title` as its user does, through the X server.
    ///
    /// # Panics
    /// Where it shows no such window.
    pub fn close_window(&self, title: &str) {
        let (mut screen, window) = self.find_window(title);
        screen.ask_to_close(window);
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
    let (mut screen, window) = find_window(process, title);
    screen.ask_to_close(window);
}

/// What the open menu of a process shows.
pub(crate) fn open_menu(process: u32) -> Option<Picture> {
    let mut screen = x11::Connection::open();
    let menu = screen.menu(process)?;
    screen.try_picture(menu)
}

/// The window of a process with this title, once it is there, and the screen it is on.
pub(crate) fn find_window(process: u32, title: &str) -> (x11::Connection, u32) {
    let mut screen = x11::Connection::open();
    let window = eventually(&format!("the window {title:?}"), || {
        screen.window(title, process)
    });
    (screen, window)
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Processes that this one started and that live, lowest first, with their names as Linux cuts
/// them.
pub(crate) fn children(parent: u32) -> impl Iterator<Item = (u32, String)> {
    let processes = fs::read_dir("/proc").expect("Linux tells of processes in /proc");
    let numbers = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let mut numbers: Vec<u32> = numbers.collect();
    numbers.sort_unstable();
    let parent = parent.to_string();
    numbers.into_iter().filter_map(move |number| {
        let stat = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
        // `12 (name) S 3 …`: a state, where Z is a process that has ended, and the parent.
        let (name, rest) = stat.rsplit_once(')')?;
        let mut facts = rest.split_whitespace();
        let lives = facts.next().is_some_and(|state| state != "Z");
        let name = name.split_once('(')?.1;
        (lives && facts.next() == Some(&parent)).then(|| (number, name.to_owned()))
    })
}

/// The numbers of the processes that the pages of an executable run in, lowest first.
pub(crate) fn page_processes(executable: u32) -> Vec<u32> {
    children(executable)
        .filter(|(_, name)| name == PAGE_PROCESS)
        .map(|(process, _)| process)
        .collect()
}

pub(crate) fn send(process: u32, signal: Signal) {
    let process = i32::try_from(process).ok().and_then(Pid::from_raw);
    let process = process.expect("the system's process numbers are positive and small");
    rustix::process::kill_process(process, signal)
        .unwrap_or_else(|error| panic!("{signal:?} did not reach its process: {error}"));
}

fn read(path: &Path) -> String {
    let bytes = fs::read(path).expect("the file was made at the start");
    String::from_utf8_lossy(&bytes).into_owned()
}
