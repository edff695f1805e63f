//! An executable that runs without a WebDriver, watched through its log and its pixels.
//!
//! The WebDriver loses its session with the page's process, answers for the first window only,
//! and sends no signals; these tests do without.

use tempfile::TempDir;
use twinbridge_window_driver::{Finished, Program, Start, eventually};

/// The app whose handlers misbehave on request, beside the executable under test.
pub(crate) fn test_host() -> Start {
    let twinbridge = std::env::var_os("TWINBRIDGE_BIN")
        .expect("`cargo xtask test` names the executable in TWINBRIDGE_BIN");
    let host = std::path::Path::new(&twinbridge).with_file_name("twinbridge-window-test-host");
    assert!(
        host.exists(),
        "{host:?} is missing: `cargo build --workspace --bin twinbridge-window-test-host`"
    );
    Start::new(host)
}

/// A running app with a data folder of its own, or one that it shares.
pub(crate) struct Plain {
    pub(crate) program: Program,
    data: TempDir,
}

impl Plain {
    /// Starts it with its log at `debug`, where every call leaves a line.
    pub(crate) fn start(start: Start) -> Self {
        let data = TempDir::new().unwrap();
        Self {
            program: in_folder(start, data.path()).start(),
            data,
        }
    }

    /// Another instance on the same data folder.
    pub(crate) fn again(&self, start: Start) -> Start {
        in_folder(start, self.data.path())
    }

    /// Kills it without a goodbye, and starts it again in the same data folder, with a log that
    /// begins anew.
    pub(crate) fn replace(self, start: Start) -> Self {
        let Self { program, data } = self;
        drop(program);
        std::fs::remove_dir_all(data.path().join("logs")).unwrap();
        Self {
            program: in_folder(start, data.path()).start(),
            data,
        }
    }

    /// What the backend has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.data.path().join("logs/twinbridge.log")).unwrap_or_default()
    }

    /// Waits until the backend has logged `words`.
    pub(crate) fn wait_for_log(&self, words: &str) {
        self.wait_for_log_times(words, 1);
    }

    /// Waits until the backend has logged `words` so many times.
    pub(crate) fn wait_for_log_times(&self, words: &str, times: usize) {
        let mut last = String::new();
        let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            eventually(&format!("{words:?} {times} times in the log"), || {
                last = self.log();
                (last.matches(words).count() >= times).then_some(())
            });
        }));
        // The log says why something did not come.
        if let Err(panic) = found {
            println!("{last}");
            std::panic::resume_unwind(panic);
        }
    }

    /// Waits until a session has greeted and has an answer from the host.
    pub(crate) fn wait_for_session(&self, number: u32) {
        self.wait_for_log(&format!(
            r#"call{{channel="host" method="appInfo" session={number} "#
        ));
    }

    /// Waits for its end, and gives that and the log.
    pub(crate) fn end(self) -> (Finished, String) {
        let end = self.program.wait();
        let log = self.data.path().join("logs/twinbridge.log");
        (end, std::fs::read_to_string(log).unwrap_or_default())
    }
}

fn in_folder(start: Start, data: &std::path::Path) -> Start {
    start
        .arg("--data-dir")
        .arg(data)
        .env("RUST_LOG", "info,twinbridge=debug,twinbridge_common=debug")
}
