//! A contract that holds every kind of type, for tests.
//!
//! Its fingerprint is pinned, and tested natively and on wasm32: it must not depend on the target
//! or on the features that other crates switch on. Not part of the API.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    IpcError, IpcStream,
    wire::{Bytes, Value},
};

/// What `EverythingInterface` has as its fingerprint, on every target.
pub const PINNED: &str = "9d53c0cbbf1cd4c0";

/// One method for each kind of type.
#[crate::ipc_interface(channel = "twinbridge/test-contract", version = "1.2.3")]
pub trait Everything {
    /// Numbers of all widths, in one order.
    async fn numbers(
        &self,
        small: (i8, u8, i16, u16),
        large: (i32, u32, i64, u64),
        real: (f32, f64),
    );
    /// Text and binary data.
    async fn texts(&self, letter: char, text: Cow<'static, str>, data: Bytes) -> Vec<Bytes>;
    /// Optional values and lists of them.
    async fn lists(&self, maybe: Option<String>, four: [Option<u8>; 4]) -> BTreeSet<u32>;
    /// Maps, one with integers as keys.
    async fn maps(&self, by_name: BTreeMap<String, Shape>) -> BTreeMap<u32, Plain>;
    /// Enums in all of serde's forms.
    async fn enums(&self, shape: Shape, tagged: Tagged, untagged: Untagged) -> Color;
    /// Types that hold themselves, directly and through another.
    async fn trees(&self, tree: Tree) -> Result<Branch, EverythingError>;
    /// A value of any kind.
    #[wire(name = "any-value")]
    #[deadline(ms = 250)]
    async fn any(&self, value: Value) -> Value;
    /// Runs on the blocking pool.
    #[blocking]
    fn wait(&self, time: Duration) -> Result<(), EverythingError>;
    /// Takes and gives nothing.
    async fn nothing(&self);
    /// Gives shapes, one by one.
    async fn shapes(&self, count: u32) -> IpcStream<Shape>;
    /// Gives data, and may fail before and meanwhile.
    async fn data(&self) -> Result<IpcStream<Bytes, EverythingError>, EverythingError>;
}

/// A struct with attributes of serde.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Plain {
    /// Renamed by the rule above.
    pub first_field: String,
    /// May be missing.
    #[serde(default)]
    pub second_field: u32,
    /// Left out when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub third_field: Option<f64>,
    /// Its fields stand beside the others.
    #[serde(flatten)]
    pub inner: Inner,
}

/// Part of [`Plain`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Inner {
    /// A newtype.
    pub id: Id,
}

/// A newtype.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Id(pub u64);

/// An enum with one variant of each kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Shape {
    /// No fields.
    Empty,
    /// Documented as well, unlike the next.
    Nothing,
    #[allow(
        missing_docs,
        reason = "documented and undocumented variants have different schemas"
    )]
    Bare,
    /// One field.
    One(Id),
    /// Two fields.
    Two(u8, String),
    /// Named fields.
    Named {
        /// Across.
        width: f32,
        /// Down.
        height: Option<f32>,
    },
}

/// An internally tagged enum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
pub enum Tagged {
    /// No fields.
    Off,
    /// Named fields.
    On {
        /// From 0 to 255.
        level: u8,
    },
}

/// An untagged enum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Untagged {
    /// A number.
    Number(i64),
    /// A struct.
    Plain(Box<Plain>),
    /// A text.
    Text(String),
}

/// An enum without fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Color {
    /// Red.
    Red,
    /// Blue, then dark.
    DarkBlue,
}

/// A tree that holds branches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tree {
    /// The branches.
    pub branches: Vec<Branch>,
}

/// A branch that holds branches, or a tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Branch {
    /// Forks.
    Fork(Box<Self>, Box<Self>),
    /// Ends in a tree.
    Tree(Tree),
}

/// An error with and without fields.
#[derive(
    Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, IpcError, thiserror::Error,
)]
#[ipc_error(scope = "twinbridge/test-contract")]
pub enum EverythingError {
    /// Without fields.
    #[error("it is gone")]
    #[ipc_error(number = 65_574)]
    Gone,
    /// With a field.
    #[error("{count} are too many")]
    #[ipc_error(key = "too-many")]
    TooMany {
        /// How many.
        count: u32,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipc::IpcInterface as _;

    #[test]
    fn the_fingerprint_is_pinned() {
        assert_eq!(EverythingInterface::info().fingerprint.to_string(), PINNED);
    }
}
