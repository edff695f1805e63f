//! Named pipes, sockets, devices, links and permissions, which Unix has.

use std::{
    ffi::OsStr,
    fs::{self, File},
    os::unix::{
        ffi::OsStrExt as _,
        fs::{PermissionsExt as _, symlink},
        net::UnixListener,
    },
    process::Command,
    time::Duration,
};

use twinbridge_common::interfaces::files::FilesError;

use crate::app::{App, app_error, line};

#[tokio::test]
async fn what_is_not_a_file_is_refused_with_its_kind_and_without_waiting() {
    let app = App::new();
    let page = app.page().await;
    let pipe = app.folder.join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let socket = app.folder.join("socket");
    let _listener = UnixListener::bind(&socket).unwrap();
    let link = app.folder.join("link");
    symlink(&pipe, &link).unwrap();
    for (path, what) in [
        (pipe, "a named pipe"),
        (socket, "a socket"),
        ("/dev/zero".to_owned(), "a device"),
        (link, "a named pipe"),
    ] {
        let opened = tokio::time::timeout(Duration::from_secs(10), page.files.open(path.clone()));
        let error = opened.await.unwrap().map_err(app_error).unwrap_err();
        assert_eq!(
            error,
            FilesError::NotAFile {
                path,
                what: what.to_owned()
            }
        );
    }
}

#[tokio::test]
async fn a_link_is_followed_and_the_true_path_is_told() {
    let app = App::new();
    let page = app.page().await;
    let path = app.folder.write("text", b"one\n");
    let link = app.folder.join("link");
    symlink(&path, &link).unwrap();
    assert_eq!(page.files.open(link).await.unwrap().path, path);
}

#[tokio::test]
async fn a_file_that_may_not_be_read_is_refused() {
    let app = App::new();
    let page = app.page().await;
    let path = app.folder.write("secret", b"one\n");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if File::open(&path).is_ok() {
        // The user may read everything.
        return;
    }
    let error = page
        .files
        .open(path.clone())
        .await
        .map_err(app_error)
        .unwrap_err();
    assert_eq!(error, FilesError::Permission { path });
}

#[tokio::test]
async fn an_initial_file_with_a_name_that_is_not_utf_8_can_be_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(OsStr::from_bytes(b"na\xEFve"));
    fs::write(&path, b"one\n").unwrap();
    let app = App::with_initial(Some(path));
    let page = app.page().await;
    let shown = page.files.initial().await.unwrap().unwrap();
    assert!(shown.ends_with("/na\u{FFFD}ve"), "{shown}");
    let opened = page.files.open(shown).await.unwrap();
    assert_eq!(page.lines(opened.file, 0, 1).await, Ok(vec![line("one")]));
}
