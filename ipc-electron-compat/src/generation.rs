//! The generations of iModel.js and iTwin.js that differ on the wire.
//!
//! Names them and nothing more; what differs stands with the shape that differs. Used by every
//! encoder and decoder of this crate.

/// A range of releases that speak alike over IPC, oldest first.
#[cfg_attr(doc, doc = include_str!("../examples/errors.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Generation {
    /// Before 2.12.1: `FrontendIpc.handleMessage`, `getVersion` on every handler.
    Seed,
    /// 2.12.1 to 2.18: `FrontendIpc` and `BackendIpc` in `imodeljs-common`. Errors as before.
    V2_12,
    /// 2.19: `IpcApp` and `IpcHost`. Errors carry the backend's stack.
    V2_19,
    /// 5.x: an error is what was thrown, with all its properties.
    V5,
}
