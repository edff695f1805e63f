//! Which model the arguments of a request are about, and that its address says the same.
//!
//! A client takes the first such argument into the address; a server believes the address, since
//! that is what was routed and authorized by, and corrects the arguments. iTwin.js: `checkToken`.

use memchr::memmem;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::json_text;
use super::path::{PathRouting, Routing, decoded};
use crate::wire::{Codec, Payload};

/// An argument that names a model. iTwin.js: `IModelRpcProps`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct TokenProps {
    #[serde(default)]
    key: Option<String>,
    #[serde(default, rename = "iTwinId")]
    itwin_id: Option<String>,
    #[serde(rename = "iModelId")]
    imodel_id: String,
    #[serde(default)]
    changeset: Option<Changeset>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct Changeset {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    index: Option<i64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Argument {
    Token(TokenProps),
    Other(IgnoredAny),
}

impl Routing {
    /// What the first argument says that names a model; `None` if no argument does.
    #[must_use]
    pub fn of(arguments: &Payload) -> Option<Self> {
        let token = tokens(arguments).next()?;
        Some(Self {
            itwin_id: token.itwin_id.unwrap_or_default(),
            imodel_id: token.imodel_id,
            changeset_id: token
                .changeset
                .and_then(|changeset| changeset.id)
                .unwrap_or_default(),
        })
    }
}

fn tokens(arguments: &Payload) -> impl Iterator<Item = TokenProps> + use<> {
    // Most calls name no model, and need not be decoded twice.
    let mentions = memmem::find(&arguments.bytes, b"iModelId").is_some();
    let arguments = mentions
        .then(|| arguments.decode::<Vec<Argument>>().ok())
        .flatten();
    arguments
        .into_iter()
        .flatten()
        .filter_map(|argument| match argument {
            Argument::Token(token) => Some(token),
            Argument::Other(_) => None,
        })
}

/// The arguments of a request after [`check_tokens`].
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

/// Puts what `path` says about the model into each argument with an `iModelId` and an `iTwinId`.
///
/// Only arguments in iTwin's JSON are corrected; others are compared, and left as they are. What
/// cannot be read is left to the one who decodes it.
#[must_use]
pub fn check_tokens(path: &str, arguments: Payload) -> CheckedArguments {
    let address = PathRouting::read(path);
    let mut mismatch = false;
    if arguments.codec != Codec::ITwinJson {
        let mismatch = tokens(&arguments)
            .filter(|token| token.itwin_id.is_some())
            .any(|token| token.differs(&address));
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

/// The arguments' text, token by token; `None` if it is none or names no model.
fn rewritten(text: &[u8], address: &PathRouting<'_>, mismatch: &mut bool) -> Option<String> {
    memmem::find(text, b"iModelId")?;
    let arguments: Vec<&RawValue> = serde_json::from_slice(text).ok()?;
    let mut out = String::with_capacity(text.len() + 64);
    for (at, argument) in arguments.into_iter().enumerate() {
        out.push(if at == 0 { '[' } else { ',' });
        match serde_json::from_str::<TokenProps>(argument.get()) {
            Ok(token) if token.itwin_id.is_some() => {
                *mismatch |= token.differs(address);
                out.push_str(&token.inflated(address));
            }
            // All others as they were sent, to the byte: binary data is in them by index.
            _ => out.push_str(argument.get()),
        }
    }
    out.push(']');
    Some(out)
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
            .and_then(|changeset| changeset.id.as_deref());
        differs(self.itwin_id.as_deref(), address.itwin_id)
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
    fn the_first_argument_with_a_model_routes() {
        for (arguments, expected) in [
            ("[1,2]", None),
            (r#"[{"iModelId":7}]"#, None),
            (r#"["iModelId"]"#, None),
            (
                r#"[null,{"iModelId":"im"},{"iModelId":"other"}]"#,
                Some(("", "im", "")),
            ),
            (
                r#"[{"key":"k:1","iTwinId":"tw/1","iModelId":"im","changeset":{"id":"cs","index":4}}]"#,
                Some(("tw/1", "im", "cs")),
            ),
        ] {
            let routing = expected.map(|(itwin, imodel, changeset)| Routing {
                itwin_id: itwin.to_owned(),
                imodel_id: imodel.to_owned(),
                changeset_id: changeset.to_owned(),
            });
            assert_eq!(Routing::of(&json(arguments)), routing, "{arguments}");
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
            // A token of generation 2.19 has a context, and stays as it is.
            (
                FULL,
                r#"{"key":"k","contextId":"c","iModelId":"i2"}"#,
                r#"{"key":"k","contextId":"c","iModelId":"i2"}"#,
                false,
            ),
        ] {
            let marker = r#"{"isBinary":true,"index":0,"size":1,"chunks":1}"#;
            let checked = check_tokens(path, json(&format!("[{argument},\"z\", {marker}]")));
            let expected = format!("[{seen},\"z\",{marker}]");
            assert_eq!(String::from_utf8_lossy(&checked.arguments.bytes), expected);
            assert_eq!(checked.mismatch, mismatch, "{argument}");
        }
    }

    #[test]
    fn message_pack_is_compared_and_left_alone() {
        let path = "/p/v1/mode/1/context/tw/imodel/im/changeset/0/A-1-b";
        for (imodel, mismatch) in [("im", false), ("other", true)] {
            let token = crate::wire::Value::from([
                ("iTwinId", crate::wire::Value::from("tw")),
                ("iModelId", crate::wire::Value::from(imodel)),
            ]);
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
