//! Reads and checks a type that derives `IpcError`.
//!
//! Parsing and rules stand together, since there are few of either. It knows the attribute and
//! nothing of what the type's fields are; `expand::error` writes the code.

use std::collections::HashMap;

use proc_macro2::Span;
use syn::{Attribute, Data, DeriveInput, Ident, Path, ext::IdentExt as _, spanned::Spanned as _};

use crate::{attribute::Pairs, mistakes::Mistakes, names, parse::crate_path};

const ATTRIBUTE: &str = "ipc_error";

/// A type that derives `IpcError`.
pub(crate) struct ErrorType<'a> {
    pub(crate) item: &'a DeriveInput,
    pub(crate) krate: Path,
    pub(crate) scope: String,
    pub(crate) cases: Cases<'a>,
}

/// What the key and the number depend on.
pub(crate) enum Cases<'a> {
    /// A struct: on nothing.
    One(Case),
    /// An enum: on the variant.
    PerVariant(Vec<(&'a Ident, Case)>),
}

/// Key and number of one error.
pub(crate) struct Case {
    pub(crate) key: String,
    pub(crate) number: Option<u32>,
    key_span: Span,
    number_span: Span,
}

impl<'a> ErrorType<'a> {
    pub(crate) fn parse(item: &'a DeriveInput, mistakes: &mut Mistakes) -> Self {
        let keys: &[&str] = match &item.data {
            Data::Enum(_) => &["scope", "crate"],
            _ => &["scope", "key", "number", "crate"],
        };
        let pairs = pairs(&item.attrs, keys, mistakes);
        let scope = scope(&pairs, mistakes);
        let cases = match &item.data {
            Data::Enum(data) => Cases::PerVariant(
                data.variants
                    .iter()
                    .map(|variant| {
                        let pairs = self::pairs(&variant.attrs, &["key", "number"], mistakes);
                        (
                            &variant.ident,
                            Case::parse(&pairs, &variant.ident, mistakes),
                        )
                    })
                    .collect(),
            ),
            Data::Union(data) => {
                let sentence = "an error is a struct or an enum: nobody knows what a union holds";
                mistakes.at(&data.union_token, sentence);
                Cases::PerVariant(Vec::new())
            }
            Data::Struct(_) => Cases::One(Case::parse(&pairs, &item.ident, mistakes)),
        };
        if let Cases::PerVariant(cases) = &cases {
            keys_differ(cases, mistakes);
            numbers_differ(cases, mistakes);
        }
        Self {
            item,
            krate: crate_path(&pairs, mistakes),
            scope,
            cases,
        }
    }
}

impl Case {
    fn parse(pairs: &Pairs, name: &Ident, mistakes: &mut Mistakes) -> Self {
        let (key, key_span) = match pairs.text("key", mistakes) {
            Some(key) => {
                if !names::is_wire_name(&key.value()) {
                    mistakes.at(&key, "an error's key is 1 to 128 bytes of visible ASCII");
                }
                (key.value(), key.span())
            }
            None => (names::lower_first(&name.unraw().to_string()), name.span()),
        };
        let number = pairs.number("number", mistakes);
        Self {
            key,
            number: number.map(|(number, _)| number),
            key_span,
            number_span: number.map_or(name.span(), |(_, value)| value.span()),
        }
    }
}

fn pairs(attributes: &[Attribute], keys: &[&str], mistakes: &mut Mistakes) -> Pairs {
    let mut ours = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident(ATTRIBUTE));
    let Some(first) = ours.next() else {
        return Pairs::default();
    };
    for another in ours {
        mistakes.at(another.path(), format!("`#[{ATTRIBUTE}]` is given twice"));
    }
    Pairs::read_attribute(first, keys, mistakes)
}

fn scope(pairs: &Pairs, mistakes: &mut Mistakes) -> String {
    if pairs.lacks("scope") {
        let sentence = "`scope` is missing: write `#[ipc_error(scope = \"…\")]` on the type, \
                        usually with the interface's name";
        mistakes.at_span(Span::call_site(), sentence);
    }
    let Some(scope) = pairs.text("scope", mistakes) else {
        return String::new();
    };
    if !names::is_wire_name(&scope.value()) {
        mistakes.at(
            &scope,
            "an error's scope is 1 to 128 bytes of visible ASCII",
        );
    }
    scope.value()
}

fn keys_differ(cases: &[(&Ident, Case)], mistakes: &mut Mistakes) {
    let mut taken = HashMap::new();
    for (variant, case) in cases {
        if let Some(other) = taken.insert(case.key.as_str(), variant) {
            let sentence = format!("`{}` is the key of `{other}` already", case.key);
            mistakes.at_span(case.key_span, sentence);
        }
    }
}

fn numbers_differ(cases: &[(&Ident, Case)], mistakes: &mut Mistakes) {
    let mut taken = HashMap::new();
    for (variant, case) in cases {
        if let Some(number) = case.number
            && let Some(other) = taken.insert(number, variant)
        {
            mistakes.at_span(
                case.number_span,
                format!("{number} is the number of `{other}` already"),
            );
        }
    }
}
