//! Which model the arguments of a request are about, and that its address says the same.
//!
//! A client takes the first such argument into the address; a server believes the address, since
//! that is what was routed and authorized by, and corrects the arguments. iTwin.js: `checkToken`.

use std::collections::BTreeMap;

use memchr::memmem;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::json_text;
use super::path::{PathRouting, decoded};
use crate::wire::{Codec, Payload, Value};

/// An argument that names a model. iTwin.js: `IModelRpcProps`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct TokenProps {
    #[serde(default)]
    key: Option<String>,
    #[serde(default, rename = "iTwinId")]
    itwin_id: Option<String>,
    #[serde(default, rename = "contextId")]
    context_id: Option<String>,
    #[serde(rename = "iModelId")]
    imodel_id: String,
    #[serde(default)]
    changeset: Option<Changeset>,
    #[serde(default, rename = "changeSetId")]
    changeset_id: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct Changeset {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    index: Option<i64>,
}

/// The arguments of a request after [`check_tokens`].
#[cfg_attr(doc, doc = include_str!("../../../examples/web_wire.md"))]
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedArguments {
    /// The arguments, with what the address says in place of what they said.
    pub arguments: Payload,
    /// Whether they said something else. iTwin.js warns then, or refuses the request with
    /// [`TOKEN_MISMATCH`], as its configuration says.
    pub mismatch: bool,
}

/// The text of the refusal of a request whose arguments and address name two models.
pub const TOKEN_MISMATCH: &str = "IModelRpcProps mismatch detected for this request.";

/// Puts what `path` says about the model into each argument that names one: an object with an
/// `iModelId`, however its letters are escaped.
///
/// An argument with an `iTwinId` as well is written anew, as iTwin.js does it; of any other, what
/// says something else is replaced. One that cannot be read as a token says something else. Only
/// arguments in iTwin's JSON are corrected; others are compared, and a mismatch among them can only
/// be refused. What is no array is left to the one who decodes it.
#[must_use]
pub fn check_tokens(path: &str, arguments: Payload) -> CheckedArguments {
    let address = PathRouting::read(path);
    let mut mismatch = false;
    if arguments.codec != Codec::ITwinJson {
        let mismatch = contradicts(&arguments, &address);
        return CheckedArguments {
            arguments,
            mismatch,
        };
    }
    let Some(text) = rewritten(&arguments.bytes, &address, &mut mismatch) else {
        return CheckedArguments {
            arguments,
            mismatch: false,
        };
    };
    let arguments = Payload {
        bytes: text.into_bytes().into(),
        ..arguments
    };
    CheckedArguments {
        arguments,
        mismatch,
    }
}

/// Whether an argument names another model, or names one in a way that cannot be read.
fn contradicts(arguments: &Payload, address: &PathRouting<'_>) -> bool {
    // MessagePack has one way to write a name, so that what names no model need not be decoded.
    if memmem::find(&arguments.bytes, IMODEL.as_bytes()).is_none() {
        return false;
    }
    let Ok(arguments) = arguments.decode::<Vec<Value>>() else {
        return true;
    };
    arguments.iter().any(|argument| {
        let members = match argument {
            Value::Object(members) => members,
            // A token in a form that no client of ours gives it.
            Value::Map(entries) => {
                let name = Value::from(IMODEL);
                return entries.iter().any(|(key, _)| *key == name);
            }
            _ => return false,
        };
        let is_token = match members.get(IMODEL) {
            None => false,
            Some(Value::String(_)) => true,
            Some(_) => members.get(ITWIN).is_some(),
        };
        let read = || {
            let payload = Payload::encode(Codec::MessagePack, argument).ok()?;
            payload.decode::<TokenProps>().ok()
        };
        is_token && read().is_none_or(|token| token.differs(address))
    })
}

/// Name of the member that makes an argument a token.
const IMODEL: &str = "iModelId";
const ITWIN: &str = "iTwinId";
/// What clients of 2.19 have in its place, and for the changeset.
const CONTEXT: &str = "contextId";
const CHANGESET_ID: &str = "changeSetId";

/// The members of an object by their names without escapes, each value to the byte.
type Members<'a> = BTreeMap<String, &'a RawValue>;

/// The arguments' text, token by token; `None` if it is none or names no model.
fn rewritten(text: &[u8], address: &PathRouting<'_>, mismatch: &mut bool) -> Option<String> {
    // A name may be written with escapes, and most texts have neither.
    memmem::find(text, IMODEL.as_bytes()).or_else(|| memmem::find(text, b"\\u"))?;
    let arguments: Vec<&RawValue> = serde_json::from_slice(text).ok()?;
    let mut out = String::with_capacity(text.len() + 64);
    for (at, argument) in arguments.into_iter().enumerate() {
        out.push(if at == 0 { '[' } else { ',' });
        match corrected(argument.get(), address, mismatch) {
            Some(token) => out.push_str(&token),
            // All others as they were sent, to the byte: binary data is in them by index.
            None => out.push_str(argument.get()),
        }
    }
    out.push(']');
    Some(out)
}

/// An argument with what the address says; `None` where it is as it was.
fn corrected(argument: &str, address: &PathRouting<'_>, mismatch: &mut bool) -> Option<String> {
    if !argument.starts_with('{') {
        return None;
    }
    let members: Members<'_> = serde_json::from_str(argument).ok()?;
    let imodel = members.get(IMODEL)?;
    let has_itwin = members.contains_key(ITWIN);
    if !has_itwin && !imodel.get().starts_with('"') {
        return None;
    }
    match serde_json::from_str::<TokenProps>(argument) {
        Ok(token) if token.itwin_id.is_some() => {
            *mismatch |= token.differs(address);
            Some(token.inflated(address))
        }
        Ok(token) if !token.differs(address) => None,
        // Nor is one right that cannot be read: the impl may read it all the same.
        _ => {
            *mismatch = true;
            Some(overlaid(&members, address))
        }
    }
}

/// An object with what the address says in place of what it says about the model.
fn overlaid(members: &Members<'_>, address: &PathRouting<'_>) -> String {
    let mut said: BTreeMap<&str, String> = members
        .iter()
        .map(|(name, value)| (name.as_str(), value.get().to_owned()))
        .collect();
    if let Some(imodel) = address.imodel_id {
        said.insert(IMODEL, json_text(imodel));
    }
    if let Some(itwin) = address.itwin_id {
        for name in [ITWIN, CONTEXT] {
            if let Some(own) = said.get_mut(name) {
                *own = json_text(itwin);
            }
        }
    }
    if let Some(changeset) = address.changeset_id {
        match said.get_mut(CHANGESET_ID) {
            Some(own) => *own = json_text(changeset),
            None => {
                let changeset = format!(r#"{{"id":{}}}"#, json_text(changeset));
                said.insert("changeset", changeset);
            }
        }
    }
    let members = said
        .into_iter()
        .map(|(name, value)| format!("{}:{value}", json_text(name)));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

impl TokenProps {
    fn differs(&self, address: &PathRouting<'_>) -> bool {
        let differs = |own: Option<&str>, said: Option<&str>| {
            let said = said.map(|said| decoded(said).unwrap_or_else(|| said.to_owned()));
            said.is_some_and(|said| said != own.unwrap_or_default())
        };
        let changeset = self
            .changeset
            .as_ref()
            .and_then(|changeset| changeset.id.as_deref())
            .or(self.changeset_id.as_deref());
        // One that names none contradicts no address.
        let itwin = self.itwin_id.as_deref().or(self.context_id.as_deref());
        (itwin.is_some() && differs(itwin, address.itwin_id))
            || differs(Some(&self.imodel_id), address.imodel_id)
            || differs(changeset, address.changeset_id)
    }

    /// The argument as iTwin's server hands it to an implementation.
    fn inflated(&self, address: &PathRouting<'_>) -> String {
        let itwin = address
            .itwin_id
            .or(self.itwin_id.as_deref())
            .unwrap_or_default();
        let imodel = address.imodel_id.unwrap_or(&self.imodel_id);
        let own = self.changeset.clone().unwrap_or_default();
        let changeset = match address.changeset_id {
            Some(id) => id,
            None => own.id.as_deref().unwrap_or("0"),
        };
        let key = match &self.key {
            Some(key) if !key.contains(':') => key.clone(),
            _ => format!("{imodel}:{changeset}"),
        };
        let index = own
            .index
            .map(|index| format!(r#","index":{index}"#))
            .unwrap_or_default();
        format!(
            r#"{{"key":{},"iTwinId":{},"iModelId":{},"changeset":{{"id":{}{index}}}}}"#,
            json_text(&key),
            json_text(itwin),
            json_text(imodel),
            json_text(changeset),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Payload {
        Payload {
            codec: Codec::ITwinJson,
            bytes: text.as_bytes().to_vec().into(),
            attachments: Vec::new(),
        }
    }

    #[test]
    fn a_server_believes_the_address() {
        const FULL: &str =
            "/probe/v1.0/mode/1/context/tw/imodel/im/changeset/cs/ProbeRpc-1.2.3-token";
        const NO_CHANGESET: &str =
            "/probe/v1.0/mode/1/context/tw%2F1/imodel/im/changeset/0/ProbeRpc-1.2.3-token";
        const WRITABLE: &str = "/p/v1/mode/2/context/tw/imodel/im/ProbeRpc-1.2.3-token";
        for (path, argument, seen, mismatch) in [
            (
                FULL,
                r#"{"key":"k:1","iTwinId":"tw","iModelId":"im","changeset":{"id":"cs","index":4}}"#,
                r#"{"key":"im:cs","iTwinId":"tw","iModelId":"im","changeset":{"id":"cs","index":4}}"#,
                false,
            ),
            (
                NO_CHANGESET,
                r#"{"key":"k","iTwinId":"tw/1","iModelId":"im"}"#,
                r#"{"key":"k","iTwinId":"tw%2F1","iModelId":"im","changeset":{"id":""}}"#,
                false,
            ),
            (
                WRITABLE,
                r#"{"iTwinId":"tw","iModelId":"im"}"#,
                r#"{"key":"im:0","iTwinId":"tw","iModelId":"im","changeset":{"id":"0"}}"#,
                false,
            ),
            (
                FULL,
                r#"{"key":"k","iTwinId":"tw","iModelId":"stolen","changeset":{"id":"cs"}}"#,
                r#"{"key":"k","iTwinId":"tw","iModelId":"im","changeset":{"id":"cs"}}"#,
                true,
            ),
            // A token of generation 2.19 has a context, and stays as it is where it is right.
            (
                FULL,
                r#"{"key":"k","contextId":"tw","iModelId":"im","changeset":{"id":"cs"}}"#,
                r#"{"key":"k","contextId":"tw","iModelId":"im","changeset":{"id":"cs"}}"#,
                false,
            ),
            (
                FULL,
                r#"{"key":"k","contextId":"c","iModelId":"i2","openMode":1.50}"#,
                r#"{"changeset":{"id":"cs"},"contextId":"tw","iModelId":"im","key":"k","openMode":1.50}"#,
                true,
            ),
            (
                FULL,
                r#"{"iModelId":"stolen"}"#,
                r#"{"changeset":{"id":"cs"},"iModelId":"im"}"#,
                true,
            ),
            // However it is written.
            (
                FULL,
                r#"{"key":"k","iTwin\u0049d":"tw","iMod\u0065lId":"stolen","changeset":{"id":"cs"}}"#,
                r#"{"key":"k","iTwinId":"tw","iModelId":"im","changeset":{"id":"cs"}}"#,
                true,
            ),
            // What this cannot read, an impl may.
            (
                FULL,
                r#"{"key":7,"iTwinId":"tw","iModelId":"stolen"}"#,
                r#"{"changeset":{"id":"cs"},"iModelId":"im","iTwinId":"tw","key":7}"#,
                true,
            ),
            (
                FULL,
                r#"{"iModelId":"im","iModelId":"stolen"}"#,
                r#"{"changeset":{"id":"cs"},"iModelId":"im"}"#,
                true,
            ),
            // No model is named, or the text is no name.
            (FULL, r#"{"iModelId":7}"#, r#"{"iModelId":7}"#, false),
            (FULL, r#""\u0069ModelId""#, r#""\u0069ModelId""#, false),
        ] {
            let marker = r#"{"isBinary":true,"index":0,"size":1,"chunks":1}"#;
            let checked = check_tokens(path, json(&format!("[{argument},\"z\", {marker}]")));
            let expected = format!("[{seen},\"z\",{marker}]");
            assert_eq!(String::from_utf8_lossy(&checked.arguments.bytes), expected);
            assert_eq!(checked.mismatch, mismatch, "{argument}");
        }
    }

    #[test]
    fn message_pack_is_compared_and_not_corrected() {
        let path = "/p/v1/mode/1/context/tw/imodel/im/changeset/0/A-1-b";
        let text = |text: &str| Value::from(text);
        for (members, mismatch) in [
            (vec![(ITWIN, text("tw")), (IMODEL, text("im"))], false),
            (vec![(IMODEL, text("im"))], false),
            (vec![(ITWIN, text("tw")), (IMODEL, text("other"))], true),
            (vec![(IMODEL, text("other"))], true),
            (
                vec![(IMODEL, text("im")), ("key", Value::from(7_u32))],
                true,
            ),
            (vec![("id", text(IMODEL))], false),
        ] {
            let token = Value::Object(
                members
                    .into_iter()
                    .map(|(name, value)| (name.into(), value))
                    .collect(),
            );
            let arguments = Payload::encode(Codec::MessagePack, &[token]).unwrap();
            let checked = check_tokens(path, arguments.clone());
            assert_eq!(
                checked,
                CheckedArguments {
                    arguments,
                    mismatch
                }
            );
        }
    }

    #[test]
    fn what_cannot_be_read_is_left_to_who_decodes_it() {
        for text in [
            "",
            "[{\"iModelId\":",
            "{\"iModelId\":\"i\",\"iTwinId\":\"t\"}",
            "\u{0}iModelId",
        ] {
            let checked = check_tokens("/context/a/x", json(text));
            assert_eq!(
                checked,
                CheckedArguments {
                    arguments: json(text),
                    mismatch: false
                }
            );
        }
    }
}
