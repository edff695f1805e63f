//! What a manager is told, and what it does about it.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use twinbridge_common::{
    RpcManager,
    ipc::{PipeError, in_process},
    rpc::{
        DesktopRpcConfiguration, InProcessRpcConfiguration, RpcError, RpcInterfaceEndpoints,
        RpcInterfaces, RpcOptions, RpcRoutingToken, RpcServer,
    },
    rpc_interface,
};

use crate::{
    probe::{ProbeClient, ProbeInterface, ProbeServer},
    world::{UnknownClient, UnknownInterface, UnknownServer, World, told},
};

/// Says who it is.
#[rpc_interface(name = "NameRpc", version = "1.0.0")]
trait Name {
    /// Its name.
    async fn name(&self) -> String;
}

struct Named(&'static str);

impl Name for Named {
    async fn name(&self) -> String {
        self.0.to_owned()
    }
}

fn only_name() -> RpcInterfaces {
    RpcInterfaces::default().interface::<NameInterface>()
}

/// A backend that says this name, and how often an impl was made.
fn backend(name: &'static str) -> (RpcManager, RpcServer, Arc<AtomicU32>) {
    let manager = RpcManager::default();
    let made = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&made);
    manager.register_impl(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        NameServer(Named(name))
    });
    let server = manager.expose(&only_name());
    (manager, server, made)
}

fn reach(pair: &in_process::Pair, server: &RpcServer) -> Arc<InProcessRpcConfiguration> {
    let executor = pair.executor();
    Arc::new(InProcessRpcConfiguration::new(server.clone(), executor))
}

const DEFAULT: RpcRoutingToken = RpcRoutingToken::DEFAULT;

#[test]
fn an_impl_is_made_at_the_first_call_and_once() {
    let pair = in_process::pair();
    let (_backend, server, made) = backend("first");
    let frontend = RpcManager::default();
    let _guard = frontend
        .connect(reach(&pair, &server), &only_name(), RpcOptions::default())
        .unwrap();
    let client: NameClient = frontend.get_client_for_interface(&DEFAULT).unwrap();
    assert_eq!(made.load(Ordering::Relaxed), 0);
    for _ in 0..2 {
        assert_eq!(pair.run(client.name()).unwrap(), "first");
    }
    assert_eq!(made.load(Ordering::Relaxed), 1);
}

#[test]
fn impls_are_registered_supplied_and_taken_away_while_the_backend_serves() {
    let pair = in_process::pair();
    let (backend, server, made) = backend("made");
    let frontend = RpcManager::default();
    let _guard = frontend
        .connect(reach(&pair, &server), &only_name(), RpcOptions::default())
        .unwrap();
    let client: NameClient = frontend.get_client_for_interface(&DEFAULT).unwrap();
    let name = || told(&pair.run(client.name()));

    backend.supply_impl_instance(NameServer(Named("supplied, too early")));
    backend.supply_impl_instance(NameServer(Named("supplied")));
    assert_eq!(name(), "\"supplied\"");
    backend.supply_impl_instance(NameServer(Named("supplied, too late")));
    assert_eq!(name(), "\"supplied\"");
    assert_eq!(made.load(Ordering::Relaxed), 0);
    backend.register_impl(|| NameServer(Named("another")));
    assert_eq!(name(), "\"another\"");
    backend.unregister_impl::<NameInterface>();
    assert_eq!(
        name(),
        "twinbridge/rpc/notRegistered 32768: An RPC interface implementation class for \"NameRpc\" \
         is not registered."
    );
    backend.supply_impl_instance(NameServer(Named("supplied alone")));
    assert_eq!(name(), "\"supplied alone\"");
}

#[test]
fn one_interface_is_called_at_two_backends_by_routing() {
    let pair = in_process::pair();
    let (_near, near_server, _) = backend("near");
    let (_far, far_server, _) = backend("far");
    let frontend = RpcManager::default();
    let far = RpcRoutingToken::generate("far");
    let _near_guard = frontend
        .connect(
            reach(&pair, &near_server),
            &only_name(),
            RpcOptions::default(),
        )
        .unwrap();
    let _far_guard = frontend
        .connect(
            reach(&pair, &far_server),
            &only_name(),
            RpcOptions::default().routing(far.clone()),
        )
        .unwrap();
    for (routing, name) in [(&DEFAULT, "near"), (&far, "far")] {
        let client: NameClient = frontend.get_client_for_interface(routing).unwrap();
        assert_eq!(pair.run(client.name()).unwrap(), name);
    }
    let nowhere = RpcRoutingToken::generate("nowhere");
    let error = frontend.get_client_for_interface::<NameClient>(&nowhere);
    assert_eq!(
        error.unwrap_err().to_string(),
        "RPC interface \"NameRpc\" is not initialized."
    );
    let taken = frontend.connect(
        reach(&pair, &far_server),
        &only_name(),
        RpcOptions::default(),
    );
    assert_eq!(
        taken.unwrap_err().to_string(),
        "RPC interface \"NameRpc\"\" is already associated with a protocol."
    );
}

#[test]
fn a_terminated_interface_is_unknown_until_it_is_initialized_again() {
    for world in World::all() {
        let before = world.probe();
        world.frontend.terminate_interface::<ProbeInterface>();
        let unknown = RpcError::NotInitialized {
            interface: "ProbeRpc".to_owned(),
        };
        let after = world
            .frontend
            .get_client_for_interface::<ProbeClient>(&DEFAULT);
        assert_eq!(after.unwrap_err(), unknown);
        let words = format!("twinbridge/rpc/notInitialized 32768: {unknown}");
        assert_eq!(told(&world.pair.run(before.add(1, 2))), words);

        world.connection.attach::<ProbeInterface>().unwrap();
        assert_eq!(told(&world.pair.run(world.probe().add(1, 2))), "3");
        assert_eq!(told(&world.pair.run(before.add(1, 2))), words);

        world.backend.terminate_interface::<ProbeInterface>();
        assert_eq!(told(&world.pair.run(world.probe().add(1, 2))), words);
        world.backend.initialize_interface::<ProbeInterface>();
        assert!(told(&world.pair.run(world.probe().add(1, 2))).contains("notRegistered"));
        let prober = Arc::clone(&world.prober);
        world.backend.supply_impl_instance(ProbeServer(prober));
        assert_eq!(told(&world.pair.run(world.probe().add(1, 2))), "3");
    }
}

struct UnknownImpl;

impl crate::world::Unknown for UnknownImpl {
    async fn run(&self) {}
}

#[test]
fn interfaces_are_attached_on_both_sides_after_the_configuration_was_chosen() {
    for world in World::all() {
        world.backend.register_impl(|| UnknownServer(UnknownImpl));
        let call = || told(&world.pair.run(world.client::<UnknownClient>().run()));
        assert!(call().contains("notInitialized"), "{}", world.name);
        world.server.attach::<UnknownInterface>();
        world.connection.attach::<UnknownInterface>().unwrap();
        assert_eq!(call(), "()", "{}", world.name);
        // The control channel tells of what was chosen, and not of what was attached.
        let endpoints = world
            .pair
            .run(world.frontend.describe_available_endpoints());
        let endpoints = endpoints.unwrap().into_iter();
        let names: Vec<_> = endpoints.map(|one| one.interface_name).collect();
        assert_eq!(names, ["ProbeRpc", "OddRpc", "HollowRpc"], "{}", world.name);
    }
}

#[test]
fn every_backend_is_asked_what_it_exposes() {
    for world in World::all() {
        let (_backend, server, _) = backend("more");
        let routing = RpcRoutingToken::generate("more");
        let options = RpcOptions::default().routing(routing);
        let interfaces = RpcInterfaces::default();
        let _guard = world
            .frontend
            .connect(reach(&world.pair, &server), &interfaces, options)
            .unwrap();
        let endpoints = world
            .pair
            .run(world.frontend.describe_available_endpoints());
        let mut endpoints = endpoints.unwrap();
        assert_eq!(endpoints[0].operation_names[..3], ["add", "echo", "swap"]);
        for endpoints in &mut endpoints {
            endpoints.operation_names.truncate(1);
        }
        let one = |name: &str, version: &str, operation: &str, compatible| RpcInterfaceEndpoints {
            interface_name: name.to_owned(),
            interface_version: version.to_owned(),
            operation_names: vec![operation.to_owned()],
            compatible,
        };
        assert_eq!(
            endpoints,
            [
                one("ProbeRpc", "1.2.3", "add", true),
                one("OddRpc", "0.1.0", "foreign", true),
                one("HollowRpc", "1.0.0", "run", true),
                // This side does not know it.
                one("NameRpc", "1.0.0", "name", false),
            ],
            "{}",
            world.name
        );
    }
}

#[test]
fn calls_over_a_connection_that_was_closed_fail() {
    for world in World::all() {
        let probe = world.probe();
        assert_eq!(told(&world.pair.run(probe.add(1, 2))), "3");
        drop(world.connection);
        assert_eq!(
            told(&world.pair.run(probe.add(1, 2))),
            "twinbridge/rpc/notInitialized 32768: RPC interface \"ProbeRpc\" is not initialized.",
            "{}",
            world.name
        );
        let client = world
            .frontend
            .get_client_for_interface::<ProbeClient>(&DEFAULT);
        assert!(client.is_err(), "{}", world.name);
    }
}

#[test]
fn a_session_that_ended_is_an_error_of_the_pipe() {
    let pair = in_process::pair();
    let (_backend, server, _) = backend("gone");
    let socket = pair.backend().socket().unwrap();
    let _guard = DesktopRpcConfiguration::serve(&server, Arc::new(socket)).unwrap();
    let page = twinbridge_common::FrontendIpc::startup(pair.connect("main"), Default::default());
    let page = pair.run(page).unwrap();
    let socket = Arc::new(page.socket().unwrap());
    let reach = DesktopRpcConfiguration::new(socket, pair.executor());
    let frontend = RpcManager::default();
    let _connection = frontend
        .connect(Arc::new(reach), &only_name(), RpcOptions::default())
        .unwrap();
    let client: NameClient = frontend.get_client_for_interface(&DEFAULT).unwrap();
    assert_eq!(pair.run(client.name()).unwrap(), "gone");
    page.shutdown();
    let error = pair.run(client.name()).unwrap_err();
    assert!(
        matches!(
            error,
            twinbridge_common::CallError::Pipe(PipeError::Ended(_))
        ),
        "{error:?}"
    );
}

#[test]
fn a_second_server_finds_the_channels_of_a_socket_taken() {
    let pair = in_process::pair();
    let (_first, first_server, _) = backend("first");
    let (_second, second_server, _) = backend("second");
    let socket = Arc::new(pair.backend().socket().unwrap());
    let guard = DesktopRpcConfiguration::serve(&first_server, Arc::clone(&socket) as _).unwrap();
    let taken = DesktopRpcConfiguration::serve(&second_server, Arc::clone(&socket) as _);
    assert_eq!(
        taken.unwrap_err().to_string(),
        "RPC interface \"rpc-control\"\" is already associated with a protocol."
    );
    drop(guard);
    let again = DesktopRpcConfiguration::serve(&second_server, socket);
    assert!(again.is_ok());
}
