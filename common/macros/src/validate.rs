//! The rules of the contract language: one function per rule, named as the rule.
//!
//! A rule looks at the model or at one method, and says what the author can do instead. Rules
//! about the types in signatures stand in `validate/types.rs`, those of one kind of contract in
//! `validate/kinds.rs` and `validate/rpc.rs`.

mod kinds;
mod rpc;
mod types;

use std::collections::HashMap;

use quote::ToTokens as _;
use syn::{FnArg, ItemTrait, TraitItem, TraitItemFn};

use crate::{
    mistakes::Mistakes,
    names,
    parse::{Contract, Kind, Method, Settings, is_token, plain_name},
};

/// Applies every rule.
pub(crate) fn contract(contract: &Contract<'_>, mistakes: &mut Mistakes) {
    let kind = contract.settings.kind;
    name_is_a_name(&contract.settings, mistakes);
    version_is_semantic(&contract.settings, mistakes);
    fingerprint_is_one(&contract.settings, mistakes);
    trait_is_plain(contract.item, mistakes);
    trait_has_no_generics(contract.item, mistakes);
    trait_has_no_supertraits(contract.item, mistakes);
    items_are_methods(contract.item, mistakes);
    wire_names_differ(&contract.methods, mistakes);
    for method in &contract.methods {
        let function = method.function;
        method_is_plain(function, mistakes);
        method_has_no_generics(function, mistakes);
        method_has_no_body(function, mistakes);
        method_is_the_same_on_both_sides(function, mistakes);
        method_name_is_free(function, kind, mistakes);
        wire_name_is_a_name(method, mistakes);
        wire_name_is_free(method, mistakes);
        receiver_is_shared_self(function, mistakes);
        arguments_are_names(function, mistakes);
        arguments_have_no_attributes(function, kind, mistakes);
        kinds::of(method, kind, mistakes);
        types::of(method, mistakes);
    }
}

fn name_is_a_name(settings: &Settings, mistakes: &mut Mistakes) {
    let Some(name) = &settings.name else {
        return;
    };
    if settings.kind == Kind::Rpc {
        rpc::interface_name_fits_a_url(name, mistakes);
    } else if !names::is_wire_name(&name.value()) {
        mistakes.at(name, "a channel name is 1 to 128 bytes of visible ASCII");
    }
}

fn version_is_semantic(settings: &Settings, mistakes: &mut Mistakes) {
    if let Some(version) = &settings.version
        && !names::is_version(&version.value())
    {
        mistakes.at(
            version,
            "a version is `major.minor.patch`, such as \"1.0.0\"",
        );
    }
}

fn fingerprint_is_one(settings: &Settings, mistakes: &mut Mistakes) {
    if let Some(fingerprint) = &settings.fingerprint
        && names::fingerprint(&fingerprint.value()).is_none()
    {
        mistakes.at(
            fingerprint,
            "a fingerprint is 16 hexadecimal digits in small letters, as `info().fingerprint` has them",
        );
    }
}

fn trait_is_plain(item: &ItemTrait, mistakes: &mut Mistakes) {
    if let Some(word) = &item.unsafety {
        mistakes.at(word, "a contract is a safe trait");
    }
    if let Some(word) = &item.auto_token {
        mistakes.at(word, "a contract is a trait with methods");
    }
}

fn trait_has_no_generics(item: &ItemTrait, mistakes: &mut Mistakes) {
    for parameter in &item.generics.params {
        mistakes.at(
            parameter,
            "a contract has no generics: both sides must know its types",
        );
    }
    if let Some(clause) = &item.generics.where_clause {
        mistakes.at(&clause.where_token, "a contract has no `where` clause");
    }
}

fn trait_has_no_supertraits(item: &ItemTrait, mistakes: &mut Mistakes) {
    for bound in &item.supertraits {
        let sentence = "a contract has no supertraits: `Send`, `Sync` and `'static` are implied, \
                        methods of others cannot be called through the bridge";
        mistakes.at(bound, sentence);
    }
}

fn items_are_methods(item: &ItemTrait, mistakes: &mut Mistakes) {
    for item in &item.items {
        let sentence = match item {
            TraitItem::Fn(_) => continue,
            TraitItem::Const(_) => "a contract has no constants: write a method",
            TraitItem::Type(_) => "a contract has no associated types: name the type itself",
            _ => "a contract has methods only",
        };
        match item {
            TraitItem::Const(item) => mistakes.at(&item.const_token, sentence),
            TraitItem::Type(item) => mistakes.at(&item.type_token, sentence),
            other => mistakes.at(other, sentence),
        }
    }
}

fn wire_names_differ(methods: &[Method<'_>], mistakes: &mut Mistakes) {
    let mut taken = HashMap::new();
    for method in methods {
        if let Some(other) = taken.insert(method.wire_name.text.as_str(), method.name()) {
            let sentence = format!(
                "`{}` is the wire name of `{other}` already: give one of them another with \
                 `#[wire(name = \"…\")]`",
                method.wire_name.text
            );
            mistakes.at_span(method.wire_name.span, sentence);
        }
    }
}

fn method_is_plain(function: &TraitItemFn, mistakes: &mut Mistakes) {
    let signature = &function.sig;
    if let Some(word) = &signature.constness {
        mistakes.at(word, "a method of a contract is not `const`");
    }
    if let Some(word) = &signature.unsafety {
        mistakes.at(
            word,
            "a method of a contract is not `unsafe`: the other side keeps no promise",
        );
    }
    if let Some(abi) = &signature.abi {
        mistakes.at(&abi.extern_token, "a method of a contract is not `extern`");
    }
    if let Some(variadic) = &signature.variadic {
        mistakes.at(
            variadic,
            "a method of a contract has a fixed number of arguments",
        );
    }
}

fn method_has_no_generics(function: &TraitItemFn, mistakes: &mut Mistakes) {
    let generics = &function.sig.generics;
    for parameter in &generics.params {
        let sentence = "a method of a contract has no generics: both sides must know its types";
        mistakes.at(parameter, sentence);
    }
    if let Some(clause) = &generics.where_clause {
        mistakes.at(
            &clause.where_token,
            "a method of a contract has no `where` clause",
        );
    }
}

fn method_has_no_body(function: &TraitItemFn, mistakes: &mut Mistakes) {
    if let Some(body) = &function.default {
        let sentence = "a method of a contract has no body: what it does is up to the side that \
                        implements it";
        mistakes.at_span(body.brace_token.span.open(), sentence);
    }
}

fn method_is_the_same_on_both_sides(function: &TraitItemFn, mistakes: &mut Mistakes) {
    for attribute in function
        .attrs
        .iter()
        .filter(|attribute| is_conditional(attribute))
    {
        let sentence = format!(
            "no `#[{}]` in a contract: it must be the same on both sides",
            attribute.path().to_token_stream()
        );
        mistakes.at(attribute.path(), sentence);
    }
}

fn is_conditional(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr")
}

fn method_name_is_free(function: &TraitItemFn, kind: Kind, mistakes: &mut Mistakes) {
    let name = &function.sig.ident;
    let sentence = match kind {
        Kind::Interface | Kind::Rpc if name == "get_version" => {
            "`get_version` is generated: every interface answers it".to_owned()
        }
        Kind::Interface | Kind::Rpc if name == "new" => {
            "`new` is the constructor of the generated client: choose another name".to_owned()
        }
        Kind::Notifications if name == "new" => {
            "`new` is the constructor of the generated sender: choose another name".to_owned()
        }
        _ => return,
    };
    mistakes.at(name, sentence);
}

fn wire_name_is_a_name(method: &Method<'_>, mistakes: &mut Mistakes) {
    if !names::is_wire_name(&method.wire_name.text) {
        let sentence = "a method's wire name is 1 to 128 bytes of visible ASCII: give one with \
                        `#[wire(name = \"…\")]`";
        mistakes.at_span(method.wire_name.span, sentence);
    }
}

fn wire_name_is_free(method: &Method<'_>, mistakes: &mut Mistakes) {
    // A method called `get_version` is refused for its Rust name already.
    if method.wire_name.text == "getVersion" && method.name() != "get_version" {
        let sentence = "`getVersion` is answered by every interface: choose another name";
        mistakes.at_span(method.wire_name.span, sentence);
    }
}

fn receiver_is_shared_self(function: &TraitItemFn, mistakes: &mut Mistakes) {
    let signature = &function.sig;
    let Some(FnArg::Receiver(receiver)) = signature.inputs.first() else {
        mistakes.at(&signature.ident, "a method of a contract takes `&self`");
        return;
    };
    if let Some((_, Some(lifetime))) = &receiver.reference {
        mistakes.at(
            lifetime,
            "a method of a contract takes `&self`, without a lifetime",
        );
    } else if receiver.colon_token.is_some() || receiver.reference.is_none() {
        let sentence = "a method of a contract takes `&self`: the handler answers more than one \
                        call";
        mistakes.at(&receiver.self_token, sentence);
    } else if let Some(word) = &receiver.mutability {
        let sentence = "a method of a contract takes `&self`: calls run at the same time, so put \
                        what changes behind a lock";
        mistakes.at(word, sentence);
    }
}

/// Refuses `fn f(&self, (a, b): (A, B))`: an argument needs a name to be refused by.
fn arguments_are_names(function: &TraitItemFn, mistakes: &mut Mistakes) {
    for argument in &function.sig.inputs {
        if let FnArg::Typed(argument) = argument
            && plain_name(&argument.pat).is_none()
        {
            mistakes.at(&argument.pat, "an argument must be a plain name");
        }
    }
}

fn arguments_have_no_attributes(function: &TraitItemFn, kind: Kind, mistakes: &mut Mistakes) {
    let sentence = match kind {
        Kind::Rpc => "an argument of an RPC interface has no attributes but `#[token]`",
        Kind::Interface | Kind::Notifications => "an argument of a contract has no attributes",
    };
    for argument in &function.sig.inputs {
        let (FnArg::Typed(syn::PatType { attrs, .. })
        | FnArg::Receiver(syn::Receiver { attrs, .. })) = argument;
        let is_fine = |attribute: &&syn::Attribute| {
            kind == Kind::Rpc && matches!(argument, FnArg::Typed(_)) && is_token(attribute)
        };
        if let Some(attribute) = attrs.iter().find(|attribute| !is_fine(attribute)) {
            mistakes.at(attribute.path(), sentence);
        }
    }
}
