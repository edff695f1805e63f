//! The names and wire shapes of iModel.js, iTwin.js and Electron, as plain Rust values.
//!
//! Knows what a peer of each [`Generation`] sends and expects: channel names, replies, errors. Holds
//! no socket, runs no handler and depends on no carrier. Used by the edges that talk to an
//! unmodified JavaScript frontend or backend.
//!
//! A backend turns what its handler returned into a reply, and a frontend turns the reply into what
//! it raises:
//!
//! ```
//! use twinbridge_electron_compat::{
//!     Generation, IpcInvokeReturn, Json, Raised, Stack, Status, ThrownError, itwin_channel,
//! };
//!
//! assert_eq!(itwin_channel("notes"), "itwin.notes");
//!
//! let thrown = ThrownError::bentley(Status::NOT_FOUND, "no note 7").into();
//! let reply = IpcInvokeReturn::<Json>::thrown(&thrown, Generation::V5, Stack::Stripped)
//!     .expect("only a thrown null of generation 2 has no reply");
//! let text = serde_json::to_string(&reply)?;
//! assert_eq!(
//!     text,
//!     concat!(
//!         r#"{"error":{"errorNumber":65574,"name":"Not Found","message":"no note 7","#,
//!         r#""iTwinErrorId":{"scope":"bentley-error","key":"Not Found"}}}"#,
//!     )
//! );
//!
//! let reply: IpcInvokeReturn<String> = serde_json::from_str(&text)?;
//! let Err(Raised::Backend(error)) = reply.into_result(Generation::V5) else {
//!     unreachable!("the reply carries the identity of a BentleyError");
//! };
//! assert_eq!(error.number, Status::NOT_FOUND);
//! assert_eq!(error.to_string(), "no note 7");
//! # Ok::<(), serde_json::Error>(())
//! ```

#![forbid(unsafe_code)]

pub mod channel;
pub mod error;
pub mod generation;
pub mod json;
pub mod object;
pub mod raised;
pub mod reply;
pub mod status;
pub mod thrown;

pub use channel::{
    ChannelPrefix, IllegalChannelName, NoHandlerRegistered, itwin_channel, strip_itwin,
};
pub use error::ThrownError;
pub use generation::Generation;
pub use json::{Json, NotJson};
pub use object::Object;
pub use raised::{BackendError, PlainError, Raised};
pub use reply::IpcInvokeReturn;
pub use status::Status;
pub use thrown::{Stack, Thrown};

/// Compiles the examples of the page for those who come from Electron.
#[cfg(doctest)]
#[doc = include_str!("../../docs/coming-from-electron.md")]
mod coming_from_electron {}
