//! The windows of a screen, whoever shows them.
//!
//! For programs that start others: the window is known by its title alone.

use crate::x11::Connection;

/// Where a window is, in pixels of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its left edge.
    pub left: i16,
    /// Its upper edge.
    pub top: i16,
    /// Its width.
    pub width: u16,
    /// Its height.
    pub height: u16,
}

/// Where the window `title` is; `None` where there is no such window.
///
/// # Panics
/// Where there is no screen.
#[must_use]
pub fn place(title: &str) -> Option<Place> {
    let mut screen = Connection::open();
    let window = screen.any_window(title)?;
    let (left, top, width, height) = screen.place(window);
    Some(Place {
        left,
        top,
        width,
        height,
    })
}

/// Puts the window `title` somewhere, as a window manager does when its user drags it.
///
/// # Panics
/// Where there is no such window.
pub fn put(title: &str, place: Place) {
    let mut screen = Connection::open();
    let window = screen.any_window(title).expect("there is such a window");
    let Place {
        left,
        top,
        width,
        height,
    } = place;
    screen.configure(window, (left, top, width, height));
}

/// Closes the window `title` as its user does.
///
/// # Panics
/// Where there is no such window.
pub fn close(title: &str) {
    let mut screen = Connection::open();
    let window = screen.any_window(title).expect("there is such a window");
    screen.ask_to_close(window);
}
