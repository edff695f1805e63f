//! The server: what makes a handler of an implementation of the contract.
//!
//! A type of its own and not the implementation itself, since a contract may stand in any crate,
//! and there the coherence rules forbid `impl<T: Notes> IpcHandler for T`.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned as _;

use super::{Generated, argument_names, read_arguments, with_suffix};
use crate::parse::{Kind, Method};

pub(super) fn expand(generated: &Generated<'_>) -> TokenStream {
    let Generated {
        contract,
        krate,
        vis,
        name,
        interface,
        channel,
        ..
    } = generated;
    let server = with_suffix(name, "Server");
    let doc = match contract.settings.kind {
        Kind::Rpc => format!("Serves an implementation of [`{name}`]: what a manager registers."),
        Kind::Interface | Kind::Notifications => format!(
            "Serves an implementation of [`{name}`] on channel `{channel}`: what a backend registers."
        ),
    };
    let channel = generated.channel_name();
    let methods = contract
        .methods
        .iter()
        .map(|method| answer(generated, method));
    let at = Span::mixed_site();
    quote_spanned! {at=>
        #[doc = #doc]
        #[derive(Clone, Debug)]
        #[allow(dead_code)]
        #vis struct #server<T>(
            /// The implementation.
            #vis T,
        );

        #[automatically_derived]
        #[allow(deprecated)]
        impl<T: #name> #krate::ipc::IpcHandler for #server<T> {
            fn channel_name(&self) -> #krate::wire::ChannelName {
                #channel
            }

            fn version(&self) -> &str {
                <#interface as #krate::ipc::IpcInterface>::VERSION
            }

            fn interface(&self) -> ::core::option::Option<&'static #krate::ipc::InterfaceInfo> {
                ::core::option::Option::Some(<#interface as #krate::ipc::IpcInterface>::info())
            }

            fn call(
                self: ::std::sync::Arc<Self>,
                call: #krate::ipc::Invocation,
            ) -> #krate::ipc::Answer {
                match call.method.as_str() {
                    #(#methods)*
                    _ => ::std::boxed::Box::pin(::core::future::ready(call.unknown_method())),
                }
            }
        }

        #[automatically_derived]
        impl<T: #name> #krate::ipc::IntoIpcHandler<#interface> for #server<T> {
            fn into_ipc_handler(self) -> ::std::sync::Arc<dyn #krate::ipc::IpcHandler> {
                ::std::sync::Arc::new(self)
            }
        }
    }
}

/// The arm of one method.
fn answer(generated: &Generated<'_>, method: &Method<'_>) -> TokenStream {
    let name = generated.name;
    let wire_name = &method.wire_name.text;
    let called = method.name();
    let read_arguments = read_arguments(method);
    let argument_names = argument_names(method);
    let arguments = method.arguments.iter().map(|argument| argument.name);
    let at = Span::mixed_site();
    let run = if method.blocking.is_some() {
        quote_spanned! {at=>
            let work = call
                .context
                .blocking(move || <T as #name>::#called(&self.0, #(#arguments),*));
            let result = match work.await {
                ::core::result::Result::Ok(result) => result,
                ::core::result::Result::Err(refusal) => return refusal.into(),
            };
        }
    } else {
        quote_spanned!(at=> let result = <T as #name>::#called(&self.0, #(#arguments),*).await;)
    };
    let done = done(method);
    quote_spanned! {at=>
        #wire_name => ::std::boxed::Box::pin(async move {
            let #argument_names = match call.read_arguments(#read_arguments) {
                ::core::result::Result::Ok(arguments) => arguments,
                ::core::result::Result::Err(refusal) => return refusal.into(),
            };
            #run
            #done
        }),
    }
}

/// What makes the outcome of a method's result.
fn done(method: &Method<'_>) -> TokenStream {
    let at = Span::mixed_site();
    let returns = &method.returns;
    // The place of the type, so that one that is no `IpcError` is shown there.
    let place_of = |error: Option<&syn::Type>| error.map_or(at, |ty| ty.span().resolved_at(at));
    let error = place_of(returns.error);
    match (&returns.stream, returns.error, returns.control) {
        (None, _, Some(_)) => quote_spanned!(error=> call.done_or_rpc_failure(&result)),
        (None, Some(_), None) => quote_spanned!(error=> call.done_or_failed(&result)),
        (None, None, None) => quote_spanned!(at=> call.done(&result)),
        (Some(stream), own, control) => {
            let place = place_of(stream.error.or(own));
            match (own, control) {
                (_, Some(_)) => quote_spanned!(place=> call.streaming_or_rpc_failure(result)),
                (Some(_), None) => quote_spanned!(place=> call.streaming_or_failed(result)),
                (None, None) => quote_spanned!(place=> call.streaming(result)),
            }
        }
    }
}
