//! The socket between the instances, in a folder that its user alone may enter.
//!
//! One connection is one launch: the second writes it, the first answers with a byte. The first
//! serves one after the other, each within a time limit.

#[cfg_attr(target_os = "linux", path = "peer/linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "peer/other.rs")]
mod peer;

use std::{
    ffi::{OsStr, OsString},
    fs::{self, DirBuilder, File, Permissions},
    io::{self, Read as _, Write as _},
    os::{
        fd::AsRawFd as _,
        unix::{
            ffi::OsStrExt as _,
            fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _},
            net::{UnixListener, UnixStream},
        },
    },
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    time::Duration,
};

use super::Launch;

/// Name of the socket in its folder.
pub(super) const SOCKET: &str = "socket";

/// How long the first waits for each piece of a launch.
const READING: Duration = Duration::from_secs(2);

/// How long the second waits for the answer, while others may be before it.
const ANSWERING: Duration = Duration::from_secs(5);

/// Longest path that a socket may have, in bytes, on the system that allows least.
const MAX_PATH: usize = 100;

const TAKEN: u8 = 1;
const ENDING: u8 = 2;
const NOT_UNDERSTOOD: u8 = 3;

/// What the first answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reached {
    /// It has the launch.
    Taken,
    /// It ends.
    Ending,
    /// It does not know this form.
    NotUnderstood,
}

/// Makes the folder, for its user alone.
pub(super) fn own_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let facts = fs::symlink_metadata(folder)?;
    if !facts.is_dir() || facts.uid() != rustix::process::getuid().as_raw() {
        let text = format!("`{}` is not a folder of this user", folder.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
    }
    if facts.mode() & 0o077 != 0 {
        fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// A path to the socket that is short enough, for as long as this lives.
struct Place {
    path: PathBuf,
    /// Held for the number in the path.
    _folder: Option<File>,
}

impl Place {
    fn of(folder: &Path) -> io::Result<Self> {
        let path = folder.join(SOCKET);
        // Elsewhere a path that is too long is an error that says so.
        if path.as_os_str().len() <= MAX_PATH || !cfg!(target_os = "linux") {
            return Ok(Self {
                path,
                _folder: None,
            });
        }
        let folder = File::open(folder)?;
        let path = format!("/proc/self/fd/{}/{SOCKET}", folder.as_raw_fd());
        Ok(Self {
            path: path.into(),
            _folder: Some(folder),
        })
    }
}

/// Hands a launch to whoever listens.
pub(super) fn hand_over(folder: &Path, launch: &Launch) -> io::Result<Reached> {
    let mut stream = UnixStream::connect(Place::of(folder)?.path)?;
    require_same_user(&stream)?;
    stream.set_write_timeout(Some(ANSWERING))?;
    stream.set_read_timeout(Some(ANSWERING))?;
    launch.write(&mut stream)?;
    let mut answer = [0];
    stream.read_exact(&mut answer)?;
    Ok(match answer {
        [TAKEN] => Reached::Taken,
        [ENDING] => Reached::Ending,
        _ => Reached::NotUnderstood,
    })
}

/// Hears of launches.
pub(super) struct Listener(UnixListener);

impl Listener {
    /// Listens in `folder`, whose lock the caller holds: a socket that is there already was left
    /// by an instance that did not end in order.
    pub(super) fn bind(folder: &Path) -> io::Result<Self> {
        match fs::remove_file(folder.join(SOCKET)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        Ok(Self(UnixListener::bind(Place::of(folder)?.path)?))
    }

    /// Takes launches in, one after the other. Ends with the process.
    pub(super) fn serve(&self, is_closed: &dyn Fn() -> bool, on_launch: &dyn Fn(Launch)) {
        for stream in self.0.incoming() {
            let taken = stream.and_then(|stream| take(stream, is_closed));
            match taken {
                Ok(Some(launch)) => {
                    // The app's own code.
                    let on_launch = AssertUnwindSafe(|| on_launch(launch));
                    if std::panic::catch_unwind(on_launch).is_err() {
                        tracing::error!("what was to happen at a second launch panicked");
                    }
                }
                Ok(None) => tracing::warn!("a second launch was sent away"),
                Err(error) => tracing::warn!(%error, "a second launch did not come through"),
            }
        }
    }
}

/// Reads one launch and answers it; `None` where it was sent away.
fn take(mut stream: UnixStream, is_closed: &dyn Fn() -> bool) -> io::Result<Option<Launch>> {
    require_same_user(&stream)?;
    stream.set_read_timeout(Some(READING))?;
    stream.set_write_timeout(Some(READING))?;
    let text = |bytes: &[u8]| -> Option<OsString> { Some(OsStr::from_bytes(bytes).to_owned()) };
    let launch = Launch::read(&mut stream, text)?;
    if is_closed() {
        stream.write_all(&[ENDING])?;
        return Ok(None);
    }
    let answer = if launch.is_some() {
        TAKEN
    } else {
        NOT_UNDERSTOOD
    };
    stream.write_all(&[answer])?;
    Ok(launch)
}

fn require_same_user(stream: &UnixStream) -> io::Result<()> {
    if peer::is_same_user(stream)? {
        return Ok(());
    }
    let text = "the other end belongs to another user";
    Err(io::Error::new(io::ErrorKind::PermissionDenied, text))
}

#[cfg(test)]
mod tests;
