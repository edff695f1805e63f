//! The handler of `recordings`: the bytes of a recording, for a page that was given its path.
//!
//! A page that may call it reads recordings alone: the first line is looked at before anything is
//! sent. It reads as fast as the page takes it, a piece at a time.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader, Read as _},
};

use futures_util::stream;
use twinbridge_common::{
    Bytes, CallContext, IpcStream,
    interfaces::recordings::{RecordingError, Recordings},
    recording::Reader,
};

/// Bytes of one piece.
const PIECE: usize = 256 * 1024;

/// The longest recording that is read.
const LONGEST: u64 = 256 * 1024 * 1024;

/// Longest first line.
const LONGEST_HEADER: u64 = 1024 * 1024;

/// Reads recordings from the disk.
///
/// ```
/// use twinbridge::{
///     Backend, common::interfaces::recordings::RecordingsServer,
///     handlers::recordings::RecordingsHandler,
/// };
///
/// let backend = Backend::builder().handler(RecordingsServer(RecordingsHandler)).build()?;
/// assert_eq!(backend.channels().count(), 1);
/// # Ok::<_, twinbridge::BackendError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct RecordingsHandler;

impl Recordings for RecordingsHandler {
    fn read(&self, path: String) -> Result<IpcStream<Bytes, RecordingError>, RecordingError> {
        let unreadable = |problem: String| RecordingError::Unreadable {
            path: path.clone(),
            problem,
        };
        let file = open(&path).map_err(|error| unreadable(error.to_string()))?;
        let len = file.len;
        if len > LONGEST {
            let max = LONGEST;
            return Err(RecordingError::TooLarge { path, len, max });
        }
        if let Err(bad) = Reader::new(&file.header) {
            return Err(unreadable(bad.to_string()));
        }
        let context = CallContext::current();
        let first = Bytes::from([file.header, b"\n".to_vec()].concat());
        let pieces = stream::unfold((Some(first), file.rest), move |(first, mut rest)| {
            let (path, context) = (path.clone(), context.clone());
            async move {
                if let Some(first) = first {
                    return Some((Ok(first), (None, rest)));
                }
                let read = move || {
                    let mut piece = Vec::with_capacity(PIECE);
                    let read = rest.by_ref().take(PIECE as u64).read_to_end(&mut piece);
                    (read.map(|_| piece), rest)
                };
                let (piece, rest) = match context {
                    Some(context) => context.blocking(read).await.ok()?,
                    None => read(),
                };
                match piece {
                    Ok(piece) if piece.is_empty() => None,
                    Ok(piece) => Some((Ok(piece.into()), (None, rest))),
                    Err(error) => {
                        let problem = error.to_string();
                        let failed = RecordingError::Unreadable { path, problem };
                        Some((Err(failed), (None, rest)))
                    }
                }
            }
        });
        Ok(IpcStream::new(pieces))
    }
}

/// A file whose first line was read.
struct Opened {
    len: u64,
    header: Vec<u8>,
    rest: io::Take<BufReader<File>>,
}

fn open(path: &str) -> io::Result<Opened> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let len = metadata.len();
    let mut rest = BufReader::new(file).take(LONGEST_HEADER);
    let mut header = Vec::new();
    rest.read_until(b'\n', &mut header)?;
    header.pop_if(|last| *last == b'\n');
    // What is written to it meanwhile is another recording's part.
    rest.set_limit(len.saturating_sub(header.len() as u64 + 1));
    Ok(Opened { len, header, rest })
}
