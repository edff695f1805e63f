//! A command line on its way from one instance to another, as bytes.
//!
//! A version, a length, a count, and so many texts behind their lengths: the working folder and
//! the arguments. Numbers are little-endian; texts are what the system's own are made of.

use std::{
    ffi::OsString,
    io::{self, Read, Write},
    path::PathBuf,
};

/// The form of the bytes. Another one is not understood.
const VERSION: u8 = 1;

/// Largest command line that is taken, in bytes.
pub(super) const MAX_BYTES: u32 = 1024 * 1024;

/// How another instance of the app was started.
#[cfg_attr(doc, doc = include_str!("../../examples/app.md"))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Launch {
    /// Its command line, the program's name included.
    pub arguments: Vec<OsString>,
    /// The folder that relative paths on it start from.
    pub working_dir: PathBuf,
}

impl Launch {
    /// How this process was started.
    pub(in super::super) fn own() -> Self {
        Self {
            arguments: std::env::args_os().collect(),
            working_dir: std::env::current_dir().unwrap_or_default(),
        }
    }

    pub(super) fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let texts = std::iter::once(self.working_dir.as_os_str())
            .chain(self.arguments.iter().map(OsString::as_os_str));
        let mut body = Vec::new();
        for text in texts {
            let bytes = text.as_encoded_bytes();
            body.extend(length(bytes.len())?.to_le_bytes());
            body.extend(bytes);
        }
        let mut message = vec![VERSION];
        message.extend(length(body.len())?.to_le_bytes());
        message.extend(body);
        to.write_all(&message)
    }

    /// Reads what [`Self::write`] writes; `None` for anything else. `text` makes a text of bytes.
    pub(super) fn read(
        from: &mut impl Read,
        text: impl Fn(&[u8]) -> Option<OsString>,
    ) -> io::Result<Option<Self>> {
        let mut head = [0; 5];
        from.read_exact(&mut head)?;
        let [version, length @ ..] = head;
        let length = u32::from_le_bytes(length);
        if version != VERSION || length > MAX_BYTES {
            return Ok(None);
        }
        let mut body = Vec::new();
        from.take(length.into()).read_to_end(&mut body)?;
        if body.len() != length as usize {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let Some(mut texts) = split(&body, text) else {
            return Ok(None);
        };
        let Some(working_dir) = texts.next() else {
            return Ok(None);
        };
        Ok(Some(Self {
            working_dir: working_dir.into(),
            arguments: texts.collect(),
        }))
    }
}

fn length(len: usize) -> io::Result<u32> {
    let len = u32::try_from(len).ok().filter(|len| *len <= MAX_BYTES);
    len.ok_or_else(|| {
        let text = format!("a command line of {MAX_BYTES} bytes or more is not handed over");
        io::Error::new(io::ErrorKind::InvalidInput, text)
    })
}

fn split(
    mut body: &[u8],
    text: impl Fn(&[u8]) -> Option<OsString>,
) -> Option<std::vec::IntoIter<OsString>> {
    let mut texts = Vec::new();
    while !body.is_empty() {
        let (length, rest) = body.split_first_chunk()?;
        let (bytes, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        texts.push(text(bytes)?);
        body = rest;
    }
    Some(texts.into_iter())
}
