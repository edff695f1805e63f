//! Whose request it is: visible to the impl, and in the calls that it makes onward. Its logs are in
//! `rpc_span.rs`.

use std::sync::Arc;

use twinbridge_common::{
    RpcManager,
    rpc::{
        InProcessRpcConfiguration, RpcCaller, RpcConnection, RpcInterfaces, RpcOptions,
        RpcRequestContext, RpcRoutingToken,
    },
    rpc_interface,
};

use crate::{
    probe::{ProbeClient, ProbeInterface, Who},
    world::World,
};

#[test]
fn an_impl_sees_whose_request_it_is() {
    for world in World::all() {
        let who = world.pair.run(world.probe().who()).unwrap();
        assert_eq!(
            who,
            Who {
                activity: "rpc-1".to_owned(),
                session: "sess-1".to_owned(),
                application: "app9 0.1.0".to_owned(),
                authorization: "Bearer tok".to_owned(),
            },
            "{}",
            world.name
        );
    }
}

#[test]
fn a_client_may_name_the_activity_of_its_calls() {
    for world in World::all() {
        let connection = world.connection.connection().clone();
        let caller = RpcCaller::<ProbeInterface>::new(connection).with_activity("typing");
        let who = world.pair.run(ProbeClient::new(caller).who()).unwrap();
        assert_eq!(who.activity, "typing", "{}", world.name);
    }
}

/// Asks another service.
#[rpc_interface(name = "OnwardRpc", version = "1.0.0")]
pub(crate) trait Onward {
    /// What the other service learns of who asks it.
    async fn ask(&self) -> Who;
}

pub(crate) struct OnwardImpl(pub(crate) ProbeClient);

impl Onward for OnwardImpl {
    async fn ask(&self) -> Who {
        self.0.who().await.unwrap()
    }
}

#[test]
fn calls_that_an_impl_makes_belong_to_the_same_activity_without_its_callers_authorization() {
    asked_onward(RpcOptions::default, "");
}

#[test]
fn a_connection_may_pass_the_authorization_of_its_impls_callers_on() {
    let options = || RpcOptions::default().pass_authorization_on();
    asked_onward(options, "Bearer secret");
}

/// Has an impl ask another service, which learns this authorization, in every configuration.
fn asked_onward(options: fn() -> RpcOptions, authorization: &str) {
    for world in World::all() {
        let interfaces = RpcInterfaces::default().interface::<OnwardInterface>();
        let service = RpcManager::default();
        // A service has its own way to the other, and supplies nothing of its own.
        let configuration = Arc::clone(&world.configuration);
        let connection = RpcConnection::new(configuration, options());
        let client = ProbeClient::new(RpcCaller::new(connection));
        service.register_impl(move || OnwardServer(OnwardImpl(client.clone())));
        let server = service.expose(&interfaces);

        let context = || {
            RpcRequestContext::default()
                .activity_id("act-7")
                .session_id("sess-7")
                .application("mine", "7.0.0")
                .authorization("Bearer secret")
        };
        let frontend = RpcManager::default();
        let reach = InProcessRpcConfiguration::new(server, world.pair.executor());
        let options = RpcOptions::default().request_context(context);
        let _guard = frontend
            .connect(Arc::new(reach), &interfaces, options)
            .unwrap();
        let onward: OnwardClient = frontend
            .get_client_for_interface(&RpcRoutingToken::DEFAULT)
            .unwrap();
        assert_eq!(
            world.pair.run(onward.ask()).unwrap(),
            Who {
                activity: "act-7".to_owned(),
                session: "sess-7".to_owned(),
                application: "mine 7.0.0".to_owned(),
                authorization: authorization.to_owned(),
            },
            "{}",
            world.name
        );
    }
}
