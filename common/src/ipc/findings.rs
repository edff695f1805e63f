//! What a contract says that its author may not mean.
//!
//! Read off the JSON Schemas, so it sees through every type. A contract test asks for it and
//! shows or refuses what it finds; nothing at run time depends on it.

use serde_json::Value as Json;

use super::InterfaceInfo;

/// Something in a contract that works and may surprise.
#[cfg_attr(doc, doc = include_str!("../../examples/contract.md"))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Where: `channel.method`, and which argument, result or error of it.
    pub place: String,
    /// What is there.
    pub kind: FindingKind,
}

/// What may surprise in a contract.
#[cfg_attr(doc, doc = include_str!("../../examples/contract.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FindingKind {
    /// A `Vec<u8>`: an array of numbers everywhere.
    ByteArray,
    /// A 64-bit integer: beyond 53 bits a page in JavaScript sees a `BigInt` in its place.
    WideInteger,
    /// A 128-bit integer: it cannot be decoded behind `flatten`, `untagged` or an internal tag.
    HugeInteger,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { place, kind } = self;
        match kind {
            FindingKind::ByteArray => write!(
                f,
                "{place}: a `Vec<u8>` travels as an array of numbers; use `Bytes` for binary data"
            ),
            FindingKind::WideInteger => write!(
                f,
                "{place}: a 64-bit integer is a `BigInt` beyond 53 bits in JavaScript; use `u32` or `f64` where that is enough"
            ),
            FindingKind::HugeInteger => write!(
                f,
                "{place}: a 128-bit integer cannot be decoded behind `flatten`, `untagged` or an internal tag; use a `String`"
            ),
        }
    }
}

impl InterfaceInfo {
    /// What may surprise in this contract, each kind once per argument, result or error.
    ///
    /// ```
    /// use twinbridge_common::{IpcInterface as _, interfaces::host::AppHostInterface};
    ///
    /// for finding in AppHostInterface::info().findings() {
    ///     println!("{finding}");
    /// }
    /// ```
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for method in &self.methods {
            let place = |part: &str| format!("{}.{}, {part}", self.channel, method.name);
            let arguments = method.arguments.iter().map(|argument| {
                (
                    place(&format!("argument `{}`", argument.name)),
                    &argument.schema,
                )
            });
            let item = method.stream.iter().map(|stream| &stream.item);
            let result = method.result.iter().chain(item);
            let result = result.map(|schema| (place("result"), schema));
            let stream_error = method
                .stream
                .iter()
                .filter_map(|stream| stream.error.as_ref());
            let error = method.error.iter().chain(stream_error);
            let error = error.map(|schema| (place("error"), schema));
            for (place, schema) in arguments.chain(result).chain(error) {
                let mut kinds = Vec::new();
                walk(schema, &mut kinds);
                findings.extend(kinds.into_iter().map(|kind| Finding {
                    place: place.clone(),
                    kind,
                }));
            }
        }
        findings
    }
}

fn walk(schema: &Json, found: &mut Vec<FindingKind>) {
    let mut note = |kind| {
        if !found.contains(&kind) {
            found.push(kind);
        }
    };
    match schema["format"].as_str() {
        Some("int64" | "uint64") => note(FindingKind::WideInteger),
        Some("int128" | "uint128") => note(FindingKind::HugeInteger),
        _ => {}
    }
    if schema["type"] == "array" && schema["items"]["format"] == "uint8" {
        note(FindingKind::ByteArray);
    }
    match schema {
        Json::Object(members) => members.values().for_each(|member| walk(member, found)),
        Json::Array(items) => items.iter().for_each(|item| walk(item, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Bytes, IpcInterface as _,
        interfaces::{files::FilesInterface, host::AppHostInterface},
        ipc_interface,
    };

    #[ipc_interface(channel = "odd", version = "1.0.0")]
    trait Odd {
        async fn store(&self, data: Vec<u8>, whole: Bytes) -> u32;
        async fn count(&self, from: Option<u64>) -> i128;
    }

    #[test]
    fn what_may_surprise_is_found_with_its_place() {
        let found: Vec<_> = OddInterface::info()
            .findings()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            found,
            [
                "odd.store, argument `data`: a `Vec<u8>` travels as an array of numbers; use `Bytes` for binary data",
                "odd.count, argument `from`: a 64-bit integer is a `BigInt` beyond 53 bits in JavaScript; use `u32` or `f64` where that is enough",
                "odd.count, result: a 128-bit integer cannot be decoded behind `flatten`, `untagged` or an internal tag; use a `String`",
            ]
        );
    }

    #[test]
    fn the_built_in_interfaces_have_wide_integers_and_nothing_worse() {
        for info in [AppHostInterface::info(), FilesInterface::info()] {
            for finding in info.findings() {
                // Lengths and line numbers of files, which are far below 2^53.
                assert_eq!(finding.kind, FindingKind::WideInteger, "{finding}");
            }
        }
    }
}
