//! The token parameter: which iModel a request is about, and so where it goes.
//!
//! A web configuration writes it into the address, from the argument that the contract marks with
//! `#[token]` or else the first that looks like one; nothing else looks into arguments. iTwin.js:
//! `IModelRpcProps` and `RpcOperationPolicy.token`.

use std::fmt;

use schemars::JsonSchema;
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::RpcRequest;
use crate::wire::{Payload, Value};

/// What a request says of its iModel. iTwin.js: `IModelRpcProps`.
///
/// It is read from an object alone, whose members have their names: what looks for tokens among
/// arguments, to hold them against an address, knows no other form.
#[cfg_attr(doc, doc = include_str!("../../examples/rpc.md"))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct IModelRpcProps {
    /// Under what the backend has it open.
    pub key: String,
    /// The iTwin that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub i_twin_id: Option<String>,
    /// The iModel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub i_model_id: Option<String>,
    /// Its state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changeset: Option<IModelChangeset>,
}

/// A state of an iModel. iTwin.js: `ChangesetIdWithIndex`.
#[cfg_attr(doc, doc = include_str!("../../examples/rpc.md"))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct IModelChangeset {
    /// Its name; empty is the first.
    pub id: String,
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
}

impl<'de> Deserialize<'de> for IModelRpcProps {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Named;

        impl<'de> Visitor<'de> for Named {
            type Value = IModelRpcProps;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with an `iModelId`")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut props = IModelRpcProps::default();
                let mut seen = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    if seen.contains(&name) {
                        return Err(A::Error::custom(format_args!("`{name}` is there twice")));
                    }
                    match name.as_str() {
                        "key" => props.key = map.next_value()?,
                        "iTwinId" => props.i_twin_id = map.next_value()?,
                        "iModelId" => props.i_model_id = map.next_value()?,
                        "changeset" => props.changeset = map.next_value()?,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    }
                    seen.push(name);
                }
                Ok(props)
            }
        }

        deserializer.deserialize_map(Named)
    }
}

impl RpcRequest {
    /// The token among the arguments: the one that the contract marks, or else the first that is
    /// an object with a text `iModelId`. `None` where there is none, or it is of another form.
    #[must_use]
    pub fn token(&self) -> Option<IModelRpcProps> {
        let arguments: Vec<Value> = self.arguments.decode().ok()?;
        let token = match self.policy.token {
            Some(position) => arguments.get(position),
            None => arguments.iter().find(|argument| is_token(argument)),
        };
        let codec = self.arguments.codec;
        Payload::encode(codec, token?).ok()?.decode().ok()
    }
}

fn is_token(argument: &Value) -> bool {
    let Value::Object(object) = argument else {
        return false;
    };
    matches!(object.get("iModelId"), Some(Value::String(_)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Bytes, Codec};

    fn read(codec: Codec, bytes: &[u8]) -> Option<IModelRpcProps> {
        let payload = Payload {
            codec,
            bytes: Bytes::copy_from_slice(bytes),
            attachments: Vec::new(),
        };
        payload.decode().ok()
    }

    #[test]
    fn a_token_is_an_object_whose_members_have_their_names() {
        let props = IModelRpcProps {
            key: "k".to_owned(),
            i_model_id: Some("im".to_owned()),
            ..IModelRpcProps::default()
        };
        for codec in [Codec::MessagePack, Codec::Json, Codec::ITwinJson] {
            let payload = Payload::encode(codec, &props).unwrap();
            assert_eq!(payload.decode::<IModelRpcProps>().unwrap(), props);
        }
        let json = |text: &str| read(Codec::ITwinJson, text.as_bytes());
        assert!(json(r#"{"key":"k","iModelId":"im","more":[1]}"#).is_some());
        assert_eq!(json(r#"["k","tw","im"]"#), None);
        assert_eq!(json(r#"{"iModelId":"a","iModelId":"b"}"#), None);
        // A map of 2 to "im", and an array: other spellings of a struct in MessagePack.
        assert_eq!(read(Codec::MessagePack, b"\x81\x02\xa2im"), None);
        assert_eq!(read(Codec::MessagePack, b"\x93\xa1k\xa2tw\xa2im"), None);
    }
}
