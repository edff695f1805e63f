//! What the attributes above a method say.
//!
//! It reads their form and notes what cannot be read; whether a method may have one is a rule of
//! `validate`. Used by the model of a method.

use proc_macro2::Span;
use syn::{Attribute, Ident, TraitItemFn, ext::IdentExt as _, spanned::Spanned as _};

use crate::{attribute::Pairs, mistakes::Mistakes, names};

/// Name of a method on the wire, and where it comes from.
pub(crate) struct WireName {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// `#[deadline(ms = …)]` and others that take a time.
pub(crate) struct Milliseconds {
    pub(crate) ms: u32,
    pub(crate) span: Span,
}

pub(super) fn wire_name(function: &TraitItemFn, mistakes: &mut Mistakes) -> WireName {
    let given = only(function, "wire", mistakes).and_then(|attribute| {
        let pairs = Pairs::read_attribute(attribute, &["name"], mistakes);
        let name = pairs.text("name", mistakes);
        if pairs.lacks("name") {
            mistakes.at(
                attribute.path(),
                "`name` is missing: write `#[wire(name = \"…\")]`",
            );
        }
        name
    });
    match given {
        Some(name) => WireName {
            text: name.value(),
            span: name.span(),
        },
        None => {
            let name = &function.sig.ident;
            WireName {
                text: names::lower_camel(&name.unraw().to_string()),
                span: name.span(),
            }
        }
    }
}

/// An attribute that takes `ms`; `example` is what its author may have meant.
pub(super) fn milliseconds(
    function: &TraitItemFn,
    name: &str,
    example: u32,
    mistakes: &mut Mistakes,
) -> Option<Milliseconds> {
    let attribute = only(function, name, mistakes)?;
    let pairs = Pairs::read_attribute(attribute, &["ms"], mistakes);
    if pairs.lacks("ms") {
        let sentence = format!("`ms` is missing: write `#[{name}(ms = {example})]`");
        mistakes.at(attribute.path(), sentence);
    }
    pairs
        .number("ms", mistakes)
        .map(|(ms, value)| Milliseconds {
            ms,
            span: value.span(),
        })
}

/// `#[caching(immutable)]`.
pub(super) fn caching<'a>(
    function: &'a TraitItemFn,
    mistakes: &mut Mistakes,
) -> Option<&'a Attribute> {
    let attribute = only(function, "caching", mistakes)?;
    let is_known = attribute
        .parse_args::<Ident>()
        .is_ok_and(|word| word == "immutable");
    if !is_known {
        let sentence = "write `#[caching(immutable)]`, for results that never change";
        mistakes.at(attribute.path(), sentence);
    }
    Some(attribute)
}

/// An attribute that is a mere word.
pub(super) fn word<'a>(
    function: &'a TraitItemFn,
    name: &str,
    mistakes: &mut Mistakes,
) -> Option<&'a Attribute> {
    let attribute = only(function, name, mistakes)?;
    if let Err(error) = attribute.meta.require_path_only() {
        mistakes.add(error);
    }
    Some(attribute)
}

/// The attribute called `name`, which may stand once.
fn only<'a>(
    function: &'a TraitItemFn,
    name: &str,
    mistakes: &mut Mistakes,
) -> Option<&'a Attribute> {
    let mut all = function
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident(name));
    let first = all.next();
    for another in all {
        mistakes.at(another.path(), format!("`#[{name}]` is given twice"));
    }
    first
}
