//! Where a request stands, with iTwin's numbers, and which HTTP status says so.
//!
//! One table for both halves and for every configuration. What an error's number makes of the
//! status is the business of `web`.

use super::RpcTransient;

/// Where a request stands. iTwin.js: `RpcRpcRequestStatus`.
#[cfg_attr(doc, doc = include_str!("../../examples/requests.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum RpcRequestStatus {
    /// An answer whose meaning nobody stated.
    Unknown = 0,
    /// Made, and not sent yet.
    Created = 1,
    /// Sent.
    Submitted = 2,
    /// The server works on it and asks for patience; it is sent again in a while.
    Pending = 3,
    /// Ended with a result.
    Resolved = 4,
    /// Ended with an error.
    Rejected = 5,
    /// Over, and its resources gone.
    Disposed = 6,
    /// The server did not find what it is about.
    NotFound = 7,
    /// Given up by the caller.
    Cancelled = 8,
    /// Ended without a result.
    NoContent = 9,
    /// Transient: a gateway had a bad answer.
    BadGateway = 10,
    /// Transient: the service is not there at the moment.
    ServiceUnavailable = 11,
    /// Transient: a gateway had no answer.
    GatewayTimeout = 12,
    /// Transient: the server waited too long for the request. Since 5.x.
    RequestTimeout = 13,
    /// Transient: more requests than the server takes. Since 5.x.
    TooManyRequests = 14,
}

impl RpcRequestStatus {
    /// Every status.
    pub const ALL: [Self; 15] = [
        Self::Unknown,
        Self::Created,
        Self::Submitted,
        Self::Pending,
        Self::Resolved,
        Self::Rejected,
        Self::Disposed,
        Self::NotFound,
        Self::Cancelled,
        Self::NoContent,
        Self::BadGateway,
        Self::ServiceUnavailable,
        Self::GatewayTimeout,
        Self::RequestTimeout,
        Self::TooManyRequests,
    ];

    /// Whether the same request may succeed in a moment.
    #[must_use]
    pub fn is_transient(self) -> bool {
        self.transient().is_some()
    }

    /// The fault of the moment that it stands for; `None` if it is no transient one.
    #[must_use]
    pub fn transient(self) -> Option<RpcTransient> {
        match self {
            Self::BadGateway => Some(RpcTransient::BadGateway),
            Self::ServiceUnavailable => Some(RpcTransient::ServiceUnavailable),
            Self::GatewayTimeout => Some(RpcTransient::GatewayTimeout),
            Self::RequestTimeout => Some(RpcTransient::RequestTimeout),
            Self::TooManyRequests => Some(RpcTransient::TooManyRequests),
            _ => None,
        }
    }

    /// The HTTP status of an answer that leaves a request so; 501 for those no answer can.
    #[must_use]
    pub fn http(self) -> u16 {
        match self {
            Self::Resolved => 200,
            Self::Pending => 202,
            Self::NoContent => 204,
            Self::Rejected => 500,
            Self::NotFound => 404,
            Self::BadGateway => 502,
            Self::ServiceUnavailable => 503,
            Self::GatewayTimeout => 504,
            Self::RequestTimeout => 408,
            Self::TooManyRequests => 429,
            Self::Unknown | Self::Created | Self::Submitted | Self::Disposed | Self::Cancelled => {
                501
            }
        }
    }

    /// What an HTTP status says of a request.
    #[must_use]
    pub fn from_http(status: u16) -> Self {
        let answers = Self::ALL.into_iter().filter(|status| status.http() != 501);
        let mut found = answers.filter(|known| known.http() == status);
        found.next().unwrap_or(Self::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_and_http_are_inverse() {
        for status in RpcRequestStatus::ALL {
            let expected = match status.http() {
                501 => RpcRequestStatus::Unknown,
                _ => status,
            };
            assert_eq!(RpcRequestStatus::from_http(status.http()), expected);
            let transient = status.transient();
            assert_eq!(transient.is_some(), status.is_transient());
            assert!(transient.is_none_or(|fault| fault.status() == status));
        }
        for unknown in [0, 201, 301, 400, 401, 403, 409, 410, 422, 501, 567] {
            assert_eq!(
                RpcRequestStatus::from_http(unknown),
                RpcRequestStatus::Unknown
            );
        }
    }
}
