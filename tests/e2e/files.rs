//! Files in the window: the one of the command line, and those that are opened by path.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;
use tempfile::TempDir;
use twinbridge_window_driver::eventually;

use crate::explorer::Explorer;

const TEXT: &str = "the first line\n\twith <b>markup</b> & ümlauts\r\n\nthe last one";

#[test]
fn the_window_shows_the_file_of_the_command_line() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, TEXT).unwrap();
    let explorer = Explorer::open_with(file.to_str().unwrap());
    let texts = [
        "the first line",
        "\twith <b>markup</b> & ümlauts",
        "",
        "the last one",
    ];
    let lines: Vec<_> = (1..).zip(texts.map(str::to_owned)).collect();
    assert_eq!(explorer.lines(), lines);
    let count = eventually("the count", || explorer.data("#file-range", "count"));
    assert_eq!(count, "4");
}

#[test]
fn bytes_that_are_not_text_are_shown_as_such() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("mixed.log");
    std::fs::write(&file, b"good\nb\xFFd\n").unwrap();
    let explorer = Explorer::open_with(file.to_str().unwrap());
    let lines = [(1, "good".to_owned()), (2, "b\u{fffd}d".to_owned())];
    assert_eq!(explorer.lines(), lines);
    let lossy = |line: &str| explorer.data(&format!(".line[data-number='{line}']"), "lossy");
    assert_eq!(lossy("1").as_deref(), Some("false"));
    assert_eq!(lossy("2").as_deref(), Some("true"));
}

#[test]
fn what_cannot_be_opened_is_explained_and_the_page_goes_on() {
    let folder = TempDir::new().unwrap();
    let missing = folder.path().join("missing.txt");
    let missing = missing.to_str().unwrap();
    let explorer = Explorer::open_with(missing);
    let app = |sentence: String| ("application".to_owned(), sentence);
    assert_eq!(
        explorer.file_error(),
        app(format!(
            "There is no file at `{missing}`. Check the spelling; a relative path starts in the \
             folder where the app was started."
        ))
    );

    explorer.open_path(folder.path().to_str().unwrap());
    let path = folder.path().display();
    let said = app(format!(
        "`{path}` is a folder, not a file. Give the path of a file."
    ));
    eventually("the folder's refusal", || {
        (explorer.file_error() == said).then_some(())
    });

    explorer.open_path("/dev/zero");
    let said = app("`/dev/zero` is a device, not a file. Give the path of a file.".to_owned());
    eventually("the device's refusal", || {
        (explorer.file_error() == said).then_some(())
    });

    explorer.assert_connected();
    assert_eq!(explorer.data("#file-error", "layer"), None);
}

#[test]
fn a_file_that_the_user_may_not_read_is_explained() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("secret.txt");
    std::fs::write(&file, TEXT).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read(&file).is_ok() {
        println!("this user may read everything, so there is nothing to refuse");
        return;
    }
    let explorer = Explorer::open_with(file.to_str().unwrap());
    let (layer, sentence) = explorer.file_error();
    assert_eq!(layer, "application");
    let file = file.display();
    assert_eq!(
        sentence,
        format!(
            "No permission to read `{file}`. Allow reading it, or start the app as a user who may \
             read it."
        )
    );
}

#[test]
fn the_list_has_every_rpc_interface_with_its_configuration_and_whether_it_fits() {
    let explorer = Explorer::open();
    for (name, version, standing) in [
        ("DevToolsRpcInterface", "0.7.0", "not used here"),
        ("AppHostRpcInterface", "1.1.0", "\u{2713} fits"),
        ("FilesRpcInterface", "1.2.0", "\u{2713} fits"),
        ("StorageRpcInterface", "1.0.0", "not used here"),
    ] {
        let entry = format!("#services [data-service='{name}']");
        let text = explorer.window.text(&entry);
        for part in [version, "desktop", standing] {
            assert!(text.contains(part), "{part} is not in {text:?}");
        }
        // They have no second place among those of IPC.
        let script = "return document.querySelector(arguments[0]) === null";
        let twin = format!("#interfaces [data-channel='rpc/{name}']");
        assert_eq!(explorer.window.script(script, &json!([twin])), true);
    }
    explorer
        .window
        .click("#services [data-service='DevToolsRpcInterface'] a");
    eventually("its operations", || {
        let script =
            "return document.querySelector('#interface [data-method=setLogLevel]') !== null";
        (explorer.window.script(script, &json!([])) == true).then_some(())
    });
}

#[test]
fn the_list_has_every_interface_with_its_verdict() {
    let explorer = Explorer::open();
    for (channel, version) in [("host", "1.1.0"), ("files", "1.2.0")] {
        let entry = explorer
            .window
            .text(&format!("#interfaces [data-channel='{channel}']"));
        assert!(entry.contains(version), "{entry}");
        assert!(entry.contains("✓ fits"), "{entry}");
        let verdict = format!("#verdicts [data-channel='{channel}']");
        assert_eq!(explorer.data(&verdict, "fits").as_deref(), Some("true"));
    }
    assert_eq!(
        explorer.data("#verdicts", "mismatch").as_deref(),
        Some("false")
    );
    assert_eq!(explorer.state(), "connected");
}
