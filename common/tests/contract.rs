//! The snapshot of the built-in contracts: whoever changes one sees what changes on the wire.
//!
//! `contract.snap` holds every interface as text. `BLESS=1 cargo test -p twinbridge-common --test
//! contract` writes it anew; a signature that changed under an unchanged version is not blessed.

#![allow(clippy::unwrap_used)] // The helpers of the tests are tests too.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::PathBuf};

use serde_json::Value as Json;
use twinbridge_common::{
    IpcInterface as _,
    interfaces::{
        bench::{BenchInterface, BenchTicksInterface},
        dev_tools::DevToolsInterface,
        files::{FilesAskedInterface, FilesInterface},
        host::AppHostInterface,
        inspector::InspectorInterface,
        recordings::RecordingsInterface,
        rpc::{AppHostRpcInterface, FilesRpcInterface, StorageRpcInterface},
        session_log::SessionLogInterface,
        storage::{StorageChangedInterface, StorageInterface},
    },
    ipc::{InterfaceInfo, MethodInfo},
    rpc::{RpcCaching, RpcControlChannelInterface, RpcInterface as _, RpcInterfaceInfo},
};

fn built_in() -> Vec<&'static InterfaceInfo> {
    vec![
        FilesInterface::info(),
        FilesAskedInterface::info(),
        AppHostInterface::info(),
        BenchInterface::info(),
        BenchTicksInterface::info(),
        InspectorInterface::info(),
        RecordingsInterface::info(),
        SessionLogInterface::info(),
        StorageInterface::info(),
        StorageChangedInterface::info(),
        RpcControlChannelInterface::info(),
        // `cargo xtask new-interface` adds interfaces above this line.
    ]
}

fn built_in_rpc() -> [&'static RpcInterfaceInfo; 4] {
    [
        DevToolsInterface::rpc_info(),
        FilesRpcInterface::rpc_info(),
        StorageRpcInterface::rpc_info(),
        AppHostRpcInterface::rpc_info(),
    ]
}

/// An RPC interface as its channel has it, and the policies of its operations.
fn rendered_rpc(info: &RpcInterfaceInfo) -> String {
    let mut text = rendered(info.interface);
    for operation in &info.operations {
        let policy = &operation.policy;
        let cached = policy.caching == RpcCaching::Immutable;
        let policies = [
            (policy.retry_interval_ms > 0)
                .then(|| format!("asked {} ms", policy.retry_interval_ms)),
            cached.then(|| "cached".to_owned()),
            policy.token.map(|position| format!("token {position}")),
            policy.is_idempotent.then(|| "idempotent".to_owned()),
        ];
        let policies: Vec<_> = policies.into_iter().flatten().collect();
        if !policies.is_empty() {
            writeln!(
                text,
                "\n  policy of {}: {}",
                operation.name,
                policies.join(", ")
            )
            .unwrap();
        }
    }
    text
}

fn rendered(interface: &InterfaceInfo) -> String {
    let InterfaceInfo {
        channel,
        version,
        fingerprint,
        methods,
        ..
    } = interface;
    let mut text = format!("interface {channel}\nversion {version}\nfingerprint {fingerprint}\n");
    for method in methods {
        render_method(&mut text, method);
    }
    text
}

fn render_method(text: &mut String, method: &MethodInfo) {
    writeln!(text, "\n  {}: {}", method.name, method.signature).unwrap();
    if method.deadline_ms > 0 {
        writeln!(text, "    deadline {} ms", method.deadline_ms).unwrap();
    }
    for argument in &method.arguments {
        let schema = canonical(&argument.schema);
        writeln!(text, "    takes {}: {schema}", argument.name).unwrap();
    }
    for (what, schema) in [("gives", &method.result), ("fails", &method.error)] {
        if let Some(schema) = schema {
            writeln!(text, "    {what}: {}", canonical(schema)).unwrap();
        }
    }
}

/// A schema without what is only for people, its keys sorted.
fn canonical(schema: &Json) -> Json {
    match schema {
        Json::Object(object) => {
            let for_people = |key: &str, value: &Json| match key {
                "title" | "description" | "$comment" => value.is_string(),
                "$schema" => true,
                _ => false,
            };
            let sorted: BTreeMap<_, _> = object
                .iter()
                .filter(|(key, value)| !for_people(key, value))
                .map(|(key, value)| (key.clone(), canonical(value)))
                .collect();
            sorted.into_iter().collect()
        }
        Json::Array(list) => list.iter().map(canonical).collect(),
        other => other.clone(),
    }
}

/// The interfaces of a snapshot, by channel.
fn interfaces_of(snapshot: &str) -> BTreeMap<&str, &str> {
    let texts = snapshot.split("\n\n\n").filter(|text| !text.is_empty());
    texts
        .map(|text| (field(text, "interface "), text.trim_end()))
        .collect()
}

fn field<'a>(text: &'a str, name: &str) -> &'a str {
    text.lines()
        .find_map(|line| line.strip_prefix(name))
        .unwrap_or("")
}

/// What forbids to bless `current` over `blessed`.
fn unversioned_changes(blessed: &str, current: &str) -> Vec<String> {
    let (blessed, current) = (interfaces_of(blessed), interfaces_of(current));
    let changes = current.iter().filter_map(|(channel, text)| {
        let before = blessed.get(channel)?;
        let version = field(text, "version ");
        let is_unversioned = version == field(before, "version ")
            && field(text, "fingerprint ") != field(before, "fingerprint ");
        is_unversioned.then(|| {
            format!(
                "`{channel}` has other signatures than its version {version} had: raise the \
                 version in its `#[ipc_interface]`, then bless with `BLESS=1`"
            )
        })
    });
    changes.collect()
}

fn snapshot_path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/contract.snap")
}

#[test]
fn the_built_in_contracts_are_those_of_the_snapshot() {
    let texts = built_in().into_iter().map(rendered);
    let texts = texts.chain(built_in_rpc().into_iter().map(rendered_rpc));
    let texts: Vec<_> = texts.collect();
    let current = texts.join("\n\n");
    let blessed = fs::read_to_string(snapshot_path()).unwrap_or_default();
    // A checkout on Windows may have other line ends.
    let blessed = blessed.replace('\r', "");
    let unversioned = unversioned_changes(&blessed, &current);
    assert!(unversioned.is_empty(), "{}", unversioned.join("\n"));
    if std::env::var_os("BLESS").is_some() {
        fs::write(snapshot_path(), current).unwrap();
        return;
    }
    assert!(
        blessed == current,
        "the contracts differ from `common/tests/contract.snap`; look at the difference and bless \
         it with `BLESS=1 cargo test -p twinbridge-common --test contract`. They are:\n{current}"
    );
}

#[test]
fn a_signature_that_changed_under_its_version_is_not_blessed() {
    let interface = |version, fingerprint, method| {
        format!("interface notes\nversion {version}\nfingerprint {fingerprint}\n\n  {method}\n")
    };
    let before = interface("1.0.0", "000000000000000a", "read: fn read(&self)");
    let other = "interface other\nversion 1.0.0\nfingerprint 000000000000000c\n";
    let snapshot = |notes: &str| format!("{notes}\n\n{other}");
    let check = |after: &str| unversioned_changes(&snapshot(&before), &snapshot(after));
    assert_eq!(check(&before), [""; 0]);
    assert_eq!(
        check(&interface(
            "1.0.0",
            "000000000000000b",
            "read: fn read(&self, id: u32)"
        )),
        [
            "`notes` has other signatures than its version 1.0.0 had: raise the version in its \
             `#[ipc_interface]`, then bless with `BLESS=1`"
        ]
    );
    let raised = interface("1.1.0", "000000000000000b", "read: fn read(&self, id: u32)");
    assert_eq!(check(&raised), [""; 0]);
    // A new interface has no version that could have been raised.
    assert_eq!(unversioned_changes(other, &snapshot(&before)), [""; 0]);
    // Renaming an argument or a type changes the text and nothing on the wire.
    let renamed = interface("1.0.0", "000000000000000a", "read: fn read(&self) -> ()");
    assert_eq!(check(&renamed), [""; 0]);
}
