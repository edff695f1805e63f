//! What is left of a contract with mistakes: the mistakes, and items under the expected names.
//!
//! The rest of the user's crate names `NotesClient` and implements `Notes`; without these items
//! every such place would be an error of its own, above the one that matters. The items only
//! have to type-check; they never run.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{FnArg, ItemTrait, TraitItem, Type};

use crate::{
    error_type::ErrorType,
    expand::with_suffix,
    mistakes::Mistakes,
    parse::{Kind, Method, Settings, passed_attributes},
};

/// The fallback of a trait with mistakes.
pub(crate) fn contract(settings: &Settings, item: &ItemTrait, mistakes: &Mistakes) -> TokenStream {
    let errors = mistakes.to_compile_errors();
    let the_trait = the_trait(item);
    let marker = marker(settings, item);
    let ends = match settings.kind {
        Kind::Interface => interface_ends(settings, item),
        Kind::Rpc => rpc_ends(settings, item),
        Kind::Notifications => notification_ends(settings, item),
    };
    quote!(#errors #the_trait #marker #ends)
}

/// The fallback of an error type with mistakes.
pub(crate) fn error(error: &ErrorType<'_>, mistakes: &Mistakes) -> TokenStream {
    let ErrorType { item, krate, .. } = error;
    let errors = mistakes.to_compile_errors();
    let name = &item.ident;
    let (impl_generics, type_generics, where_clause) = item.generics.split_for_impl();
    quote! {
        #errors
        impl #impl_generics #krate::ipc::IpcError for #name #type_generics #where_clause {
            fn scope(&self) -> &'static str { "" }
            fn key(&self) -> &'static str { "" }
        }
    }
}

/// The trait as written, less what rustc would report a second time.
fn the_trait(item: &ItemTrait) -> TokenStream {
    let mut item = item.clone();
    // `Vec<Self>` would be refused once more, for its size.
    item.supertraits
        .push(syn::parse_quote!(::core::marker::Sized));
    for item in &mut item.items {
        let TraitItem::Fn(function) = item else {
            continue;
        };
        function.attrs = passed_attributes(function).cloned().collect();
        function.sig.constness = None;
        function.sig.variadic = None;
        if let Some(body) = &mut function.default {
            *body = syn::parse_quote!({ ::core::unreachable!() });
        }
        for argument in &mut function.sig.inputs {
            match argument {
                FnArg::Typed(argument) => {
                    argument.attrs.clear();
                    *argument.pat = syn::parse_quote!(_);
                }
                FnArg::Receiver(receiver) => receiver.attrs.clear(),
            }
        }
    }
    quote! {
        #[allow(async_fn_in_trait, dead_code)]
        #item
    }
}

fn marker(settings: &Settings, item: &ItemTrait) -> TokenStream {
    let krate = &settings.krate;
    let vis = &item.vis;
    let interface = with_suffix(&item.ident, "Interface");
    quote! {
        #[allow(missing_docs, dead_code)]
        #[derive(Clone, Copy, Debug)]
        #vis struct #interface;

        impl #krate::ipc::interface::private::Sealed for #interface {}

        impl #krate::ipc::IpcInterface for #interface {
            const CHANNEL: #krate::wire::ChannelName = #krate::wire::ChannelName::literal("_");
            const VERSION: &'static str = "";
            fn info() -> &'static #krate::ipc::InterfaceInfo {
                ::core::unreachable!()
            }
        }
    }
}

fn interface_ends(settings: &Settings, item: &ItemTrait) -> TokenStream {
    let krate = &settings.krate;
    let vis = &item.vis;
    let interface = with_suffix(&item.ident, "Interface");
    let client = with_suffix(&item.ident, "Client");
    let server = server(settings, item);
    let methods = methods(settings, item);
    quote! {
        #[allow(missing_docs, dead_code)]
        #[derive(Clone, Debug)]
        #vis struct #client;

        #[allow(missing_docs, dead_code, unused)]
        impl #client {
            #vis fn new(_: #krate::ipc::Caller) -> Self { Self }
            #vis fn get_version(&self) -> #krate::ipc::Call<::std::string::String> {
                ::core::unreachable!()
            }
            #methods
        }

        impl #krate::ipc::IpcClient for #client {
            type Interface = #interface;
            fn over(_: #krate::ipc::Caller) -> Self { Self }
        }

        #server
    }
}

fn server(settings: &Settings, item: &ItemTrait) -> TokenStream {
    let krate = &settings.krate;
    let vis = &item.vis;
    let interface = with_suffix(&item.ident, "Interface");
    let server = with_suffix(&item.ident, "Server");
    quote! {
        #[allow(missing_docs, dead_code)]
        #[derive(Clone, Debug)]
        #vis struct #server<T>(#vis T);

        impl<T> #krate::ipc::IntoIpcHandler<#interface> for #server<T> {
            fn into_ipc_handler(self) -> ::std::sync::Arc<dyn #krate::ipc::IpcHandler> {
                ::core::unreachable!()
            }
        }
    }
}

fn rpc_ends(settings: &Settings, item: &ItemTrait) -> TokenStream {
    let krate = &settings.krate;
    let vis = &item.vis;
    let interface = with_suffix(&item.ident, "Interface");
    let client = with_suffix(&item.ident, "Client");
    let server = server(settings, item);
    let methods = methods(settings, item);
    quote! {
        impl #krate::rpc::RpcInterface for #interface {
            const NAME: #krate::rpc::InterfaceName = #krate::rpc::InterfaceName::literal("_");
            fn rpc_info() -> &'static #krate::rpc::RpcInterfaceInfo {
                ::core::unreachable!()
            }
        }

        #[allow(missing_docs, dead_code)]
        #[derive(Clone, Debug)]
        #vis struct #client;

        #[allow(missing_docs, dead_code, unused)]
        impl #client {
            #vis fn new(_: #krate::rpc::RpcCaller<#interface>) -> Self { Self }
            #methods
        }

        impl #krate::rpc::RpcClientStub for #client {
            type Interface = #interface;
            fn over(_: #krate::rpc::RpcCaller<#interface>) -> Self { Self }
        }

        #server
    }
}

fn notification_ends(settings: &Settings, item: &ItemTrait) -> TokenStream {
    let krate = &settings.krate;
    let vis = &item.vis;
    let interface = with_suffix(&item.ident, "Interface");
    let sender = with_suffix(&item.ident, "Sender");
    let receiver = with_suffix(&item.ident, "Receiver");
    let methods = methods(settings, item);
    quote! {
        #[allow(missing_docs, dead_code)]
        #[derive(Clone, Debug)]
        #vis struct #sender;

        #[allow(missing_docs, dead_code, unused)]
        impl #sender {
            #vis fn new(_: #krate::ipc::NotificationSender) -> Self { Self }
            #methods
        }

        #[allow(missing_docs, dead_code)]
        #[derive(Clone, Debug)]
        #vis struct #receiver<T>(#vis T);

        impl<T> #krate::ipc::IntoNotificationListener<#interface> for #receiver<T> {
            fn into_notification_listener(
                self,
            ) -> ::std::sync::Arc<dyn #krate::ipc::NotificationListener> {
                ::core::unreachable!()
            }
        }
    }
}

/// The client's or sender's methods, each once, taking anything.
fn methods(settings: &Settings, item: &ItemTrait) -> TokenStream {
    let mut names = vec!["new".to_owned(), "get_version".to_owned()];
    let mut methods = TokenStream::new();
    for item_in_trait in &item.items {
        let TraitItem::Fn(function) = item_in_trait else {
            continue;
        };
        let name = &function.sig.ident;
        if names.contains(&name.to_string()) {
            continue;
        }
        names.push(name.to_string());
        let method = Method::parse(function, &mut Mistakes::default());
        methods.extend(stub(settings, item, &method));
    }
    methods
}

fn stub(settings: &Settings, item: &ItemTrait, method: &Method<'_>) -> TokenStream {
    let krate = &settings.krate;
    let vis = &item.vis;
    let name = method.name();
    let inputs = &method.function.sig.inputs;
    let arguments = inputs
        .iter()
        .filter(|argument| matches!(argument, FnArg::Typed(_)))
        .map(|_| quote!(_: impl ::core::marker::Sized));
    let generic =
        !item.generics.params.is_empty() || !method.function.sig.generics.params.is_empty();
    let known = |ty: &&Type| !generic && stands_alone(ty.to_token_stream());
    let returned = match settings.kind {
        Kind::Notifications => quote!(#krate::ipc::Unsent),
        Kind::Interface | Kind::Rpc => {
            let value = method.returns.value.filter(known);
            let value = value.map_or_else(|| quote!(()), ToTokens::to_token_stream);
            let error = method.returns.error.filter(known);
            let error = error.map(|error| quote!(, #error));
            if settings.kind == Kind::Rpc {
                quote!(#krate::rpc::RpcCall<#value #error>)
            } else {
                quote!(#krate::ipc::Call<#value #error>)
            }
        }
    };
    quote!(#vis fn #name(&self, #(#arguments),*) -> #returned { ::core::unreachable!() })
}

/// Whether a type means the same outside of the trait and its method.
fn stands_alone(ty: TokenStream) -> bool {
    ty.into_iter().all(|token| match token {
        TokenTree::Group(group) => stands_alone(group.stream()),
        TokenTree::Ident(word) => !["impl", "Self", "_"].iter().any(|other| word == other),
        _ => true,
    })
}
