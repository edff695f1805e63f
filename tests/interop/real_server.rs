//! Our client over HTTP against the real server of iTwin.js, and against ours for comparison.

use std::sync::Arc;

use futures_util::{StreamExt as _, future::join_all};
use twinbridge::{
    Bytes, CallError,
    common::{
        ipc::{BackendError, PipeError, TransportError},
        rpc::{RpcInterfaces, RpcNotFoundAnswer, RpcOptions},
        wire::Value,
    },
    rpc_interface,
};
use twinbridge_interop_probe::{
    NumberedError, Part, ProbeClient, TwinError, UnknownClient, VersionedClient, Way, Who,
};

use crate::{
    asking::{Asking, Exchange},
    process::Server,
};

/// `VersionedRpc` as a client knows it that is newer than the server.
#[rpc_interface(name = "VersionedRpc", version = "1.4.0", crate = ::twinbridge::common)]
trait Newer {
    /// The answer.
    async fn answer(&self) -> u32;
}

fn bytes(bytes: &[u8]) -> Bytes {
    bytes.to_vec().into()
}

fn part(name: &str, data: &[u8], inner: Option<Part>) -> Part {
    Part {
        name: name.to_owned(),
        data: bytes(data),
        inner: inner.map(Box::new),
    }
}

fn sent(method: &str, kind: &str, status: u16) -> Vec<Exchange> {
    vec![Exchange {
        method: method.to_owned(),
        kind: kind.to_owned(),
        status,
    }]
}

/// A client that has found out what the server speaks, which takes a request of its own.
async fn acquainted(asking: &Asking) -> ProbeClient {
    let probe: ProbeClient = asking.client();
    assert_eq!(probe.num(2.0, 3.0).await.unwrap(), 5.0);
    assert_eq!(asking.exchanges().len(), 2);
    asking.events();
    probe
}

/// The error of a server, as every caller in Rust sees it.
fn backend<T: std::fmt::Debug, E: std::fmt::Debug>(
    result: Result<T, CallError<E>>,
) -> BackendError {
    match result {
        Err(CallError::Backend(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_argument_arrives_and_every_result_comes_back() {
    let server = Server::real();
    let asking = Asking::of(&server);
    let probe = acquainted(&asking).await;

    assert_eq!(probe.num(0.1, 0.2).await.unwrap(), 0.1 + 0.2);
    assert_eq!(asking.exchanges(), sent("POST", "text/plain", 200));
    let value = Value::Object(
        [
            (
                "text".to_owned(),
                Value::from("h\u{e9}llo \u{20ac} \u{1f600}"),
            ),
            (
                "list".to_owned(),
                vec![Value::Bool(true), Value::Null].into(),
            ),
        ]
        .into_iter()
        .collect(),
    );
    assert_eq!(probe.echo(value.clone()).await.unwrap(), value);
    assert_eq!(
        probe.optional(1, None, Some("three".into())).await.unwrap(),
        "1 none three"
    );
    assert_eq!(probe.optional(1, None, None).await.unwrap(), "1 none none");
    probe.nothing().await.unwrap();
    assert_eq!(probe.nul().await.unwrap(), None);
    asking.exchanges();

    assert_eq!(
        probe.reverse(bytes(&[1, 2, 255])).await.unwrap(),
        bytes(&[255, 2, 1])
    );
    assert_eq!(
        asking.exchanges(),
        sent("POST", "application/octet-stream", 200)
    );
    // iTwin.js's own client loses the label here.
    let labelled = probe.labelled(bytes(&[1, 2, 3]), "length".into()).await;
    assert_eq!(labelled.unwrap(), "length: 3");
    assert_eq!(asking.exchanges(), sent("POST", "multipart/form-data", 200));
    let parts = vec![
        part(
            "first",
            &[1, 2],
            Some(part("inner", b"\r\n--boundary--", None)),
        ),
        part("second", &[9], None),
    ];
    let mut swapped = parts.clone();
    swapped.reverse();
    assert_eq!(probe.swap(parts).await.unwrap(), swapped);
    assert_eq!(probe.empty().await.unwrap(), Bytes::default());

    let who = Who {
        activity: "act-1".into(),
        session: "sess-1".into(),
        application: "app9 0.1.0".into(),
        authorization: "Bearer tok".into(),
    };
    assert_eq!(probe.who().await.unwrap(), who);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_real_server_loses_is_an_error_and_no_wrong_result() {
    let server = Server::real();
    let asking = Asking::of(&server);
    let probe: ProbeClient = asking.client();
    // It drops parts without content on arrival.
    let nothing = backend(probe.swap(vec![part("empty", &[], None)]).await);
    assert_eq!(nothing.message, "Cannot unmarshal missing binary value.");
    // It sends the first element of a list that starts with bytes, and nothing else.
    let cut = probe.halves(bytes(&[1, 2, 3, 4])).await.unwrap_err();
    assert!(matches!(cut, CallError::Codec(_)), "{cut:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn results_that_may_be_kept_are_asked_for_by_get_where_that_is_possible() {
    let server = Server::real();
    let asking = Asking::of(&server);
    let probe = acquainted(&asking).await;
    assert_eq!(probe.cached("k1".into()).await.unwrap(), "c:k1");
    assert_eq!(asking.exchanges(), sent("GET", "", 200));
    let long = "x".repeat(7000);
    assert_eq!(
        probe.cached(long.clone()).await.unwrap(),
        format!("c:{long}")
    );
    assert_eq!(asking.exchanges(), sent("POST", "text/plain", 200));
    // iTwin.js's own client fails here: its base64 has no such letters.
    assert_eq!(probe.cached("\u{20ac}".into()).await.unwrap(), "c:\u{20ac}");
    assert_eq!(asking.exchanges(), sent("POST", "text/plain", 200));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_lives_through_what_itwins_own_lives_through() {
    let server = Server::real();
    let asking = Asking::of(&server);
    let probe = acquainted(&asking).await;

    assert_eq!(probe.slow("pending".into(), 2).await.unwrap(), 3);
    let pending = [
        "Created",
        "Submitted",
        "Pending",
        "PendingUpdateReceived: step 1",
        "PendingUpdateReceived: step 2",
        "Resolved",
        "Disposed",
    ];
    assert_eq!(asking.events(), pending);

    assert_eq!(
        probe.transient("once".into(), 503, 1, None).await.unwrap(),
        2
    );
    let once = [
        "Created",
        "Submitted",
        "ServiceUnavailable",
        "TransientErrorReceived: ServiceUnavailable, again in 500 ms",
        "Resolved",
        "Disposed",
    ];
    assert_eq!(asking.events(), once);

    assert_eq!(
        probe
            .transient("told".into(), 429, 6, Some(130))
            .await
            .unwrap(),
        7
    );
    let told = "TransientErrorReceived: TooManyRequests, again in 130 ms".to_owned();
    let events = asking.events();
    assert_eq!(events.iter().filter(|event| **event == told).count(), 6);

    let nothing = backend(probe.no_content().await);
    assert_eq!(nothing.number, Some(65_604));
    asking.events();

    let lost = backend(probe.find("lost".into()).await);
    assert_eq!((lost.number, &*lost.key), (Some(32_768), "notFound"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_found_may_be_stored_and_asked_for_again() {
    let server = Server::real();
    let other = Asking::of(&server);
    let storing: Arc<ProbeClient> = Arc::new(other.client());
    let options = RpcOptions::default().on_not_found(move |asked| {
        let storing = Arc::clone(&storing);
        async move {
            // The server said what is missing.
            let Some(Value::String(name)) = asked.response.get("message").cloned() else {
                return RpcNotFoundAnswer::Pass;
            };
            storing.store(name).await.unwrap();
            RpcNotFoundAnswer::Resubmit
        }
    });
    let asking = Asking::with(&server, options);
    let probe = acquainted(&asking).await;
    assert_eq!(probe.find("notes".into()).await.unwrap(), "here is notes");
    let statuses: Vec<_> = asking.exchanges().iter().map(|one| one.status).collect();
    assert_eq!(statuses, [404, 200]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_the_real_server_keeps_what_it_is_known_by() {
    let server = Server::real();
    let asking = Asking::of(&server);
    let probe = acquainted(&asking).await;
    let known = |scope: &str, key: &str, number, message: &str| BackendError {
        scope: scope.into(),
        key: key.into(),
        number: Some(number),
        message: message.into(),
    };
    assert_eq!(
        backend(probe.fail(Way::Numbered).await),
        known("bentley-error", "Not Found", 65_574, "no such thing")
    );
    assert_eq!(
        backend(probe.fail(Way::ByName).await),
        known("bentley-error", "TypeError", 32_768, "plain bad")
    );
    // Its members are those of the operation's own error, which it therefore is.
    assert!(matches!(
        probe.fail_twin().await,
        Err(CallError::App(TwinError { left: 7 }))
    ));
    // These come with statuses of their own, where iTwin.js's client drops the error.
    for (number, key, status) in [
        (65_542, "Bad Request", 400),
        (65_564, "Lock Not Held", 403),
        (65_547, "Duplicate Code", 409),
    ] {
        asking.exchanges();
        let error: Result<u32, CallError<NumberedError>> = probe.fail_number(number).await;
        let expected = known("bentley-error", key, number, "by number");
        assert_eq!(backend(error), expected);
        assert_eq!(asking.exchanges(), sent("POST", "text/plain", status));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_real_server_does_not_have_is_told_apart() {
    let server = Server::real();
    let asking = Asking::of(&server);
    let unknown: UnknownClient = asking.client();
    assert_eq!(
        backend(unknown.answer().await).message,
        "RPC interface \"UnknownRpc\" is not initialized."
    );
    let versioned: VersionedClient = asking.client();
    assert_eq!(versioned.answer().await.unwrap(), 42);

    let newer = RpcInterfaces::default().interface::<NewerInterface>();
    let newer = Asking::for_interfaces(&server, RpcOptions::default(), &newer);
    let newer: NewerClient = newer.client();
    let mismatch = backend(newer.answer().await);
    assert_eq!(mismatch.number, Some(135_168));
    assert_eq!(
        mismatch.message,
        "Backend version 1.3.0 does not match frontend version 1.4.0 for RPC interface answer."
    );

    let endpoints = asking.manager.describe_available_endpoints().await.unwrap();
    let endpoints: Vec<_> = endpoints
        .iter()
        .map(|one| {
            (
                &*one.interface_name,
                &*one.interface_version,
                one.compatible,
            )
        })
        .collect();
    assert_eq!(
        endpoints,
        [("ProbeRpc", "1.2.3", true), ("VersionedRpc", "1.3.0", true)]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn many_and_large_requests_are_answered() {
    let server = Server::real();
    let asking = Asking::of(&server);
    let probe: Arc<ProbeClient> = Arc::new(asking.client());
    let calls = (0..50).map(|_| probe.together("meeting".into(), 50));
    for met in join_all(calls).await {
        assert_eq!(met.unwrap(), 50);
    }
    let large = vec![3; 48 * 1024 * 1024];
    assert_eq!(probe.size(large.into()).await.unwrap(), 48 * 1024 * 1024);
    let given = probe.give(16 * 1024 * 1024).await.unwrap();
    assert_eq!(given, vec![7; 16 * 1024 * 1024].into());
    let too_large = probe.size(vec![3; 65 * 1024 * 1024].into()).await;
    assert!(too_large.is_err());
    assert_eq!(asking.exchanges().last().unwrap().status, 413);
    assert_eq!(probe.num(2.0, 3.0).await.unwrap(), 5.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_gone_is_a_typed_error() {
    let server = Server::real();
    let asking = Asking::of(&server);
    let probe: ProbeClient = asking.client();
    assert_eq!(probe.num(2.0, 3.0).await.unwrap(), 5.0);
    drop(server);
    let gone = probe.num(2.0, 3.0).await.unwrap_err();
    assert!(
        matches!(
            gone,
            CallError::Pipe(PipeError::Transport(
                TransportError::NotReached(_) | TransportError::Broken(_)
            ))
        ),
        "{gone:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn messagepack_is_spoken_with_our_own_server_and_with_no_other() {
    let (real, ours) = (Server::real(), Server::ours());
    for (server, later) in [
        (&real, "text/plain"),
        (&ours, "application/vnd.twinbridge.rpc+msgpack"),
    ] {
        let asking = Asking::of(server);
        let probe = acquainted(&asking).await;
        assert_eq!(probe.num(2.0, 3.0).await.unwrap(), 5.0);
        assert_eq!(asking.exchanges(), sent("POST", later, 200));
    }
    // And then nothing is lost that JSON loses.
    let asking = Asking::of(&ours);
    let probe: ProbeClient = asking.client();
    probe.nothing().await.unwrap();
    let value = Value::Array(vec![
        Value::Undefined,
        Value::Float(f64::NAN),
        Value::Date(0.0),
    ]);
    assert_eq!(probe.echo(value.clone()).await.unwrap(), value);
    assert!(matches!(
        probe.fail_twin().await,
        Err(CallError::App(TwinError { left: 7 }))
    ));
    let pieces = probe.streamed(3).await.unwrap();
    let pieces: Vec<_> = pieces.map(Result::unwrap).collect().await;
    assert_eq!(
        pieces
            .iter()
            .flat_map(|piece| piece.as_slice())
            .copied()
            .collect::<Vec<_>>(),
        b"piece 0;piece 1;piece 2;"
    );
}
