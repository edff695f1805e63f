//! A page asks for a file by dialog.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};

use twinbridge::handlers::files::FilesHandler;
use twinbridge_common::interfaces::files::FilesError;

use crate::app::{App, app_error};

#[tokio::test]
async fn a_backend_without_windows_has_no_dialog() {
    let app = App::new();
    let chosen = app.page().await.files.choose().await.map_err(app_error);
    let problem = "the backend has no windows".to_owned();
    assert_eq!(chosen, Err(FilesError::NoDialog { problem }));
}

#[tokio::test]
async fn the_chosen_path_comes_back_and_nothing_if_none_was_chosen() {
    let choices = Mutex::new(vec![None, Some(PathBuf::from("/var/log/messages"))]);
    let app = App::with(
        FilesHandler::new(None).with_chooser(Arc::new(move |window| {
            assert_eq!(window, "main");
            let choice = choices.lock().unwrap().pop().unwrap();
            Box::pin(async { Ok(choice) })
        })),
    );
    let page = app.page().await;
    let path = page.files.choose().await.unwrap();
    assert_eq!(path.as_deref(), Some("/var/log/messages"));
    assert_eq!(page.files.choose().await.unwrap(), None);
}

#[cfg(unix)]
#[tokio::test]
async fn a_chosen_file_whose_name_is_not_utf_8_can_be_opened() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(OsStr::from_bytes(b"na\xEFve"));
    std::fs::write(&path, b"one\n").unwrap();
    let app = App::with(FilesHandler::new(None).with_chooser(Arc::new(move |_| {
        let path = path.clone();
        Box::pin(async { Ok(Some(path)) })
    })));
    let page = app.page().await;
    let told = page.files.choose().await.unwrap().unwrap();
    assert_eq!(page.files.open(told).await.unwrap().len, 4);
}
