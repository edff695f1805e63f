//! The lab: a page that does what a test asks of it, in the first window of its own host.
//!
//! `tests/e2e/page` has the acts and the contracts, `tests/e2e/host` the host. The pages of other
//! windows are asked through the host; what becomes of work is counted on both sides.

mod calls;
mod notifications;
mod pressure;
mod reloads;
mod resources;
mod services;
mod streams;
mod windows;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;
use twinbridge_lab_page::contract::{Course, Reloads, Tally};
use twinbridge_window_driver::{Start, Window, eventually};

/// The host of the lab, beside the executable under test.
pub(crate) fn lab_host() -> Start {
    let twinbridge = std::env::var_os("TWINBRIDGE_BIN")
        .expect("`cargo xtask test` names the executable in TWINBRIDGE_BIN");
    let host = Path::new(&twinbridge).with_file_name("twinbridge-lab");
    assert!(
        host.exists(),
        "{host:?} is missing: `cargo build --workspace --bin twinbridge-lab`"
    );
    Start::new(host)
}

/// The lab with its first window open and its page ready.
pub(crate) struct Lab {
    pub(crate) window: Window,
    data: TempDir,
}

impl Lab {
    pub(crate) fn open() -> Self {
        Self::start(lab_host())
    }

    pub(crate) fn start(start: Start) -> Self {
        let data = TempDir::new().unwrap();
        let start = start
            .arg("--data-dir")
            .arg(data.path())
            .env("RUST_LOG", "info,twinbridge::pipe=debug");
        let lab = Self {
            window: start.open(),
            data,
        };
        lab.wait_for_session(1);
        lab
    }

    /// Waits until the window shows the page of this session, or a later one.
    pub(crate) fn wait_for_session(&self, session: u64) {
        eventually(&format!("session {session}"), || {
            (self.session_now()? >= session).then_some(())
        });
    }

    /// The session of the page, as far as it has greeted.
    pub(crate) fn session_now(&self) -> Option<u64> {
        let script = "return document.documentElement.dataset.session ?? null";
        // No script runs in a page that is about to go.
        let session = self.window.try_script(script, &json!([])).ok()?;
        let session = session.as_str()?.parse().unwrap();
        assert_ne!(session, 0, "the page has not connected: {}", self.log());
        Some(session)
    }

    /// Loads the page again, and waits for the next session.
    pub(crate) fn reload(&self) {
        let next = self.session_now().unwrap() + 1;
        self.window.reload();
        self.wait_for_session(next);
    }

    /// A file in the folder of this lab.
    pub(crate) fn file(&self, text: &str) -> PathBuf {
        let path = self.data.path().join("file.txt");
        std::fs::write(&path, text).unwrap();
        path
    }

    /// What the host has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.data.path().join("logs/twinbridge.log")).unwrap_or_default()
    }

    /// Has the page do something; gives what came of it.
    pub(crate) fn try_act(&self, name: &str, words: &Value) -> Result<Value, String> {
        let script = "const [name, words] = arguments;
            try { return { done: await window.lab(name, ...words) } }
            catch (error) { return { failed: String(error.message) } }";
        let mut end = self.window.script_async(script, &json!([name, words]));
        match end["failed"].as_str() {
            Some(problem) => Err(problem.to_owned()),
            None => Ok(end["done"].take()),
        }
    }

    /// Has the page do something.
    pub(crate) fn act(&self, name: &str, words: &Value) -> Value {
        let done = self.try_act(name, words);
        done.unwrap_or_else(|problem| panic!("{name} {words}: {problem}\n{}", self.log()))
    }

    /// Has the page call the lab's backend.
    pub(crate) fn try_call(&self, method: &str, arguments: &Value) -> Result<Value, String> {
        self.try_act("call", &json!(["lab", method, arguments]))
    }

    /// Has the page call the lab's backend.
    pub(crate) fn call(&self, method: &str, arguments: &Value) -> Value {
        self.act("call", &json!(["lab", method, arguments]))
    }

    /// Has the page of another window do something, by a call of the host.
    pub(crate) fn try_ask(&self, window: &str, act: &str, words: &Value) -> Result<Value, String> {
        let answer = self.try_call("ask", &json!([window, act, words.to_string()]))?;
        Ok(serde_json::from_str(answer.as_str().unwrap()).unwrap())
    }

    /// Has the page of another window do something.
    pub(crate) fn ask(&self, window: &str, act: &str, words: &Value) -> Value {
        let done = self.try_ask(window, act, words);
        done.unwrap_or_else(|problem| panic!("{window}: {act} {words}: {problem}\n{}", self.log()))
    }

    /// Opens a window, and waits for its page.
    pub(crate) fn open_window(&self, label: &str) {
        self.call("open", &json!([label]));
        eventually(&format!("the page of {label}"), || {
            self.try_ask(label, "who", &json!([])).ok()
        });
    }

    /// What became of work on the host's board.
    pub(crate) fn tally(&self, name: &str) -> Tally {
        read(self.call("tally", &json!([name])))
    }

    /// Waits until so much work of this name has begun.
    pub(crate) fn wait_until_begun(&self, name: &str, count: u32) {
        eventually(&format!("{count} of {name}"), || {
            (self.tally(name).begun >= count).then_some(())
        });
    }

    /// How an errand of the host ended, as soon as it has.
    pub(crate) fn end_of_errand(&self, name: &str) -> String {
        eventually(&format!("the end of {name}"), || {
            let end = self.call("ended", &json!([name]));
            end.as_str().map(str::to_owned)
        })
    }

    /// How what the page has begun ended, as soon as it has.
    pub(crate) fn end_of_task(&self, name: &str) -> String {
        eventually(&format!("the end of {name}"), || {
            let end = self.act("end", &json!([name]));
            end.as_str().map(str::to_owned)
        })
    }

    /// What a listener of this page has heard.
    pub(crate) fn heard(&self, listener: &str, kind: &str) -> Course {
        read(self.act("heard", &json!([listener, kind])))
    }

    /// What a listener in another window has heard.
    pub(crate) fn heard_in(&self, window: &str, listener: &str, kind: &str) -> Course {
        read(self.ask(window, "heard", &json!([listener, kind])))
    }

    pub(crate) fn reloads(&self) -> Reloads {
        read(self.call("reloads", &json!([])))
    }

    /// The statistics of a window's session, as the host has them.
    pub(crate) fn statistics(&self, window: &str) -> Value {
        let statistics = self.act("call", &json!(["host", "statistics", []]));
        let sessions = statistics["sessions"].as_array().unwrap();
        let of_window = sessions.iter().find(|session| session["window"] == window);
        of_window.unwrap_or(&Value::Null).clone()
    }

    /// What the host's process holds.
    pub(crate) fn figures(&self) -> Figures {
        Figures::of(self.window.process().expect("the host runs"))
    }

    /// What the process of the only page holds. It stays the same over reloads.
    pub(crate) fn page_figures(&self) -> Figures {
        match self.window.page_processes()[..] {
            [page] => Figures::of(page),
            ref others => panic!("one window has one page, not {others:?}"),
        }
    }

    /// Lets [`Figures::peak`] begin anew.
    pub(crate) fn forget_peak(&self) {
        let process = self.window.process().expect("the host runs");
        std::fs::write(format!("/proc/{process}/clear_refs"), "5").unwrap();
    }

    /// Whether the host has this file open.
    pub(crate) fn has_open(&self, file: &Path) -> bool {
        let process = self.window.process().expect("the host runs");
        open_files(process).any(|target| target == file)
    }
}

/// What a process has open; what is closed meanwhile is left out.
fn open_files(process: u32) -> impl Iterator<Item = PathBuf> {
    let descriptors = std::fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    descriptors.filter_map(|descriptor| std::fs::read_link(descriptor.ok()?.path()).ok())
}

/// What a process holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figures {
    /// Open files, sockets and the like.
    pub(crate) descriptors: usize,
    pub(crate) threads: usize,
    /// Resident memory, in bytes.
    pub(crate) resident: u64,
    /// The most that it was, in bytes.
    pub(crate) peak: u64,
}

impl Figures {
    fn of(process: u32) -> Self {
        // WebKit's watch over the system's memory opens files of the system's some seconds after
        // the start, and keeps them.
        let is_own = |target: &Path| !target.starts_with("/proc") && !target.starts_with("/sys");
        let descriptors = open_files(process);
        let threads = std::fs::read_dir(format!("/proc/{process}/task"));
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kibibytes = line.unwrap().trim().trim_end_matches(" kB");
            kibibytes.parse::<u64>().unwrap() * 1024
        };
        Self {
            descriptors: descriptors.filter(|target| is_own(target)).count(),
            threads: threads.unwrap().count(),
            resident: bytes("VmRSS:"),
            peak: bytes("VmHWM:"),
        }
    }
}

pub(crate) const MIB: u64 = 1024 * 1024;

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    let text = value.to_string();
    serde_json::from_value(value).unwrap_or_else(|error| panic!("{text}: {error}"))
}
