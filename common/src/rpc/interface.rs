//! What both sides know of an RPC interface: name, version, operations, policies and types.
//!
//! Made once per interface by the code that `#[rpc_interface]` generates. It stands on what every
//! contract says of itself, [`InterfaceInfo`], and adds what only RPC asks for. iModel.js:
//! `RpcInterfaceDefinition` and `RpcOperationPolicy`.

use std::collections::BTreeMap;

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::Value as Json;

use super::InterfaceName;
use crate::{
    ipc::{InterfaceInfo, IpcInterface, MethodInfo},
    wire::MethodName,
};

/// The contract of one RPC interface. `#[rpc_interface]` implements it for the marker type named
/// after the trait; nobody else should. Its `CHANNEL` is where it is served within a session.
#[cfg_attr(doc, doc = include_str!("../../examples/rpc.md"))]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an RPC interface",
    note = "put `#[rpc_interface(name = \"…\", version = \"…\")]` on a trait and name its `…Interface`"
)]
pub trait RpcInterface: IpcInterface {
    /// By what it is known on every wire.
    const NAME: InterfaceName;

    /// Operations, schemas and policies. The same reference on every call.
    fn rpc_info() -> &'static RpcInterfaceInfo;
}

/// Everything that can be said of an RPC interface without calling it.
#[cfg_attr(doc, doc = include_str!("../../examples/rpc.md"))]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RpcInterfaceInfo {
    /// By what it is known on every wire.
    pub name: InterfaceName,
    /// Version of the contract.
    pub version: &'static str,
    /// Documentation, signatures and schemas, as of every contract.
    pub interface: &'static InterfaceInfo,
    /// Its operations, in the order they stand in the trait.
    pub operations: Vec<RpcOperationInfo>,
    /// Every type with a name of its own that crosses: the seed's `types`.
    pub types: BTreeMap<String, RpcTypeInfo>,
}

impl RpcInterfaceInfo {
    /// Puts an interface together. For generated code.
    #[doc(hidden)]
    #[must_use]
    pub fn of<I: RpcInterface>(operations: Vec<RpcOperationInfo>, types: RpcTypes) -> Self {
        Self {
            name: I::NAME,
            version: I::VERSION,
            interface: I::info(),
            operations,
            types: types.finish(),
        }
    }

    /// The operation of this wire name.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<&RpcOperationInfo> {
        self.operations
            .iter()
            .find(|operation| operation.name.as_str() == name)
    }

    /// Documentation, signature and schemas of an operation.
    #[must_use]
    pub fn method(&self, name: &str) -> Option<&MethodInfo> {
        self.interface.method(name)
    }
}

/// One operation of an RPC interface.
#[cfg_attr(doc, doc = include_str!("../../examples/rpc.md"))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RpcOperationInfo {
    /// Name on the wire.
    pub name: MethodName,
    /// How requests of it are made.
    pub policy: RpcPolicy,
}

/// How requests of an operation are made. iModel.js: `RpcOperationPolicy`.
#[cfg_attr(doc, doc = include_str!("../../examples/rpc.md"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RpcPolicy {
    /// Deadline that the contract gives it, in milliseconds; 0 is none.
    pub deadline_ms: u32,
    /// Time between two questions while it is pending, in milliseconds; 0 is that of the
    /// configuration.
    pub retry_interval_ms: u32,
    /// Whether what it results in may be kept by others.
    pub caching: RpcCaching,
    /// Position of the argument that says where the request goes, from 0; `None` is the first
    /// that is an object with a text `iModelId`.
    pub token: Option<usize>,
    /// Whether it may run twice where nobody knows whether it ran.
    pub is_idempotent: bool,
}

/// Whether what an operation results in may be kept. iModel.js: `RpcResponseCacheControl`.
#[cfg_attr(doc, doc = include_str!("../../examples/rpc.md"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RpcCaching {
    /// It may not.
    #[default]
    None,
    /// It may: for the same arguments it is the same for ever.
    Immutable,
}

/// JSON Schemas of one named type, with `$ref`s to the others as `#/$defs/<name>`.
#[cfg_attr(doc, doc = include_str!("../../examples/rpc.md"))]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RpcTypeInfo {
    /// What is accepted for it in an argument; `None` where it is only sent.
    pub accepted: Option<Json>,
    /// What is sent of it in a result or an error; `None` where it is only accepted.
    pub sent: Option<Json>,
}

/// Collects the types of an interface. For generated code.
#[doc(hidden)]
#[derive(Debug)]
pub struct RpcTypes {
    /// What is accepted, and what is sent; `None` without the feature `schemas`.
    generators: Option<(SchemaGenerator, SchemaGenerator)>,
}

impl Default for RpcTypes {
    fn default() -> Self {
        let settings = SchemaSettings::draft2020_12;
        let generators = cfg!(feature = "schemas").then(|| {
            (
                settings().for_deserialize().into_generator(),
                settings().for_serialize().into_generator(),
            )
        });
        Self { generators }
    }
}

impl RpcTypes {
    /// Notes the type of an argument, and all that it is made of.
    pub fn accepts<T: JsonSchema>(&mut self) {
        if cfg!(feature = "schemas")
            && let Some((accepted, _)) = &mut self.generators
        {
            accepted.subschema_for::<T>();
        }
    }

    /// Notes the type of a result, an item or an error, and all that it is made of.
    pub fn sends<T: JsonSchema>(&mut self) {
        if cfg!(feature = "schemas")
            && let Some((_, sent)) = &mut self.generators
        {
            sent.subschema_for::<T>();
        }
    }

    fn finish(self) -> BTreeMap<String, RpcTypeInfo> {
        let mut types = BTreeMap::<String, RpcTypeInfo>::new();
        let Some((mut accepted, mut sent)) = self.generators.filter(|_| cfg!(feature = "schemas"))
        else {
            return types;
        };
        for (name, schema) in accepted.take_definitions(true) {
            types.entry(name).or_default().accepted = Some(schema);
        }
        for (name, schema) in sent.take_definitions(true) {
            types.entry(name).or_default().sent = Some(schema);
        }
        types
    }
}
