//! The contract macros: one annotated trait becomes the interface of both sides.
//!
//! They read tokens and nothing else: no files, no environment, no `Cargo.toml`, so that they
//! work from any workspace. Use them through `twinbridge_common`, which re-exports them and holds
//! what the generated code calls.
//!
//! Each stage is a file: `parse` borrows a model from the trait, `validate` applies the rules of
//! the contract language, `expand` writes the code, and `fallback` is written instead where a rule
//! was broken.

#![forbid(unsafe_code)]

mod attribute;
mod docs;
mod error_type;
mod expand;
mod fallback;
mod mistakes;
mod names;
mod parse;
mod signature;
mod validate;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::{ToTokens as _, quote};
use syn::{DeriveInput, Item, ItemTrait};

use crate::{
    error_type::ErrorType,
    mistakes::Mistakes,
    parse::{Contract, Kind, Settings},
};

/// Makes a trait the contract of calls from one side to the other.
///
/// ```text
/// #[ipc_interface(channel = "name", version = "1.0.0")]
/// #[ipc_interface(channel = "name", version = "1.0.0", crate = path::of::twinbridge_common)]
/// pub trait Notes {
///     async fn method(&self, argument: Type, …) -> Result<Type, Error>;   // or -> Type, or ()
///     #[wire(name = "…")]      // name on the wire; otherwise the Rust name in lowerCamelCase
///     #[deadline(ms = 500)]    // refused when it takes longer
///     #[blocking]              // runs on the blocking pool; then without `async`
///     fn method(&self, …) -> …;
/// }
/// ```
///
/// # What it leaves
/// - the trait, to implement with `async fn`s on the answering side. Their futures are `Send`.
///   `Arc<T>` implements it where `T` does;
/// - `NotesInterface`, the contract itself: channel, version, methods, schemas, fingerprint;
/// - `NotesClient`, with the same methods, for the calling side;
/// - `NotesServer<T>`, which makes a handler of an implementation, for the answering side.
///
/// All have the visibility of the trait.
///
/// With `fingerprint = "…"`, as `info().fingerprint` has it, a page that declares the contract
/// holds none of its schemas and documentation.
///
/// # Types
/// Arguments and results are owned types that implement `Serialize`, `DeserializeOwned` and
/// `JsonSchema`; a method's error is `IpcError` too. `usize`, `isize`, `Option<Option<T>>`,
/// references and generics are refused, each with a sentence that says what to write instead.
#[cfg_attr(doc, doc = include_str!("../../examples/calls.md"))]
#[proc_macro_attribute]
pub fn ipc_interface(attribute: TokenStream, item: TokenStream) -> TokenStream {
    contract(Kind::Interface, attribute.into(), item.into()).into()
}

/// Makes a trait the contract of one-way messages from one side to the other.
///
/// ```text
/// #[ipc_notifications(channel = "name", version = "1.0.0")]
/// pub trait FilesEvents {
///     fn method(&self, argument: Type, …);   // every one is delivered, in order
///     #[wire(name = "…")]    // name on the wire; otherwise the Rust name in lowerCamelCase
///     #[latest]              // a later one may replace an earlier one that still waits
///     fn method(&self, …);
/// }
/// ```
///
/// # What it leaves
/// - the trait, to implement on the receiving side;
/// - `FilesEventsInterface`, the contract itself;
/// - `FilesEventsSender`, with the same methods, for the sending side;
/// - `FilesEventsReceiver<T>`, which makes a listener of an implementation.
///
/// The rules for types, `crate = …` and visibility are those of
/// [`ipc_interface`](macro@ipc_interface).
#[cfg_attr(doc, doc = include_str!("../../examples/notifications.md"))]
#[proc_macro_attribute]
pub fn ipc_notifications(attribute: TokenStream, item: TokenStream) -> TokenStream {
    contract(Kind::Notifications, attribute.into(), item.into()).into()
}

/// Makes a trait the contract of calls that go over any RPC configuration.
///
/// ```text
/// #[rpc_interface(name = "ProbeRpc", version = "1.0.0")]
/// #[rpc_interface(name = "ProbeRpc", version = "1.0.0", crate = path::of::twinbridge_common)]
/// pub trait Probe {
///     async fn method(&self, argument: Type, …) -> Result<Type, Error>;   // or -> Type, or ()
///     async fn method(&self, …) -> Result<Type, RpcFailure<Error>>;  // may be pending, not found …
///     #[wire(name = "…")]            // name on the wire; otherwise the Rust name in lowerCamelCase
///     #[deadline(ms = 500)]          // refused when it takes longer
///     #[blocking]                    // runs on the blocking pool; then without `async`
///     #[caching(immutable)]          // the web keeps what it resulted in
///     #[retry_interval(ms = 1000)]   // the time between two questions while it is pending
///     #[idempotent]                  // may run twice where nobody knows whether it ran
///     async fn method(&self, #[token] iModel: IModelRpcProps, …) -> …;  // where the request goes
/// }
/// ```
///
/// # What it leaves
/// - the trait, to implement with `async fn`s on the backend: the impl;
/// - `ProbeInterface`, the contract itself: name, version, operations, schemas, policies, types;
/// - `ProbeClient`, the client stub, which runs over any configuration;
/// - `ProbeServer<T>`, which makes an implementation what a manager registers.
///
/// The rules for types and visibility are those of [`ipc_interface`](macro@ipc_interface). Name
/// and operations stand in URLs: letters, digits, `_`, `.` and `$`. Trailing `Option`s that are
/// `None` are not sent.
#[cfg_attr(doc, doc = include_str!("../../examples/rpc.md"))]
#[proc_macro_attribute]
pub fn rpc_interface(attribute: TokenStream, item: TokenStream) -> TokenStream {
    contract(Kind::Rpc, attribute.into(), item.into()).into()
}

/// Gives an error type the scope, key and number by which other edges know it.
///
/// ```text
/// #[derive(IpcError)]
/// #[ipc_error(scope = "notes")]                           // on the type; also `crate = path`
/// pub enum NoteError {
///     Locked,                                             // key `locked`, without a number
///     #[ipc_error(key = "not-found", number = 65574)]     // either or both
///     NotFound { id: u32 },
/// }
/// ```
///
/// A struct takes `key` and `number` on the type. The default key is the name of the variant or
/// struct with a small first letter. Keys and numbers of one type differ.
#[cfg_attr(doc, doc = include_str!("../../examples/refusals.md"))]
#[proc_macro_derive(IpcError, attributes(ipc_error))]
pub fn ipc_error(item: TokenStream) -> TokenStream {
    error(item.into()).into()
}

fn contract(kind: Kind, attribute: Tokens, item: Tokens) -> Tokens {
    let mut mistakes = Mistakes::default();
    let item = match read_trait(kind, item, &mut mistakes) {
        Ok(item) => item,
        Err(unchanged) => {
            let errors = mistakes.to_compile_errors();
            return quote!(#errors #unchanged);
        }
    };
    let settings = Settings::parse(kind, attribute, &mut mistakes);
    let contract = Contract::parse(settings, &item, &mut mistakes);
    validate::contract(&contract, &mut mistakes);
    if mistakes.is_empty() {
        expand::contract(&contract)
    } else {
        fallback::contract(&contract.settings, &item, &mistakes)
    }
}

/// The trait, or the item that is none with the mistake noted.
fn read_trait(kind: Kind, item: Tokens, mistakes: &mut Mistakes) -> Result<ItemTrait, Tokens> {
    match syn::parse2(item.clone()) {
        Ok(Item::Trait(item)) => return Ok(item),
        Ok(other) => {
            let sentence = format!("`#[{}]` is for traits", kind.attribute());
            mistakes.at_span(name_span(&other), sentence);
        }
        Err(error) => mistakes.add(error),
    }
    Err(item)
}

fn name_span(item: &Item) -> proc_macro2::Span {
    match item {
        Item::Struct(item) => item.ident.span(),
        Item::Enum(item) => item.ident.span(),
        Item::Fn(item) => item.sig.ident.span(),
        Item::Mod(item) => item.ident.span(),
        Item::Impl(item) => item.impl_token.span,
        // What is left is rare; its first token will do.
        other => other
            .to_token_stream()
            .into_iter()
            .next()
            .map_or_else(proc_macro2::Span::call_site, |token| token.span()),
    }
}

fn error(item: Tokens) -> Tokens {
    let item: DeriveInput = match syn::parse2(item) {
        Ok(item) => item,
        Err(error) => return error.to_compile_error(),
    };
    let mut mistakes = Mistakes::default();
    let error = ErrorType::parse(&item, &mut mistakes);
    if mistakes.is_empty() {
        expand::error(&error)
    } else {
        fallback::error(&error, &mistakes)
    }
}
