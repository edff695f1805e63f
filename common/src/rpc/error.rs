//! What RPC itself refuses: interfaces and operations that nobody knows, versions that do not fit.
//!
//! The texts and numbers are those of iTwin.js, since its clients show the one and match on the
//! other; that is why they look as they do. An error of a backend reaches its caller as
//! [`BackendError`], one of the caller's own side as this type.

use crate::ipc::{BackendError, IpcError, Outcome};

/// Scope of everything that RPC itself says. No app's error has it.
pub(crate) const SCOPE: &str = "twinbridge/rpc";

/// Why RPC does not carry a call.
#[cfg_attr(doc, doc = include_str!("../../examples/rpc.md"))]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RpcError {
    /// Nobody initialised the interface on this side, or it was terminated, or it is not exposed.
    #[error("RPC interface \"{interface}\" is not initialized.")]
    NotInitialized {
        /// The interface asked for.
        interface: String,
    },
    /// The backend exposes the interface and has nothing that implements it.
    #[error("An RPC interface implementation class for \"{interface}\" is not registered.")]
    NotRegistered {
        /// The interface asked for.
        interface: String,
    },
    /// The interface has no such operation. The doubled words are iTwin.js's.
    #[error(
        "RPC interface class \"{interface}\" does not does not declare operation \"{operation}\""
    )]
    UnknownOperation {
        /// The interface asked for.
        interface: String,
        /// The operation asked for.
        operation: String,
    },
    /// The interface has a configuration of this routing, or a channel, already. The doubled
    /// quotation mark is iTwin.js's.
    #[error("RPC interface \"{interface}\"\" is already associated with a protocol.")]
    AlreadyAssociated {
        /// The interface.
        interface: String,
    },
    /// The caller was built against a version that does not fit the backend's. iTwin.js names the
    /// operation where it says interface.
    #[error(
        "Backend version {backend} does not match frontend version {frontend} for RPC interface {operation}."
    )]
    IncompatibleVersion {
        /// The backend's version.
        backend: String,
        /// The caller's version.
        frontend: String,
        /// The operation called.
        operation: String,
    },
    /// The server could not answer again and again.
    #[error("Exceeded transient fault limit.")]
    TransientFaultLimit,
    /// What the request names was not found, and no handler changed that.
    #[error("what the request names was not found")]
    NotFound,
    /// There is nothing to give, by design.
    #[error("No Content")]
    NoContent,
}

impl RpcError {
    /// iTwin.js: `BentleyStatus.ERROR`.
    pub const ERROR_NUMBER: u32 = 32_768;
    /// iTwin.js: `RpcInterfaceStatus.IncompatibleVersion`.
    pub const INCOMPATIBLE_VERSION_NUMBER: u32 = 135_168;
    /// iTwin.js: `IModelStatus.NoContent`.
    pub const NO_CONTENT_NUMBER: u32 = 65_604;

    pub(crate) fn not_initialized(interface: &(impl ToString + ?Sized)) -> Self {
        Self::NotInitialized {
            interface: interface.to_string(),
        }
    }

    /// The key of an error of RPC itself, by its number and text: those that come from a server of
    /// iTwin.js, or in its JSON, have no other mark.
    pub(crate) fn recognize(number: u32, message: &str) -> Option<&'static str> {
        if number == Self::INCOMPATIBLE_VERSION_NUMBER {
            return Some("incompatibleVersion");
        }
        if number != Self::ERROR_NUMBER {
            return None;
        }
        let between = |start: &str, end: &str| message.starts_with(start) && message.ends_with(end);
        if between("RPC interface \"", "\" is not initialized.") {
            Some("notInitialized")
        } else if between(
            "An RPC interface implementation class for \"",
            "\" is not registered.",
        ) {
            Some("notRegistered")
        } else if between("RPC interface class \"", "\"")
            && message.contains("\" does not does not declare operation \"")
        {
            Some("unknownOperation")
        } else {
            None
        }
    }

    pub(crate) fn outcome(self) -> Outcome {
        Outcome::Failed {
            error: self.into(),
            payload: None,
        }
    }
}

#[diagnostic::do_not_recommend]
impl IpcError for RpcError {
    fn scope(&self) -> &'static str {
        SCOPE
    }

    fn key(&self) -> &'static str {
        match self {
            Self::NotInitialized { .. } => "notInitialized",
            Self::NotRegistered { .. } => "notRegistered",
            Self::UnknownOperation { .. } => "unknownOperation",
            Self::AlreadyAssociated { .. } => "alreadyAssociated",
            Self::IncompatibleVersion { .. } => "incompatibleVersion",
            Self::TransientFaultLimit => "transientFaultLimit",
            Self::NotFound => "notFound",
            Self::NoContent => "noContent",
        }
    }

    fn number(&self) -> Option<u32> {
        Some(match self {
            Self::IncompatibleVersion { .. } => Self::INCOMPATIBLE_VERSION_NUMBER,
            Self::NoContent => Self::NO_CONTENT_NUMBER,
            _ => Self::ERROR_NUMBER,
        })
    }
}

impl From<RpcError> for BackendError {
    fn from(error: RpcError) -> Self {
        Self {
            scope: error.scope().to_owned(),
            key: error.key().to_owned(),
            number: error.number(),
            message: error.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_stands_in_the_table_of_the_documents() {
        let text = |text: &str| text.to_owned();
        let (interface, operation) = (text("X"), text("op"));
        let page = include_str!("../../../docs/rpc.md");
        for error in [
            RpcError::not_initialized("X"),
            RpcError::NotRegistered {
                interface: interface.clone(),
            },
            RpcError::UnknownOperation {
                interface: interface.clone(),
                operation: operation.clone(),
            },
            RpcError::AlreadyAssociated { interface },
            RpcError::IncompatibleVersion {
                backend: text("1.2.0"),
                frontend: text("1.3.0"),
                operation,
            },
            RpcError::TransientFaultLimit,
            RpcError::NotFound,
            RpcError::NoContent,
        ] {
            let BackendError {
                scope,
                key,
                number,
                message,
            } = error.clone().into();
            let recognized = RpcError::recognize(number.unwrap(), &message);
            let is_of_server = matches!(
                error,
                RpcError::NotInitialized { .. }
                    | RpcError::NotRegistered { .. }
                    | RpcError::UnknownOperation { .. }
                    | RpcError::IncompatibleVersion { .. }
            );
            assert_eq!(recognized, is_of_server.then_some(key.as_str()));
            assert_eq!(scope, "twinbridge/rpc");
            let row = format!("| `{key}` | {} | {message} |", number.unwrap());
            assert!(page.contains(&row), "{row}");
        }
    }
}
