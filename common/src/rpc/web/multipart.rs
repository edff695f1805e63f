//! Bodies in parts: JSON text with the binary data beside it.
//!
//! The reader takes a whole body and cuts it apart without copying; as strict as iTwin.js's own
//! where that is strict, and as tolerant where it is tolerant. The writer gives the pieces of a
//! body, and copies none of the data.

use std::collections::BTreeSet;

use memchr::memmem;

use crate::wire::Bytes;

/// Longest boundary that is read, in bytes. HTTP's own limit is 70.
const MAX_BOUNDARY: usize = 200;

/// What a reader of parts takes.
#[cfg_attr(doc, doc = include_str!("../../../examples/web.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MultipartLimits {
    /// Most parts of one body. Default 8192.
    pub max_parts: usize,
    /// Longest headers of one part, in bytes. Default 4 KiB.
    pub max_header_bytes: usize,
}

impl Default for MultipartLimits {
    fn default() -> Self {
        Self {
            max_parts: 8192,
            max_header_bytes: 4096,
        }
    }
}

/// The parts of a body.
#[cfg_attr(doc, doc = include_str!("../../../examples/web_bodies.md"))]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// The part `objects`; `None` if there is none.
    pub objects: Option<Bytes>,
    /// All other parts, in order of appearance; their names say nothing.
    pub data: Vec<Bytes>,
}

/// Whether a content type says that the body is in parts.
pub(super) fn is_multipart(content_type: &str) -> bool {
    let kind = media_type(content_type);
    kind.eq_ignore_ascii_case("multipart/form-data")
        || kind.eq_ignore_ascii_case("multipart/related")
}

/// The media type without its parameters.
pub(super) fn media_type(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

impl Parts {
    /// Cuts `body` apart.
    ///
    /// A preamble, what follows the last boundary, and a missing last line end are tolerated;
    /// lines that end otherwise than by CR LF, and headers with other characters than letters
    /// and `-` in their names are not.
    ///
    /// # Errors
    ///
    /// [`MultipartError`] if it is not in parts, or in more than the limits say.
    pub fn read(
        content_type: &str,
        body: &Bytes,
        limits: MultipartLimits,
    ) -> Result<Self, MultipartError> {
        let boundary = boundary(content_type).ok_or(MultipartError::NoBoundary)?;
        let delimiter = format!("\r\n--{boundary}");
        let finder = memmem::Finder::new(&delimiter);
        let mut at = first_delimiter(body, &delimiter).ok_or(MultipartError::Truncated)?;
        let mut parts = Self::default();
        loop {
            let Some(start) = after_delimiter(body, at)? else {
                return Ok(parts);
            };
            if parts.data.len() + usize::from(parts.objects.is_some()) == limits.max_parts {
                return Err(MultipartError::TooManyParts {
                    max: limits.max_parts,
                });
            }
            let (is_objects, content) = read_headers(body, start, limits.max_header_bytes)?;
            // The line end before a delimiter belongs to it; an empty part has only the one that
            // ends its headers.
            let from = content - 2;
            let end = finder
                .find(&body[from..])
                .ok_or(MultipartError::Truncated)?
                + from;
            let content = body.slice(content.min(end)..end);
            if !is_objects {
                parts.data.push(content);
            } else if parts.objects.replace(content).is_some() {
                return Err(MultipartError::TwoObjects);
            }
            at = end + delimiter.len();
        }
    }
}

/// The boundary in a content type, quoted or not.
fn boundary(content_type: &str) -> Option<&str> {
    if !is_multipart(content_type) {
        return None;
    }
    let mut parameters = content_type.split(';').skip(1).map(str::trim);
    let value = parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("boundary")
            .then(|| value.trim())
    })?;
    let value = match value.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"')?,
        None => value,
    };
    (1..=MAX_BOUNDARY).contains(&value.len()).then_some(value)
}

/// Where the first delimiter ends. It may stand at the very start, without a line end.
fn first_delimiter(body: &[u8], delimiter: &str) -> Option<usize> {
    let without_line_end = &delimiter.as_bytes()[2..];
    if body.starts_with(without_line_end) {
        return Some(without_line_end.len());
    }
    memmem::find(body, delimiter.as_bytes()).map(|at| at + delimiter.len())
}

/// Where the part after a delimiter starts; `None` if it was the last.
fn after_delimiter(body: &[u8], at: usize) -> Result<Option<usize>, MultipartError> {
    let rest = &body[at..];
    if rest.starts_with(b"--") {
        return Ok(None);
    }
    let blanks = rest
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    match &rest[blanks..] {
        [b'\r', b'\n', ..] => Ok(Some(at + blanks + 2)),
        [] | [b'\r'] => Err(MultipartError::Truncated),
        _ => Err(MultipartError::BadLine),
    }
}

/// Whether a part is `objects`, and where its content starts.
fn read_headers(body: &[u8], mut at: usize, max: usize) -> Result<(bool, usize), MultipartError> {
    let last = at.saturating_add(max);
    let mut is_objects = false;
    loop {
        let within = &body[at..body.len().min(last.saturating_add(2))];
        let Some(len) = memchr::memchr2(b'\r', b'\n', within) else {
            return Err(if last < body.len() {
                MultipartError::LongHeader { max }
            } else {
                MultipartError::Truncated
            });
        };
        let line = &within[..len];
        match &within[len..] {
            [b'\r', b'\n', ..] => at += len + 2,
            [b'\r'] if last >= body.len() => return Err(MultipartError::Truncated),
            [b'\r'] => return Err(MultipartError::LongHeader { max }),
            _ => return Err(MultipartError::BadLine),
        }
        if line.is_empty() {
            return Ok((is_objects, at));
        }
        let colon = memchr::memchr(b':', line).ok_or(MultipartError::BadHeader)?;
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        let is_name = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'-';
        if name.is_empty() || !name.iter().all(is_name) {
            return Err(MultipartError::BadHeader);
        }
        if name.eq_ignore_ascii_case(b"content-disposition") {
            is_objects |= names_objects(value);
        }
    }
}

/// Whether a disposition has the parameter `name="objects"`; the quotes are required.
fn names_objects(disposition: &[u8]) -> bool {
    let mut parameters = disposition.split(|byte| *byte == b';').skip(1);
    parameters.any(|parameter| parameter.trim_ascii() == br#"name="objects""#)
}

/// Who a body in parts is for: servers get a file name with the data, as browsers write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Towards {
    Server,
    Client,
}

/// A body in parts: its content type and its pieces.
pub(super) fn write(objects: &Bytes, data: &[Bytes], towards: Towards) -> (String, Vec<Bytes>) {
    let boundary = unused_boundary(std::iter::once(objects).chain(data));
    let mut pieces = Vec::with_capacity(2 * data.len() + 3);
    let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"objects\"\r\n\r\n");
    pieces.push(Bytes::from(head.into_bytes()));
    pieces.push(objects.clone());
    let file = match towards {
        Towards::Server => "; filename=\"blob\"",
        Towards::Client => "",
    };
    for (index, bytes) in data.iter().enumerate() {
        let head = format!(
            "\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"data-{index}\"{file}\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        pieces.push(Bytes::from(head.into_bytes()));
        pieces.push(bytes.clone());
    }
    pieces.push(Bytes::from(format!("\r\n--{boundary}--\r\n").into_bytes()));
    (format!("multipart/form-data; boundary={boundary}"), pieces)
}

const BOUNDARY: &str = "----twinbridge";
const BOUNDARY_DIGITS: usize = 8;

/// A boundary that none of the contents has.
///
/// Not a random one, which this crate has no source for: who knows how a boundary is chosen
/// could put it into the data. So all of them that the data has are collected, in one pass, and
/// the first other one is taken.
fn unused_boundary<'a>(contents: impl Iterator<Item = &'a Bytes>) -> String {
    let finder = memmem::Finder::new(BOUNDARY);
    let mut used = BTreeSet::new();
    for content in contents {
        for at in finder.find_iter(content) {
            let digits = content[at + BOUNDARY.len()..].get(..BOUNDARY_DIGITS);
            let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
            used.extend(digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()));
        }
    }
    // The data would have to be of 100 GB to have them all.
    let free = (0..=u32::MAX).find(|number| !used.contains(number));
    format!("{BOUNDARY}{:08x}", free.unwrap_or_default())
}

/// Why a body is not in parts. The same body fails again.
#[cfg_attr(doc, doc = include_str!("../../../examples/web_bodies.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MultipartError {
    /// The content type is of another kind, or has no boundary that can be one.
    #[error("the content type has no boundary")]
    NoBoundary,
    /// The body ends before its last boundary, or has none.
    #[error("the body ends before its last boundary")]
    Truncated,
    /// A line does not end by CR LF, or something follows a boundary.
    #[error("a line does not end where it should")]
    BadLine,
    /// A header of a part has no colon, or other characters than letters and `-` in its name.
    #[error("a part has a malformed header")]
    BadHeader,
    /// Two parts are named `objects`.
    #[error("two parts are named `objects`")]
    TwoObjects,
    /// No part is named `objects`.
    #[error("no part is named `objects`")]
    NoObjects,
    /// It has more parts than taken.
    #[error("more than {max} parts")]
    TooManyParts {
        /// Parts taken.
        max: usize,
    },
    /// A part has longer headers than taken.
    #[error("headers of a part exceed {max} bytes")]
    LongHeader {
        /// Bytes taken.
        max: usize,
    },
}
