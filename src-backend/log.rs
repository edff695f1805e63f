//! Where the backend's log goes: standard error, and a file that stays small.
//!
//! The file turns at 4 MiB and four older ones are kept. `RUST_LOG` chooses what is logged, by
//! default `info` and above. Payloads are not logged, but for the value that an argument of the
//! wrong type has, cut to 200 bytes. [`Levels`] change it while the program runs.

mod levels;
mod lines;

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use file_rotate::{ContentLimit, FileRotate, compression::Compression, suffix::AppendCount};
use tracing_subscriber::{
    Layer, field::RecordFields, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

pub use levels::Levels;
pub(crate) use lines::{LineWatch, watch_lines};
pub use lines::{LogLines, lines};

/// Largest log file, in bytes, before the next one is begun.
const MAX_FILE_BYTES: usize = 4 * 1024 * 1024;

/// Older log files that are kept.
const KEPT_FILES: usize = 4;

/// Starts logging to standard error and to `twinbridge.log` in `folder`, and gives the path of
/// that file. The folder is made where it is missing.
///
/// # Errors
/// Where the folder or the file cannot be made: standard error is logged to all the same. Where
/// a subscriber is set already: nothing was changed.
pub fn start(folder: &Path) -> io::Result<PathBuf> {
    start_with(folder, &Levels::default())
}

/// Starts logging likewise, at levels that can be changed.
///
/// # Errors
/// As [`start`].
pub fn start_with(folder: &Path, levels: &Levels) -> io::Result<PathBuf> {
    let opened = open(folder);
    let file = opened.as_ref().ok().map(|path| {
        let file = SharedFile(Arc::new(Mutex::new(rotating(path))));
        fmt::layer()
            .with_ansi(false)
            .fmt_fields(FileFields(fmt::format::DefaultFields::new()))
            .with_span_events(fmt::format::FmtSpan::CLOSE)
            .with_writer(move || file.clone())
            .with_filter(levels.filter())
    });
    tracing_subscriber::registry()
        .with(to_stderr(levels))
        .with(file)
        .with(lines().with_filter(levels.filter()))
        .try_init()
        .map_err(io::Error::other)?;
    opened
}

/// Starts logging to standard error alone.
///
/// # Errors
/// Where a subscriber is set already: nothing was changed.
pub fn start_without_file(levels: &Levels) -> io::Result<()> {
    tracing_subscriber::registry()
        .with(to_stderr(levels))
        .with(lines().with_filter(levels.filter()))
        .try_init()
        .map_err(io::Error::other)
}

fn to_stderr<S>(levels: &Levels) -> impl Layer<S> + Send + Sync + use<S>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    fmt::layer()
        .with_writer(io::stderr)
        .with_filter(levels.filter())
}

/// Opened once by hand, since the rotating writer panics where it cannot open its file.
fn open(folder: &Path) -> io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let path = folder.join("twinbridge.log");
    std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)?;
    Ok(path)
}

/// The file's own fields of a span. Layers that format fields by one type share the text, and
/// the terminal's colours would be in the file.
#[derive(Debug)]
struct FileFields(fmt::format::DefaultFields);

impl<'writer> fmt::FormatFields<'writer> for FileFields {
    fn format_fields<R: RecordFields>(
        &self,
        writer: fmt::format::Writer<'writer>,
        fields: R,
    ) -> std::fmt::Result {
        self.0.format_fields(writer, fields)
    }
}

fn rotating(path: &Path) -> FileRotate<AppendCount> {
    FileRotate::new(
        path,
        AppendCount::new(KEPT_FILES),
        ContentLimit::BytesSurpassed(MAX_FILE_BYTES),
        Compression::None,
        None,
    )
}

/// One file for all threads; each event is one write.
#[derive(Clone)]
struct SharedFile(Arc<Mutex<FileRotate<AppendCount>>>);

impl io::Write for SharedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn the_log_takes_a_bounded_place_on_disk() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = rotating(&folder.path().join("twinbridge.log"));
        let line = [b'x'; 1024];
        for _ in 0..(MAX_FILE_BYTES / line.len()) * (KEPT_FILES + 4) {
            file.write_all(&line).unwrap();
        }
        let files = std::fs::read_dir(folder.path()).unwrap();
        let sizes: Vec<u64> = files
            .map(|file| file.unwrap().metadata().unwrap().len())
            .collect();
        assert!(sizes.len() <= KEPT_FILES + 1, "{sizes:?}");
        assert!(sizes.iter().sum::<u64>() <= ((KEPT_FILES + 1) * (MAX_FILE_BYTES + 1024)) as u64);
    }
}
