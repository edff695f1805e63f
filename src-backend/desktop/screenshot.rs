//! Takes a picture of a window as its user sees it.
//!
//! The webview itself gives the picture, so that it is complete also where another window
//! covers it. WebKitGTK only; elsewhere it is an error that says so.

use std::path::{Path, PathBuf};

use tauri::{Runtime, WebviewWindow};

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub(super) enum ScreenshotError {
    /// The webview could not draw itself.
    #[error("the window gave no picture: {0}")]
    NoPicture(String),
    /// The file could not be written.
    #[error("`{path}` could not be written: {problem}")]
    Write { path: PathBuf, problem: String },
    /// There is no code for this system.
    #[cfg(not(target_os = "linux"))]
    #[error("pictures of a window are taken on Linux only")]
    Unsupported,
}

/// Writes the window's pixels to `path` as PNG, and calls `done` on the UI thread.
#[cfg(target_os = "linux")]
pub(super) fn take<R: Runtime>(
    window: &WebviewWindow<R>,
    path: PathBuf,
    done: impl FnOnce(Result<(), ScreenshotError>) + Send + 'static,
) -> tauri::Result<()> {
    use webkit2gtk::{SnapshotOptions, SnapshotRegion, WebViewExt as _, gio};

    window.with_webview(move |webview| {
        webview.inner().snapshot(
            SnapshotRegion::Visible,
            SnapshotOptions::NONE,
            None::<&gio::Cancellable>,
            move |surface| {
                let written = surface
                    .map_err(|error| ScreenshotError::NoPicture(error.to_string()))
                    .and_then(|surface| write(&surface, &path));
                done(written);
            },
        );
    })
}

#[cfg(target_os = "linux")]
fn write(surface: &cairo::Surface, path: &Path) -> Result<(), ScreenshotError> {
    let problem = |problem: String| ScreenshotError::Write {
        path: path.to_owned(),
        problem,
    };
    let mut file = std::fs::File::create(path).map_err(|error| problem(error.to_string()))?;
    surface
        .write_to_png(&mut file)
        .map_err(|error| problem(error.to_string()))
}

/// There is no picture here.
#[cfg(not(target_os = "linux"))]
pub(super) fn take<R: Runtime>(
    _window: &WebviewWindow<R>,
    _path: PathBuf,
    done: impl FnOnce(Result<(), ScreenshotError>) + Send + 'static,
) -> tauri::Result<()> {
    done(Err(ScreenshotError::Unsupported));
    Ok(())
}
