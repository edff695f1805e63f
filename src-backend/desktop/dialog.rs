//! The dialog in which the user chooses a file, on Linux: GTK's, which is the desktop's own where
//! that offers one.
//!
//! It lives on the UI thread. `dialog_elsewhere.rs` has the same for other systems.

use std::{cell::Cell, path::PathBuf};

use gtk::prelude::{FileChooserExt as _, NativeDialogExt as _};
use tauri::{WebviewWindow, Wry};
use tokio::sync::oneshot;

use super::windows::OpenDialog;

/// Shows the dialog over `window` and gives what the user chose; `None` if nothing. `open` lives
/// as long as the dialog.
///
/// # Cancellation
/// The dialog stays until the user is done with it.
pub(super) async fn choose_file(
    window: &WebviewWindow<Wry>,
    open: OpenDialog,
) -> Result<Option<PathBuf>, tauri::Error> {
    let (chosen, choice) = oneshot::channel();
    let parent = window.clone();
    window.run_on_main_thread(move || show(&parent, chosen, open))?;
    // A dialog that goes away unanswered, as at the end of the app, is one without a choice.
    Ok(choice.await.unwrap_or(None))
}

fn show(window: &WebviewWindow<Wry>, chosen: oneshot::Sender<Option<PathBuf>>, open: OpenDialog) {
    let parent = window.gtk_window().ok();
    let dialog = gtk::FileChooserNative::new(
        Some("Open a file"),
        parent.as_ref(),
        gtk::FileChooserAction::Open,
        None,
        None,
    );
    dialog.set_modal(true);
    // GTK does not keep this dialog alive; the closure does, until it has run.
    let waiting = Cell::new(Some((chosen, open, dialog.clone())));
    dialog.connect_response(move |dialog, response| {
        let accepted = response == gtk::ResponseType::Accept;
        let path = accepted.then(|| dialog.filename()).flatten();
        if let Some((chosen, _open, _kept)) = waiting.take() {
            // The call may have been cancelled meanwhile.
            let _ = chosen.send(path);
        }
    });
    dialog.show();
}
