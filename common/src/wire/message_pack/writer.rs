//! Writes MessagePack.
//!
//! Always the shortest form, so that a value has one spelling. Lengths that are known only at the
//! end are put in front of what was written by then.

use rmp::encode::{self, ValueWriteError};

use crate::wire::edge::{Mark, Sink};
use crate::wire::error::EncodeError;
use crate::wire::marker::{CARRIER, Special};

/// MessagePack under construction.
#[derive(Debug, Default)]
pub(in crate::wire) struct Writer {
    pub(in crate::wire) out: Vec<u8>,
}

impl Writer {
    /// Writes the header of an array of `len` elements.
    pub(in crate::wire) fn array(&mut self, len: usize) -> Result<(), EncodeError> {
        let len = length(len)?;
        written(encode::write_array_len(&mut self.out, len))
    }

    /// Puts what `write` writes in front of everything since `start`.
    fn insert(
        &mut self,
        start: usize,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let end = self.out.len();
        write(&mut self.out)?;
        let inserted = self.out.len() - end;
        self.out[start..].rotate_right(inserted);
        Ok(())
    }
}

// Called from code that is instantiated in other crates: without `#[inline]` each would be a call.
impl Sink for Writer {
    #[inline]
    fn null(&mut self) -> Result<(), EncodeError> {
        self.out.push(0xc0);
        Ok(())
    }

    #[inline]
    fn boolean(&mut self, value: bool) -> Result<(), EncodeError> {
        self.out.push(if value { 0xc3 } else { 0xc2 });
        Ok(())
    }

    #[inline]
    fn unsigned(&mut self, value: u64) -> Result<(), EncodeError> {
        written(encode::write_uint(&mut self.out, value))
    }

    #[inline]
    fn signed(&mut self, value: i64) -> Result<(), EncodeError> {
        written(encode::write_sint(&mut self.out, value))
    }

    #[inline]
    fn single(&mut self, value: f32) -> Result<(), EncodeError> {
        written(encode::write_f32(&mut self.out, value))
    }

    #[inline]
    fn double(&mut self, value: f64) -> Result<(), EncodeError> {
        written(encode::write_f64(&mut self.out, value))
    }

    #[inline]
    fn text(&mut self, value: &str) -> Result<(), EncodeError> {
        length(value.len())?;
        written(encode::write_str(&mut self.out, value))
    }

    #[inline]
    fn bytes(&mut self, value: &[u8]) -> Result<(), EncodeError> {
        length(value.len())?;
        written(encode::write_bin(&mut self.out, value))
    }

    fn wide_key(&mut self, _digits: &str) -> Result<bool, EncodeError> {
        Ok(false)
    }

    #[inline]
    fn begin_sequence(&mut self, len: Option<usize>) -> Result<Mark, EncodeError> {
        let start = self.out.len();
        if let Some(len) = len {
            self.array(len)?;
        }
        Ok(Mark {
            start,
            announced: len,
            ..Mark::default()
        })
    }

    #[inline]
    fn element(&mut self, mark: &mut Mark) {
        mark.count += 1;
    }

    #[inline]
    fn end_sequence(&mut self, mark: &Mark) -> Result<(), EncodeError> {
        if mark.announced.is_some() {
            return Ok(());
        }
        let len = length(mark.count)?;
        self.insert(mark.start, |out| written(encode::write_array_len(out, len)))
    }

    #[inline]
    fn begin_mapping(&mut self, len: Option<usize>) -> Result<Mark, EncodeError> {
        let start = self.out.len();
        if let Some(len) = len {
            let len = length(len)?;
            written(encode::write_map_len(&mut self.out, len))?;
        }
        Ok(Mark {
            start,
            announced: len,
            ..Mark::default()
        })
    }

    #[inline]
    fn begin_key(&mut self, mark: &mut Mark) {
        mark.count += 1;
        mark.key_start = self.out.len();
    }

    #[inline]
    fn end_key(&mut self, mark: &mut Mark) -> Result<(), EncodeError> {
        match self.out.get(mark.key_start + 1..) {
            Some(key) if key == CARRIER.as_bytes() => Err(EncodeError::ReservedKey),
            _ => Ok(()),
        }
    }

    #[inline]
    fn end_mapping(&mut self, mark: &Mark) -> Result<(), EncodeError> {
        if mark.announced.is_some() {
            return Ok(());
        }
        let len = length(mark.count)?;
        self.insert(mark.start, |out| written(encode::write_map_len(out, len)))
    }

    fn begin_special(&mut self, _kind: Special) -> Result<Mark, EncodeError> {
        Ok(Mark {
            start: self.out.len(),
            ..Mark::default()
        })
    }

    fn part(&mut self, kind: Special, index: usize) -> Result<(), EncodeError> {
        // Two parts are one array, so that the payload of every extension is one value.
        if index == 0 && kind.parts() > 1 {
            self.array(kind.parts())?;
        }
        Ok(())
    }

    fn end_special(&mut self, kind: Special, mark: &Mark) -> Result<(), EncodeError> {
        let len = length(self.out.len() - mark.start)?;
        let number = kind.number().cast_signed();
        self.insert(mark.start, |out| {
            written(encode::write_ext_meta(out, len, number))
        })
    }
}

#[inline]
fn length(len: usize) -> Result<u32, EncodeError> {
    u32::try_from(len).map_err(|_| EncodeError::TooLong { len })
}

/// The result of a write to memory, which can only succeed.
#[inline]
fn written<T, E>(result: Result<T, E>) -> Result<(), EncodeError>
where
    E: Into<ValueWriteError>,
{
    match result {
        Ok(_) => Ok(()),
        Err(error) => Err(serde::ser::Error::custom(error.into())),
    }
}
