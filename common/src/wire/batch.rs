//! Batches: how frames travel over a carrier that may lose, repeat and reorder.
//!
//! The webview bridge exchanges batches in both directions; each carries its number, an
//! acknowledgement of the other direction, and any count of frames. Plain data and bytes; the
//! numbering rules are [`crate::ipc::reliable`]'s business.

use super::Bytes;

/// What a page sends in one exchange.
#[cfg_attr(doc, doc = include_str!("../../examples/batches.md"))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpBatch {
    /// The secret that the init script gave to the page: proof that the main frame speaks.
    pub key: [u8; 16],
    /// Chosen at random by the page for this page load.
    pub page: [u8; 16],
    /// Whether the page met a failed exchange: what it has not acknowledged must come again.
    pub resend: bool,
    /// The batch itself.
    pub batch: Batch,
}

/// One numbered batch of one direction.
#[cfg_attr(doc, doc = include_str!("../../examples/batches.md"))]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Number of the batch, from 1; 0 for one that carries no frames.
    pub sequence: u64,
    /// All batches of the other direction up to this number have arrived.
    pub acknowledged: u64,
    /// Frames, each behind its length.
    pub frames: Bytes,
}

/// What the host answers to one exchange.
#[cfg_attr(doc, doc = include_str!("../../examples/batches.md"))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DownBatch {
    /// The session goes on.
    Batch(Batch),
    /// The session is over, in words. Nothing more comes for this page load.
    Ended(String),
}

/// Bytes that are no batch.
#[cfg_attr(doc, doc = include_str!("../../examples/batches.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a batch: {0}")]
pub struct BadBatch(&'static str);

/// Version of the layout of batches.
const VERSION: u8 = 1;
const RESEND: u8 = 1;
const GOES_ON: u8 = 0;
const ENDED: u8 = 1;

/// Bytes before the frames of an upward batch.
pub const UP_HEADER: usize = 2 + 16 + 16 + 8 + 8;
/// Bytes before the frames of a downward batch.
pub const DOWN_HEADER: usize = 2 + 8 + 8;

impl UpBatch {
    /// The header's bytes; the frames follow them.
    #[must_use]
    pub fn header(&self) -> [u8; UP_HEADER] {
        let mut out = [0; UP_HEADER];
        out[0] = VERSION;
        out[1] = if self.resend { RESEND } else { 0 };
        out[2..18].copy_from_slice(&self.key);
        out[18..34].copy_from_slice(&self.page);
        out[34..42].copy_from_slice(&self.batch.sequence.to_le_bytes());
        out[42..50].copy_from_slice(&self.batch.acknowledged.to_le_bytes());
        out
    }

    /// Reads what [`Self::header`] and the frames behind it say.
    ///
    /// # Errors
    /// [`BadBatch`] where the bytes are too few or of another version.
    pub fn read(bytes: &Bytes) -> Result<Self, BadBatch> {
        let (Some(&[version, flags]), Some(key), Some(page), Some(sequence), Some(acknowledged)) = (
            part::<2>(bytes, 0),
            part::<16>(bytes, 2),
            part::<16>(bytes, 18),
            part::<8>(bytes, 34),
            part::<8>(bytes, 42),
        ) else {
            return Err(BadBatch("too short"));
        };
        if version != VERSION {
            return Err(BadBatch("another version"));
        }
        Ok(Self {
            key: *key,
            page: *page,
            resend: flags & RESEND != 0,
            batch: Batch {
                sequence: u64::from_le_bytes(*sequence),
                acknowledged: u64::from_le_bytes(*acknowledged),
                frames: bytes.slice(UP_HEADER..bytes.len()),
            },
        })
    }
}

impl DownBatch {
    /// The bytes of an exchange's answer.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Batch(batch) => {
                let mut out = Vec::with_capacity(DOWN_HEADER + batch.frames.len());
                out.extend_from_slice(&[VERSION, GOES_ON]);
                out.extend_from_slice(&batch.sequence.to_le_bytes());
                out.extend_from_slice(&batch.acknowledged.to_le_bytes());
                out.extend_from_slice(&batch.frames);
                out
            }
            Self::Ended(text) => {
                let mut out = vec![VERSION, ENDED];
                out.extend_from_slice(text.as_bytes());
                out
            }
        }
    }

    /// Reads an exchange's answer.
    ///
    /// # Errors
    /// [`BadBatch`] where the bytes are too few or of another version.
    pub fn read(bytes: &Bytes) -> Result<Self, BadBatch> {
        match part::<2>(bytes, 0) {
            Some(&[VERSION, GOES_ON]) => {}
            Some(&[VERSION, ENDED]) => {
                return Ok(Self::Ended(
                    String::from_utf8_lossy(&bytes[2..]).into_owned(),
                ));
            }
            Some(_) => return Err(BadBatch("another version")),
            None => return Err(BadBatch("too short")),
        }
        let (Some(sequence), Some(acknowledged)) = (part::<8>(bytes, 2), part::<8>(bytes, 10))
        else {
            return Err(BadBatch("too short"));
        };
        Ok(Self::Batch(Batch {
            sequence: u64::from_le_bytes(*sequence),
            acknowledged: u64::from_le_bytes(*acknowledged),
            frames: bytes.slice(DOWN_HEADER..bytes.len()),
        }))
    }
}

/// Appends one frame behind its length to a batch in the making.
pub fn push_frame(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    write(out);
    let len = u32::try_from(out.len() - start - 4)
        .expect("a frame is below its limit, which is below 4 GiB");
    out[start..start + 4].copy_from_slice(&len.to_le_bytes());
}

/// Cuts a batch's bytes into frames.
///
/// The iterator ends after the first error: behind a wrong length nothing can be found again.
pub fn frames(bytes: &Bytes) -> impl Iterator<Item = Result<Bytes, BadBatch>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        if at == bytes.len() {
            return None;
        }
        let cut = part::<4>(bytes, at).and_then(|len| {
            let start = at + 4;
            let end = start.checked_add(usize::try_from(u32::from_le_bytes(*len)).ok()?)?;
            (end <= bytes.len()).then(|| (end, bytes.slice(start..end)))
        });
        match cut {
            Some((end, frame)) => {
                at = end;
                Some(Ok(frame))
            }
            None => {
                at = bytes.len();
                Some(Err(BadBatch("a frame is longer than its batch")))
            }
        }
    })
}

fn part<const N: usize>(bytes: &[u8], at: usize) -> Option<&[u8; N]> {
    bytes.get(at..)?.first_chunk()
}
