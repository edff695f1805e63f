//! What a codec writes for the encoder.
//!
//! A sink knows brackets, lengths and separators of its format and nothing about serde. It is
//! implemented by the MessagePack and the JSON writer.

use crate::wire::error::EncodeError;
use crate::wire::marker::Special;

/// An opened sequence, mapping or special value, as its sink remembers it.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::wire) struct Mark {
    /// Where it starts in the output.
    pub(in crate::wire) start: usize,
    /// Where the key that is being written starts.
    pub(in crate::wire) key_start: usize,
    /// Elements or entries so far.
    pub(in crate::wire) count: usize,
    /// Elements or entries announced.
    pub(in crate::wire) announced: Option<usize>,
    /// JSON: the object has the marker's key and must be escaped.
    pub(in crate::wire) escape: bool,
    /// iTwin's JSON: where the value of the member `isBinary` starts.
    pub(in crate::wire) binary_at: Option<usize>,
    /// iTwin's JSON: attachments before a special value.
    pub(in crate::wire) attachments: usize,
}

/// Writes tokens to a payload.
pub(in crate::wire) trait Sink {
    fn null(&mut self) -> Result<(), EncodeError>;
    fn boolean(&mut self, value: bool) -> Result<(), EncodeError>;
    fn unsigned(&mut self, value: u64) -> Result<(), EncodeError>;
    fn signed(&mut self, value: i64) -> Result<(), EncodeError>;
    fn single(&mut self, value: f32) -> Result<(), EncodeError>;
    fn double(&mut self, value: f64) -> Result<(), EncodeError>;
    fn text(&mut self, value: &str) -> Result<(), EncodeError>;
    fn bytes(&mut self, value: &[u8]) -> Result<(), EncodeError>;
    /// An integer beyond 64 bits; false if this must be written as a big integer.
    fn wide_key(&mut self, digits: &str) -> Result<bool, EncodeError>;

    fn begin_sequence(&mut self, len: Option<usize>) -> Result<Mark, EncodeError>;
    /// Comes before each element.
    fn element(&mut self, mark: &mut Mark);
    fn end_sequence(&mut self, mark: &Mark) -> Result<(), EncodeError>;

    fn begin_mapping(&mut self, len: Option<usize>) -> Result<Mark, EncodeError>;
    /// Comes before each key.
    fn begin_key(&mut self, mark: &mut Mark);
    /// Comes between key and value.
    fn end_key(&mut self, mark: &mut Mark) -> Result<(), EncodeError>;
    fn end_mapping(&mut self, mark: &Mark) -> Result<(), EncodeError>;

    fn begin_special(&mut self, kind: Special) -> Result<Mark, EncodeError>;
    /// Comes before each part of the payload.
    fn part(&mut self, kind: Special, index: usize) -> Result<(), EncodeError>;
    fn end_special(&mut self, kind: Special, mark: &Mark) -> Result<(), EncodeError>;
}
