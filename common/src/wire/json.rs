//! JSON with binary attachments, the codec towards JavaScript.
//!
//! What JSON text cannot hold stands in it as a marker object, `{"$twinbridge":[kind, …]}`, and
//! bytes travel beside it; `docs/values.md` has the table. Nothing here knows serde's data model.

mod reader;
mod string;
mod writer;

pub(super) use reader::Reader;
pub(super) use writer::Writer;
