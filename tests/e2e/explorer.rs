//! The window of the default app, by the hooks that its page has for tests.

use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;
use twinbridge_window_driver::{Start, Window, eventually};

/// The executable under test.
pub(crate) fn twinbridge() -> Start {
    let executable = std::env::var_os("TWINBRIDGE_BIN")
        .expect("`cargo xtask test` names the executable in TWINBRIDGE_BIN");
    Start::new(PathBuf::from(executable))
}

/// The executable without a policy, for what the policy of the default app would hide.
pub(crate) fn unguarded_host() -> Start {
    let executable = std::env::var_os("TWINBRIDGE_BIN")
        .expect("`cargo xtask test` names the executable in TWINBRIDGE_BIN");
    let executable = PathBuf::from(executable).with_file_name("examples/unguarded-host");
    assert!(
        executable.exists(),
        "`cargo build --workspace --examples` makes {}",
        executable.display()
    );
    Start::new(executable)
}

/// The default app with its window open and its page ready.
pub(crate) struct Explorer {
    pub(crate) window: Window,
    data: TempDir,
}

impl Explorer {
    /// The app without a file.
    pub(crate) fn open() -> Self {
        Self::start(twinbridge())
    }

    /// The app with the file that the command line names.
    pub(crate) fn open_with(file: &str) -> Self {
        Self::start(twinbridge().arg(file))
    }

    /// The app by another executable, or with arguments of its own.
    pub(crate) fn start(start: Start) -> Self {
        let explorer = Self::start_bare(start);
        explorer.wait_until_ready();
        explorer
    }

    /// A window whose page need not be the app's.
    pub(crate) fn start_bare(start: Start) -> Self {
        Self::start_at("tauri:", start)
    }

    /// The inspector of an app that opens it first.
    pub(crate) fn inspector(start: Start) -> Self {
        let inspector = Self::start_at("twinbridge-inspector:", start.arg("--inspector-first"));
        inspector.wait_until_ready();
        inspector
    }

    /// A window whose page comes from this scheme.
    fn start_at(scheme: &str, start: Start) -> Self {
        let data = TempDir::new().unwrap();
        let start = start.arg("--data-dir").arg(data.path());
        let explorer = Self {
            window: start.open(),
            data,
        };
        eventually("a page", || {
            let loaded = "return location.protocol === arguments[0] && document.readyState";
            let loaded = explorer.window.try_script(loaded, &json!([scheme]));
            (loaded == Ok(json!("complete"))).then_some(())
        });
        explorer
    }

    /// Loads the page again.
    pub(crate) fn reload(&self) {
        self.window.reload();
        self.wait_until_ready();
    }

    pub(crate) fn wait_until_ready(&self) {
        eventually("the page", || {
            let ready = "return document.documentElement.dataset.ready === 'true'";
            // No script runs in a page that is about to go.
            let ready = self.window.try_script(ready, &json!([]));
            (ready == Ok(json!(true))).then_some(())
        });
    }

    /// The folder of its data.
    pub(crate) fn data_dir(&self) -> &std::path::Path {
        self.data.path()
    }

    /// What the backend has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.data.path().join("logs/twinbridge.log")).unwrap()
    }

    /// Waits until the backend has logged `words`.
    pub(crate) fn wait_for_log(&self, words: &str) {
        eventually(&format!("{words:?} in the log"), || {
            self.log().contains(words).then_some(())
        });
    }

    /// A `data-` attribute of an element; `None` where there is no such element or attribute.
    pub(crate) fn data(&self, element: &str, name: &str) -> Option<String> {
        let script = "return document.querySelector(arguments[0])?.dataset[arguments[1]] ?? null";
        let value = self.window.script(script, &json!([element, name]));
        value.as_str().map(str::to_owned)
    }

    /// Whether the page is connected, as its status bar says.
    pub(crate) fn state(&self) -> String {
        self.data("#status", "state").unwrap()
    }

    /// Number of the session, as the status bar says.
    pub(crate) fn session(&self) -> u32 {
        let facts = self.window.text("#app-info");
        let number = facts.split("session ").nth(1).unwrap_or_default();
        let digits = number.split(|letter: char| !letter.is_ascii_digit()).next();
        digits
            .and_then(|digits| digits.parse().ok())
            .unwrap_or_else(|| panic!("no session number in {facts:?}"))
    }

    /// Opens a file by its path, as a user does.
    pub(crate) fn open_path(&self, path: &str) {
        self.window.type_into("#file-path", path);
        self.window.click("#file-open");
    }

    /// What the page says where a file could not be opened: the layer and the sentence.
    pub(crate) fn file_error(&self) -> (String, String) {
        let layer = eventually("the error", || self.data("#file-error", "layer"));
        (layer, self.window.text("#file-error p"))
    }

    /// The lines on the screen, numbered from 1.
    pub(crate) fn lines(&self) -> Vec<(u64, String)> {
        let script = "return [...document.querySelectorAll('#file-lines .line')]
            .map(line => [line.dataset.number, line.querySelector('.text').textContent])";
        let Value::Array(lines) = self.window.script(script, &json!([])) else {
            panic!("lines are a list");
        };
        let line = |line: &Value| {
            let number = line[0].as_str().unwrap().parse().unwrap();
            (number, line[1].as_str().unwrap().to_owned())
        };
        lines.iter().map(line).collect()
    }

    /// Shows that the page and the backend still understand each other: opens a file.
    pub(crate) fn assert_connected(&self) {
        let file = self.data.path().join("still-here.txt");
        std::fs::write(&file, "still\nhere").unwrap();
        self.open_path(file.to_str().unwrap());
        let lines = eventually("the file", || {
            let lines = self.lines();
            (lines.len() == 2).then_some(lines)
        });
        assert_eq!(lines, [(1, "still".to_owned()), (2, "here".to_owned())]);
        assert_eq!(self.state(), "connected");
    }
}
