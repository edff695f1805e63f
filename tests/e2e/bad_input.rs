//! What goes wrong around the app, as its user sees it: a sentence where it happened, and the rest
//! goes on.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::Command,
};

use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;
use twinbridge_window_driver::{Start, eventually};

use crate::{
    explorer::{Explorer, twinbridge},
    method::MethodPage,
    plain::{Plain, test_host},
};

/// The page of a method of the default app.
fn page(explorer: Explorer, channel: &str, method: &str) -> MethodPage {
    let page = MethodPage { explorer };
    page.go(channel, method);
    page
}

/// Calls a method of the default app with these arguments, and waits for the state of the reply.
fn call(page: &MethodPage, method: &str, arguments: &Value, state: &str) {
    page.go("storage", method);
    let window = &page.explorer.window;
    let is_json = "return document.querySelector('#as-json').checked";
    if window.script(is_json, &json!([])) == false {
        window.click("#as-json");
    }
    window.type_into("#arguments-json", &arguments.to_string());
    page.call();
    page.state(state);
}

fn error(page: &MethodPage) -> String {
    page.explorer.window.text("#reply-error p")
}

#[test]
fn a_store_of_a_later_version_is_told_where_it_was_opened_and_left_as_it_is() {
    let page = page(Explorer::open(), "storage", "open");
    let file = page.explorer.data_dir().join("storage/a.db");
    for method in ["open", "close"] {
        call(&page, method, &json!({ "store": "a" }), "ok");
    }
    let later = Connection::open(&file).unwrap();
    later.execute_batch("PRAGMA user_version = 2").unwrap();
    drop(later);
    let content = fs::read(&file).unwrap();
    call(&page, "open", &json!({ "store": "a" }), "application");
    let said = error(&page);
    for words in [
        "store `a` was written by a later version of this app and is left as it is",
        "take the later version, or another store",
    ] {
        assert!(said.contains(words), "{said}");
    }
    assert_eq!(fs::read(&file).unwrap(), content);
    // Another one is of use.
    call(&page, "open", &json!({ "store": "b" }), "ok");
}

#[test]
fn a_damaged_store_says_where_its_file_lies_now() {
    let page = page(Explorer::open(), "storage", "open");
    let folder = page.explorer.data_dir().join("storage");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("a.db"), "no database").unwrap();
    call(&page, "open", &json!({ "store": "a" }), "ok");
    let reply = page.reply();
    assert!(reply.contains("a.db.damaged-1"), "{reply}");
    assert!(reply.contains("problem:"), "{reply}");
    let aside = fs::read_to_string(folder.join("a.db.damaged-1")).unwrap();
    assert_eq!(aside, "no database");
}

#[test]
fn keys_and_values_of_odd_sizes_and_encodings_come_back_or_are_refused_with_a_sentence() {
    let page = page(Explorer::open(), "storage", "open");
    call(&page, "open", &json!({ "store": "a" }), "ok");
    let long = "é".repeat(512);
    let keys = ["", " ", "a\0b", "ßẞ\u{1f4be}\u{202e}", &long];
    for key in keys {
        let value = format!("of {key}");
        call(
            &page,
            "set",
            &json!({ "store": "a", "key": key, "value": value }),
            "ok",
        );
        call(&page, "get", &json!({ "store": "a", "key": key }), "ok");
        let reply = page.reply();
        let end = value.chars().last().unwrap();
        assert!(reply.starts_with("\"of "), "{key:?}: {reply}");
        assert!(reply.contains(end), "{key:?}: {reply}");
    }
    call(&page, "keys", &json!({ "store": "a" }), "ok");
    assert!(page.reply().contains("5 items"), "{}", page.reply());
    // What is too long is refused with both numbers, and what cannot be kept with what can.
    let key = format!("{long}x");
    call(
        &page,
        "get",
        &json!({ "store": "a", "key": key }),
        "application",
    );
    assert!(
        error(&page).contains("a key has 1025 bytes, the limit is 1024"),
        "{}",
        error(&page)
    );
    call(
        &page,
        "set",
        &json!({ "store": "a", "key": "k", "value": { "an": "object" } }),
        "application",
    );
    let words = "cannot be stored; a value is a string, a number, a boolean, null or bytes";
    assert!(error(&page).contains(words), "{}", error(&page));
    call(
        &page,
        "get",
        &json!({ "store": "not open", "key": "k" }),
        "application",
    );
    assert!(
        error(&page).contains("cannot be the name of a store"),
        "{}",
        error(&page)
    );
}

/// The default app in a data folder that it may not write to; `None` where this system lets
/// nobody have one.
fn on_read_only_data(folder: &Path) -> Option<Start> {
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let may_mount = || {
        let tried = Command::new("unshare").args(["-rm", "true"]).output();
        tried.is_ok_and(|output| output.status.success())
    };
    // Permissions do not keep the administrator from writing; a disk that takes nothing does.
    let within = match is_root {
        true if !may_mount() => {
            println!("no folder could be made read-only for this user");
            return None;
        }
        true => {
            "exec unshare -rm sh -c 'mount -t tmpfs -o ro none \"$0\" && exec \"$@\"' \"$data\""
        }
        false => "chmod 555 \"$data\"; exec",
    };
    // The data folder is the last argument.
    let script = format!(
        "#!/bin/sh\nfor data; do :; done\n{within} '{}' \"$@\"\n",
        PathBuf::from(std::env::var_os("TWINBRIDGE_BIN").unwrap()).display()
    );
    let path = folder.join("read-only.sh");
    let mut file = fs::File::create(&path).unwrap();
    file.write_all(script.as_bytes()).unwrap();
    drop(file);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    Some(Start::new(path))
}

#[test]
fn a_data_folder_that_takes_nothing_is_told_where_something_is_to_be_kept_and_the_rest_works() {
    let folder = TempDir::new().unwrap();
    let Some(start) = on_read_only_data(folder.path()) else {
        return;
    };
    let page = page(Explorer::start(start), "storage", "open");
    call(&page, "open", &json!({ "store": "a" }), "application");
    let said = error(&page);
    assert!(said.contains("ermission for store `a`: "), "{said}");
    call(&page, "names", &json!({}), "ok");
    let file = folder.path().join("notes.txt");
    fs::write(&file, "one\n").unwrap();
    let explorer = &page.explorer;
    explorer
        .window
        .script("location.hash = '#/files'", &json!([]));
    explorer.open_path(file.to_str().unwrap());
    eventually("the file", || {
        (explorer.lines() == [(1, "one".to_owned())]).then_some(())
    });
    assert_eq!(explorer.state(), "connected");
}

#[test]
fn a_data_folder_that_takes_no_log_is_told_at_the_start() {
    let folder = TempDir::new().unwrap();
    let Some(start) = on_read_only_data(folder.path()) else {
        return;
    };
    let app = Plain::start(start);
    eventually("both sentences", || {
        let said = app.program.stderr();
        let no_log = said.contains("twinbridge: no log file in `");
        (no_log && said.contains("other instances cannot be told from here")).then_some(())
    });
}

#[test]
fn a_binary_file_without_a_line_end_is_shown_by_its_beginning_and_searched() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("image.bin");
    let mut bytes = vec![0; 64 << 20];
    bytes[1 << 20..][..6].copy_from_slice(b"needle");
    fs::write(&file, &bytes).unwrap();
    let explorer = Explorer::open_with(file.to_str().unwrap());
    let window = &explorer.window;
    let said = eventually("the sentence", || {
        let said = "return document.querySelector('#file-binary')?.textContent";
        Some(window.script(said, &json!([])).as_str()?.to_owned())
    });
    assert!(said.starts_with("This does not look like text."), "{said}");
    let lines = explorer.lines();
    assert_eq!(lines.len(), 1);
    assert!(lines[0].1.len() < 1 << 20, "{} bytes", lines[0].1.len());
    let row = window.text("#file-lines .line .note");
    assert!(row.contains("64 MiB long"), "{row}");
    // One line is as much as a search may hold, which it says.
    window.type_into("#file-find", "needle\n");
    let said = eventually("the answer", || {
        let stage = explorer.data("#file-search", "stage")?;
        ["done", "failed"].contains(&&*stage).then_some(stage)
    });
    if said == "failed" {
        let said = window.text("#file-find-error p");
        assert!(said.contains("line"), "{said}");
    }
    explorer.assert_connected();
}

#[test]
fn the_list_with_a_reply_of_100_mib_is_exported_with_its_size_alone() {
    let home = TempDir::new().unwrap();
    let start = test_host().env("HOME", home.path());
    let page = page(Explorer::start(start), "forms", "large");
    page.fill("len", "104857600");
    page.call();
    page.state("ok");
    let window = &page.explorer.window;
    eventually("its row", || {
        let row = "return document.querySelector('#live-rows .entry')?.textContent ?? ''";
        let row = window.script(row, &json!([]));
        row.as_str()?.contains("forms.large").then_some(())
    });
    window.click("#live-rows .entry");
    let said = window.text("#live-missing");
    assert!(said.contains("A method's page shows its reply."), "{said}");
    window.click("#live-export");
    let exported = eventually("the file", || {
        let found = walk(home.path());
        let text = fs::read_to_string(found?).ok()?;
        serde_json::from_str::<Value>(&text).ok()
    });
    let entries = exported.as_array().unwrap();
    let large = entries.iter().find(|one| one["name"] == "forms.large");
    let received = large.unwrap()["receivedBytes"].as_u64().unwrap();
    assert!(received >= 100 << 20, "{received}");
    let said = window.text("#live-exported");
    assert!(
        said.starts_with("Exported as twinbridge-live.json"),
        "{said}"
    );
    page.explorer.wait_for_log("a page saves a file");
}

/// The exported list, wherever the system has its folder for downloads.
fn walk(folder: &Path) -> Option<PathBuf> {
    for entry in fs::read_dir(folder).ok()? {
        let path = entry.ok()?.path();
        if path.is_dir() {
            if let Some(found) = walk(&path) {
                return Some(found);
            }
        } else if path.file_name()? == "twinbridge-live.json" {
            return Some(path);
        }
    }
    None
}

#[test]
fn a_recording_of_a_reply_of_100_mib_says_why_it_is_not_in_it() {
    let header = json!({
        "format": "twinbridge recording", "version": 1, "hasPayloads": false,
        "twinbridge": "0.1.0", "beganUs": 1, "interfaces": [],
    });
    let call = json!({ "atUs": 2, "session": 1, "what": { "call": {
        "by": "page", "call": 1, "channel": "images", "method": "load", "deadlineMs": 0,
        "bytes": 7, "payload": null, "metadata": [],
    } } });
    let reply = json!({ "atUs": 3, "session": 1, "what": { "reply": {
        "by": "backend", "call": 1, "ended": {
            "kind": "done", "text": "", "error": null, "bytes": 100 << 20, "payload": null,
        }, "times": null,
    } } });
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("large.recording");
    fs::write(&file, format!("{header}\n{call}\n{reply}\n")).unwrap();
    let explorer = Explorer::start(twinbridge().arg(&file));
    let window = &explorer.window;
    eventually("the recording", || {
        (explorer.data("#live-count", "rows")? == "1").then_some(())
    });
    window.click("#live-rows .entry");
    let details = window.text("#live-details");
    for words in ["100 MiB", "`--record-payloads`"] {
        assert!(details.contains(words), "{details}");
    }
}
