//! What travels with a request beside its arguments: whose it is and what it belongs to.
//!
//! A client's configuration supplies it, the impl reads it, and calls that the impl makes belong
//! to the same activity. It is carried as metadata, which every configuration has a form for.
//! iModel.js: `SerializedRpcActivity` and `RpcActivity`.

use std::fmt;

use crate::{
    ipc::{ACTIVITY, CallContext},
    wire::Metadata,
};

/// Who asks, and what for. An empty text is one that is not known.
#[cfg_attr(doc, doc = include_str!("../../examples/rpc.md"))]
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RpcRequestContext {
    /// Ties what belongs together, over all halves and their logs.
    pub activity_id: String,
    /// The run of the application that asks.
    pub session_id: String,
    /// The application that asks.
    pub application_id: String,
    /// Its version.
    pub application_version: String,
    /// What proves who asks, with its scheme: `Bearer …`. Empty on local connections.
    pub authorization: String,
}

/// Names of the entries, and the fields they are for. That of the activity is the one that calls
/// over IPC have, so that they belong to it as well.
const SESSION: &str = "sessionId";
const APPLICATION: &str = "applicationId";
const APPLICATION_VERSION: &str = "applicationVersion";
const AUTHORIZATION: &str = "authorization";
/// Version of the interface that the caller was built against.
pub(crate) const VERSION: &str = "rpcVersion";

impl RpcRequestContext {
    /// That of the call that this thread is answering; `None` outside of a handler.
    #[must_use]
    pub fn current() -> Option<Self> {
        CallContext::current().map(|context| Self::read(context.metadata()))
    }

    /// Sets [`activity_id`](Self::activity_id).
    #[must_use]
    pub fn activity_id(mut self, id: impl Into<String>) -> Self {
        self.activity_id = id.into();
        self
    }

    /// Sets [`session_id`](Self::session_id).
    #[must_use]
    pub fn session_id(mut self, id: impl Into<String>) -> Self {
        self.session_id = id.into();
        self
    }

    /// Sets [`application_id`](Self::application_id) and
    /// [`application_version`](Self::application_version).
    #[must_use]
    pub fn application(mut self, id: impl Into<String>, version: impl Into<String>) -> Self {
        self.application_id = id.into();
        self.application_version = version.into();
        self
    }

    /// Sets [`authorization`](Self::authorization).
    #[must_use]
    pub fn authorization(mut self, authorization: impl Into<String>) -> Self {
        self.authorization = authorization.into();
        self
    }

    /// Fills what is not known from the call that is being answered. The authorization stays out
    /// unless the connection passes it on: it was given to this backend, and not to the service
    /// that the backend asks.
    pub(crate) fn or_current(mut self, passes_authorization_on: bool) -> Self {
        let Some(context) = CallContext::current() else {
            return self;
        };
        let metadata = context.metadata();
        for (field, name) in self.entries_mut() {
            if field.is_empty()
                && (name != AUTHORIZATION || passes_authorization_on)
                && let Some(value) = metadata.get(name)
            {
                value.clone_into(field);
            }
        }
        self
    }

    /// Names an activity where there is none.
    pub(crate) fn activity_or(mut self, id: &str) -> Self {
        if self.activity_id.is_empty() {
            id.clone_into(&mut self.activity_id);
        }
        self
    }

    /// As metadata, with the version of the interface that the caller was built against.
    #[must_use]
    pub fn to_metadata(&self, version: &str) -> Metadata {
        let mut metadata = Metadata::default();
        metadata.insert(VERSION, version);
        let values = [
            (&self.activity_id, ACTIVITY),
            (&self.session_id, SESSION),
            (&self.application_id, APPLICATION),
            (&self.application_version, APPLICATION_VERSION),
            (&self.authorization, AUTHORIZATION),
        ];
        for (value, name) in values {
            if !value.is_empty() && !metadata.insert(name, value) {
                tracing::warn!(name, len = value.len(), "too long to travel with a request");
            }
        }
        metadata
    }

    /// From metadata.
    #[must_use]
    pub fn read(metadata: &Metadata) -> Self {
        let mut context = Self::default();
        for (field, name) in context.entries_mut() {
            metadata.get(name).unwrap_or_default().clone_into(field);
        }
        context
    }

    fn entries_mut(&mut self) -> [(&mut String, &'static str); 5] {
        [
            (&mut self.activity_id, ACTIVITY),
            (&mut self.session_id, SESSION),
            (&mut self.application_id, APPLICATION),
            (&mut self.application_version, APPLICATION_VERSION),
            (&mut self.authorization, AUTHORIZATION),
        ]
    }
}

impl fmt::Debug for RpcRequestContext {
    /// Without the authorization, which must not reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RpcRequestContext")
            .field("activity_id", &self.activity_id)
            .field("session_id", &self.session_id)
            .field("application_id", &self.application_id)
            .field("application_version", &self.application_version)
            .field("has_authorization", &!self.authorization.is_empty())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_survives_its_metadata_and_keeps_the_authorization_out_of_logs() {
        let context = RpcRequestContext::default()
            .activity_id("act-1")
            .session_id("sess-1")
            .application("app9", "0.1.0")
            .authorization("Bearer tok");
        let metadata = context.to_metadata("1.2.3");
        assert_eq!(metadata.get("activity"), Some("act-1"));
        assert_eq!(metadata.get("rpcVersion"), Some("1.2.3"));
        assert_eq!(RpcRequestContext::read(&metadata), context);
        assert!(!format!("{context:?}").contains("tok"));
    }

    #[test]
    fn what_is_not_known_takes_no_room() {
        let metadata = RpcRequestContext::default().to_metadata("1.0.0");
        assert_eq!(
            metadata.iter().collect::<Vec<_>>(),
            [("rpcVersion", "1.0.0")]
        );
    }
}
