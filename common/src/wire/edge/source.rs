//! What a codec gives to the decoder: tokens, one at a time.
//!
//! A source knows brackets and lengths of its format and nothing about serde. It is implemented
//! by the MessagePack and the JSON reader.

use std::borrow::Cow;

use super::bracket::Bracket;
use crate::wire::Bytes;
use crate::wire::error::DecodeProblem;
use crate::wire::marker::Special;

/// The head of a value.
#[derive(Debug)]
pub(in crate::wire) enum Token<'de> {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Single(f32),
    Double(f64),
    /// A number as text that is no 64-bit integer; parsed as the type that is asked for.
    Decimal(&'de str),
    Text(Cow<'de, str>),
    Bytes(Slice<'de>),
    /// Bytes that came in several pieces.
    Glued(Bytes),
    Sequence(Open),
    Mapping(Open),
    Special(Special, Open),
    /// The content of a special value. Only the decoder makes it.
    Inside(Bracket<'de>),
}

/// Bytes in the input, with the handle to share if sharing is worth it.
#[derive(Debug)]
pub(in crate::wire) struct Slice<'de> {
    pub(in crate::wire) bytes: &'de [u8],
    pub(in crate::wire) handle: Option<Bytes>,
}

/// An opened sequence, mapping or special value, as its source remembers it.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::wire) struct Open {
    /// MessagePack: elements or entries that are left, or where a special value ends.
    pub(in crate::wire) left: usize,
    /// JSON: no element was read, so none has to be followed by a comma.
    pub(in crate::wire) first: bool,
    /// JSON: the bracket that closes it.
    pub(in crate::wire) closing: u8,
    /// JSON: an escaped object, whose marker has to be closed too.
    pub(in crate::wire) escaped: bool,
    /// The end was read.
    pub(in crate::wire) closed: bool,
}

/// Splits a payload into tokens. The bytes are a stranger's; nothing in them may panic.
pub(in crate::wire) trait Source<'de> {
    /// Bytes read so far.
    fn position(&self) -> usize;

    /// Demands that the input ends here.
    fn finish(&mut self) -> Result<(), DecodeProblem>;

    /// Reads the opening of an array; `None` if something else comes next.
    fn array(&mut self) -> Result<Option<Open>, DecodeProblem>;

    /// Reads the head of the next value.
    fn token(&mut self) -> Result<Token<'de>, DecodeProblem>;

    /// Reads null or `undefined` if it comes next, and says whether it did.
    fn take_absent(&mut self) -> Result<bool, DecodeProblem>;

    /// Whether an element or entry follows in `open`; steps over what separates it.
    fn more(&mut self, open: &mut Open) -> Result<bool, DecodeProblem>;

    /// How many elements follow, if the format says so. Never more than the input could hold.
    fn len(&self, open: &Open) -> Option<usize>;

    /// Reads a key that is text; `None` if it is not, and the key comes as a value then.
    fn key(&mut self) -> Result<Option<Cow<'de, str>>, DecodeProblem>;

    /// Steps to part `index` of the payload of a special value.
    fn part(&mut self, kind: Special, index: usize) -> Result<(), DecodeProblem>;

    /// Reads the last part of a view, after [`part`](Self::part).
    fn view_bytes(&mut self) -> Result<Slice<'de>, DecodeProblem>;

    /// Steps over the end of a special value, which must be here.
    fn end_special(&mut self, open: &Open) -> Result<(), DecodeProblem>;
}
