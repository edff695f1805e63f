//! The client: the contract's methods on the calling side.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use super::{Generated, interface::deadline_ms, parameters, with_suffix, write_arguments};
use crate::{docs, parse::Method};

pub(super) fn expand(generated: &Generated<'_>) -> TokenStream {
    let Generated {
        contract,
        krate,
        vis,
        name,
        interface,
        ..
    } = generated;
    let client = with_suffix(name, "Client");
    let doc = format!("Calls [`{name}`] on the other side.");
    let channel = generated.channel_name();
    let methods = contract
        .methods
        .iter()
        .map(|method| call(generated, method));
    let at = Span::mixed_site();
    quote_spanned! {at=>
        #[doc = #doc]
        #[derive(Clone, Debug)]
        #[allow(dead_code)]
        #vis struct #client {
            caller: #krate::ipc::Caller,
        }

        #[automatically_derived]
        #[allow(dead_code)]
        impl #client {
            /// A client over `caller`.
            #[must_use]
            #vis fn new(caller: #krate::ipc::Caller) -> Self {
                Self { caller }
            }

            /// Version of the interface on the other side.
            #vis fn get_version(&self) -> #krate::ipc::Call<::std::string::String> {
                #krate::ipc::Call::new(
                    &self.caller,
                    #channel,
                    #krate::wire::MethodName::GET_VERSION,
                    0,
                    0,
                    |_| ::core::result::Result::Ok(()),
                )
            }

            #(#methods)*
        }

        #[automatically_derived]
        impl #krate::ipc::IpcClient for #client {
            type Interface = #interface;

            fn over(caller: #krate::ipc::Caller) -> Self {
                Self::new(caller)
            }
        }
    }
}

fn call(generated: &Generated<'_>, method: &Method<'_>) -> TokenStream {
    let Generated {
        krate, vis, name, ..
    } = generated;
    let called = method.name();
    let docs = docs::repeated(
        method.passed_attributes(),
        &format!("Calls [`{name}::{called}`]."),
    );
    let parameters = parameters(method);
    let returned = returned(generated, method);
    let channel = generated.channel_name();
    let method_name = generated.method_name(method);
    let deadline_ms = deadline_ms(method);
    let count = method.arguments.len();
    let write_arguments = write_arguments(method);
    let at = Span::mixed_site();
    quote_spanned! {at=>
        #docs
        #vis fn #called(&self, #parameters) -> #returned {
            #krate::ipc::Call::new(
                &self.caller,
                #channel,
                #method_name,
                #deadline_ms,
                #count,
                #write_arguments,
            )
        }
    }
}

/// `Call<String, NoteError>`, or `Call<u64>` for a method that cannot fail.
fn returned(generated: &Generated<'_>, method: &Method<'_>) -> TokenStream {
    let krate = generated.krate;
    let value = method
        .returns
        .value
        .map_or_else(|| quote!(()), |ty| quote!(#ty));
    match method.returns.error {
        Some(error) => quote!(#krate::ipc::Call<#value, #error>),
        None => quote!(#krate::ipc::Call<#value>),
    }
}
