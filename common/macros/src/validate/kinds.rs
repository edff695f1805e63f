//! The rules that depend on the kind of contract: what may stand above a method, and whether
//! somebody waits for it.
//!
//! Calls take time and give something; notifications do neither. What RPC interfaces have besides
//! stands in `validate/rpc.rs`.

use syn::{TraitItemFn, spanned::Spanned as _};

use super::rpc;
use crate::{
    mistakes::Mistakes,
    parse::{Kind, Method, Milliseconds},
};

/// Applies every rule to one method.
pub(super) fn of(method: &Method<'_>, kind: Kind, mistakes: &mut Mistakes) {
    attributes_belong_to_the_kind(method, kind, mistakes);
    match kind {
        Kind::Interface | Kind::Rpc => {
            method_is_async_or_blocking(method, mistakes);
            time_is_not_zero(method, mistakes);
        }
        Kind::Notifications => {
            notification_is_not_async(method.function, mistakes);
            notification_returns_nothing(method, mistakes);
        }
    }
    match kind {
        Kind::Rpc => rpc::of(method, mistakes),
        Kind::Interface | Kind::Notifications => rpc::is_not_asked_for(method, mistakes),
    }
}

fn attributes_belong_to_the_kind(method: &Method<'_>, kind: Kind, mistakes: &mut Mistakes) {
    if kind != Kind::Notifications
        && let Some(attribute) = method.latest
    {
        let sentence = "`#[latest]` is for notifications: a call is never dropped for a later one";
        mistakes.at(attribute.path(), sentence);
    }
    if kind == Kind::Notifications {
        if let Some(attribute) = method.blocking {
            let sentence =
                "`#[blocking]` is for `#[ipc_interface]`: notifications are handled in turn";
            mistakes.at(attribute.path(), sentence);
        }
        if let Some(deadline) = &method.deadline {
            let sentence =
                "`#[deadline]` is for `#[ipc_interface]`: nobody waits for a notification";
            mistakes.at_span(deadline.span, sentence);
        }
    }
}

fn method_is_async_or_blocking(method: &Method<'_>, mistakes: &mut Mistakes) {
    match (&method.function.sig.asyncness, method.blocking) {
        (None, None) => {
            let sentence = "a call takes time: write `async fn`, or `#[blocking]` above to run it \
                            on the blocking pool";
            mistakes.at(&method.function.sig.fn_token, sentence);
        }
        (Some(word), Some(_)) => {
            let sentence = "a `#[blocking]` method is not `async`: it has a thread of its own to \
                            wait on";
            mistakes.at(word, sentence);
        }
        _ => {}
    }
}

fn time_is_not_zero(method: &Method<'_>, mistakes: &mut Mistakes) {
    let is_zero = |time: &&Milliseconds| time.ms == 0;
    if let Some(deadline) = method.deadline.as_ref().filter(is_zero) {
        let sentence = "a deadline of 0 ms leaves no time: leave the attribute out for none";
        mistakes.at_span(deadline.span, sentence);
    }
    if let Some(interval) = method.retry_interval.as_ref().filter(is_zero) {
        let sentence = "an interval of 0 ms would ask without a pause: leave the attribute out for \
                        that of the configuration";
        mistakes.at_span(interval.span, sentence);
    }
}

fn notification_is_not_async(function: &TraitItemFn, mistakes: &mut Mistakes) {
    if let Some(word) = &function.sig.asyncness {
        let sentence = "a notification is not `async`: each is handled before the next";
        mistakes.at(word, sentence);
    }
}

fn notification_returns_nothing(method: &Method<'_>, mistakes: &mut Mistakes) {
    if let Some(ty) = method.returns.value.or(method.returns.error) {
        let sentence = "a notification returns nothing: nobody waits for it";
        mistakes.at_span(ty.span(), sentence);
    }
}
