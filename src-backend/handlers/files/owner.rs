//! Whose an open file is: a session's, a web client's, or the backend's own.
//!
//! A web client has no session that ends; it is known by the session id that its requests carry,
//! which is of its making, and by the authorization that it shows. Its files are closed when it
//! has not asked for them for a while.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::OnceLock,
    time::Duration,
};

use twinbridge_common::{CallContext, rpc::RpcRequestContext};

/// How long a web client's file stays open that nobody asks for.
pub(super) const IDLE: Duration = Duration::from_secs(10 * 60);

/// Files that all web clients may have open together.
pub(super) const MAX_WEB_FILES: u32 = 1024;

/// Files that clients with one authorization may have open together: sessions cost nothing.
pub(super) const MAX_AUTHORIZED: u32 = 256;

/// Where calls of RPC within the process say they come from.
const IN_PROCESS: &str = "in-process";

/// Whose a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// The backend's, or that of all who ask within the process.
    Backend,
    /// That of a session.
    Session(u64),
    /// That of a web client.
    Web(WebClient),
    /// One who asks without a session and without saying which client it is. Owns nothing.
    Nobody,
}

/// A client whose requests come one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WebClient {
    /// The session id of its requests.
    pub(super) session: String,
    /// Fingerprint of what it is authorized by, which itself is not kept; `None` without one.
    pub(super) authorization: Option<u64>,
}

impl Owner {
    /// The one who asks. Sessions count from 1.
    pub(super) fn asking() -> Self {
        let Some(context) = CallContext::current() else {
            return Self::Backend;
        };
        match context.origin().session {
            0 => {
                let request = RpcRequestContext::read(context.metadata());
                if request.session_id.is_empty() {
                    return match &*context.origin().window {
                        IN_PROCESS => Self::Backend,
                        _ => Self::Nobody,
                    };
                }
                Self::Web(WebClient {
                    session: request.session_id,
                    authorization: fingerprint(&request.authorization),
                })
            }
            session => Self::Session(session),
        }
    }
}

/// Tells one authorization from others; by a key of this process, so that nobody finds two alike.
fn fingerprint(authorization: &str) -> Option<u64> {
    static KEY: OnceLock<RandomState> = OnceLock::new();
    let key = KEY.get_or_init(RandomState::new);
    (!authorization.is_empty()).then(|| key.hash_one(authorization))
}
