//! Who is at the other end of a socket, where only the folder around it tells.

use std::{io, os::unix::net::UnixStream};

/// Whether that is a process of the same user: no other may enter the folder.
#[expect(clippy::unnecessary_wraps, reason = "the same signature everywhere")]
pub(super) fn is_same_user(_stream: &UnixStream) -> io::Result<bool> {
    Ok(true)
}
