//! Interfaces that are there while a gate is open.

use std::sync::{Arc, Mutex};

use twinbridge_common::rpc::{FeatureGates, GateValue};

use crate::{
    probe::ProbeInterface,
    world::{World, told},
};

const UNKNOWN: &str =
    "twinbridge/rpc/notInitialized 32768: RPC interface \"ProbeRpc\" is not initialized.";

#[test]
fn an_interface_whose_gate_is_shut_is_unknown_until_it_is_opened() {
    for world in World::all() {
        let gates = FeatureGates::default();
        let _server = world
            .server
            .clone()
            .gated::<ProbeInterface>(&gates, "probe", false);
        let add = || told(&world.pair.run(world.probe().add(2, 3)));
        let names = || {
            let endpoints = world
                .pair
                .run(world.frontend.describe_available_endpoints());
            let endpoints = endpoints.unwrap().into_iter();
            endpoints.map(|one| one.interface_name).collect::<Vec<_>>()
        };
        assert_eq!(add(), UNKNOWN, "{}", world.name);
        assert_eq!(names(), ["OddRpc", "HollowRpc"], "{}", world.name);
        gates.set("probe", true);
        assert_eq!(add(), "5", "{}", world.name);
        assert_eq!(
            names(),
            ["ProbeRpc", "OddRpc", "HollowRpc"],
            "{}",
            world.name
        );
        gates.set("another", false);
        assert_eq!(add(), "5", "{}", world.name);
        gates.clear("probe");
        assert_eq!(add(), UNKNOWN, "{}", world.name);
    }
}

#[test]
fn a_gate_that_nobody_set_has_its_default() {
    for world in World::all() {
        let gates = FeatureGates::default();
        let _server = world
            .server
            .clone()
            .gated::<ProbeInterface>(&gates, "probe", true);
        assert_eq!(told(&world.pair.run(world.probe().add(2, 3))), "5");
        gates.set("probe", "false");
        assert_eq!(told(&world.pair.run(world.probe().add(2, 3))), UNKNOWN);
    }
}

#[test]
fn listeners_hear_of_changes_while_their_guard_lives() {
    let gates = FeatureGates::default();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let listener = {
        let (heard, gates) = (Arc::clone(&heard), gates.clone());
        // It may look at the gates, and hears of what they are by then.
        gates.clone().listen("a", move |value| {
            heard
                .lock()
                .unwrap()
                .push((value.cloned(), gates.value("a")));
        })
    };
    gates.set("a", true);
    gates.set("a", true);
    gates.set("b", true);
    gates.set("a", 2.0);
    gates.clear("a");
    gates.clear("a");
    drop(listener);
    gates.set("a", true);
    let all = [
        Some(GateValue::Bool(true)),
        Some(GateValue::Number(2.0)),
        None,
    ];
    let all = all.map(|value| (value.clone(), value));
    assert_eq!(*heard.lock().unwrap(), all);
}

#[test]
fn gates_of_interfaces_that_say_nothing_are_told() {
    let gates = FeatureGates::default();
    gates.set("rpc.NotesRpc", "off");
    gates.set("rpc.NoetsRpc", false);
    gates.set("rpc.OtherRpc", false);
    gates.set("notes.colour", "blue");
    let mut odd = gates.warn_of_interfaces(["NotesRpc", "OtherRpc"]);
    odd.sort();
    assert_eq!(odd, ["rpc.NoetsRpc", "rpc.NotesRpc"]);
}

#[test]
fn what_opens_a_gate() {
    let gates = FeatureGates::default();
    for (value, is_open) in [
        (GateValue::from(true), true),
        (false.into(), false),
        (0.0.into(), false),
        (0.5.into(), true),
        // A text says neither.
        ("on".into(), false),
        ("off".into(), false),
        ("no".into(), false),
        ("False".into(), false),
        ("".into(), false),
    ] {
        gates.set("a", value.clone());
        assert_eq!(gates.check("a", !is_open), is_open, "{value:?}");
    }
}
