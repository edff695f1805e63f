//! The windows of a running app, for its own code: opens, raises and closes them.
//!
//! A handle is made before the host runs, so that handlers can have it; it opens windows with the
//! rules that all windows have. What a window's page may call is said where the host is built.

use std::{
    collections::HashSet,
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use tauri::{AppHandle, Manager as _, WebviewWindow, WebviewWindowBuilder, Wry};

use super::{
    dialog, inspector,
    window::{self, Looks},
};

/// The windows of a [`Host`](super::Host). Clones are the same windows.
///
/// ```no_run
/// use twinbridge::{Host, Windows, common::wire::ChannelName};
///
/// const NOTES: ChannelName = ChannelName::literal("notes");
///
/// let host = Host::builder().window("note-*", [NOTES]);
/// let windows: Windows = host.windows();
/// // In a handler:
/// # async move {
/// windows
///     .open_with("note-7", |window| window.title("Note 7").inner_size(480.0, 320.0))
///     .await
/// # };
/// ```
#[cfg_attr(doc, doc = include_str!("../examples/app.md"))]
#[derive(Clone, Default)]
pub struct Windows {
    running: Arc<OnceLock<Running>>,
    /// Windows over which a dialog is open.
    dialogs: Arc<Mutex<HashSet<String>>>,
}

struct Running {
    app: AppHandle<Wry>,
    looks: Looks,
}

/// Why a window did not open, or could not be found.
#[cfg_attr(doc, doc = include_str!("../examples/app.md"))]
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WindowError {
    /// The host does not run yet. Later the same may succeed.
    #[error("window `{label}` cannot be opened before the host runs")]
    NotRunning {
        /// Label of the window.
        label: String,
    },
    /// A window of this label is open; [`Windows::raise`] shows it.
    #[error("window `{label}` is open already")]
    AlreadyOpen {
        /// Label of the window.
        label: String,
    },
    /// `tauri.conf.json` has no such window.
    #[error(
        "window `{label}` is not in `app.windows` of tauri.conf.json; list it there with \
         `\"create\": false`, or describe it with `Windows::open_with`"
    )]
    NotConfigured {
        /// Label of the window.
        label: String,
    },
    /// No window of this label is open.
    #[error("window `{label}` is not open")]
    NotOpen {
        /// Label of the window.
        label: String,
    },
    /// The label is the inspector's, whose window [`Windows::open_inspector`] opens.
    #[error("the label `{label}` is kept for the inspector")]
    Reserved {
        /// The label.
        label: String,
    },
    /// The app has no inspector: see [`HostBuilder::inspector`](super::HostBuilder::inspector) and
    /// [`PluginBuilder::inspector`](super::PluginBuilder::inspector).
    #[error(
        "this app has no inspector; ask for it with `Host::builder().inspector(…)`, or with \
         `PluginBuilder::inspector` where the bridge is a plugin"
    )]
    NoInspector,
    /// A dialog is open over the window.
    #[error("a dialog is open over window `{label}` already")]
    DialogOpen {
        /// Label of the window.
        label: String,
    },
    /// The webview shell failed.
    #[error("window `{label}` failed")]
    Shell {
        /// Label of the window.
        label: String,
        /// What the shell said.
        #[source]
        source: tauri::Error,
    },
}

impl Windows {
    /// Windows of an app that does not run yet.
    pub(super) fn run(&self, app: AppHandle<Wry>, looks: Looks) {
        // A host runs once.
        let _ = self.running.set(Running { app, looks });
    }

    /// Opens the window that `tauri.conf.json` describes under this label.
    ///
    /// # Errors
    /// [`WindowError`], any but `NotOpen`.
    ///
    /// # Cancellation
    /// The window opens all the same.
    pub async fn open(&self, label: &str) -> Result<(), WindowError> {
        let running = self.running(label)?;
        if window::configuration(&running.app, label).is_none() {
            return Err(WindowError::NotConfigured {
                label: label.to_owned(),
            });
        }
        self.open_with(label, |window| window).await
    }

    /// Opens a window with what `build` changes: on the app's first page, or as
    /// `tauri.conf.json` describes it, where it does.
    ///
    /// # Errors
    /// [`WindowError`], any but `NotOpen` and `NotConfigured`.
    ///
    /// # Cancellation
    /// The window opens all the same.
    pub async fn open_with(
        &self,
        label: &str,
        build: impl for<'a> FnOnce(
            WebviewWindowBuilder<'a, Wry, AppHandle<Wry>>,
        ) -> WebviewWindowBuilder<'a, Wry, AppHandle<Wry>>
        + Send
        + 'static,
    ) -> Result<(), WindowError> {
        if label == inspector::LABEL {
            return Err(WindowError::Reserved {
                label: label.to_owned(),
            });
        }
        let running = self.running(label)?;
        let (app, looks) = (running.app.clone(), running.looks.clone());
        let opening = label.to_owned();
        // It waits for the UI thread, which must not wait for whoever polls this.
        let opened = tauri::async_runtime::spawn_blocking(move || {
            let label = opening;
            if app.get_webview_window(&label).is_some() {
                return Err(WindowError::AlreadyOpen { label });
            }
            match window::open(&app, &looks, &label, build) {
                Ok(_) => Ok(()),
                Err(source) => Err(WindowError::Shell { label, source }),
            }
        });
        match opened.await {
            Ok(opened) => opened,
            // What `build` panics with goes to whoever gave it.
            Err(tauri::Error::JoinError(error)) if error.is_panic() => {
                std::panic::resume_unwind(error.into_panic())
            }
            Err(source) => Err(WindowError::Shell {
                label: label.to_owned(),
                source,
            }),
        }
    }

    /// Opens the inspector's window, or shows it where it is open, as [`Inspector`] says that its
    /// user does.
    ///
    /// # Errors
    /// [`WindowError::NoInspector`] where the app has none, [`WindowError::NotRunning`] before the
    /// host runs, [`WindowError::Shell`] where that fails.
    ///
    /// # Cancellation
    /// The window opens all the same.
    ///
    /// [`Inspector`]: super::Inspector
    pub async fn open_inspector(&self) -> Result<(), WindowError> {
        let running = self.running(inspector::LABEL)?;
        inspector::open_inspector(&running.app).await
    }

    /// Labels of the windows that are open, in alphabetical order.
    #[must_use]
    pub fn labels(&self) -> Vec<String> {
        let windows = self
            .running
            .get()
            .map(|running| running.app.webview_windows());
        let mut labels: Vec<_> = windows
            .into_iter()
            .flatten()
            .map(|(label, _)| label)
            .collect();
        labels.sort_unstable();
        labels
    }

    /// Shows a window to its user, in front of others as far as the desktop allows it.
    ///
    /// # Errors
    /// [`WindowError::NotOpen`] where there is none, [`WindowError::Shell`] where that fails.
    pub fn raise(&self, label: &str) -> Result<(), WindowError> {
        let window = self.window(label)?;
        window::raise(&window).map_err(|source| WindowError::Shell {
            label: label.to_owned(),
            source,
        })
    }

    /// [`Self::raise`] of the window `main`, or else of the first there is. What fails is logged:
    /// an app that is starting has no window to show.
    pub fn raise_any(&self) {
        let labels = self.labels();
        let label = labels.iter().find(|label| *label == "main");
        let Some(label) = label.or(labels.first()) else {
            return tracing::debug!("there is no window to show");
        };
        if let Err(error) = self.raise(label) {
            tracing::warn!(window = label, %error, "the window could not be shown");
        }
    }

    /// Has the user choose a file in a dialog over a window; `None` if they chose none.
    ///
    /// # Errors
    /// [`WindowError::NotOpen`] where there is no such window, [`WindowError::DialogOpen`] where
    /// it has a dialog already, [`WindowError::Shell`] where that fails.
    ///
    /// # Cancellation
    /// The dialog stays until the user is done with it, and so long the window has no other.
    pub async fn choose_file(&self, label: &str) -> Result<Option<PathBuf>, WindowError> {
        let window = self.window(label)?;
        let label = label.to_owned();
        if !lock(&self.dialogs).insert(label.clone()) {
            return Err(WindowError::DialogOpen { label });
        }
        let open = OpenDialog {
            dialogs: Arc::clone(&self.dialogs),
            label: label.clone(),
        };
        let chosen = dialog::choose_file(&window, open).await;
        chosen.map_err(|source| WindowError::Shell { label, source })
    }

    /// Closes a window, as its user would.
    ///
    /// # Errors
    /// As for [`Self::raise`].
    pub fn close(&self, label: &str) -> Result<(), WindowError> {
        let closed = self.window(label)?.close();
        closed.map_err(|source| WindowError::Shell {
            label: label.to_owned(),
            source,
        })
    }

    fn running(&self, label: &str) -> Result<&Running, WindowError> {
        self.running.get().ok_or_else(|| WindowError::NotRunning {
            label: label.to_owned(),
        })
    }

    fn window(&self, label: &str) -> Result<WebviewWindow<Wry>, WindowError> {
        let running = self.running.get();
        let window = running.and_then(|running| running.app.get_webview_window(label));
        window.ok_or_else(|| WindowError::NotOpen {
            label: label.to_owned(),
        })
    }
}

/// Stands for a dialog that is open over a window.
pub(super) struct OpenDialog {
    dialogs: Arc<Mutex<HashSet<String>>>,
    label: String,
}

impl Drop for OpenDialog {
    fn drop(&mut self) {
        lock(&self.dialogs).remove(&self.label);
    }
}

/// A set of labels is whole whatever panicked.
fn lock(labels: &Mutex<HashSet<String>>) -> MutexGuard<'_, HashSet<String>> {
    labels.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Windows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Windows").field(&self.labels()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn before_the_host_runs_there_is_no_window_and_none_opens() {
        let windows = Windows::default();
        assert_eq!(windows.labels(), Vec::<String>::new());
        for (error, text) in [
            (
                windows.open("side").await,
                "window `side` cannot be opened before the host runs",
            ),
            (
                windows.open_inspector().await,
                "window `twinbridge-inspector` cannot be opened before the host runs",
            ),
            (
                windows.open_with(inspector::LABEL, |window| window).await,
                "the label `twinbridge-inspector` is kept for the inspector",
            ),
            (windows.raise("side"), "window `side` is not open"),
            (windows.close("side"), "window `side` is not open"),
            (
                windows.choose_file("side").await.map(drop),
                "window `side` is not open",
            ),
        ] {
            assert_eq!(error.unwrap_err().to_string(), text);
        }
    }
}
