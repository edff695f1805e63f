//! The version rule: at every request, whatever the handshake said.

use std::sync::Arc;

use twinbridge_common::{
    FrontendIpc, RpcInterface as _,
    ipc::{Declared, in_process},
    rpc::{DesktopRpcConfiguration, InterfaceName, RpcConnection, RpcOptions},
    wire::DeclaredInterface,
};

use crate::{
    probe::{ProbeInterface, ProbeServer, Prober},
    world::{World, interfaces, told},
};

#[test]
fn every_request_is_judged_by_the_version_its_caller_was_built_against() {
    for world in World::all() {
        for (frontend, fits) in [
            ("1.2.3", true),
            ("1.2.4", true),
            ("1.2.0", true),
            ("1.1.9", true),
            ("1.3.0", false),
            ("2.0.0", false),
            ("0.2.3", false),
            ("1.2.3-dev", false),
            ("", false),
            ("kash", false),
            ("v1.2.3", false),
        ] {
            let sum = world.in_version::<u32>(frontend, "add", &(2, 3));
            let expected = if fits {
                "5".to_owned()
            } else {
                format!(
                    "twinbridge/rpc/incompatibleVersion 135168: Backend version 1.2.3 does not \
                     match frontend version {frontend} for RPC interface add."
                )
            };
            let answer = told(&world.pair.run(sum));
            assert_eq!(answer, expected, "{frontend}, {}", world.name);
        }
    }
}

#[test]
fn an_operation_that_is_unknown_is_said_to_be_so_before_the_version_is() {
    for world in World::all() {
        let call = world.in_version::<u32>("9.9.9", "subtract", &(2, 3));
        let answer = told(&world.pair.run(call));
        assert!(
            answer.contains("unknownOperation"),
            "{answer}, {}",
            world.name
        );
    }
}

/// A page that declared a version in the handshake, over a backend with the probe.
fn declared(version: &str) -> (in_process::Pair, FrontendIpc, impl Sized) {
    let pair = in_process::pair();
    let backend = twinbridge_common::RpcManager::default();
    backend.register_impl(|| ProbeServer(Prober::default()));
    let server = backend.expose(&interfaces());
    let socket = Arc::new(pair.backend().socket().unwrap());
    let guard = DesktopRpcConfiguration::serve(&server, socket).unwrap();
    let declared = Declared::default().raw(DeclaredInterface {
        channel: ProbeInterface::NAME.channel(),
        version: version.to_owned(),
        fingerprint: "000000000000000a".parse().unwrap(),
    });
    let page = FrontendIpc::startup_any(pair.connect("main"), declared);
    let page = pair.run(page).unwrap();
    (pair, page, guard)
}

#[test]
fn the_handshake_judges_by_the_rule_for_rpc_and_not_by_fingerprints() {
    for (version, fits) in [("1.2.3", true), ("1.1.0", true), ("1.3.0", false)] {
        let (_pair, page, _guard) = declared(version);
        assert_eq!(page.verdicts()[0].fits, fits, "{version}");
    }
}

#[test]
fn a_request_that_the_handshake_forbids_is_refused_in_the_same_words() {
    let (pair, page, _guard) = declared("1.3.0");
    let socket = Arc::new(page.socket().unwrap());
    let configuration = DesktopRpcConfiguration::new(socket, pair.executor());
    let connection = RpcConnection::new(Arc::new(configuration), RpcOptions::default());
    let name: InterfaceName = "ProbeRpc".parse().unwrap();
    let sum = connection.call::<u32>(&name, "1.3.0", "add".parse().unwrap(), &(2, 3));
    assert_eq!(
        told(&pair.run(sum)),
        "twinbridge/rpc/incompatibleVersion 135168: Backend version 1.2.3 does not match frontend \
         version 1.3.0 for RPC interface add."
    );
}
