//! Documentation of the user's items, for the generated ones and for `InterfaceInfo`.
//!
//! The text is kept as expressions, since `#[doc = include_str!(…)]` has no text that a macro can
//! read. Used wherever documentation is repeated.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The documentation in `attributes` as one `&'static str` expression; empty if there is none.
pub(crate) fn text(attributes: &[Attribute]) -> TokenStream {
    let mut parts: Vec<Expr> = Vec::new();
    let mut lines: Vec<String> = Vec::new();
    for doc in attributes.iter().filter_map(value) {
        match doc {
            Expr::Lit(ExprLit {
                lit: Lit::Str(line),
                ..
            }) => lines.push(unindented(&line.value())),
            other => parts.extend([literal(&mut lines), other.clone()]),
        }
    }
    parts.push(literal(&mut lines));
    match parts.as_slice() {
        [whole] => whole.to_token_stream(),
        parts => quote!(::core::concat!(#(#parts, "\n"),*)),
    }
}

/// The `#[doc]` and `#[deprecated]` attributes, with `otherwise` where nothing is documented.
pub(crate) fn repeated<'a>(
    attributes: impl Iterator<Item = &'a Attribute>,
    otherwise: &str,
) -> TokenStream {
    let repeated: Vec<_> = attributes
        .filter(|attribute| {
            attribute.path().is_ident("doc") || attribute.path().is_ident("deprecated")
        })
        .collect();
    let documented = repeated.iter().any(|attribute| value(attribute).is_some());
    let otherwise = (!documented).then(|| quote!(#[doc = #otherwise]));
    quote!(#(#repeated)* #otherwise)
}

fn value(attribute: &Attribute) -> Option<&Expr> {
    match &attribute.meta {
        Meta::NameValue(doc) if doc.path.is_ident("doc") => Some(&doc.value),
        _ => None,
    }
}

/// `/// text` has a space before the text; the lines of `/** … */` have none.
fn unindented(line: &str) -> String {
    line.strip_prefix(' ').unwrap_or(line).trim_end().to_owned()
}

fn literal(lines: &mut Vec<String>) -> Expr {
    let text = std::mem::take(lines).join("\n");
    syn::parse_quote!(#text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_documentation_become_one_text() {
        let item: syn::ItemTrait = syn::parse_quote! {
            /// One.
            ///
            ///     code
            trait T {}
        };
        assert_eq!(text(&item.attrs).to_string(), r#""One.\n\n    code""#);
    }

    #[test]
    fn an_item_without_documentation_has_an_empty_text() {
        assert_eq!(text(&[]).to_string(), r#""""#);
    }

    #[test]
    fn included_documentation_is_concatenated() {
        let item: syn::ItemTrait = syn::parse_quote! {
            /// One.
            #[doc = include_str!("two.md")]
            trait T {}
        };
        assert_eq!(
            text(&item.attrs).to_string(),
            r#":: core :: concat ! ("One." , "\n" , include_str ! ("two.md") , "\n" , "" , "\n")"#
        );
    }
}
