//! Systems where the first instance cannot be reached: the second says so, and ends.

use std::{io, path::Path};

use super::Launch;

/// There is none.
pub(super) const SOCKET: &str = "socket";

/// What became of an attempt.
#[derive(Debug)]
pub(super) enum Reached {
    #[expect(dead_code, reason = "nobody is reached here")]
    Taken,
    #[expect(dead_code, reason = "nobody is reached here")]
    Ending,
    NotUnderstood,
}

/// Makes the folder.
pub(super) fn own_folder(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}

/// Nobody is reached.
pub(super) fn hand_over(_folder: &Path, _launch: &Launch) -> io::Result<Reached> {
    Ok(Reached::NotUnderstood)
}

/// Hears nobody.
pub(super) struct Listener;

impl Listener {
    pub(super) fn bind(_folder: &Path) -> io::Result<Self> {
        Ok(Self)
    }

    pub(super) fn serve(&self, _is_closed: &dyn Fn() -> bool, _on_launch: &dyn Fn(Launch)) {}
}
