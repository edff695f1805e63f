//! Everything that crosses a pipe: values and their codecs, frames, batches.
//!
//! The only module that names a codec. A payload stays encoded until the code that knows its
//! type decodes it, once; nothing in here does I/O, and nothing a peer sends can panic it.

mod arguments;
mod batch;
mod bytes;
mod edge;
mod error;
mod frame;
mod frame_read;
mod frame_write;
mod json;
mod limits;
mod marker;
mod message_pack;
mod metadata;
mod missing;
mod name;
mod payload;
mod recent;
mod stamps;
mod value;
mod value_serde;

pub use arguments::{ArgumentsReader, ArgumentsWriter};
pub use batch::{BadBatch, Batch, DOWN_HEADER, DownBatch, UP_HEADER, UpBatch, frames, push_frame};
pub use bytes::Bytes;
pub use error::{ArgumentError, DecodeError, DecodeProblem, EncodeError, MAX_DEPTH};
pub use frame::{
    Build, Bye, ByeCode, ClientKind, DeclaredInterface, Ending, Frame, Hello, HelloBody,
    Notification, PROTOCOL, Part, Reply, Request, Verdict, Welcome, WelcomeBody,
};
pub use frame_read::BadFrame;
pub use limits::Limits;
pub use metadata::Metadata;
pub use name::{BadName, ChannelName, MethodName};
pub use payload::{Codec, Payload};
pub(crate) use recent::RecentNames;
pub use stamps::Stamps;
pub use value::{Object, Value, View};
