//! What `#[rpc_interface]` says of an interface, and what its client sends.

use std::sync::{Arc, Mutex};

use twinbridge_common::{
    IpcInterface as _, RpcInterface as _,
    ipc::in_process,
    rpc::{
        IModelRpcProps, RpcCaching, RpcCaller, RpcClock, RpcConfiguration, RpcConnection,
        RpcControl, RpcDescribed, RpcOptions, RpcReply, RpcRequest, RpcSubmitted,
    },
    wire::{Codec, Object, Value},
};

use crate::probe::{ProbeClient, ProbeInterface};

#[test]
fn an_interface_says_its_name_version_operations_and_policies() {
    let info = ProbeInterface::rpc_info();
    assert_eq!(info.name.as_str(), "ProbeRpc");
    assert_eq!(ProbeInterface::NAME.channel(), ProbeInterface::CHANNEL);
    assert_eq!(ProbeInterface::CHANNEL.as_str(), "rpc/ProbeRpc");
    assert_eq!(info.version, "1.2.3");
    assert_eq!(info.interface.docs, "Asks everything that can be asked.");
    assert_eq!(info.interface.methods.len(), info.operations.len());
    let names = |at: usize| {
        (
            info.operations[at].name.as_str(),
            info.interface.methods[at].rust_name,
        )
    };
    assert_eq!(names(0), ("add", "add"));
    assert_eq!(names(info.operations.len() - 1), ("readCached", "cached"));
    let policy = |name| info.operation(name).unwrap().policy;
    assert_eq!(policy("add"), Default::default());
    assert_eq!(policy("slow").retry_interval_ms, 250);
    assert_eq!(policy("neverInTime").deadline_ms, 500);
    let cached = policy("readCached");
    assert_eq!(cached.caching, RpcCaching::Immutable);
    assert_eq!(cached.token, Some(1));
    assert!(cached.is_idempotent);
    assert!(info.operation("cached").is_none());
    let find = info.method("find").unwrap();
    assert_eq!(
        find.signature,
        "async fn find(&self, name: String) -> Result<String, RpcFailure<ProbeError>>"
    );
    assert_eq!(find.error.as_ref().unwrap()["title"], "ProbeError");
    assert!(info.method("slow").unwrap().error.is_none());
}

#[test]
fn the_types_of_an_interface_are_those_with_a_name_of_their_own() {
    let types = &ProbeInterface::rpc_info().types;
    let accepted = |name: &str| types[name].accepted.is_some();
    let sent = |name: &str| types[name].sent.is_some();
    for (name, is_accepted, is_sent) in [
        ("Part", true, true),
        ("Way", true, false),
        ("Who", false, true),
        ("ProbeError", false, true),
        ("IModelRpcProps", true, false),
        ("IModelChangeset", true, false),
    ] {
        assert_eq!(
            (accepted(name), sent(name)),
            (is_accepted, is_sent),
            "{name}"
        );
    }
    let part = types["Part"].accepted.as_ref().unwrap();
    assert_eq!(
        part["properties"]["inner"]["anyOf"][0]["$ref"],
        "#/$defs/Part"
    );
    for name in ["String", "uint32", "Array_of_Part", "Nullable_String"] {
        assert!(!types.contains_key(name), "{name}");
    }
}

/// Keeps what is sent, and answers that there is nothing.
#[derive(Debug)]
struct Keeping {
    codec: Codec,
    clock: Arc<dyn in_process::Executor>,
    sent: Arc<Mutex<Vec<RpcRequest>>>,
}

impl RpcConfiguration for Keeping {
    fn codec(&self) -> Codec {
        self.codec
    }

    fn submit(&self, request: RpcRequest) -> RpcSubmitted {
        self.sent.lock().unwrap().push(request);
        Box::pin(std::future::ready(Ok(RpcReply::Control(
            RpcControl::NoContent,
        ))))
    }

    fn describe_endpoints(&self) -> RpcDescribed {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    fn clock(&self) -> &dyn RpcClock {
        &self.clock
    }
}

/// What a client sends in JSON.
fn sent(ask: impl AsyncFnOnce(&ProbeClient)) -> Vec<RpcRequest> {
    let pair = in_process::pair();
    let sent = Arc::new(Mutex::new(Vec::new()));
    let keeping = Keeping {
        codec: Codec::Json,
        clock: pair.executor(),
        sent: Arc::clone(&sent),
    };
    let connection = RpcConnection::new(Arc::new(keeping), RpcOptions::default());
    let client = ProbeClient::new(RpcCaller::new(connection));
    pair.run(ask(&client));
    std::mem::take(&mut sent.lock().unwrap())
}

#[test]
fn arguments_that_are_left_out_at_the_end_are_not_sent() {
    let sent = sent(async |probe| {
        // Nothing comes back, which is an error; what is sent is what counts here.
        probe
            .optional(1, Some(2), Some("3".into()))
            .await
            .unwrap_err();
        probe.optional(1, None, Some("3".into())).await.unwrap_err();
        probe.optional(1, Some(2), None).await.unwrap_err();
        probe.optional(1, None, None).await.unwrap_err();
        probe.nothing().await.unwrap_err();
    });
    let sent = sent
        .iter()
        .map(|request| request.arguments.bytes.as_slice());
    let sent: Vec<_> = sent
        .map(|text| std::str::from_utf8(text).unwrap())
        .collect();
    assert_eq!(
        sent,
        [r#"[1,2,"3"]"#, r#"[1,null,"3"]"#, "[1,2]", "[1]", "[]"]
    );
}

#[test]
fn the_token_is_the_marked_argument_or_the_first_that_looks_like_one() {
    let token = IModelRpcProps {
        key: "k".to_owned(),
        i_model_id: Some("im".to_owned()),
        ..IModelRpcProps::default()
    };
    let like = |name: &str| -> Value {
        let object: Object = [("iModelId".to_owned(), name.into())].into_iter().collect();
        object.into()
    };
    let sent = sent(async |probe| {
        probe
            .cached(like("not this one"), token.clone())
            .await
            .unwrap_err();
        probe.echo(like("this one")).await.unwrap_err();
        probe.echo("no object".into()).await.unwrap_err();
    });
    assert_eq!(sent[0].token(), Some(token.clone()));
    let first = sent[1].token().unwrap();
    assert_eq!(first.i_model_id.as_deref(), Some("this one"));
    assert_eq!(sent[2].token(), None);
}
