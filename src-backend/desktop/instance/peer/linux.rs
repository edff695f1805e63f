//! Who is at the other end of a socket, as the kernel knows it.

use std::{io, os::unix::net::UnixStream};

/// Whether that is a process of the same user.
pub(super) fn is_same_user(stream: &UnixStream) -> io::Result<bool> {
    let peer = rustix::net::sockopt::socket_peercred(stream)?;
    Ok(peer.uid == rustix::process::getuid())
}
