//! A file that was found to be one, and reads from it at given places.
//!
//! It is as long as it was when it was opened, or when it was last found to have grown by who
//! follows it; if something was cut off, a read says so. The index thread and the pages of one
//! file share a source.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use twinbridge_common::interfaces::files::FilesError;

use super::system::{Identity, PositionedFile, identity_of, kind_of, place_of};

/// A regular file, open for reading.
#[derive(Debug)]
pub(super) struct Source {
    file: PositionedFile,
    path: String,
    /// The path as the system knows it: `path` may have lost bytes that are not UTF-8.
    place: PathBuf,
    identity: Option<Identity>,
    len: AtomicU64,
}

/// What the path of a file names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// The file itself.
    Itself,
    /// Another file.
    Another,
    /// Nothing.
    Nothing,
}

impl Source {
    /// Opens the file at `path`; `asked` is how the page wrote it.
    ///
    /// It is looked at before it is opened: opening a named pipe waits for a writer, opening a
    /// device may do anything.
    pub(super) fn open(path: &Path, asked: &str) -> Result<Self, FilesError> {
        let failed = |error: io::Error| failure(asked, &error);
        let path = fs::canonicalize(path).map_err(failed)?;
        regular(&fs::metadata(&path).map_err(failed)?, asked)?;
        let file = File::open(&path).map_err(failed)?;
        // Another file may have come to this path in between.
        let metadata = file.metadata().map_err(failed)?;
        regular(&metadata, asked)?;
        let path = place_of(&file, path);
        Ok(Self {
            file: PositionedFile::new(file),
            path: path.to_string_lossy().into_owned(),
            place: path,
            identity: identity_of(&metadata),
            len: AtomicU64::new(metadata.len()),
        })
    }

    /// Its path, without links and `..`.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The same as the system knows it: of what was opened, whatever the path led to since.
    pub(super) fn place(&self) -> &Path {
        &self.place
    }

    /// Its length, in bytes, up to which the index knows it or will.
    pub(super) fn len(&self) -> u64 {
        self.len.load(Ordering::Acquire)
    }

    /// Lets pages see it up to here. The index must know it first.
    pub(super) fn grow_to(&self, len: u64) {
        self.len.store(len, Ordering::Release);
    }

    /// Its length at this moment, in bytes.
    pub(super) fn len_now(&self) -> Result<u64, FilesError> {
        let len = self.file.len();
        len.map_err(|error| failure(&self.path, &error))
    }

    /// What its path names at this moment. A system that does not tell files apart says `Itself`.
    pub(super) fn named(&self) -> Result<Named, FilesError> {
        match fs::metadata(&self.place) {
            Ok(metadata) if identity_of(&metadata) == self.identity => Ok(Named::Itself),
            Ok(_) => Ok(Named::Another),
            Err(error) => match failure(&self.path, &error) {
                FilesError::NotFound { .. } => Ok(Named::Nothing),
                error => Err(error),
            },
        }
    }

    /// Fails if the file is shorter than it was when it was opened.
    pub(super) fn check_len(&self) -> Result<(), FilesError> {
        let (was, now) = (self.len(), self.len_now()?);
        if now < was {
            let path = self.path.clone();
            return Err(FilesError::Truncated { path, was, now });
        }
        Ok(())
    }

    /// Fills `buffer` from `offset` on. The whole range must have been found to be there.
    pub(super) fn fill(&self, mut buffer: &mut [u8], mut offset: u64) -> Result<(), FilesError> {
        while !buffer.is_empty() {
            match self.file.read_at(buffer, offset) {
                Ok(0) => {
                    self.check_len()?;
                    // Cut and grown again before it could be seen; the read met the gap.
                    let (path, was) = (self.path.clone(), self.len());
                    return Err(FilesError::Truncated {
                        path,
                        was,
                        now: offset,
                    });
                }
                Ok(read) => {
                    buffer = &mut buffer[read..];
                    offset += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failure(&self.path, &error)),
            }
        }
        Ok(())
    }
}

fn regular(metadata: &fs::Metadata, asked: &str) -> Result<(), FilesError> {
    if metadata.is_file() {
        return Ok(());
    }
    let what = kind_of(metadata.file_type()).to_owned();
    Err(FilesError::NotAFile {
        path: asked.to_owned(),
        what,
    })
}

/// What the page is told of a failure of the system.
fn failure(path: &str, error: &io::Error) -> FilesError {
    let path = path.to_owned();
    match error.kind() {
        // A file where the path has a folder: below it, there is nothing.
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => FilesError::NotFound { path },
        io::ErrorKind::PermissionDenied => FilesError::Permission { path },
        _ => FilesError::Io {
            path,
            problem: error.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;

    #[test]
    fn failures_of_the_system() {
        let path = || "/a/b".to_owned();
        for (kind, expected) in [
            (ErrorKind::NotFound, FilesError::NotFound { path: path() }),
            (
                ErrorKind::NotADirectory,
                FilesError::NotFound { path: path() },
            ),
            (
                ErrorKind::PermissionDenied,
                FilesError::Permission { path: path() },
            ),
            (
                ErrorKind::TimedOut,
                FilesError::Io {
                    path: path(),
                    problem: "timed out".to_owned(),
                },
            ),
        ] {
            assert_eq!(failure("/a/b", &kind.into()), expected);
        }
    }
}
