//! Where a window is and what it shows, kept while the backend is built again.

use serde::{Deserialize, Serialize};
use tauri::{PhysicalPosition, PhysicalSize, Runtime, WebviewWindow, Window};

/// A window's place, in physical pixels of the whole desktop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Place {
    left: i32,
    top: i32,
    width: u32,
    height: u32,
    is_maximized: bool,
    /// What stands behind the `#` of the page's address; empty for none.
    fragment: String,
}

impl Place {
    /// Where a window is.
    pub(super) fn of<R: Runtime>(window: &WebviewWindow<R>) -> tauri::Result<Self> {
        let PhysicalPosition { x, y } = window.outer_position()?;
        let PhysicalSize { width, height } = window.inner_size()?;
        let address = window.url()?;
        Ok(Self {
            left: x,
            top: y,
            width,
            height,
            is_maximized: window.is_maximized()?,
            fragment: address.fragment().unwrap_or_default().to_owned(),
        })
    }

    /// Puts a window there.
    pub(super) fn give_to<R: Runtime>(&self, window: &Window<R>) -> tauri::Result<()> {
        if self.is_maximized {
            return window.maximize();
        }
        window.set_size(PhysicalSize::new(self.width, self.height))?;
        window.set_position(PhysicalPosition::new(self.left, self.top))
    }

    /// Where in the page it was, as a text in JavaScript.
    pub(super) fn route(&self) -> Option<String> {
        (!self.fragment.is_empty())
            .then(|| serde_json::json!(format!("#{}", self.fragment)).to_string())
    }
}
