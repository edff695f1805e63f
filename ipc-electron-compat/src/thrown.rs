//! Whatever a handler threw, and the `error` of a reply that tells it.
//!
//! Words one thrown value for each generation. Does not decide what the frontend makes of it. Used
//! by [`IpcInvokeReturn`](crate::IpcInvokeReturn) and by carriers that have no reply for a failure.

use crate::{Generation, Json, Object, Status, ThrownError};

/// Anything JavaScript can throw, apart from `undefined`.
#[cfg_attr(doc, doc = include_str!("../examples/errors.md"))]
#[derive(Clone, Debug, PartialEq)]
pub enum Thrown {
    /// An instance of `Error`.
    Error(ThrownError),
    /// Anything else: `throw "text"`, `throw null`, `throw {error: "failed"}`.
    Value(Json),
}

/// Whether an error tells the page where it was thrown.
#[cfg_attr(doc, doc = include_str!("../examples/errors.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stack {
    /// Never. iTwin.js: `noStack` of `IpcHost`.
    Stripped,
    /// If the error has one. iTwin.js does so unless told otherwise.
    Sent,
}

impl Thrown {
    /// The `error` of the reply; `None` if the handler of that generation fails without a reply.
    ///
    /// That is so for `throw null` in generation 2, which asks the value for its class. The caller
    /// then rejects the invocation itself, outside of any reply.
    pub fn to_error(&self, generation: Generation, stack: Stack) -> Option<Json> {
        let stack = match generation {
            Generation::V5 => return Some(self.v5(stack)),
            Generation::V2_19 => stack,
            Generation::Seed | Generation::V2_12 => Stack::Stripped,
        };
        self.v2(stack).map(Json::Object)
    }

    pub(crate) fn v5(&self, stack: Stack) -> Json {
        match self {
            Self::Error(error) => Json::Object(error.v5(stack)),
            Self::Value(value) => value.clone(),
        }
    }

    /// Class, message and number of whatever was thrown; the stack is empty, not absent, when the
    /// value has none.
    fn v2(&self, stack: Stack) -> Option<Object> {
        let given = |name| match self {
            Self::Error(error) => error.v2_property(name),
            Self::Value(value) => value.as_object()?.get(name).cloned(),
        };
        let property = |name, default: Json| match given(name) {
            None | Some(Json::Null) => default,
            Some(value) => value,
        };
        let mut error = Object::new();
        error.set("name", self.class()?);
        error.set("message", property("message", Json::from("")));
        error.set(
            "errorNumber",
            property("errorNumber", Json::Int(Status::NONE.0)),
        );
        if stack == Stack::Sent {
            error.set("stack", property("stack", Json::from("")));
        }
        Some(error)
    }

    /// Name of the constructor, which `null` has not.
    fn class(&self) -> Option<&str> {
        match self {
            Self::Error(error) => Some(error.class()),
            Self::Value(Json::Null) => None,
            Self::Value(Json::Bool(_)) => Some("Boolean"),
            Self::Value(Json::Int(_) | Json::Float(_)) => Some("Number"),
            Self::Value(Json::String(_)) => Some("String"),
            Self::Value(Json::Array(_)) => Some("Array"),
            Self::Value(Json::Object(_)) => Some("Object"),
        }
    }
}

impl From<ThrownError> for Thrown {
    fn from(error: ThrownError) -> Self {
        Self::Error(error)
    }
}

impl<T: Into<Json>> From<T> for Thrown {
    fn from(value: T) -> Self {
        Self::Value(value.into())
    }
}
