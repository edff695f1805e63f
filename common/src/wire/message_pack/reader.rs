//! Reads MessagePack.
//!
//! Lengths are a stranger's word: each is held against what is left of the input before anything
//! is read or reserved. Every spelling of a length is accepted, not only the shortest.

use std::borrow::Cow;

use rmp::Marker;

use crate::wire::Bytes;
use crate::wire::edge::{Open, Slice, Source, Token};
use crate::wire::error::DecodeProblem;
use crate::wire::marker::{CARRIER, Special};

/// Smallest byte string that keeps the payload's buffer alive instead of being copied.
const SHARED_FROM: usize = 1024;

/// `undefined`: an extension without a payload.
const UNDEFINED: [u8; 3] = [0xc7, 0, 1];

/// A position in MessagePack.
#[derive(Clone, Debug)]
pub(in crate::wire) struct Reader<'de> {
    payload: &'de Bytes,
    position: usize,
}

impl<'de> Reader<'de> {
    pub(in crate::wire) fn new(payload: &'de Bytes) -> Self {
        Self {
            payload,
            position: 0,
        }
    }

    #[inline]
    fn left(&self) -> usize {
        self.payload.len() - self.position
    }

    #[inline]
    fn take(&mut self, len: usize) -> Result<&'de [u8], DecodeProblem> {
        let rest = &self.payload.as_slice()[self.position..];
        let taken = rest.get(..len).ok_or(DecodeProblem::Truncated)?;
        self.position += len;
        Ok(taken)
    }

    #[inline]
    fn array_of<const N: usize>(&mut self) -> Result<[u8; N], DecodeProblem> {
        let bytes = self.take(N)?;
        bytes.try_into().map_err(|_| DecodeProblem::Truncated)
    }

    fn length8(&mut self) -> Result<usize, DecodeProblem> {
        Ok(self.array_of::<1>()?[0].into())
    }

    fn length16(&mut self) -> Result<usize, DecodeProblem> {
        Ok(u16::from_be_bytes(self.array_of()?).into())
    }

    fn length32(&mut self) -> Result<usize, DecodeProblem> {
        usize::try_from(u32::from_be_bytes(self.array_of()?)).map_err(|_| DecodeProblem::Truncated)
    }

    #[inline]
    fn text(&mut self, len: usize) -> Result<&'de str, DecodeProblem> {
        let bytes = self.take(len)?;
        std::str::from_utf8(bytes).map_err(|_| DecodeProblem::Malformed {
            reason: "text is not UTF-8",
        })
    }

    #[inline]
    fn text_token(&mut self, len: usize) -> Result<Token<'de>, DecodeProblem> {
        let text = self.text(len)?;
        Ok(Token::Text(Cow::Borrowed(text)))
    }

    fn checked_key(&mut self, len: usize) -> Result<Option<Cow<'de, str>>, DecodeProblem> {
        let key = self.text(len)?;
        if key == CARRIER {
            return Err(DecodeProblem::Malformed {
                reason: "a reserved key",
            });
        }
        Ok(Some(Cow::Borrowed(key)))
    }

    /// Reads a key whose length stands in bytes of its own.
    #[cold]
    fn long_key(&mut self) -> Result<Option<Cow<'de, str>>, DecodeProblem> {
        let [first] = self.array_of()?;
        let len = match first {
            0xd9 => self.length8()?,
            0xda => self.length16()?,
            _ => self.length32()?,
        };
        self.checked_key(len)
    }

    fn bytes(&mut self, len: usize) -> Result<Token<'de>, DecodeProblem> {
        let start = self.position;
        let bytes = self.take(len)?;
        // A handle keeps the whole buffer alive, so a small part of it is copied instead.
        let shared = len >= SHARED_FROM && len >= self.payload.len() / 4;
        let handle = shared.then(|| self.payload.slice(start..start + len));
        Ok(Token::Bytes(Slice { bytes, handle }))
    }

    /// An array or map of `len` elements of at least `size` bytes each.
    #[inline]
    fn open(&self, len: usize, size: usize) -> Result<Open, DecodeProblem> {
        if len > self.left() / size {
            return Err(DecodeProblem::Truncated);
        }
        Ok(Open {
            left: len,
            ..Open::default()
        })
    }

    fn sequence(&self, len: usize) -> Result<Token<'de>, DecodeProblem> {
        self.open(len, 1).map(Token::Sequence)
    }

    fn mapping(&self, len: usize) -> Result<Token<'de>, DecodeProblem> {
        self.open(len, 2).map(Token::Mapping)
    }

    fn extension(&mut self, len: usize) -> Result<Token<'de>, DecodeProblem> {
        let [number] = self.array_of()?;
        let Some(kind) = Special::from_number(number) else {
            return Err(DecodeProblem::Malformed {
                reason: "unknown extension type",
            });
        };
        if len > self.left() {
            return Err(DecodeProblem::Truncated);
        }
        Ok(Token::Special(
            kind,
            Open {
                left: self.position + len,
                ..Open::default()
            },
        ))
    }
}

// Called from code that is instantiated in other crates: without `#[inline]` each would be a call.
impl<'de> Source<'de> for Reader<'de> {
    fn position(&self) -> usize {
        self.position
    }

    fn finish(&mut self) -> Result<(), DecodeProblem> {
        match self.left() {
            0 => Ok(()),
            len => Err(DecodeProblem::Trailing { len }),
        }
    }

    fn array(&mut self) -> Result<Option<Open>, DecodeProblem> {
        match self.token()? {
            Token::Sequence(open) => Ok(Some(open)),
            _ => Ok(None),
        }
    }

    #[inline]
    fn token(&mut self) -> Result<Token<'de>, DecodeProblem> {
        let [first] = self.array_of()?;
        match Marker::from_u8(first) {
            Marker::Null => Ok(Token::Null),
            Marker::True => Ok(Token::Bool(true)),
            Marker::False => Ok(Token::Bool(false)),
            Marker::FixPos(value) => Ok(Token::Unsigned(value.into())),
            Marker::FixNeg(value) => Ok(Token::Signed(value.into())),
            Marker::U8 => Ok(Token::Unsigned(u8::from_be_bytes(self.array_of()?).into())),
            Marker::U16 => Ok(Token::Unsigned(u16::from_be_bytes(self.array_of()?).into())),
            Marker::U32 => Ok(Token::Unsigned(u32::from_be_bytes(self.array_of()?).into())),
            Marker::U64 => Ok(Token::Unsigned(u64::from_be_bytes(self.array_of()?))),
            Marker::I8 => Ok(Token::Signed(i8::from_be_bytes(self.array_of()?).into())),
            Marker::I16 => Ok(Token::Signed(i16::from_be_bytes(self.array_of()?).into())),
            Marker::I32 => Ok(Token::Signed(i32::from_be_bytes(self.array_of()?).into())),
            Marker::I64 => Ok(Token::Signed(i64::from_be_bytes(self.array_of()?))),
            Marker::F32 => Ok(Token::Single(f32::from_be_bytes(self.array_of()?))),
            Marker::F64 => Ok(Token::Double(f64::from_be_bytes(self.array_of()?))),
            Marker::FixStr(len) => self.text_token(len.into()),
            Marker::Str8 => self.length8().and_then(|len| self.text_token(len)),
            Marker::Str16 => self.length16().and_then(|len| self.text_token(len)),
            Marker::Str32 => self.length32().and_then(|len| self.text_token(len)),
            Marker::Bin8 => self.length8().and_then(|len| self.bytes(len)),
            Marker::Bin16 => self.length16().and_then(|len| self.bytes(len)),
            Marker::Bin32 => self.length32().and_then(|len| self.bytes(len)),
            Marker::FixArray(len) => self.sequence(len.into()),
            Marker::Array16 => self.length16().and_then(|len| self.sequence(len)),
            Marker::Array32 => self.length32().and_then(|len| self.sequence(len)),
            Marker::FixMap(len) => self.mapping(len.into()),
            Marker::Map16 => self.length16().and_then(|len| self.mapping(len)),
            Marker::Map32 => self.length32().and_then(|len| self.mapping(len)),
            Marker::FixExt1 => self.extension(1),
            Marker::FixExt2 => self.extension(2),
            Marker::FixExt4 => self.extension(4),
            Marker::FixExt8 => self.extension(8),
            Marker::FixExt16 => self.extension(16),
            Marker::Ext8 => self.length8().and_then(|len| self.extension(len)),
            Marker::Ext16 => self.length16().and_then(|len| self.extension(len)),
            Marker::Ext32 => self.length32().and_then(|len| self.extension(len)),
            Marker::Reserved => Err(DecodeProblem::Malformed {
                reason: "reserved first byte",
            }),
        }
    }

    #[inline]
    fn take_absent(&mut self) -> Result<bool, DecodeProblem> {
        let rest = &self.payload.as_slice()[self.position..];
        let len = match rest {
            [0xc0, ..] => 1,
            _ if rest.starts_with(&UNDEFINED) => UNDEFINED.len(),
            _ => 0,
        };
        self.position += len;
        Ok(len != 0)
    }

    #[inline]
    fn more(&mut self, open: &mut Open) -> Result<bool, DecodeProblem> {
        open.closed = open.left == 0;
        open.left = open.left.saturating_sub(1);
        Ok(!open.closed)
    }

    #[inline]
    fn len(&self, open: &Open) -> Option<usize> {
        Some(open.left)
    }

    #[inline]
    fn key(&mut self) -> Result<Option<Cow<'de, str>>, DecodeProblem> {
        let first = self.payload.as_slice().get(self.position);
        let len = match first {
            Some(first @ 0xa0..=0xbf) => {
                self.position += 1;
                usize::from(first & 0x1f)
            }
            Some(0xd9..=0xdb) => return self.long_key(),
            _ => return Ok(None),
        };
        self.checked_key(len)
    }

    fn part(&mut self, kind: Special, index: usize) -> Result<(), DecodeProblem> {
        if index > 0 || kind.parts() < 2 {
            return Ok(());
        }
        match self.array()? {
            Some(open) if open.left == kind.parts() => Ok(()),
            _ => Err(DecodeProblem::Malformed {
                reason: "an extension is not an array of two",
            }),
        }
    }

    fn view_bytes(&mut self) -> Result<Slice<'de>, DecodeProblem> {
        match self.token()? {
            Token::Bytes(slice) => Ok(slice),
            _ => Err(DecodeProblem::Malformed {
                reason: "a view has no bytes",
            }),
        }
    }

    fn end_special(&mut self, open: &Open) -> Result<(), DecodeProblem> {
        if self.position == open.left {
            return Ok(());
        }
        Err(DecodeProblem::Malformed {
            reason: "an extension's length is not its payload's",
        })
    }
}
