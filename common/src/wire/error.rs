//! What can go wrong between a Rust value and a payload.
//!
//! Nothing here is transient: the same bytes or the same value fail again. Used by everything
//! that encodes or decodes; the frames around payloads have their own errors.

use std::fmt::{self, Display};

use super::Codec;

/// Deepest nesting of arrays, maps and special values in one payload, in levels.
pub const MAX_DEPTH: usize = 128;

/// A value has no wire form.
#[cfg_attr(doc, doc = include_str!("../../examples/values.md"))]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// Arrays, maps and special values nest deeper than [`MAX_DEPTH`].
    #[error("value nests deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// The value's own `Serialize` said no.
    #[error("value refuses to be serialized: {message}")]
    Refused {
        /// What it said.
        message: String,
    },
    /// A map has a key that is not text, a number or a truth value, and the codec is JSON.
    #[error("a key of a JSON object must be text, a number or a truth value")]
    KeyNotText,
    /// A map or struct has the key that is kept for special values.
    #[error("the key \"\\0twinbridge\" is reserved")]
    ReservedKey,
    /// A collection gave another number of elements than it had announced.
    #[error("a collection announced {announced} elements and gave {given}")]
    WrongLength {
        /// Elements announced.
        announced: usize,
        /// Elements given.
        given: usize,
    },
    /// A value of this kind has no form in iTwin's JSON, nor has it in iTwin.js.
    #[error("iTwin's JSON has no form for a {kind}")]
    NotInITwinJson {
        /// Name of the kind.
        kind: &'static str,
    },
    /// An object has the member `isBinary`, and iTwin.js would take it for binary data.
    #[error("iTwin.js takes an object with the member `isBinary` for binary data")]
    LooksBinary,
    /// A text, byte string or collection has more than 2^32 - 1 elements.
    #[error("a length of {len} exceeds the limit of 4294967295")]
    TooLong {
        /// Its length.
        len: usize,
    },
}

impl serde::ser::Error for EncodeError {
    fn custom<T: Display>(message: T) -> Self {
        Self::Refused {
            message: message.to_string(),
        }
    }
}

/// A payload does not hold the value that was asked for.
#[cfg_attr(doc, doc = include_str!("../../examples/values.md"))]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{codec}, byte {offset}: {problem}")]
#[non_exhaustive]
pub struct DecodeError {
    /// The payload's codec.
    pub codec: Codec,
    /// How many bytes of the payload were read by then.
    pub offset: usize,
    /// What is wrong there.
    pub problem: DecodeProblem,
}

/// What is wrong with a payload.
#[cfg_attr(doc, doc = include_str!("../../examples/values.md"))]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeProblem {
    /// The bytes end before the value does.
    #[error("the value is cut off")]
    Truncated,
    /// The bytes go on after the value.
    #[error("{len} bytes follow the value")]
    Trailing {
        /// How many.
        len: usize,
    },
    /// The bytes are no value of the codec.
    #[error("malformed: {reason}")]
    Malformed {
        /// The rule that is broken.
        reason: &'static str,
    },
    /// Arrays, maps and special values nest deeper than [`MAX_DEPTH`].
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// A marker names an attachment that the payload does not have.
    #[error("attachment {index} does not exist, the payload has {count}")]
    NoAttachment {
        /// The number in the marker.
        index: u64,
        /// Attachments in the payload.
        count: usize,
    },
    /// A well-formed value, but of another type.
    #[error("{message}")]
    Mismatch {
        /// What was found and what was expected.
        message: String,
    },
}

impl serde::de::Error for DecodeProblem {
    fn custom<T: Display>(message: T) -> Self {
        Self::Mismatch {
            message: message.to_string(),
        }
    }
}

/// The text of serde's "expected …" for a value that has no serde kind.
pub(super) fn unexpected(found: &str, expected: &dyn serde::de::Expected) -> DecodeProblem {
    serde::de::Error::invalid_type(serde::de::Unexpected::Other(found), expected)
}

/// A call's arguments are not those of the method.
#[cfg_attr(doc, doc = include_str!("../../examples/values.md"))]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArgumentError {
    /// The arguments end before this one, and its type has no value for "nothing".
    #[error("argument {position}, `{name}`, is missing")]
    Missing {
        /// The argument's name in the contract.
        name: &'static str,
        /// Its position, the first being 1.
        position: usize,
    },
    /// The argument is of another type.
    #[error("argument {position}, `{name}`, is wrong")]
    Wrong {
        /// The argument's name in the contract.
        name: &'static str,
        /// Its position, the first being 1.
        position: usize,
        /// What was found.
        #[source]
        source: DecodeError,
    },
    /// More arguments than the method has.
    #[error("{found} arguments were given, the method has {expected}")]
    TooMany {
        /// Arguments of the method.
        expected: usize,
        /// Arguments given.
        found: usize,
    },
    /// What follows the method's arguments is no value.
    #[error("the arguments are malformed")]
    Malformed(#[source] DecodeError),
}

impl Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MessagePack => "MessagePack",
            Self::Json => "JSON",
            Self::ITwinJson => "iTwin's JSON",
        })
    }
}
