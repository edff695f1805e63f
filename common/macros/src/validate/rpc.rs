//! The rules that only RPC interfaces have, and what other contracts may not take from them.
//!
//! An RPC interface may be served on the web, where its name, its version and an operation are
//! one segment of a URL, with a `-` between them. One function per rule, named as the rule.

use syn::{LitStr, spanned::Spanned as _};

use crate::{mistakes::Mistakes, names, parse::Method};

/// Applies every rule to one operation.
pub(super) fn of(method: &Method<'_>, mistakes: &mut Mistakes) {
    operation_name_fits_a_url(method, mistakes);
    one_argument_is_the_token(method, mistakes);
    streams_are_not_cached(method, mistakes);
}

pub(super) fn interface_name_fits_a_url(name: &LitStr, mistakes: &mut Mistakes) {
    if !names::is_rpc_name(&name.value()) {
        let sentence = "the name of an RPC interface is 1 to 120 letters, digits, `_`, `.` or `$`: \
                        it stands in a URL, where a `-` ends it";
        mistakes.at(name, sentence);
    }
}

fn operation_name_fits_a_url(method: &Method<'_>, mistakes: &mut Mistakes) {
    let name = &method.wire_name;
    // What is no name at all has a rule of its own.
    if names::is_wire_name(&name.text) && !names::is_rpc_name(&name.text) {
        let sentence = "the name of an operation is 1 to 120 letters, digits, `_`, `.` or `$`: it \
                        stands in a URL, where a `-` begins it";
        mistakes.at_span(name.span, sentence);
    }
}

fn one_argument_is_the_token(method: &Method<'_>, mistakes: &mut Mistakes) {
    let mut tokens = method
        .arguments
        .iter()
        .filter_map(|argument| argument.token);
    tokens.next();
    for another in tokens {
        let sentence = "an operation has one `#[token]`: it says where the request goes";
        mistakes.at(another.path(), sentence);
    }
}

fn streams_are_not_cached(method: &Method<'_>, mistakes: &mut Mistakes) {
    if let Some(attribute) = method.caching
        && method.returns.stream.is_some()
    {
        let sentence = "a stream is not cached: `#[caching]` is for operations that give a value";
        mistakes.at(attribute.path(), sentence);
    }
}

/// Refuses on an IPC contract what only RPC interfaces know.
pub(super) fn is_not_asked_for(method: &Method<'_>, mistakes: &mut Mistakes) {
    for attribute in [method.caching, method.idempotent].into_iter().flatten() {
        let name = attribute.path().get_ident();
        let name = name.map(ToString::to_string).unwrap_or_default();
        mistakes.at(
            attribute.path(),
            format!("`#[{name}]` is for `#[rpc_interface]`"),
        );
    }
    if let Some(interval) = &method.retry_interval {
        let sentence =
            "`#[retry_interval]` is for `#[rpc_interface]`: an IPC call is never pending";
        mistakes.at_span(interval.span, sentence);
    }
    if let Some(control) = method.returns.control {
        let sentence = "`RpcFailure` is for `#[rpc_interface]`: write the method's own error";
        mistakes.at_span(control.span(), sentence);
    }
}
