//! Writes the code that a valid contract stands for.
//!
//! Nothing in here can fail: what could go wrong was refused before. Local names have the
//! macro's own hygiene, so that an argument called `call` or `arguments` is just an argument.

mod client;
mod error;
mod handler;
mod interface;
mod notifications;
mod rpc;

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Ident, LitStr, Path, Visibility, ext::IdentExt as _, spanned::Spanned as _};

pub(crate) use self::error::error;
use crate::parse::{Contract, Kind, Method};

/// Everything that one contract expands to.
pub(crate) fn contract(contract: &Contract<'_>) -> TokenStream {
    let generated = Generated::of(contract);
    let interface = interface::expand(&generated);
    match contract.settings.kind {
        Kind::Interface => {
            let client = client::expand(&generated);
            let handler = handler::expand(&generated);
            quote!(#interface #client #handler)
        }
        Kind::Rpc => {
            let rpc = rpc::expand(&generated);
            let handler = handler::expand(&generated);
            quote!(#interface #rpc #handler)
        }
        Kind::Notifications => {
            let notifications = notifications::expand(&generated);
            quote!(#interface #notifications)
        }
    }
}

/// A contract with the names of what is generated for it.
struct Generated<'a> {
    contract: &'a Contract<'a>,
    krate: &'a Path,
    vis: &'a Visibility,
    /// The trait, `Notes`.
    name: &'a Ident,
    /// The marker type, `NotesInterface`.
    interface: Ident,
    /// Where calls go within a session.
    channel: String,
    /// What a contract of its kind is known by.
    wire_name: String,
    version: String,
}

impl<'a> Generated<'a> {
    fn of(contract: &'a Contract<'a>) -> Self {
        let name = &contract.item.ident;
        let wire_name = text(&contract.settings.name);
        let channel = match contract.settings.kind {
            Kind::Interface | Kind::Notifications => wire_name.clone(),
            Kind::Rpc => format!("rpc/{wire_name}"),
        };
        Self {
            contract,
            krate: &contract.settings.krate,
            vis: &contract.item.vis,
            name,
            interface: with_suffix(name, "Interface"),
            channel,
            wire_name,
            version: text(&contract.settings.version),
        }
    }

    /// The channel name as a constant expression.
    fn channel_name(&self) -> TokenStream {
        let Self {
            krate, interface, ..
        } = self;
        quote!(<#interface as #krate::ipc::IpcInterface>::CHANNEL)
    }

    /// The wire name of `method` as a constant expression.
    fn method_name(&self, method: &Method<'_>) -> TokenStream {
        let krate = self.krate;
        let name = &method.wire_name.text;
        quote!(const { #krate::wire::MethodName::literal(#name) })
    }
}

/// `Notes` and `Client` are `NotesClient`, at the place of `Notes`.
pub(crate) fn with_suffix(name: &Ident, suffix: &str) -> Ident {
    let mut joined = format_ident!("{}{suffix}", name.unraw());
    joined.set_span(name.span());
    joined
}

/// The parameters of a method after `&self`: `id: NoteId, page: u32`.
fn parameters(method: &Method<'_>) -> TokenStream {
    let names = method.arguments.iter().map(|argument| argument.name);
    let types = method.arguments.iter().map(|argument| argument.ty);
    quote!(#(#names: #types),*)
}

/// The closure that writes a method's arguments.
fn write_arguments(method: &Method<'_>) -> TokenStream {
    let at = Span::mixed_site();
    if method.arguments.is_empty() {
        return quote_spanned!(at=> |_| ::core::result::Result::Ok(()));
    }
    let pushes = method.arguments.iter().map(|argument| {
        let name = argument.name;
        // The place of the type, so that one that is not `Serialize` is shown there.
        quote_spanned!(argument.ty.span().resolved_at(at)=> arguments.push(&#name)?;)
    });
    quote_spanned! {at=>
        |arguments| {
            #(#pushes)*
            ::core::result::Result::Ok(())
        }
    }
}

/// The closure that reads a method's arguments as a tuple.
fn read_arguments(method: &Method<'_>) -> TokenStream {
    let names = method
        .arguments
        .iter()
        .map(|argument| argument.name.unraw().to_string());
    let types = method.arguments.iter().map(|argument| argument.ty);
    let at = Span::mixed_site();
    if method.arguments.is_empty() {
        return quote_spanned!(at=> |_| ::core::result::Result::Ok(()));
    }
    quote_spanned! {at=>
        |arguments| ::core::result::Result::Ok((#(arguments.next::<#types>(#names)?,)*))
    }
}

/// The names of a method's arguments as a tuple, to take apart what `read_arguments` gives.
fn argument_names(method: &Method<'_>) -> TokenStream {
    let names = method.arguments.iter().map(|argument| argument.name);
    quote!((#(#names,)*))
}

/// `validate` refused contracts without the text.
fn text(literal: &Option<LitStr>) -> String {
    literal.as_ref().map(LitStr::value).unwrap_or_default()
}
