//! The list of everything that is wrong with one use of a macro.
//!
//! It only collects: a stage notes a mistake and goes on, so that its author sees all of them in
//! one build. Used by every stage; the entry points ask it at the end.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// What is wrong, in the order it was found.
#[derive(Debug, Default)]
pub(crate) struct Mistakes {
    found: Option<syn::Error>,
}

impl Mistakes {
    /// Notes a mistake that lies in `tokens`.
    pub(crate) fn at(&mut self, tokens: &impl ToTokens, sentence: impl std::fmt::Display) {
        self.add(syn::Error::new_spanned(tokens, sentence));
    }

    /// Notes a mistake that lies at `span`.
    pub(crate) fn at_span(&mut self, span: Span, sentence: impl std::fmt::Display) {
        self.add(syn::Error::new(span, sentence));
    }

    /// Notes a mistake that the parser found.
    pub(crate) fn add(&mut self, error: syn::Error) {
        match &mut self.found {
            Some(found) => found.combine(error),
            None => self.found = Some(error),
        }
    }

    /// Whether there are none so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_none()
    }

    /// One `compile_error!` for each.
    pub(crate) fn to_compile_errors(&self) -> TokenStream {
        self.found
            .as_ref()
            .map(syn::Error::to_compile_error)
            .unwrap_or_default()
    }

    /// The sentences, for tests.
    #[cfg(test)]
    pub(crate) fn sentences(&self) -> Vec<String> {
        self.found
            .iter()
            .flatten()
            .map(|error| error.to_string())
            .collect()
    }
}
