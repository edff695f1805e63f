//! Recordings of the real app, played and shown.

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};
use tempfile::TempDir;
use twinbridge_window_driver::eventually;

use crate::explorer::{Explorer, twinbridge};

/// A recording of a window that was opened and closed.
fn recorded(folder: &TempDir) -> String {
    let path = folder.path().join("window.recording");
    let path = path.to_str().unwrap().to_owned();
    let file = folder.path().join("text");
    fs::write(&file, "one\ntwo\n").unwrap();
    let start = twinbridge()
        .arg("--record")
        .arg(&path)
        .arg("--record-payloads");
    let explorer = Explorer::start(start);
    explorer.open_path(file.to_str().unwrap());
    eventually("the file", || (explorer.lines().len() == 2).then_some(()));
    drop(explorer);
    path
}

#[test]
fn what_a_window_did_is_recorded_played_and_shown() {
    let folder = TempDir::new().unwrap();
    let path = recorded(&folder);
    let program = std::env::var_os("TWINBRIDGE_BIN").unwrap();
    // How far a file has been looked at depends on the moment in which that is asked.
    let progress = ["--ignore", "files.lineCount", "--ignore", "files.follow"];
    let played = Command::new(program)
        .args(["replay", &path])
        .args(progress)
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&played.stdout).into_owned();
    assert!(words.contains("no differences"), "{words}");
    assert_eq!(played.status.code(), Some(0));
    assert!(words.contains("files.open: 1 calls, "), "{words}");

    // Dropped on the panel, as a file is in a browser.
    let explorer = Explorer::open();
    let drop_file = "const data = new DataTransfer();
        data.items.add(new File([arguments[1]], arguments[0]));
        const panel = document.querySelector('#live');
        panel.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }))";
    let shown_recording = "return document.querySelector('#live-recording')?.textContent ?? ''";
    let text = fs::read_to_string(&path).unwrap();
    let window = &explorer.window;
    window.script(drop_file, &json!(["window.recording", text]));
    eventually("the recording", || {
        let shown = window.script(shown_recording, &json!([]));
        shown.as_str()?.contains("window.recording").then_some(())
    });
    window.type_into("#live-filter", "files.open");
    eventually("the call", || {
        (explorer.data("#live-count", "rows")? == "1").then_some(())
    });
    window.click("#live-rows .entry");
    let details = window.text("#live-details");
    assert!(details.contains("main, session 1"), "{details}");
    assert!(details.contains("handler "), "{details}");
    let tree = window.text("#live-arguments");
    assert!(tree.contains("text"), "{tree}");
    window.click("#live-close");
    window.type_into("#live-filter", " ");
    let back = "return document.querySelector('#live-recording')";
    eventually("what happens", || {
        (window.script(back, &json!([])) == Value::Null).then_some(())
    });

    // By its path, as the command line, a dialog and a drop on the window give it.
    explorer.open_path(&path);
    eventually("the recording of the disk", || {
        let shown = window.script(shown_recording, &json!([]));
        shown
            .as_str()?
            .contains("a recording of Twinbridge")
            .then_some(())
    });

    // Cut short, and no recording at all.
    let cut = &text[..text.len() - 30];
    window.script(drop_file, &json!(["cut.recording", cut]));
    eventually("a sentence", || {
        let shown = window.script(
            "return document.querySelector('#live-recording .wrong')?.textContent ?? ''",
            &json!([]),
        );
        shown
            .as_str()?
            .contains("It was cut short: line ")
            .then_some(())
    });
    window.script(drop_file, &json!(["other.recording", "nothing"]));
    eventually("another sentence", || {
        let shown = window.script(
            "return document.querySelector('#live-problem')?.textContent ?? ''",
            &json!([]),
        );
        let words = "`other.recording` cannot be shown: this is no recording of Twinbridge";
        shown.as_str()?.contains(words).then_some(())
    });
}

#[test]
fn a_recording_that_is_dropped_on_the_window_is_shown_even_where_the_list_was_hidden() {
    let folder = TempDir::new().unwrap();
    let path = recorded(&folder);
    let explorer = Explorer::open();
    let window = &explorer.window;
    window.script("location.hash = '#/bench'", &json!([]));
    window.click("#live-toggle");
    window.drop_file("Twinbridge", Path::new(&path));
    let shown = eventually("the recording", || {
        let shown = "return document.querySelector('#live-recording')?.textContent ?? ''";
        let shown = window.script(shown, &json!([]));
        Some(shown.as_str()?.to_owned()).filter(|shown| shown.contains("window.recording"))
    });
    assert!(shown.contains("happenings"), "{shown}");
    window.type_into("#live-filter", "files.open");
    eventually("its call", || {
        (explorer.data("#live-count", "rows")? == "1").then_some(())
    });
    let row = "return document.querySelector('#live-rows .entry').textContent";
    let row = window.script(row, &json!([]));
    assert!(row.as_str().unwrap().contains("mainfiles.open"), "{row}");

    // Cut in the middle of a line, as by a power cut: what came before it is shown.
    let text = fs::read_to_string(&path).unwrap();
    let cut = folder.path().join("cut.recording");
    fs::write(&cut, &text[..text.len() - 30]).unwrap();
    window.drop_file("Twinbridge", &cut);
    eventually("a sentence", || {
        let said = "return document.querySelector('#live-recording .wrong')?.textContent ?? ''";
        let said = window.script(said, &json!([]));
        said.as_str()?
            .contains("It was cut short: line ")
            .then_some(())
    });
    assert_eq!(explorer.data("#live-count", "rows").as_deref(), Some("1"));

    // What only has the name is explained, and what was shown stays.
    let other = folder.path().join("other.recording");
    fs::write(&other, "nothing of the kind\n").unwrap();
    window.drop_file("Twinbridge", &other);
    eventually("another sentence", || {
        let said = "return document.querySelector('#live-problem')?.textContent ?? ''";
        let said = window.script(said, &json!([]));
        let said = said.as_str()?;
        (said.contains("other.recording") && said.contains("`--record FILE` wrote")).then_some(())
    });
    assert_eq!(explorer.data("#live-count", "rows").as_deref(), Some("1"));
    explorer.assert_connected();
}

#[test]
fn a_recording_that_cannot_be_written_is_said_before_a_window_opens() {
    let program = std::env::var_os("TWINBRIDGE_BIN").unwrap();
    let data = TempDir::new().unwrap();
    let ended = Command::new(program)
        .args(["--record", "/nowhere/a.recording", "--data-dir"])
        .arg(data.path())
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let words = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(
        words.contains("the recording cannot be written to `/nowhere/a.recording`"),
        "{words}"
    );
}
