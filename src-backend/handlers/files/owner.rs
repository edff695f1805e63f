//! Whose an open file is: a session's, a web client's, or the backend's own.
//!
//! A web client has no session that ends; it is known by the session id that its requests carry,
//! which is of its making and known to nobody else, and its files are closed when it has not
//! asked for them for a while.

use std::time::Duration;

use twinbridge_common::{CallContext, rpc::RpcRequestContext};

/// How long a web client's file stays open that nobody asks for.
pub(super) const IDLE: Duration = Duration::from_secs(10 * 60);

/// Files that all web clients may have open together.
pub(super) const MAX_WEB_FILES: u32 = 1024;

/// Whose a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// The backend's, or that of all who ask within the process.
    Backend,
    /// That of a session.
    Session(u64),
    /// That of a web client, by the session id of its requests.
    Web(String),
}

impl Owner {
    /// The one who asks. Sessions count from 1.
    pub(super) fn asking() -> Self {
        let Some(context) = CallContext::current() else {
            return Self::Backend;
        };
        match context.origin().session {
            0 => match RpcRequestContext::read(context.metadata()).session_id {
                id if id.is_empty() => Self::Backend,
                id => Self::Web(id),
            },
            session => Self::Session(session),
        }
    }
}
