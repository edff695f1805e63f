//! What a frontend raises for the `error` of a reply.
//!
//! Follows the rules of the real frontends: when it is a `BackendError`, when a plain `Error`, when
//! the value itself. Does not interpret an application's own errors beyond their id. Used by our
//! frontend towards a JavaScript backend, and by tests that stand in for a JavaScript frontend.

use std::fmt;

use crate::error::BENTLEY_ERROR_SCOPE;
use crate::{Generation, Json, Object, Status};

/// The value a frontend's call rejects with.
#[cfg_attr(doc, doc = include_str!("../examples/errors.md"))]
#[derive(Clone, Debug, PartialEq)]
pub enum Raised {
    /// An error with a number. Of generation 2, every error is one.
    Backend(Box<BackendError>),
    /// Any other error, an `ITwinError` among them.
    Plain(Box<PlainError>),
    /// Something that is no object, as it was thrown.
    Value(Json),
}

/// The backend failed with an error that has a number. iTwin.js: `BackendError`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BackendError {
    /// `errorNumber`; a fraction is cut off.
    pub number: Status,
    /// Text of the number in generation 5.x (`Bad Arg`), class in generation 2 (`IModelError`).
    pub name: String,
    /// `message`, which is what `Display` shows.
    pub message: String,
    /// Where the backend threw, if it tells.
    pub stack: Option<String>,
    /// `getMetaData()`, if the error has any.
    pub metadata: Option<Json>,
    /// All other properties, in order.
    pub fields: Object,
}

/// The backend failed with an error that has no number.
#[cfg_attr(doc, doc = include_str!("../examples/errors.md"))]
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PlainError {
    /// `name`; `Error` if there is none.
    pub name: String,
    /// `message`, which is what `Display` shows; `unknown error` if it is no string.
    pub message: String,
    /// Where the backend threw, if it tells.
    pub stack: Option<String>,
    /// All other properties, in order, `iTwinErrorId` among them.
    pub fields: Object,
}

impl Raised {
    /// What the frontend of `generation` raises for `error`.
    pub fn from_error(error: Json, generation: Generation) -> Self {
        match (generation, error) {
            (Generation::V5, Json::Object(fields)) => Self::v5(fields),
            // To JavaScript an array is an object whose properties are its indices.
            (Generation::V5, Json::Array(items)) => Self::v5(Object::from_entries(
                items
                    .into_iter()
                    .enumerate()
                    .map(|(index, item)| (index.to_string(), item)),
            )),
            (Generation::V5, value) => Self::Value(value),
            (generation, Json::Object(fields)) => {
                Self::Backend(BackendError::v2(fields, generation))
            }
            (generation, _) => Self::Backend(BackendError::v2(Object::new(), generation)),
        }
    }

    /// iTwin.js: `rebuildIpcError`.
    fn v5(fields: Object) -> Self {
        let number = fields.get("errorNumber").and_then(Json::as_i64);
        let key = match itwin_error_id(&fields) {
            Some((BENTLEY_ERROR_SCOPE, key)) => Some(key.to_owned()),
            _ => None,
        };
        match (number, key) {
            (Some(number), Some(key)) => {
                Self::Backend(BackendError::v5(fields, Status(number), key))
            }
            _ => Self::Plain(PlainError::v5(fields)),
        }
    }

    /// Whether this is the error `key` of `scope`. iTwin.js: `ITwinError.isError`.
    pub fn is_itwin_error(&self, scope: &str, key: &str) -> bool {
        match self {
            Self::Backend(error) => scope == BENTLEY_ERROR_SCOPE && key == error.name,
            Self::Plain(error) => error.itwin_error_id() == Some((scope, key)),
            Self::Value(_) => false,
        }
    }
}

impl BackendError {
    fn v5(mut fields: Object, number: Status, key: String) -> Box<Self> {
        fields.remove("errorNumber");
        fields.remove("iTwinErrorId");
        Box::new(Self {
            number,
            name: take_string(&mut fields, "name").unwrap_or(key),
            message: take_string(&mut fields, "message").unwrap_or_default(),
            stack: take_string(&mut fields, "stack"),
            metadata: fields.remove("loggingMetadata"),
            fields,
        })
    }

    /// Generation 2 takes over what it knows and drops the rest.
    fn v2(mut fields: Object, generation: Generation) -> Box<Self> {
        let stack = take_string(&mut fields, "stack");
        Box::new(Self {
            number: fields
                .get("errorNumber")
                .and_then(Json::as_i64)
                .map_or(Status::NONE, Status),
            name: take_string(&mut fields, "name").unwrap_or_default(),
            message: take_string(&mut fields, "message").unwrap_or_default(),
            // Before 2.19 the error keeps the frontend's own stack.
            stack: stack.filter(|_| generation >= Generation::V2_19),
            metadata: None,
            fields: Object::new(),
        })
    }
}

impl PlainError {
    fn v5(mut fields: Object) -> Box<Self> {
        let message = match fields.remove("message") {
            Some(Json::String(text)) => text,
            _ => "unknown error".to_owned(),
        };
        Box::new(Self {
            name: take_string(&mut fields, "name").unwrap_or_else(|| "Error".to_owned()),
            message,
            stack: take_string(&mut fields, "stack"),
            fields,
        })
    }

    /// Scope and key of the error's `iTwinErrorId`, if it has one.
    pub fn itwin_error_id(&self) -> Option<(&str, &str)> {
        itwin_error_id(&self.fields)
    }
}

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Backend(error) => error.fmt(f),
            Self::Plain(error) => error.fmt(f),
            Self::Value(Json::String(text)) => f.write_str(text),
            Self::Value(value) => value.fmt(f),
        }
    }
}

impl fmt::Display for BackendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Display for PlainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Raised {}
impl std::error::Error for BackendError {}
impl std::error::Error for PlainError {}

fn itwin_error_id(fields: &Object) -> Option<(&str, &str)> {
    let id = fields.get("iTwinErrorId")?.as_object()?;
    Some((id.get("scope")?.as_str()?, id.get("key")?.as_str()?))
}

/// Takes a property that is a string; one of another type stays among the fields.
fn take_string(fields: &mut Object, name: &str) -> Option<String> {
    let text = fields.get(name)?.as_str()?.to_owned();
    fields.remove(name);
    Some(text)
}
