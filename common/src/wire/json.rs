//! JSON with binary attachments, the codec towards JavaScript.
//!
//! What JSON text cannot hold stands in it as a marker object, `{"$twinbridge":[kind, …]}`, and
//! bytes travel beside it; `docs/values.md` has the table. iTwin's dialect has a
//! marker for bytes alone. Nothing here knows serde's data model.

mod date;
mod itwin;
mod reader;
mod string;
mod writer;

pub(super) use reader::Reader;
pub(super) use writer::Writer;

use crate::wire::Codec;

/// How JSON says what it has no form for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Marker objects with the one key `$twinbridge`, for every kind.
    #[default]
    Own,
    /// `JSON.stringify`, and iTwin's marker for bytes.
    ITwin,
}

impl Dialect {
    pub(super) const fn codec(self) -> Codec {
        match self {
            Self::Own => Codec::Json,
            Self::ITwin => Codec::ITwinJson,
        }
    }
}
