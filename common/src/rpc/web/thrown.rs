//! Errors as iTwin.js throws them: objects of JSON, written and read.
//!
//! `{"message":"no such thing","errorNumber":65574,"name":"Not Found","isError":true}`, with
//! other members where an error has some. How an error of Rust looks in this form, and the other
//! way round, is decided here.

use super::category::{ERROR, INCOMPATIBLE_VERSION};
use super::json_text;
use crate::ipc::{BackendError, Refusal};
use crate::rpc::RpcError;
use crate::wire::{Codec, DecodeError, DecodeProblem, Ending, Object, Payload, Value};

/// Scope that iTwin.js gives errors which are known by number.
const BENTLEY_SCOPE: &str = "bentley-error";
/// Name of an error of [`INCOMPATIBLE_VERSION`].
pub(super) const INCOMPATIBLE_VERSION_NAME: &str = "RpcInterfaceStatus.IncompatibleVersion";
/// Longest text that is quoted back to a caller who sent it, in bytes.
const MAX_QUOTED: usize = 1024;

/// An error as it was, or will be, thrown in JavaScript.
///
/// Members that an error does not have are empty; iTwin.js tells them apart by that.
#[cfg_attr(doc, doc = include_str!("../../../examples/web_wire.md"))]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ThrownError {
    /// The error's name; iTwin.js shows it as the error's key.
    pub name: String,
    /// Text for people.
    pub message: String,
    /// iTwin's number. Without one, clients take [`ERROR`].
    pub number: Option<i64>,
    /// Scope and key. iTwin.js: `ITwinError`.
    pub id: Option<ErrorId>,
    /// Where it was thrown; only servers under development say it.
    pub stack: Option<String>,
    /// Its other members.
    pub members: Object,
}

/// What an error is known by in code. iTwin.js: `ITwinErrorId`.
#[cfg_attr(doc, doc = include_str!("../../../examples/web_wire.md"))]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorId {
    /// Namespace of the error.
    pub scope: String,
    /// Name of the error within it.
    pub key: String,
}

impl ThrownError {
    /// An error known by number. iTwin.js: `IModelError`.
    #[must_use]
    pub fn numbered(number: i64, name: &str, message: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            message: message.into(),
            number: Some(number),
            ..Self::default()
        }
    }

    /// An error without a number or name of its own.
    #[must_use]
    pub fn general(message: impl Into<String>) -> Self {
        Self::numbered(ERROR, "Error", message)
    }

    /// What a request for a version gets that does not fit the backend's.
    #[must_use]
    pub fn incompatible_version(backend: &str, frontend: &str, operation: &str) -> Self {
        let error = RpcError::IncompatibleVersion {
            backend: backend.to_owned(),
            frontend: frontend.to_owned(),
            operation: operation.to_owned(),
        };
        Self::numbered(
            INCOMPATIBLE_VERSION,
            INCOMPATIBLE_VERSION_NAME,
            error.to_string(),
        )
    }

    /// Why a payload of iTwin's JSON cannot be read; `None` if it can.
    ///
    /// An error of a whole request or answer, and the text is iTwin's. A value that is only of
    /// another type than its reader wants is none.
    #[must_use]
    pub fn unreadable(payload: &Payload) -> Option<Self> {
        let error = payload.decode::<serde::de::IgnoredAny>().err()?;
        Some(Self::general(match error.problem {
            DecodeProblem::NoAttachment { .. } => {
                "Cannot unmarshal missing binary value.".to_owned()
            }
            _ => {
                let text = String::from_utf8_lossy(&payload.bytes);
                match text.char_indices().find(|(at, _)| *at >= MAX_QUOTED) {
                    None => format!("Invalid JSON: \"{text}\""),
                    Some((end, _)) => format!("Invalid JSON: \"{}…\"", &text[..end]),
                }
            }
        }))
    }

    /// The error in a payload.
    ///
    /// What is thrown may be anything in JavaScript. What is no object with a name and a message
    /// has neither, as iTwin.js makes of it.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the payload cannot be read.
    pub fn read(payload: &Payload) -> Result<Self, DecodeError> {
        let thrown: Value = payload.decode()?;
        let Value::Object(object) = thrown else {
            return Ok(Self::default());
        };
        let mut error = Self::default();
        let is_error = object.get("name").is_some() && object.get("message").is_some();
        for (key, value) in object.0 {
            match (key.as_str(), value) {
                ("name", Value::String(name)) if is_error => error.name = name,
                ("message", Value::String(message)) if is_error => error.message = message,
                ("errorNumber", Value::Int(number)) if is_error => error.number = Some(number),
                ("stack", Value::String(stack)) if is_error => error.stack = Some(stack),
                ("isError", Value::Bool(true)) => {}
                ("iTwinErrorId", value) if ErrorId::read(&value).is_some() => {
                    error.id = ErrorId::read(&value);
                }
                (_, value) => error.members.0.push((key, value)),
            }
        }
        Ok(error)
    }

    /// The error as a payload of iTwin's JSON.
    #[must_use]
    pub fn payload(&self) -> Payload {
        let members = Payload::encode(Codec::ITwinJson, &self.members);
        // Members without a form in JSON are left out: the error itself must arrive.
        let members = members.unwrap_or_else(|_| Payload::unit(Codec::ITwinJson));
        let mut text = String::from("{");
        let mut put = |member: &str| {
            if text.len() > 1 {
                text.push(',');
            }
            text.push_str(member);
        };
        if let Some(stack) = &self.stack {
            put(&format!(r#""stack":{}"#, json_text(stack)));
        }
        put(&format!(r#""message":{}"#, json_text(&self.message)));
        if let Some(number) = self.number {
            put(&format!(r#""errorNumber":{number}"#));
        }
        if let Some(ErrorId { scope, key }) = &self.id {
            let (scope, key) = (json_text(scope), json_text(key));
            put(&format!(
                r#""iTwinErrorId":{{"scope":{scope},"key":{key}}}"#
            ));
        }
        let others = std::str::from_utf8(&members.bytes).unwrap_or_default();
        if others.len() > 2 {
            put(&others[1..others.len() - 1]);
        }
        put(&format!(r#""name":{}"#, json_text(&self.name)));
        put(r#""isError":true"#);
        text.push('}');
        Payload {
            codec: Codec::ITwinJson,
            bytes: text.into_bytes().into(),
            attachments: members.attachments,
        }
    }
}

impl ErrorId {
    fn read(value: &Value) -> Option<Self> {
        match (value.get("scope")?, value.get("key")?) {
            (Value::String(scope), Value::String(key)) => Some(Self {
                scope: scope.clone(),
                key: key.clone(),
            }),
            _ => None,
        }
    }
}

/// What a call ended with that gave no result, in iTwin's form.
impl From<&Ending> for ThrownError {
    fn from(ending: &Ending) -> Self {
        match ending {
            Ending::Failed {
                scope,
                key,
                number,
                message,
                payload,
            } => {
                let own = payload
                    .as_ref()
                    .and_then(|payload| payload.decode::<Value>().ok());
                let mut members = match own {
                    Some(Value::Object(members)) => members,
                    _ => Object::default(),
                };
                let reserved = [
                    "stack",
                    "message",
                    "errorNumber",
                    "iTwinErrorId",
                    "name",
                    "isError",
                ];
                members
                    .0
                    .retain(|(key, _)| !reserved.contains(&key.as_str()));
                Self {
                    name: key.to_string(),
                    message: message.to_string(),
                    number: (*number != 0).then_some(i64::from(*number)),
                    id: Some(ErrorId {
                        scope: scope.to_string(),
                        key: key.to_string(),
                    }),
                    stack: None,
                    members,
                }
            }
            Ending::Refused { text, payload } => {
                let refusal = payload.decode::<Refusal>().ok();
                let number = refusal.and_then(|refusal| refusal.number()).map(i64::from);
                Self::numbered(number.unwrap_or(ERROR), "Error", text.to_string())
            }
            Ending::Done(_) | Ending::Streaming => Self::general("the call did not fail"),
        }
    }
}

/// The error as a reply of a session says it, without its other members.
impl From<&ThrownError> for Ending {
    fn from(error: &ThrownError) -> Self {
        let BackendError {
            scope,
            key,
            number,
            message,
        } = error.into();
        Self::Failed {
            scope: scope.into(),
            key: key.into(),
            number: number.unwrap_or_default(),
            message: message.into(),
            payload: None,
        }
    }
}

/// What a caller in Rust sees. iTwin.js: `BackendError`, whose scope is always `bentley-error`;
/// here it is the error's own where it has one.
impl From<&ThrownError> for BackendError {
    fn from(error: &ThrownError) -> Self {
        let id = error.id.clone().unwrap_or_else(|| ErrorId {
            scope: BENTLEY_SCOPE.to_owned(),
            key: error.name.clone(),
        });
        Self {
            scope: id.scope,
            key: id.key,
            number: u32::try_from(error.number.unwrap_or(ERROR)).ok(),
            message: error.message.clone(),
        }
    }
}
