//! Whether there is a display that a window could open on.
//!
//! Asked before Tauri's event loop is made, which panics on Linux where there is none. On other
//! systems the desktop is always there.

/// There is no display.
#[cfg_attr(doc, doc = include_str!("../examples/app.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no display that a window could open on")]
pub struct NoDisplay;

/// Looks for the display that `DISPLAY` or `WAYLAND_DISPLAY` names. Main thread only.
#[cfg(target_os = "linux")]
pub(super) fn find() -> Result<(), NoDisplay> {
    gtk::init().map_err(|_| NoDisplay)
}

/// It is there.
#[cfg(not(target_os = "linux"))]
pub(super) fn find() -> Result<(), NoDisplay> {
    Ok(())
}
