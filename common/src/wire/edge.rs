//! The typed edge: one serde serializer and one deserializer for both codecs.
//!
//! Everything that a typed or dynamic value sees is decided here once; a codec only splits bytes
//! into tokens ([`Source`]) or writes them ([`Sink`]). So the two codecs cannot drift apart.

mod bracket;
mod decode;
mod encode;
mod head;
mod input;
mod key;
mod sink;
mod source;
mod variant;

pub(super) use decode::Decoder;
pub(super) use encode::Encoder;
pub(super) use input::Input;
pub(super) use sink::{Mark, Sink};
pub(super) use source::{Open, Slice, Source, Token};
