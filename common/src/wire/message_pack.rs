//! MessagePack, the codec between Rust halves.
//!
//! Structs are maps with field names, special values are extensions whose payload is MessagePack
//! again; `docs/values.md` has the numbers. Nothing here knows serde.

mod reader;
mod writer;

pub(super) use reader::Reader;
pub(super) use writer::Writer;
