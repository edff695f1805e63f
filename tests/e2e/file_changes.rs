//! Files that change while the window shows them, files that are no text, and the way back to
//! those of before.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::PathBuf,
};

use serde_json::json;
use tempfile::TempDir;
use twinbridge_window_driver::{eventually, key};

use crate::explorer::Explorer;

/// A log in a folder of its own, shown in the window.
struct Log {
    explorer: Explorer,
    path: PathBuf,
    _folder: TempDir,
}

impl Log {
    fn open(content: &[u8]) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("service.log");
        fs::write(&path, content).unwrap();
        Self {
            explorer: Explorer::open_with(path.to_str().unwrap()),
            path,
            _folder: folder,
        }
    }

    /// One of so many short lines.
    fn of_lines(lines: u64) -> Self {
        let lines: String = (1..=lines)
            .map(|number| format!("line {number}\n"))
            .collect();
        Self::open(lines.as_bytes())
    }

    fn append(&self, text: &str) {
        let mut file = OpenOptions::new().append(true).open(&self.path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// Waits until this is the last line on the screen.
    fn ends_with(&self, text: &str) {
        eventually(&format!("the last line {text:?}"), || {
            (self.explorer.lines().last()?.1 == text).then_some(())
        });
    }

    /// What is said to have become of the file.
    fn change(&self, kind: &str) -> String {
        eventually(&format!("that it was {kind}"), || {
            (self.explorer.data("#file-change", "kind")? == kind).then_some(())
        });
        self.explorer.window.text("#file-change p")
    }
}

#[test]
fn what_is_appended_is_shown_to_who_follows_the_end() {
    let log = Log::of_lines(100);
    let window = &log.explorer.window;
    window.click("#file-follow");
    log.ends_with("line 100");
    log.append("line 101\nline 102");
    log.ends_with("line 102");
    // A last line may go on.
    log.append(" and more\n");
    log.ends_with("line 102 and more");
    let pressed = || {
        let script = "return document.querySelector('#file-follow').ariaPressed";
        window.script(script, &json!([])) == json!("true")
    };
    assert!(pressed());
    // Who looks elsewhere is left there, and the count goes on.
    window.click("#file-first");
    assert!(!pressed());
    log.append("line 103\n");
    eventually("the count", || {
        (log.explorer.data("#file-range", "count")? == "103").then_some(())
    });
    assert_eq!(log.explorer.lines()[0], (1, "line 1".to_owned()));
    window.press(&key::END.to_string());
    log.append("line 104\n");
    log.ends_with("line 104");
}

#[test]
fn rotation_is_said_and_the_new_file_is_a_click_away() {
    let log = Log::of_lines(100);
    let window = &log.explorer.window;
    window.click("#file-follow");
    log.append("the last of the old\n");
    fs::rename(&log.path, log.path.with_extension("old")).unwrap();
    fs::write(&log.path, "the first of the new\n").unwrap();
    let text = log.change("replaced");
    assert!(text.starts_with("Another file came to this path"), "{text}");
    log.ends_with("the last of the old");
    window.click("#file-change button");
    log.ends_with("the first of the new");
    assert_eq!(log.explorer.data("#file-change", "kind"), None);
    // It is followed on.
    log.append("the second\n");
    log.ends_with("the second");
}

#[test]
fn a_file_that_was_cut_or_removed_says_so() {
    let log = Log::of_lines(5000);
    eventually("the count", || {
        (log.explorer.data("#file-range", "count")? == "5000").then_some(())
    });
    fs::write(&log.path, "short\n").unwrap();
    let text = log.change("truncated");
    assert_eq!(
        text,
        "The file was cut or written anew in its place, and has 6 B now."
    );
    // Its lines are gone, which is told where they would be.
    log.explorer.window.click("#file-last");
    let (layer, sentence) = log.explorer.file_error();
    assert_eq!(layer, "application");
    assert!(
        sentence.contains("to 6 bytes while it was open; open it again"),
        "{sentence}"
    );
    log.explorer.window.click("#file-error button");
    log.ends_with("short");
    assert_eq!(log.explorer.data("#file-error", "layer"), None);
    fs::remove_file(&log.path).unwrap();
    let text = log.change("deleted");
    assert!(
        text.starts_with("The file was removed from its path."),
        "{text}"
    );
    assert_eq!(log.explorer.lines(), [(1, "short".to_owned())]);
}

#[test]
fn a_binary_file_is_shown_with_a_sentence() {
    let bytes: Vec<u8> = (0..=255_u8).cycle().take(64 * 1024).collect();
    let log = Log::open(&bytes);
    let text = log.explorer.window.text("#file-binary");
    assert!(text.starts_with("This does not look like text."), "{text}");
    assert!(!log.explorer.lines().is_empty());
    let plain = Log::of_lines(3);
    let binary = "return document.querySelector('#file-binary') !== null";
    assert_eq!(plain.explorer.window.script(binary, &json!([])), false);
}

#[test]
fn files_that_were_open_before_are_listed_and_opened_by_a_click() {
    let log = Log::of_lines(3);
    let window = &log.explorer.window;
    window.click("#file-close");
    let path = log.path.to_str().unwrap();
    eventually("its path in the list", || {
        (window.text("#file-recent li:first-child") == path).then_some(())
    });
    assert!(log.explorer.lines().is_empty());
    window.click("#file-recent li:first-child button");
    log.ends_with("line 3");
    window.click("#file-close");
    window.click("#file-forget");
    let listed = "return document.querySelector('#file-recent') !== null";
    eventually("no list", || {
        (window.script(listed, &json!([])) == false).then_some(())
    });
}
