//! The reply to an invocation: `{ result }` or `{ error }`.
//!
//! Tells success from failure by the one rule of the real frontends, and leaves the values in them
//! alone. Knows nothing of call ids and carriers. Used by every edge that answers or makes an
//! iTwin.js call.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap as _, Serializer};

use crate::{Generation, Json, Raised, Stack, Thrown};

/// What a handler's call came to. iTwin.js: `IpcInvokeReturn`.
///
/// On a JSON carrier an undefined result is the absent property, so the reply is `{}`. A carrier
/// that has a word for `undefined` puts it in with [`undefined_as`](Self::undefined_as) and takes
/// it out with [`undefined_was`](Self::undefined_was).
#[cfg_attr(doc, doc = include_str!("../examples/errors.md"))]
#[derive(Clone, Debug, PartialEq)]
pub enum IpcInvokeReturn<T> {
    /// The handler returned this; `None` is `undefined`.
    Result(Option<T>),
    /// The handler threw, and this is what it says of it.
    Error(Json),
}

impl<T> IpcInvokeReturn<T> {
    /// The reply of a handler that threw; `None` if the handler of that generation fails without a
    /// reply (see [`Thrown::to_error`]).
    pub fn thrown(thrown: &Thrown, generation: Generation, stack: Stack) -> Option<Self> {
        thrown.to_error(generation, stack).map(Self::Error)
    }

    /// Replaces an undefined result by the carrier's word for it.
    #[must_use]
    pub fn undefined_as(self, word: T) -> Self {
        match self {
            Self::Result(None) => Self::Result(Some(word)),
            other => other,
        }
    }

    /// What the frontend's call comes to; `Ok(None)` is `undefined`.
    ///
    /// # Errors
    /// What the frontend of `generation` raises, if the handler threw.
    pub fn into_result(self, generation: Generation) -> Result<Option<T>, Raised> {
        match self {
            Self::Result(value) => Ok(value),
            Self::Error(error) => Err(Raised::from_error(error, generation)),
        }
    }
}

impl IpcInvokeReturn<Json> {
    /// Reads the carrier's word for `undefined`, as a result and as an error.
    ///
    /// A thrown `undefined` is a success with an undefined result, since nothing else than
    /// `undefined` in `error` tells a frontend that a call succeeded.
    #[must_use]
    pub fn undefined_was(self, word: &Json) -> Self {
        match self {
            Self::Result(Some(value)) | Self::Error(value) if value == *word => Self::Result(None),
            other => other,
        }
    }
}

impl<T: Serialize> Serialize for IpcInvokeReturn<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let len = usize::from(!matches!(self, Self::Result(None)));
        let mut map = serializer.serialize_map(Some(len))?;
        match self {
            Self::Result(None) => {}
            Self::Result(Some(value)) => map.serialize_entry("result", value)?,
            Self::Error(error) => map.serialize_entry("error", error)?,
        }
        map.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for IpcInvokeReturn<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ReplyVisitor(PhantomData))
    }
}

struct ReplyVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ReplyVisitor<T> {
    type Value = IpcInvokeReturn<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a reply with `result` or `error`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut result, mut error) = (None, None);
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "result" => result = Some(map.next_value()?),
                "error" => error = Some(map.next_value()?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        // A present error counts, `null` included, even beside a result.
        Ok(error.map_or(IpcInvokeReturn::Result(result), IpcInvokeReturn::Error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_on_the_wire() {
        for (text, reply) in [
            (
                r#"{"result":1}"#,
                IpcInvokeReturn::Result(Some(Json::Int(1))),
            ),
            (
                r#"{"result":null}"#,
                IpcInvokeReturn::Result(Some(Json::Null)),
            ),
            (r#"{}"#, IpcInvokeReturn::Result(None)),
            (r#"{"error":"text"}"#, IpcInvokeReturn::Error("text".into())),
            (r#"{"error":null}"#, IpcInvokeReturn::Error(Json::Null)),
        ] {
            assert_eq!(serde_json::to_string(&reply).unwrap(), text);
            assert_eq!(
                serde_json::from_str::<IpcInvokeReturn<Json>>(text).unwrap(),
                reply
            );
        }
    }

    #[test]
    fn an_error_counts_beside_a_result_and_other_properties_do_not() {
        for text in [
            r#"{"result":1,"error":5}"#,
            r#"{"error":5,"result":1,"more":[]}"#,
        ] {
            let reply: IpcInvokeReturn<i32> = serde_json::from_str(text).unwrap();
            assert_eq!(reply, IpcInvokeReturn::Error(5.into()));
        }
    }

    #[test]
    fn a_reply_that_is_no_object_is_refused() {
        for text in ["null", "1", r#""text""#, "[]"] {
            assert!(
                serde_json::from_str::<IpcInvokeReturn<Json>>(text).is_err(),
                "{text}"
            );
        }
    }

    #[test]
    fn a_carrier_may_have_a_word_for_undefined() {
        let word = Json::from("<undef>");
        let reply = IpcInvokeReturn::Result(None).undefined_as(word.clone());
        let text = r#"{"result":"<undef>"}"#;
        assert_eq!(serde_json::to_string(&reply).unwrap(), text);
        assert_eq!(reply.undefined_was(&word), IpcInvokeReturn::Result(None));
        let null = IpcInvokeReturn::Result(Some(Json::Null));
        assert_eq!(null.clone().undefined_as(word.clone()), null);
        assert_eq!(null.clone().undefined_was(&word), null);
    }

    #[test]
    fn a_thrown_undefined_looks_like_success() {
        let reply: IpcInvokeReturn<Json> = serde_json::from_str(r#"{"error":"<undef>"}"#).unwrap();
        let reply = reply.undefined_was(&"<undef>".into());
        assert_eq!(reply.into_result(Generation::V5), Ok(None));
    }
}
