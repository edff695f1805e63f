//! The implementation of `IpcError`.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::error_type::{Case, Cases, ErrorType};

/// What `#[derive(IpcError)]` expands to.
pub(crate) fn error(error: &ErrorType<'_>) -> TokenStream {
    let ErrorType {
        item,
        krate,
        scope,
        cases,
    } = error;
    let name = &item.ident;
    let (impl_generics, type_generics, where_clause) = item.generics.split_for_impl();
    let key = per_case(cases, |case| {
        let key = &case.key;
        quote!(#key)
    });
    let number = has_numbers(cases).then(|| {
        let number = per_case(cases, |case| match case.number {
            Some(number) => quote!(::core::option::Option::Some(#number)),
            None => quote!(::core::option::Option::None),
        });
        quote_spanned! {Span::mixed_site()=>
            fn number(&self) -> ::core::option::Option<u32> {
                #number
            }
        }
    });
    quote_spanned! {Span::mixed_site()=>
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl #impl_generics #krate::ipc::IpcError for #name #type_generics #where_clause {
            fn scope(&self) -> &'static str {
                #scope
            }

            fn key(&self) -> &'static str {
                #key
            }

            #number
        }
    }
}

fn per_case(cases: &Cases<'_>, value: impl Fn(&Case) -> TokenStream) -> TokenStream {
    match cases {
        Cases::One(case) => value(case),
        Cases::PerVariant(cases) => {
            let arms = cases.iter().map(|(variant, case)| {
                let value = value(case);
                quote_spanned!(Span::mixed_site()=> Self::#variant { .. } => #value)
            });
            quote_spanned!(Span::mixed_site()=> match *self { #(#arms,)* })
        }
    }
}

fn has_numbers(cases: &Cases<'_>) -> bool {
    match cases {
        Cases::One(case) => case.number.is_some(),
        Cases::PerVariant(cases) => cases.iter().any(|(_, case)| case.number.is_some()),
    }
}
