//! The dialog in which the user chooses a file, where the system is not Linux: the system's own.

use std::path::PathBuf;

use tauri::{WebviewWindow, Wry};
use tokio::sync::oneshot;

use super::windows::OpenDialog;

/// Shows the dialog over `window` and gives what the user chose; `None` if nothing. `open` lives
/// as long as the dialog.
///
/// # Cancellation
/// The system may leave the dialog until the user is done with it.
pub(super) async fn choose_file(
    window: &WebviewWindow<Wry>,
    open: OpenDialog,
) -> Result<Option<PathBuf>, tauri::Error> {
    let (shown, dialog) = oneshot::channel();
    let parent = window.clone();
    // Some systems make dialogs on the UI thread only.
    window.run_on_main_thread(move || {
        let dialog = rfd::AsyncFileDialog::new().set_parent(&parent);
        // The call may have been cancelled meanwhile.
        let _ = shown.send(dialog.pick_file());
    })?;
    let Ok(dialog) = dialog.await else {
        return Ok(None);
    };
    let chosen = dialog.await;
    drop(open);
    Ok(chosen.map(|file| file.path().to_owned()))
}
