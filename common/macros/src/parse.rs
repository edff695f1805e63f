//! The model of a contract: what a trait and its attributes say, borrowed from the trait.
//!
//! It reads and does not judge: what cannot be read is noted as a mistake and left out of the
//! model, and the rules of `validate` look at the rest. Every later stage works from here.

use proc_macro2::{Span, TokenStream};
use syn::{
    Attribute, FnArg, Ident, ItemTrait, LitStr, Pat, Path, ReturnType, TraitItem, TraitItemFn,
    Type, ext::IdentExt as _, parse_quote, spanned::Spanned as _,
};

use crate::{attribute::Pairs, mistakes::Mistakes, names};

/// Attributes that belong to the contract language; all others stay on the trait's methods.
const OWN_ATTRIBUTES: [&str; 4] = ["wire", "deadline", "blocking", "latest"];

/// The two kinds of contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Calls with an answer.
    Interface,
    /// Messages without one.
    Notifications,
}

impl Kind {
    /// The attribute that makes this kind.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::Interface => "ipc_interface",
            Self::Notifications => "ipc_notifications",
        }
    }
}

/// What the attribute on the trait says.
pub(crate) struct Settings {
    pub(crate) kind: Kind,
    pub(crate) channel: Option<LitStr>,
    pub(crate) version: Option<LitStr>,
    /// Path of the crate that the generated code uses.
    pub(crate) krate: Path,
}

impl Settings {
    pub(crate) fn parse(kind: Kind, tokens: TokenStream, mistakes: &mut Mistakes) -> Self {
        let pairs = Pairs::read(
            kind.attribute(),
            &["channel", "version", "crate"],
            tokens,
            mistakes,
        );
        for key in ["channel", "version"]
            .into_iter()
            .filter(|key| pairs.lacks(key))
        {
            let attribute = kind.attribute();
            let sentence = format!(
                "`{key}` is missing: write `#[{attribute}(channel = \"…\", version = \"1.0.0\")]`"
            );
            mistakes.at_span(Span::call_site(), sentence);
        }
        Self {
            kind,
            channel: pairs.text("channel", mistakes),
            version: pairs.text("version", mistakes),
            krate: crate_path(&pairs, mistakes),
        }
    }
}

/// The path given as `crate = …`, or the one that the crate is published under.
pub(crate) fn crate_path(pairs: &Pairs, mistakes: &mut Mistakes) -> Path {
    pairs
        .path("crate", mistakes)
        .unwrap_or_else(|| parse_quote!(::twinbridge_common))
}

/// One contract.
pub(crate) struct Contract<'a> {
    pub(crate) settings: Settings,
    pub(crate) item: &'a ItemTrait,
    pub(crate) methods: Vec<Method<'a>>,
}

impl<'a> Contract<'a> {
    pub(crate) fn parse(settings: Settings, item: &'a ItemTrait, mistakes: &mut Mistakes) -> Self {
        let methods = item
            .items
            .iter()
            .filter_map(|item| match item {
                TraitItem::Fn(function) => Some(Method::parse(function, mistakes)),
                _ => None,
            })
            .collect();
        Self {
            settings,
            item,
            methods,
        }
    }
}

/// One method of a contract.
pub(crate) struct Method<'a> {
    pub(crate) function: &'a TraitItemFn,
    pub(crate) wire_name: WireName,
    pub(crate) arguments: Vec<Argument<'a>>,
    pub(crate) returns: Returns<'a>,
    pub(crate) deadline: Option<Deadline>,
    /// The attribute `#[blocking]`.
    pub(crate) blocking: Option<&'a Attribute>,
    /// The attribute `#[latest]`.
    pub(crate) latest: Option<&'a Attribute>,
}

/// Name of a method on the wire, and where it comes from.
pub(crate) struct WireName {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// `#[deadline(ms = …)]`.
pub(crate) struct Deadline {
    pub(crate) ms: u32,
    pub(crate) span: Span,
}

/// One argument that has a plain name.
pub(crate) struct Argument<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) ty: &'a Type,
}

/// What a method returns, as far as it can be seen without knowing types.
pub(crate) struct Returns<'a> {
    /// The type as written; `None` where no type is written.
    pub(crate) written: Option<&'a Type>,
    /// What the call gives; `None` is `()`.
    pub(crate) value: Option<&'a Type>,
    /// The method's own error.
    pub(crate) error: Option<&'a Type>,
    /// Where `value` is a stream: its items, and the error that may end it.
    pub(crate) stream: Option<StreamTypes<'a>>,
}

/// What stands in the brackets of `IpcStream<T, E>`.
pub(crate) struct StreamTypes<'a> {
    pub(crate) item: &'a Type,
    pub(crate) error: Option<&'a Type>,
}

impl<'a> Method<'a> {
    pub(crate) fn parse(function: &'a TraitItemFn, mistakes: &mut Mistakes) -> Self {
        Self {
            function,
            wire_name: wire_name(function, mistakes),
            arguments: function
                .sig
                .inputs
                .iter()
                .filter_map(Argument::parse)
                .collect(),
            returns: Returns::parse(&function.sig.output),
            deadline: deadline(function, mistakes),
            blocking: word(function, "blocking", mistakes),
            latest: word(function, "latest", mistakes),
        }
    }

    pub(crate) fn name(&self) -> &'a Ident {
        &self.function.sig.ident
    }

    pub(crate) fn is_async(&self) -> bool {
        self.function.sig.asyncness.is_some()
    }

    /// Its attributes, without those of the contract language.
    pub(crate) fn passed_attributes(&self) -> impl Iterator<Item = &'a Attribute> + use<'a> {
        passed_attributes(self.function)
    }
}

/// The attributes of `function`, without those of the contract language.
pub(crate) fn passed_attributes(function: &TraitItemFn) -> impl Iterator<Item = &Attribute> {
    function.attrs.iter().filter(|attribute| {
        !OWN_ATTRIBUTES
            .iter()
            .any(|own| attribute.path().is_ident(own))
    })
}

impl<'a> Argument<'a> {
    fn parse(argument: &'a FnArg) -> Option<Self> {
        let FnArg::Typed(argument) = argument else {
            return None;
        };
        plain_name(&argument.pat).map(|name| Self {
            name,
            ty: &argument.ty,
        })
    }
}

/// The name in a pattern that is nothing but a name.
pub(crate) fn plain_name(pattern: &Pat) -> Option<&Ident> {
    match pattern {
        Pat::Ident(name)
            if name.by_ref.is_none() && name.mutability.is_none() && name.subpat.is_none() =>
        {
            Some(&name.ident)
        }
        _ => None,
    }
}

impl<'a> Returns<'a> {
    fn parse(output: &'a ReturnType) -> Self {
        let ReturnType::Type(_, written) = output else {
            return Self {
                written: None,
                value: None,
                error: None,
                stream: None,
            };
        };
        let (value, error) = match result_arguments(written).as_deref() {
            Some([value, error]) => (*value, Some(*error)),
            _ => (&**written, None),
        };
        let value = (!is_unit(value)).then_some(value);
        Self {
            written: Some(written),
            value,
            error,
            stream: value.and_then(StreamTypes::parse),
        }
    }
}

impl<'a> StreamTypes<'a> {
    fn parse(value: &'a Type) -> Option<Self> {
        let stream = last_segment(value).filter(|segment| segment.ident == "IpcStream")?;
        match type_arguments(stream)[..] {
            [item] => Some(Self { item, error: None }),
            [item, error] => Some(Self {
                item,
                error: Some(error),
            }),
            _ => None,
        }
    }
}

/// The type arguments of a type whose last name is `Result`; `None` for any other type.
pub(crate) fn result_arguments(ty: &Type) -> Option<Vec<&Type>> {
    last_segment(ty)
        .filter(|segment| segment.ident == "Result")
        .map(type_arguments)
}

/// The last name of a path, with what stands in its angle brackets.
pub(crate) fn last_segment(ty: &Type) -> Option<&syn::PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        // What a `macro_rules!` macro captured as `$t:ty` comes in an invisible group.
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        _ => None,
    }
}

/// The types in the angle brackets of one path segment.
pub(crate) fn type_arguments(segment: &syn::PathSegment) -> Vec<&Type> {
    let syn::PathArguments::AngleBracketed(brackets) = &segment.arguments else {
        return Vec::new();
    };
    brackets
        .args
        .iter()
        .filter_map(|argument| match argument {
            syn::GenericArgument::Type(ty) => Some(ty),
            _ => None,
        })
        .collect()
}

fn is_unit(ty: &Type) -> bool {
    matches!(ty, Type::Tuple(tuple) if tuple.elems.is_empty())
}

fn wire_name(function: &TraitItemFn, mistakes: &mut Mistakes) -> WireName {
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

fn deadline(function: &TraitItemFn, mistakes: &mut Mistakes) -> Option<Deadline> {
    let attribute = only(function, "deadline", mistakes)?;
    let pairs = Pairs::read_attribute(attribute, &["ms"], mistakes);
    if pairs.lacks("ms") {
        mistakes.at(
            attribute.path(),
            "`ms` is missing: write `#[deadline(ms = 500)]`",
        );
    }
    pairs.number("ms", mistakes).map(|(ms, value)| Deadline {
        ms,
        span: value.span(),
    })
}

/// An attribute that is a mere word.
fn word<'a>(
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
