//! Files that the user names outside of the page: in the system's dialog, and by dropping them.

use serde_json::json;
use tempfile::TempDir;
use twinbridge_window_driver::eventually;

use crate::explorer::Explorer;

/// What the system's dialog is called.
const DIALOG: &str = "Open a file";

#[test]
fn a_file_is_chosen_in_the_dialog_of_the_system_by_keyboard() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("chosen.txt");
    std::fs::write(&file, "chosen\n").unwrap();
    let explorer = Explorer::open();
    let window = &explorer.window;
    window.click("#file-choose");
    eventually("the button", || {
        (window.text("#file-choose") == "Choosing…").then_some(())
    });
    window.type_into_window(DIALOG, &format!("{}\n", file.display()));
    eventually("its line", || {
        (explorer.lines() == [(1, "chosen".to_owned())]).then_some(())
    });
    assert_eq!(window.text("#file-choose"), "Choose…");
    let path = "return document.querySelector('#file-path').value";
    assert_eq!(
        window.script(path, &json!([])),
        json!(file.to_str().unwrap())
    );
}

#[test]
fn a_file_that_is_dropped_on_the_window_is_shown() {
    let folder = TempDir::new().unwrap();
    let explorer = Explorer::open();
    // Another part of the page gives way.
    explorer
        .window
        .script("location.hash = '#/bench'", &json!([]));
    for name in ["one.txt", "two.txt"] {
        let file = folder.path().join(name);
        std::fs::write(&file, name).unwrap();
        explorer.window.drop_file("Twinbridge", &file);
        eventually(name, || {
            (explorer.lines() == [(1, name.to_owned())]).then_some(())
        });
    }
    assert!(explorer.window.address().ends_with("#/files"));
}
