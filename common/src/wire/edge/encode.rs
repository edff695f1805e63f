//! The serializer over any token sink.
//!
//! It turns serde's many shapes into the few a sink knows, recognises the reserved newtype names
//! of special values, and bounds the nesting. Structs are maps, units are null. Longer than most
//! files: serde has one trait of thirty methods and seven for what contains values.

use serde::Serialize;
use serde::ser::{self, Serializer};

use super::{Mark, Sink};
use crate::wire::error::{EncodeError, MAX_DEPTH};
use crate::wire::marker::Special;

/// Writes values of any type to a sink.
#[derive(Debug)]
pub(in crate::wire) struct Encoder<K> {
    pub(in crate::wire) sink: K,
    depth: usize,
    /// The special value whose parts the next tuple is.
    parts_of: Option<Special>,
}

impl<K: Sink> Encoder<K> {
    pub(in crate::wire) fn new(sink: K) -> Self {
        Self {
            sink,
            depth: 0,
            parts_of: None,
        }
    }

    /// An encoder of values that stand `depth` levels deep.
    pub(in crate::wire) fn nested(sink: K, depth: usize) -> Self {
        Self {
            sink,
            depth,
            parts_of: None,
        }
    }

    fn enter(&mut self) -> Result<(), EncodeError> {
        if self.depth == MAX_DEPTH {
            return Err(EncodeError::TooDeep);
        }
        self.depth += 1;
        Ok(())
    }

    fn sequence(&mut self, len: Option<usize>) -> Result<Compound<'_, K>, EncodeError> {
        self.enter()?;
        let mark = self.sink.begin_sequence(len)?;
        Ok(Compound {
            encoder: self,
            mark,
            shape: Shape::Sequence,
            variant: None,
        })
    }

    fn mapping(&mut self, len: Option<usize>) -> Result<Compound<'_, K>, EncodeError> {
        self.enter()?;
        let mark = self.sink.begin_mapping(len)?;
        Ok(Compound {
            encoder: self,
            mark,
            shape: Shape::Mapping,
            variant: None,
        })
    }

    /// Opens the one-entry map of an enum variant with content.
    fn variant(&mut self, name: &'static str) -> Result<Mark, EncodeError> {
        self.enter()?;
        let mut mark = self.sink.begin_mapping(Some(1))?;
        self.sink.begin_key(&mut mark);
        self.sink.text(name)?;
        self.sink.end_key(&mut mark)?;
        Ok(mark)
    }

    fn special<T: Serialize + ?Sized>(
        &mut self,
        kind: Special,
        payload: &T,
    ) -> Result<(), EncodeError> {
        // Only `Value` uses the names, with payloads of the shapes that this relies on.
        self.enter()?;
        let mark = self.sink.begin_special(kind)?;
        match kind.parts() {
            0 => {}
            1 => {
                self.sink.part(kind, 0)?;
                payload.serialize(&mut *self)?;
            }
            _ => {
                self.parts_of = Some(kind);
                payload.serialize(&mut *self)?;
            }
        }
        self.sink.end_special(kind, &mark)?;
        self.depth -= 1;
        Ok(())
    }

    fn wide(&mut self, digits: &str) -> Result<(), EncodeError> {
        if self.sink.wide_key(digits)? {
            return Ok(());
        }
        self.special(Special::BigInt, digits)
    }
}

impl<'a, K: Sink> Serializer for &'a mut Encoder<K> {
    type Ok = ();
    type Error = EncodeError;
    type SerializeSeq = Compound<'a, K>;
    type SerializeTuple = Compound<'a, K>;
    type SerializeTupleStruct = Compound<'a, K>;
    type SerializeTupleVariant = Compound<'a, K>;
    type SerializeMap = Compound<'a, K>;
    type SerializeStruct = Compound<'a, K>;
    type SerializeStructVariant = Compound<'a, K>;

    fn serialize_bool(self, value: bool) -> Result<(), EncodeError> {
        self.sink.boolean(value)
    }

    fn serialize_i8(self, value: i8) -> Result<(), EncodeError> {
        self.sink.signed(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<(), EncodeError> {
        self.sink.signed(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<(), EncodeError> {
        self.sink.signed(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<(), EncodeError> {
        self.sink.signed(value)
    }

    fn serialize_i128(self, value: i128) -> Result<(), EncodeError> {
        match (i64::try_from(value), u64::try_from(value)) {
            (Ok(value), _) => self.sink.signed(value),
            (_, Ok(value)) => self.sink.unsigned(value),
            _ => self.wide(&value.to_string()),
        }
    }

    fn serialize_u8(self, value: u8) -> Result<(), EncodeError> {
        self.sink.unsigned(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<(), EncodeError> {
        self.sink.unsigned(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<(), EncodeError> {
        self.sink.unsigned(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<(), EncodeError> {
        self.sink.unsigned(value)
    }

    fn serialize_u128(self, value: u128) -> Result<(), EncodeError> {
        match u64::try_from(value) {
            Ok(value) => self.sink.unsigned(value),
            Err(_) => self.wide(&value.to_string()),
        }
    }

    fn serialize_f32(self, value: f32) -> Result<(), EncodeError> {
        self.sink.single(value)
    }

    fn serialize_f64(self, value: f64) -> Result<(), EncodeError> {
        self.sink.double(value)
    }

    fn serialize_char(self, value: char) -> Result<(), EncodeError> {
        self.sink.text(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), EncodeError> {
        self.sink.text(value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), EncodeError> {
        self.sink.bytes(value)
    }

    fn serialize_none(self) -> Result<(), EncodeError> {
        self.sink.null()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), EncodeError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), EncodeError> {
        self.sink.null()
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), EncodeError> {
        self.sink.null()
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), EncodeError> {
        self.sink.text(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        match Special::from_newtype(name) {
            Some(kind) => self.special(kind, value),
            None => value.serialize(self),
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        let mark = self.variant(variant)?;
        value.serialize(&mut *self)?;
        self.sink.end_mapping(&mark)?;
        self.depth -= 1;
        Ok(())
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Compound<'a, K>, EncodeError> {
        self.sequence(len)
    }

    fn serialize_tuple(self, len: usize) -> Result<Compound<'a, K>, EncodeError> {
        if let Some(kind) = self.parts_of.take() {
            let mark = Mark {
                announced: Some(len),
                ..Mark::default()
            };
            return Ok(Compound {
                encoder: self,
                mark,
                shape: Shape::Parts(kind),
                variant: None,
            });
        }
        self.sequence(Some(len))
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        len: usize,
    ) -> Result<Compound<'a, K>, EncodeError> {
        self.sequence(Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Compound<'a, K>, EncodeError> {
        let outer = self.variant(variant)?;
        Ok(Compound {
            variant: Some(outer),
            ..self.sequence(Some(len))?
        })
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Compound<'a, K>, EncodeError> {
        self.mapping(len)
    }

    fn serialize_struct(
        self,
        _name: &'static str,
        len: usize,
    ) -> Result<Compound<'a, K>, EncodeError> {
        self.mapping(Some(len))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Compound<'a, K>, EncodeError> {
        let outer = self.variant(variant)?;
        Ok(Compound {
            variant: Some(outer),
            ..self.mapping(Some(len))?
        })
    }
}

#[derive(Clone, Copy, Debug)]
enum Shape {
    Sequence,
    Mapping,
    /// The parts of a special value, without a bracket of their own.
    Parts(Special),
}

/// A value that contains values, half written.
#[derive(Debug)]
pub(in crate::wire) struct Compound<'a, K> {
    encoder: &'a mut Encoder<K>,
    mark: Mark,
    shape: Shape,
    /// The enum variant around it.
    variant: Option<Mark>,
}

impl<K: Sink> Compound<'_, K> {
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        if let Shape::Parts(kind) = self.shape {
            self.encoder.sink.part(kind, self.mark.count)?;
            self.mark.count += 1;
        } else {
            self.encoder.sink.element(&mut self.mark);
        }
        value.serialize(&mut *self.encoder)
    }

    fn field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        self.encoder.sink.begin_key(&mut self.mark);
        self.encoder.sink.text(name)?;
        self.encoder.sink.end_key(&mut self.mark)?;
        value.serialize(&mut *self.encoder)
    }

    fn finish(self) -> Result<(), EncodeError> {
        let (announced, given) = (self.mark.announced, self.mark.count);
        if let Some(announced) = announced.filter(|announced| *announced != given) {
            return Err(EncodeError::WrongLength { announced, given });
        }
        match self.shape {
            Shape::Sequence => self.encoder.sink.end_sequence(&self.mark)?,
            Shape::Mapping => self.encoder.sink.end_mapping(&self.mark)?,
            Shape::Parts(_) => return Ok(()),
        }
        self.encoder.depth -= 1;
        if let Some(variant) = self.variant {
            self.encoder.sink.end_mapping(&variant)?;
            self.encoder.depth -= 1;
        }
        Ok(())
    }
}

macro_rules! elements {
    ($($access:ident $method:ident)*) => {
        $(impl<K: Sink> ser::$access for Compound<'_, K> {
            type Ok = ();
            type Error = EncodeError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
                self.element(value)
            }

            fn end(self) -> Result<(), EncodeError> {
                self.finish()
            }
        })*
    };
}

macro_rules! fields {
    ($($access:ident)*) => {
        $(impl<K: Sink> ser::$access for Compound<'_, K> {
            type Ok = ();
            type Error = EncodeError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), EncodeError> {
                self.field(name, value)
            }

            fn end(self) -> Result<(), EncodeError> {
                self.finish()
            }
        })*
    };
}

elements! {
    SerializeSeq serialize_element
    SerializeTuple serialize_element
    SerializeTupleStruct serialize_field
    SerializeTupleVariant serialize_field
}

fields!(SerializeStruct SerializeStructVariant);

impl<K: Sink> ser::SerializeMap for Compound<'_, K> {
    type Ok = ();
    type Error = EncodeError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), EncodeError> {
        self.encoder.sink.begin_key(&mut self.mark);
        key.serialize(&mut *self.encoder)?;
        self.encoder.sink.end_key(&mut self.mark)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        value.serialize(&mut *self.encoder)
    }

    fn end(self) -> Result<(), EncodeError> {
        self.finish()
    }
}
