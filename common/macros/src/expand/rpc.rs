//! What only an RPC interface has: its own description, and the client stub.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Path, Type, spanned::Spanned as _};

use super::{Generated, interface::deadline_ms, parameters, with_suffix};
use crate::{docs, parse::Method};

pub(super) fn expand(generated: &Generated<'_>) -> TokenStream {
    let interface = interface(generated);
    let client = client(generated);
    quote!(#interface #client)
}

fn interface(generated: &Generated<'_>) -> TokenStream {
    let Generated {
        contract,
        krate,
        interface,
        wire_name,
        ..
    } = generated;
    let operations = contract
        .methods
        .iter()
        .map(|method| operation(generated, method));
    let types = types(generated);
    let at = Span::mixed_site();
    quote_spanned! {at=>
        #[automatically_derived]
        impl #krate::rpc::RpcInterface for #interface {
            const NAME: #krate::rpc::InterfaceName = #krate::rpc::InterfaceName::literal(#wire_name);

            fn rpc_info() -> &'static #krate::rpc::RpcInterfaceInfo {
                static INFO: ::std::sync::OnceLock<#krate::rpc::RpcInterfaceInfo> =
                    ::std::sync::OnceLock::new();
                INFO.get_or_init(|| {
                    let mut types = #krate::rpc::RpcTypes::default();
                    #types
                    #krate::rpc::RpcInterfaceInfo::of::<#interface>(
                        ::std::vec![#(#operations),*],
                        types,
                    )
                })
            }
        }
    }
}

fn operation(generated: &Generated<'_>, method: &Method<'_>) -> TokenStream {
    let krate = generated.krate;
    let name = generated.method_name(method);
    let deadline_ms = deadline_ms(method);
    let retry_interval_ms = method.retry_interval.as_ref().map_or(0, |time| time.ms);
    let caching = match method.caching {
        Some(_) => quote!(#krate::rpc::RpcCaching::Immutable),
        None => quote!(#krate::rpc::RpcCaching::None),
    };
    let token = method
        .arguments
        .iter()
        .position(|argument| argument.token.is_some());
    let token = match token {
        Some(position) => quote!(::core::option::Option::Some(#position)),
        None => quote!(::core::option::Option::None),
    };
    let is_idempotent = method.idempotent.is_some();
    quote! {
        #krate::rpc::RpcOperationInfo {
            name: #name,
            policy: #krate::rpc::RpcPolicy {
                deadline_ms: #deadline_ms,
                retry_interval_ms: #retry_interval_ms,
                caching: #caching,
                token: #token,
                is_idempotent: #is_idempotent,
            },
        }
    }
}

/// Notes every type that crosses, by the way it goes.
fn types(generated: &Generated<'_>) -> TokenStream {
    let methods = &generated.contract.methods;
    let accepted = methods
        .iter()
        .flat_map(|method| method.arguments.iter().map(|argument| argument.ty));
    let sent = methods.iter().flat_map(|method| {
        let returns = &method.returns;
        let (value, stream_error) = match &returns.stream {
            Some(stream) => (Some(stream.item), stream.error),
            None => (returns.value, None),
        };
        [value, returns.error, stream_error].into_iter().flatten()
    });
    let at = Span::mixed_site();
    let note = |ty: &Type, how: TokenStream| quote_spanned!(ty.span().resolved_at(at)=> types.#how::<#ty>(););
    let accepted = accepted.map(|ty| note(ty, quote!(accepts)));
    let sent = sent.map(|ty| note(ty, quote!(sends)));
    quote!(#(#accepted)* #(#sent)*)
}

fn client(generated: &Generated<'_>) -> TokenStream {
    let Generated {
        contract,
        krate,
        vis,
        name,
        interface,
        ..
    } = generated;
    let client = with_suffix(name, "Client");
    let doc = format!("The client stub of [`{name}`]: calls it over any configuration.");
    let operations = contract
        .methods
        .iter()
        .enumerate()
        .map(|(at, method)| call(generated, at, method));
    let at = Span::mixed_site();
    quote_spanned! {at=>
        #[doc = #doc]
        #[derive(Clone, Debug)]
        #[allow(dead_code)]
        #vis struct #client {
            caller: #krate::rpc::RpcCaller<#interface>,
        }

        #[automatically_derived]
        #[allow(dead_code)]
        impl #client {
            /// A client over `caller`.
            #[must_use]
            #vis fn new(caller: #krate::rpc::RpcCaller<#interface>) -> Self {
                Self { caller }
            }

            #(#operations)*
        }

        #[automatically_derived]
        impl #krate::rpc::RpcClientStub for #client {
            type Interface = #interface;

            fn over(caller: #krate::rpc::RpcCaller<#interface>) -> Self {
                Self::new(caller)
            }
        }
    }
}

fn call(generated: &Generated<'_>, operation: usize, method: &Method<'_>) -> TokenStream {
    let Generated {
        krate, vis, name, ..
    } = generated;
    let called = method.name();
    let docs = docs::repeated(
        method.passed_attributes(),
        &format!("Calls [`{name}::{called}`]."),
    );
    let parameters = parameters(method);
    let value = method.returns.value;
    let value = value.map_or_else(|| quote!(()), |ty| quote!(#ty));
    let error = method.returns.error.map(|error| quote!(, #error));
    let arguments = arguments(krate, method);
    let at = Span::mixed_site();
    quote_spanned! {at=>
        #docs
        #vis fn #called(&self, #parameters) -> #krate::rpc::RpcCall<#value #error> {
            #arguments
            #krate::rpc::RpcCall::new(&self.caller, #operation, count, write)
        }
    }
}

/// `count` and `write` of a call: what its author left out at the end is not sent, as in
/// JavaScript, where a function tells a missing argument from a null.
fn arguments(krate: &Path, method: &Method<'_>) -> TokenStream {
    let at = Span::mixed_site();
    let all = method.arguments.len();
    let needed = all - method.optional_arguments();
    let is_left_out = method.arguments.iter().enumerate().skip(needed).rev();
    let is_left_out = is_left_out.map(|(position, argument)| {
        let name = argument.name;
        let after = position + 1;
        quote_spanned! {at=>
            if count == #after && ::core::option::Option::is_none(&#name) {
                count = #position;
            }
        }
    });
    let is_left_out: TokenStream = is_left_out.collect();
    let count = if all == needed {
        quote_spanned!(at=> let count = #all;)
    } else {
        quote_spanned!(at=> let mut count = #all; #is_left_out)
    };
    if all == 0 {
        return quote_spanned!(at=> #count let write = |_: &mut #krate::wire::ArgumentsWriter| ::core::result::Result::Ok(()););
    }
    let pushes = method
        .arguments
        .iter()
        .enumerate()
        .map(|(position, argument)| {
            let name = argument.name;
            // The place of the type, so that one that is not `Serialize` is shown there.
            let at = argument.ty.span().resolved_at(at);
            if position < needed {
                quote_spanned!(at=> arguments.push(&#name)?;)
            } else {
                quote_spanned!(at=> if count > #position { arguments.push(&#name)?; })
            }
        });
    quote_spanned! {at=>
        #count
        let write = |arguments: &mut #krate::wire::ArgumentsWriter| {
            #(#pushes)*
            ::core::result::Result::Ok(())
        };
    }
}
