//! Status numbers of iModel.js errors and the names a `BentleyError` derives from them.
//!
//! Knows the numbers that occur on an IPC channel by themselves; all others keep their number and
//! get the name iTwin.js gives to a number it does not know. Used by the errors of this crate.

use std::borrow::Cow;
use std::fmt;

/// `errorNumber` of an error: an `IModelStatus`, or a number of one of its sibling enumerations.
///
/// Any integer is possible, since applications number their own errors.
#[cfg_attr(doc, doc = include_str!("../examples/errors.md"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Status(pub i64);

impl Status {
    /// `IModelStatus.Success`, which generation 2 sends for errors without a number.
    pub const NONE: Self = Self(0);
    /// `IModelStatus.AlreadyLoaded`.
    pub const ALREADY_LOADED: Self = Self(65537);
    /// `IModelStatus.BadArg`, also the number of a version mismatch.
    pub const BAD_ARG: Self = Self(65539);
    /// `IModelStatus.NotFound`.
    pub const NOT_FOUND: Self = Self(65574);
    /// `IModelStatus.NoContent`, thrown as `NoContentError`.
    pub const NO_CONTENT: Self = Self(65604);
    /// `IModelStatus.FunctionNotFound`: the handler has no such method.
    pub const FUNCTION_NOT_FOUND: Self = Self(65606);

    /// The name of a 5.x `BentleyError` with this number, for example `Not Found`.
    ///
    /// `NoContent` and `FunctionNotFound` have no text in iTwin.js and are named like unknown
    /// numbers: `Error (65604)`, `Error (65606)`.
    pub fn name(self) -> Cow<'static, str> {
        match self {
            Self::ALREADY_LOADED => Cow::Borrowed("Already Loaded"),
            Self::BAD_ARG => Cow::Borrowed("Bad Arg"),
            Self::NOT_FOUND => Cow::Borrowed("Not Found"),
            Self(number) => Cow::Owned(format!("Error ({number})")),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_gives_the_name_itwin_gives_it() {
        for (number, name) in [
            (65537, "Already Loaded"),
            (65539, "Bad Arg"),
            (65574, "Not Found"),
            (65604, "Error (65604)"),
            (65606, "Error (65606)"),
            (7, "Error (7)"),
            (-1, "Error (-1)"),
        ] {
            assert_eq!(Status(number).name(), name);
        }
    }
}
