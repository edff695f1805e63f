//! The trait to implement, its forwarding through `Arc`, and the marker type of the contract.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Type, ext::IdentExt as _, spanned::Spanned as _};

use super::{Generated, parameters};
use crate::{docs, names, parse::Method, signature};

pub(super) fn expand(generated: &Generated<'_>) -> TokenStream {
    let the_trait = the_trait(generated);
    let through_arc = through_arc(generated);
    let marker = marker(generated);
    quote!(#the_trait #through_arc #marker)
}

fn the_trait(generated: &Generated<'_>) -> TokenStream {
    let Generated {
        contract,
        vis,
        name,
        ..
    } = generated;
    let attributes = &contract.item.attrs;
    let methods = contract.methods.iter().map(|method| {
        let attributes = method.passed_attributes();
        // The place of the name, so that lints on the method are shown there.
        let at = method.name().span();
        let declaration = declaration(method, at);
        quote_spanned!(at=> #(#attributes)* #declaration;)
    });
    quote! {
        #(#attributes)*
        #vis trait #name: ::core::marker::Send + ::core::marker::Sync + 'static {
            #(#methods)*
        }
    }
}

/// `fn read(&self, id: NoteId) -> impl Future<…> + Send`. Implementations write `async fn`.
fn declaration(method: &Method<'_>, at: Span) -> TokenStream {
    let name = method.name();
    let parameters = parameters(method);
    let returned = match (method.is_async(), method.returns.written) {
        (true, output) => {
            let output = output.map_or_else(|| quote!(()), ToTokens::to_token_stream);
            quote_spanned! {at=>
                -> impl ::core::future::Future<Output = #output> + ::core::marker::Send
            }
        }
        (false, Some(output)) => quote_spanned!(at=> -> #output),
        (false, None) => TokenStream::new(),
    };
    quote_spanned!(at=> fn #name(&self, #parameters) #returned)
}

fn through_arc(generated: &Generated<'_>) -> TokenStream {
    let Generated { contract, name, .. } = generated;
    let at = Span::mixed_site();
    let methods = contract.methods.iter().map(|method| {
        let declaration = declaration(method, at);
        let called = method.name();
        let arguments = method.arguments.iter().map(|argument| argument.name);
        quote_spanned! {at=>
            #declaration {
                <T as #name>::#called(self, #(#arguments),*)
            }
        }
    });
    quote_spanned! {at=>
        #[automatically_derived]
        #[allow(deprecated)]
        impl<T: #name + ?::core::marker::Sized> #name for ::std::sync::Arc<T> {
            #(#methods)*
        }
    }
}

fn marker(generated: &Generated<'_>) -> TokenStream {
    let Generated {
        contract,
        krate,
        vis,
        name,
        interface,
        channel,
        wire_name,
        version,
    } = generated;
    let rust_name = name.unraw().to_string();
    let key = contract.settings.kind.name_key();
    let doc = format!("The contract of [`{name}`]: {key} `{wire_name}`, version {version}.");
    let docs = docs::text(&contract.item.attrs);
    let methods = contract
        .methods
        .iter()
        .map(|method| method_info(generated, method));
    let fingerprint = contract.settings.fingerprint.as_ref().map(|pinned| {
        let number = names::fingerprint(&pinned.value()).unwrap_or_default();
        quote! {
            const FINGERPRINT: ::core::option::Option<#krate::ipc::Fingerprint> =
                ::core::option::Option::Some(#krate::ipc::Fingerprint::pinned(#number));
        }
    });
    quote! {
        #[doc = #doc]
        #[derive(Clone, Copy, Debug)]
        #[allow(dead_code)]
        #vis struct #interface;

        #[automatically_derived]
        impl #krate::ipc::interface::private::Sealed for #interface {}

        #[automatically_derived]
        impl #krate::ipc::IpcInterface for #interface {
            const CHANNEL: #krate::wire::ChannelName = #krate::wire::ChannelName::literal(#channel);
            const VERSION: &'static str = #version;
            #fingerprint

            fn info() -> &'static #krate::ipc::InterfaceInfo {
                static INFO: ::std::sync::OnceLock<#krate::ipc::InterfaceInfo> =
                    ::std::sync::OnceLock::new();
                INFO.get_or_init(|| {
                    #krate::ipc::InterfaceInfo::of::<#interface>(
                        #rust_name,
                        #docs,
                        ::std::vec![#(#methods),*],
                    )
                })
            }
        }
    }
}

fn method_info(generated: &Generated<'_>, method: &Method<'_>) -> TokenStream {
    let krate = generated.krate;
    let name = generated.method_name(method);
    let rust_name = method.name().unraw().to_string();
    let signature = signature::one_line(method);
    let docs = docs::text(&method.function.attrs);
    let deadline_ms = deadline_ms(method);
    let result = match &method.returns.stream {
        Some(_) => sent(generated, None),
        None => sent(generated, method.returns.value),
    };
    let stream = match &method.returns.stream {
        Some(stream) => {
            let ty = stream.item;
            let item = quote_spanned!(ty.span()=> #krate::ipc::schema_sent::<#ty>());
            let error = sent(generated, stream.error);
            quote!(::core::option::Option::Some(#krate::ipc::StreamInfo {
                item: #item,
                error: #error,
            }))
        }
        None => quote!(::core::option::Option::None),
    };
    let error = sent(generated, method.returns.error);
    let arguments = method.arguments.iter().map(|argument| {
        let name = argument.name.unraw().to_string();
        let ty = argument.ty;
        // The place of the type, so that a type without a schema is shown there.
        let schema = quote_spanned!(ty.span()=> #krate::ipc::schema_accepted::<#ty>());
        quote!(#krate::ipc::ArgumentInfo { name: #name, schema: #schema })
    });
    quote! {
        #krate::ipc::MethodInfo {
            name: #name,
            rust_name: #rust_name,
            signature: #signature,
            docs: #docs,
            arguments: ::std::vec![#(#arguments),*],
            result: #result,
            error: #error,
            stream: #stream,
            deadline_ms: #deadline_ms,
        }
    }
}

/// The deadline for the wire, where 0 is none.
pub(super) fn deadline_ms(method: &Method<'_>) -> u32 {
    method.deadline.as_ref().map_or(0, |deadline| deadline.ms)
}

fn sent(generated: &Generated<'_>, ty: Option<&Type>) -> TokenStream {
    let krate = generated.krate;
    match ty {
        Some(ty) => {
            let schema = quote_spanned!(ty.span()=> #krate::ipc::schema_sent::<#ty>());
            quote!(::core::option::Option::Some(#schema))
        }
        None => quote!(::core::option::Option::None),
    }
}
