//! Binary data that both codecs carry as such.
//!
//! A cheap handle: clones and slices share one buffer. `Vec<u8>` stays an array of numbers on the
//! wire; contracts, streams and [`Value`](super::Value) use this type instead.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::ops::{Deref, RangeBounds};

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::marker;
use super::value_serde::BytesCarrier;

/// Binary data: bytes in MessagePack, an attachment in JSON.
///
/// A decoded value may share the buffer it came in; `Bytes::copy_from_slice(&bytes)` lets go of it.
#[cfg_attr(doc, doc = include_str!("../../examples/values.md"))]
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(bytes::Bytes);

impl Bytes {
    /// No bytes.
    pub const fn new() -> Self {
        Self(bytes::Bytes::new())
    }

    /// Bytes that live as long as the program; nothing is copied.
    pub const fn from_static(bytes: &'static [u8]) -> Self {
        Self(bytes::Bytes::from_static(bytes))
    }

    /// A copy of `bytes` in a buffer of its own.
    pub fn copy_from_slice(bytes: &[u8]) -> Self {
        Self(bytes::Bytes::copy_from_slice(bytes))
    }

    /// Part of these bytes, in the same buffer.
    ///
    /// # Panics
    ///
    /// If the range is not within the bytes, as slicing does.
    #[must_use]
    pub fn slice(&self, range: impl RangeBounds<usize>) -> Self {
        Self(self.0.slice(range))
    }

    /// The bytes as a vector; copies only when the buffer is shared.
    pub fn into_vec(self) -> Vec<u8> {
        self.0.into()
    }

    /// The bytes as a slice.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Nothing is copied: what a socket has read is handed on as it is.
impl From<bytes::Bytes> for Bytes {
    fn from(bytes: bytes::Bytes) -> Self {
        Self(bytes)
    }
}

/// Nothing is copied.
impl From<Bytes> for bytes::Bytes {
    fn from(bytes: Bytes) -> Self {
        bytes.0
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl From<&'static [u8]> for Bytes {
    fn from(bytes: &'static [u8]) -> Self {
        Self::from_static(bytes)
    }
}

impl<const N: usize> From<&'static [u8; N]> for Bytes {
    fn from(bytes: &'static [u8; N]) -> Self {
        Self::from_static(bytes)
    }
}

impl FromIterator<u8> for Bytes {
    fn from_iter<I: IntoIterator<Item = u8>>(bytes: I) -> Self {
        Self(bytes.into_iter().collect())
    }
}

impl fmt::Debug for Bytes {
    /// The length and the first eight bytes: a log line is no place for a megabyte.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bytes({}:", self.len())?;
        for byte in self.iter().take(8) {
            write!(f, " {byte:02x}")?;
        }
        f.write_str(if self.len() > 8 { " …)" } else { ")" })
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Raw<'a>(&'a [u8]);

        impl Serialize for Raw<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_bytes(self.0)
            }
        }

        let _offer = Offer::new(self.clone());
        serializer.serialize_newtype_struct(marker::BYTES, &Raw(self))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(marker::BYTES, BytesVisitor)
    }
}

impl schemars::JsonSchema for Bytes {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Bytes".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "bytes", "contentEncoding": "binary" })
    }
}

struct BytesVisitor;

impl<'de> Visitor<'de> for BytesVisitor {
    type Value = Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Bytes, D::Error> {
        // Not `deserialize_byte_buf`: serde's buffered form has to reach `visit_map` below.
        inner.deserialize_any(self)
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
        Ok(shared_or_copied(bytes))
    }

    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
        Ok(bytes.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<Bytes, A::Error> {
        // Formats without bytes of their own write numbers. The hint is a stranger's word.
        let mut bytes = Vec::with_capacity(numbers.size_hint().unwrap_or(0).min(4096));
        while let Some(byte) = numbers.next_element()? {
            bytes.push(byte);
        }
        Ok(bytes.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Bytes, A::Error> {
        BytesCarrier::read(map)
    }
}

thread_local! {
    // serde passes bytes as a slice. The handle that owns them waits here, for the one call in
    // which the other end may find that the slice it got is this one and share it.
    static OFFERED: Cell<Option<Bytes>> = const { Cell::new(None) };
}

/// Offers a handle to whoever is given its slice while the offer stands.
#[must_use = "the offer ends when this guard is dropped"]
pub(super) struct Offer(());

impl Offer {
    pub(super) fn new(bytes: Bytes) -> Self {
        OFFERED.set(Some(bytes));
        Self(())
    }
}

impl Drop for Offer {
    fn drop(&mut self) {
        OFFERED.take();
    }
}

/// The handle that is offered for exactly this slice, or a copy.
pub(super) fn shared_or_copied(slice: &[u8]) -> Bytes {
    match OFFERED.take() {
        Some(bytes) if std::ptr::eq(bytes.as_slice(), slice) => bytes,
        _ => Bytes::copy_from_slice(slice),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_text_is_short() {
        assert_eq!(format!("{:?}", Bytes::from(&[1, 171])), "Bytes(2: 01 ab)");
        assert_eq!(
            format!("{:?}", Bytes::from(vec![0; 1000])),
            "Bytes(1000: 00 00 00 00 00 00 00 00 …)"
        );
    }

    #[test]
    fn slices_share_the_buffer() {
        let all = Bytes::from(vec![1, 2, 3, 4]);
        let part = all.slice(1..3);
        assert_eq!(part.as_slice(), [2, 3]);
        assert!(std::ptr::eq(&all[1], &part[0]));
        assert_eq!(part.into_vec(), [2, 3]);
    }

    #[test]
    fn other_formats_hold_bytes_as_numbers() {
        let json = serde_json::to_string(&Bytes::from(&[1, 2])).unwrap();
        assert_eq!(json, "[1,2]");
        assert_eq!(
            serde_json::from_str::<Bytes>(&json).unwrap(),
            Bytes::from(&[1, 2])
        );
    }
}
