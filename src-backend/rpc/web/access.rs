//! Who may ask for what: an app's own rule, asked before the body of a request is read.
//!
//! A rule sees who asks and what for, and no arguments. It is asked for every request that its
//! server answers with anything that is not public.

use std::{fmt, future::Future, panic::AssertUnwindSafe, pin::Pin};

use futures_util::FutureExt as _;
use twinbridge_common::rpc::web::{Activity, RequestHead};

/// Decides who may ask for what.
///
/// ```
/// use twinbridge::rpc::web::{Access, AccessRequest, Authorizer};
///
/// struct OneToken;
///
/// impl Authorizer for OneToken {
///     async fn authorize(&self, asked: &AccessRequest<'_>) -> Access {
///         match asked.bearer() {
///             None => Access::unauthorized("log in first"),
///             Some("secret") => Access::Allowed,
///             Some(_) => Access::forbidden("this token is not for you"),
///         }
///     }
/// }
/// ```
#[cfg_attr(doc, doc = include_str!("../../examples/server.md"))]
pub trait Authorizer: Send + Sync + 'static {
    /// Judges one request. A panic in here is answered as a failure of the server.
    fn authorize(&self, asked: &AccessRequest<'_>) -> impl Future<Output = Access> + Send;
}

/// What is judged of a request.
#[cfg_attr(doc, doc = include_str!("../../examples/server.md"))]
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct AccessRequest<'a> {
    /// What is asked for.
    pub asked: Asked<'a>,
    /// The value of `Authorization`, with its scheme; empty without one.
    pub authorization: &'a str,
    /// Id of the request.
    pub activity_id: &'a str,
    /// The session that it says it belongs to; whoever asks may say anything.
    pub session_id: &'a str,
    /// The application that it says it comes from, likewise.
    pub application_id: &'a str,
}

/// What a request asks for.
#[cfg_attr(doc, doc = include_str!("../../examples/server.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Asked<'a> {
    /// An operation. Whether there is such a one is not known yet.
    Operation {
        /// Name of the interface.
        interface: &'a str,
        /// Name of the operation.
        operation: &'a str,
    },
    /// Which interfaces there are: the control channel.
    Endpoints,
    /// The description of all operations.
    Description,
}

/// What an [`Authorizer`] says.
#[cfg_attr(doc, doc = include_str!("../../examples/server.md"))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// The request is answered.
    Allowed,
    /// It is not known who asks: 401.
    Unauthorized {
        /// Why, for the one who asked.
        reason: String,
    },
    /// Who asks may not: 403.
    Forbidden {
        /// Why, for the one who asked.
        reason: String,
    },
}

impl Access {
    /// It is not known who asks.
    pub fn unauthorized(reason: impl Into<String>) -> Self {
        Self::Unauthorized {
            reason: reason.into(),
        }
    }

    /// Who asks may not.
    pub fn forbidden(reason: impl Into<String>) -> Self {
        Self::Forbidden {
            reason: reason.into(),
        }
    }
}

impl<'a> AccessRequest<'a> {
    pub(super) fn of(head: &'a RequestHead) -> Self {
        let operation = &head.operation;
        let asked = if operation.is_describe_endpoints() {
            Asked::Endpoints
        } else {
            Asked::Operation {
                interface: &operation.interface,
                operation: &operation.operation,
            }
        };
        let Activity {
            id,
            application_id,
            session_id,
            authorization,
            ..
        } = &head.headers.activity;
        Self {
            asked,
            authorization,
            activity_id: id,
            session_id,
            application_id,
        }
    }

    pub(super) fn of_description(authorization: &'a str) -> Self {
        Self {
            asked: Asked::Description,
            authorization,
            activity_id: "",
            session_id: "",
            application_id: "",
        }
    }

    /// The token of a bearer; `None` without one.
    #[must_use]
    pub fn bearer(&self) -> Option<&'a str> {
        let (scheme, token) = self.authorization.split_once(' ')?;
        let token = token.trim();
        (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
    }
}

impl fmt::Debug for AccessRequest<'_> {
    /// Without the authorization, which must not reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessRequest")
            .field("asked", &self.asked)
            .field("activity_id", &self.activity_id)
            .field("has_authorization", &!self.authorization.is_empty())
            .finish_non_exhaustive()
    }
}

/// An [`Authorizer`] of any type.
pub(super) trait AnyAuthorizer: Send + Sync {
    /// `None` where it panicked.
    fn judge<'a>(&'a self, asked: &'a AccessRequest<'a>) -> Judging<'a>;
}

pub(super) type Judging<'a> = Pin<Box<dyn Future<Output = Option<Access>> + Send + 'a>>;

impl<T: Authorizer> AnyAuthorizer for T {
    fn judge<'a>(&'a self, asked: &'a AccessRequest<'a>) -> Judging<'a> {
        Box::pin(async move {
            let judged = async { self.authorize(asked).await };
            AssertUnwindSafe(judged).catch_unwind().await.ok()
        })
    }
}
