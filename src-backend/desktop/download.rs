//! Where what a page lets its user save comes to lie: the folder for downloads, or else the home.
//!
//! A page can save what it holds itself; it can navigate nowhere else, and so downloads nothing
//! from elsewhere. No file is written over.

use std::path::{Path, PathBuf};

use tauri::{Manager as _, Runtime, Webview, webview::DownloadEvent};

/// Lets a download begin, and logs how it ended.
pub(super) fn on_download<R: Runtime>(webview: &Webview<R>, event: DownloadEvent<'_>) -> bool {
    let window = webview.label();
    match event {
        DownloadEvent::Requested { destination, .. } => {
            // The engine has chosen the folder for downloads where there is one, and else the
            // folder in which the app was started, where nobody looks.
            let folders = webview.path();
            if folders.download_dir().is_err()
                && let Ok(home) = folders.home_dir()
                && let Some(name) = destination.file_name()
            {
                *destination = free(&home, Path::new(name));
            }
            tracing::info!(window, path = %destination.display(), "a page saves a file");
        }
        DownloadEvent::Finished { path, success, .. } if !success => {
            let path = path.unwrap_or_default();
            tracing::warn!(window, path = %path.display(), "the file could not be saved");
        }
        _ => {}
    }
    true
}

/// A path in `folder` that nothing has, by this name or with a number.
fn free(folder: &Path, name: &Path) -> PathBuf {
    let stem = name.file_stem().unwrap_or_default().to_string_lossy();
    let ending = name
        .extension()
        .map_or_else(String::new, |ending| format!(".{}", ending.display()));
    let numbered = (1..).map(|number| folder.join(format!("{stem} ({number}){ending}")));
    std::iter::once(folder.join(name))
        .chain(numbered)
        .find(|path| !path.exists())
        .expect("a folder has fewer files than there are numbers")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        for expected in ["list.json", "list (1).json", "list (2).json"] {
            let path = free(folder.path(), Path::new("list.json"));
            assert_eq!(path, folder.path().join(expected));
            std::fs::write(path, "").unwrap();
        }
        assert!(free(folder.path(), Path::new("list")).ends_with("list"));
    }
}
