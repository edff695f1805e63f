//! The token parameter: which iModel a request is about, and so where it goes.
//!
//! A web configuration writes it into the address, from the argument that the contract marks with
//! `#[token]` or else the first that looks like one; nothing else looks into arguments. iTwin.js:
//! `IModelRpcProps` and `RpcOperationPolicy.token`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::RpcRequest;
use crate::wire::{Payload, Value};

/// What a request says of its iModel. iTwin.js: `IModelRpcProps`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct IModelChangeset {
    /// Its name; empty is the first.
    pub id: String,
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
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
