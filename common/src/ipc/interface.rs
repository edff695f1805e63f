//! What both sides know of an interface: its channel, version, methods and schemas.
//!
//! Made once per interface by the code that `#[ipc_interface]` generates, from types that both
//! halves compile, so that a difference between two builds shows as a different fingerprint.
//! Used by the handshake, by `host` (which lists interfaces) and by the contract snapshot.

use serde_json::Value as Json;

use super::fingerprint::{self, Fingerprint};
use crate::wire::{ChannelName, MethodName};

/// The contract of one channel. `#[ipc_interface]` implements it for the marker type named
/// after the trait; nobody else should.
///
/// iModel.js: `IpcInterface`.
#[cfg_attr(doc, doc = include_str!("../../examples/calls.md"))]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an IPC interface",
    note = "put `#[ipc_interface(channel = \"…\", version = \"…\")]` on a trait and name its `…Interface`"
)]
pub trait IpcInterface: private::Sealed + Send + Sync + 'static {
    /// Where its calls go. Unique within an app.
    const CHANNEL: ChannelName;
    /// Version of the contract, as `getVersion` answers it.
    const VERSION: &'static str;

    /// What the contract means on the wire, where its attribute pins that.
    const FINGERPRINT: Option<Fingerprint> = None;

    /// Methods, documentation and schemas. The same reference on every call.
    ///
    /// # Panics
    /// Where [`FINGERPRINT`](Self::FINGERPRINT) is not that of the contract: it was changed, and
    /// the panic says what to write. A backend asks for it as it starts.
    fn info() -> &'static InterfaceInfo;

    /// What the contract means on the wire. A page whose contracts pin it holds none of their
    /// schemas and documentation, for which a backend is asked.
    #[must_use]
    fn fingerprint() -> Fingerprint {
        const {
            assert!(
                cfg!(feature = "schemas") || Self::FINGERPRINT.is_some(),
                "a page built without the feature `schemas` of twinbridge-common declares a contract \
                 that pins no fingerprint: pin it in the contract's attribute, or turn the feature on"
            );
        }
        match Self::FINGERPRINT {
            Some(pinned) => pinned,
            None => Self::info().fingerprint,
        }
    }
}

/// Generated code must reach the seal, so it is a convention and not a wall.
#[doc(hidden)]
pub mod private {
    pub trait Sealed {}
}

/// Everything that can be said of an interface without calling it.
#[cfg_attr(doc, doc = include_str!("../../examples/contract.md"))]
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct InterfaceInfo {
    /// Name of the Rust trait.
    pub name: &'static str,
    /// Where its calls go.
    pub channel: ChannelName,
    /// Version of the contract.
    pub version: &'static str,
    /// The trait's documentation, Markdown; empty if there is none.
    pub docs: &'static str,
    /// Its methods, in the order they stand in the trait.
    pub methods: Vec<MethodInfo>,
    /// Hash over everything above that matters on the wire.
    pub fingerprint: Fingerprint,
}

impl InterfaceInfo {
    /// Puts an interface together and takes its fingerprint. For generated code.
    #[doc(hidden)]
    #[must_use]
    pub fn of<I: IpcInterface>(
        name: &'static str,
        docs: &'static str,
        methods: Vec<MethodInfo>,
    ) -> Self {
        let fingerprint = match I::FINGERPRINT {
            Some(pinned) if !cfg!(feature = "schemas") => pinned,
            pinned => {
                let made = fingerprint::of_methods(&I::CHANNEL, &methods);
                assert!(
                    pinned.is_none_or(|pinned| pinned == made),
                    "the contract of `{name}` has changed: its attribute says `fingerprint = \"{}\"`, \
                     and it is \"{made}\" now; write that, and raise its version",
                    pinned.unwrap_or(made)
                );
                made
            }
        };
        Self {
            name,
            channel: I::CHANNEL,
            version: I::VERSION,
            docs,
            methods,
            fingerprint,
        }
    }

    /// The method of this wire name.
    #[must_use]
    pub fn method(&self, name: &str) -> Option<&MethodInfo> {
        self.methods
            .iter()
            .find(|method| method.name.as_str() == name)
    }
}

/// One method of an interface.
#[cfg_attr(doc, doc = include_str!("../../examples/contract.md"))]
#[derive(Clone, Debug, PartialEq)]
pub struct MethodInfo {
    /// Name on the wire, lowerCamelCase of the Rust name unless the contract says otherwise.
    pub name: MethodName,
    /// Name in Rust.
    pub rust_name: &'static str,
    /// Signature as written in the trait, on one line.
    pub signature: &'static str,
    /// Documentation, Markdown; empty if there is none.
    pub docs: &'static str,
    /// Its arguments, in order.
    pub arguments: Vec<ArgumentInfo>,
    /// JSON Schema of the result; `None` for `()`, which JavaScript sees as `undefined`, and for
    /// a stream.
    pub result: Option<Json>,
    /// JSON Schema of the method's own error; `None` if it has none.
    pub error: Option<Json>,
    /// What the stream carries that is its result; `None` for any other result.
    pub stream: Option<StreamInfo>,
    /// Deadline that the contract gives it, in milliseconds; 0 is none.
    pub deadline_ms: u32,
}

/// The stream that a method results in.
#[cfg_attr(doc, doc = include_str!("../../examples/contract.md"))]
#[derive(Clone, Debug, PartialEq)]
pub struct StreamInfo {
    /// JSON Schema of one item.
    pub item: Json,
    /// JSON Schema of the error that may end the stream; `None` if it has none.
    pub error: Option<Json>,
}

/// One argument of a method.
#[cfg_attr(doc, doc = include_str!("../../examples/contract.md"))]
#[derive(Clone, Debug, PartialEq)]
pub struct ArgumentInfo {
    /// Name, as in the trait.
    pub name: &'static str,
    /// JSON Schema of what is accepted.
    pub schema: Json,
}

/// JSON Schema of what a handler accepts for `T`. For generated code.
#[doc(hidden)]
#[must_use]
pub fn schema_accepted<T: schemars::JsonSchema>() -> Json {
    schema::<T>(|| schemars::generate::SchemaSettings::draft2020_12().for_deserialize())
}

/// JSON Schema of what a handler sends as `T`. For generated code.
#[doc(hidden)]
#[must_use]
pub fn schema_sent<T: schemars::JsonSchema>() -> Json {
    schema::<T>(|| schemars::generate::SchemaSettings::draft2020_12().for_serialize())
}

fn schema<T: schemars::JsonSchema>(
    settings: impl FnOnce() -> schemars::generate::SchemaSettings,
) -> Json {
    if !cfg!(feature = "schemas") {
        // The schema of anything.
        return Json::Bool(true);
    }
    settings()
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}
