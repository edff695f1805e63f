//! A package for pages in TypeScript and JavaScript, from the contracts of an app.
//!
//! Each interface becomes a module: a client whose methods are those of the trait, and a `.d.ts`
//! with their types and documentation. The types are read off the JSON Schemas that the contract
//! has anyway; nothing here runs in an app.
//!
//! ```
//! use twinbridge_common::interfaces::files::{FilesAskedInterface, FilesInterface};
//! use twinbridge_types::Package;
//!
//! let package = Package::new("notes-backend")
//!     .calls::<FilesInterface>()
//!     .hears::<FilesAskedInterface>();
//! let files = package.files();
//! assert!(files["files.d.ts"].contains("export interface Files {"));
//! ```

#![forbid(unsafe_code)]

mod docs;
mod module;
mod name;
mod package;
mod schema;
#[cfg(test)]
mod tests;
mod types;

pub use module::Role;
pub use package::Package;

/// Compiles the example of the page about JavaScript.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/javascript.md")]
mod javascript {}
