//! The model of a contract: what a trait and its attributes say, borrowed from the trait.
//!
//! It reads and does not judge: what cannot be read is noted as a mistake and left out of the
//! model, and the rules of `validate` look at the rest. Every later stage works from here.

mod attributes;
mod returns;

use proc_macro2::{Span, TokenStream};
use syn::{
    Attribute, FnArg, Ident, ItemTrait, LitStr, Pat, Path, TraitItem, TraitItemFn, Type,
    parse_quote,
};

pub(crate) use self::{
    attributes::{Milliseconds, WireName},
    returns::{Returns, last_segment, result_arguments, type_arguments},
};
use crate::{attribute::Pairs, mistakes::Mistakes};

/// Attributes that belong to the contract language; all others stay on the trait's methods.
const OWN_ATTRIBUTES: [&str; 7] = [
    "wire",
    "deadline",
    "blocking",
    "latest",
    "caching",
    "retry_interval",
    "idempotent",
];

/// The kinds of contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Calls with an answer.
    Interface,
    /// Messages without one.
    Notifications,
    /// Calls with an answer, over any configuration.
    Rpc,
}

impl Kind {
    /// The attribute that makes this kind.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::Interface => "ipc_interface",
            Self::Notifications => "ipc_notifications",
            Self::Rpc => "rpc_interface",
        }
    }

    /// What a contract of this kind is known by.
    pub(crate) fn name_key(self) -> &'static str {
        match self {
            Self::Interface | Self::Notifications => "channel",
            Self::Rpc => "name",
        }
    }
}

/// What the attribute on the trait says.
pub(crate) struct Settings {
    pub(crate) kind: Kind,
    /// Channel of an IPC contract, name of an RPC interface.
    pub(crate) name: Option<LitStr>,
    pub(crate) version: Option<LitStr>,
    /// What the contract was found to mean on the wire, if that is pinned.
    pub(crate) fingerprint: Option<LitStr>,
    /// Path of the crate that the generated code uses.
    pub(crate) krate: Path,
}

impl Settings {
    pub(crate) fn parse(kind: Kind, tokens: TokenStream, mistakes: &mut Mistakes) -> Self {
        let (attribute, name) = (kind.attribute(), kind.name_key());
        let keys = [name, "version", "crate", "fingerprint"];
        // What an RPC interface means on the wire is not compared.
        let keys = match kind {
            Kind::Rpc => &keys[..3],
            Kind::Interface | Kind::Notifications => &keys[..],
        };
        let pairs = Pairs::read(attribute, keys, tokens, mistakes);
        for key in [name, "version"] {
            if pairs.lacks(key) {
                let sentence = format!(
                    "`{key}` is missing: write `#[{attribute}({name} = \"…\", version = \"1.0.0\")]`"
                );
                mistakes.at_span(Span::call_site(), sentence);
            }
        }
        Self {
            kind,
            name: pairs.text(name, mistakes),
            version: pairs.text("version", mistakes),
            fingerprint: pairs.text("fingerprint", mistakes),
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
    pub(crate) deadline: Option<Milliseconds>,
    /// `#[caching(immutable)]`.
    pub(crate) caching: Option<&'a Attribute>,
    pub(crate) retry_interval: Option<Milliseconds>,
    /// The attribute `#[idempotent]`.
    pub(crate) idempotent: Option<&'a Attribute>,
    /// The attribute `#[blocking]`.
    pub(crate) blocking: Option<&'a Attribute>,
    /// The attribute `#[latest]`.
    pub(crate) latest: Option<&'a Attribute>,
}

/// One argument that has a plain name.
pub(crate) struct Argument<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) ty: &'a Type,
    /// The attribute `#[token]`.
    pub(crate) token: Option<&'a Attribute>,
}

impl<'a> Method<'a> {
    pub(crate) fn parse(function: &'a TraitItemFn, mistakes: &mut Mistakes) -> Self {
        Self {
            function,
            wire_name: attributes::wire_name(function, mistakes),
            arguments: function
                .sig
                .inputs
                .iter()
                .filter_map(Argument::parse)
                .collect(),
            returns: Returns::parse(&function.sig.output),
            deadline: attributes::milliseconds(function, "deadline", 500, mistakes),
            caching: attributes::caching(function, mistakes),
            retry_interval: attributes::milliseconds(function, "retry_interval", 1000, mistakes),
            idempotent: attributes::word(function, "idempotent", mistakes),
            blocking: attributes::word(function, "blocking", mistakes),
            latest: attributes::word(function, "latest", mistakes),
        }
    }

    pub(crate) fn name(&self) -> &'a Ident {
        &self.function.sig.ident
    }

    pub(crate) fn is_async(&self) -> bool {
        self.function.sig.asyncness.is_some()
    }

    /// How many of its last arguments may be left out.
    pub(crate) fn optional_arguments(&self) -> usize {
        let is_optional = |argument: &&Argument<'_>| {
            last_segment(argument.ty).is_some_and(|segment| segment.ident == "Option")
        };
        self.arguments.iter().rev().take_while(is_optional).count()
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
            token: argument.attrs.iter().find(|attribute| is_token(attribute)),
        })
    }
}

/// Whether this is `#[token]`, the one attribute that an argument may have.
pub(crate) fn is_token(attribute: &Attribute) -> bool {
    attribute.path().is_ident("token") && attribute.meta.require_path_only().is_ok()
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
