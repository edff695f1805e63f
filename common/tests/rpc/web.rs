//! A client over HTTP: what it sends, to whom it speaks what, and what it says of a server that
//! answers rubbish, dies, or is another.

use std::{error::Error as _, sync::Arc, task::Poll, time::Duration};

use futures_util::{FutureExt as _, StreamExt as _, future::join};
use twinbridge_common::{
    Bytes, CallError,
    ipc::{CodecError, PipeError, TransportError},
    rpc::{
        IModelChangeset, IModelRpcProps, RpcCaller, RpcConnection, RpcOptions, RpcRequestContext,
        web::{CsrfToken, WebClientOptions},
    },
    wire::Value,
};

use crate::{
    memory::{Fault, UNIX_NOW, cause},
    probe::ProbeClient,
    requests::Heard,
    world::{World, timed, told},
};

const PATH: &str = "http://service.example/probe/v1.0/mode/1/context";
const V2: &[(&str, &str)] = &[("x-protocol-version", "2")];

fn sent(world: &World) -> Vec<String> {
    let seen = world.transport().seen();
    seen.iter()
        .map(|one| format!("{} {}", one.method, one.address.replace(PATH, "…")))
        .collect()
}

fn text(text: &'static str) -> Vec<Result<Bytes, TransportError>> {
    vec![Ok(Bytes::from_static(text.as_bytes()))]
}

/// Polls a call until nothing more happens, and leaves it there.
fn begin<F: Future + Unpin>(world: &World, future: &mut F) {
    world.pair.run(std::future::poll_fn(|cx| {
        assert!(future.poll_unpin(cx).is_pending(), "it is done already");
        Poll::Ready(())
    }));
    world.pair.settle();
}

#[test]
fn a_request_says_in_its_headers_and_address_who_asks_for_what() {
    let token = CsrfToken {
        header: "X-XSRF-TOKEN".to_owned(),
        value: "from the cookie".to_owned(),
    };
    let options = WebClientOptions::default().csrf(move || Some(token.clone()));
    let world = World::web_with(options);
    assert_eq!(world.pair.run(world.probe().add(2, 3)).unwrap(), 5);
    let seen = world.transport().seen();
    let [question, request] = &seen[..] else {
        panic!("{seen:?}");
    };
    assert!(question.address.ends_with("-CONTROL-describeEndpoints"));
    assert_eq!(
        (request.method.as_str(), request.address.as_str()),
        (
            "POST",
            &*format!("{PATH}//imodel//changeset/0/ProbeRpc-1.2.3-add")
        )
    );
    for (name, value) in [
        ("x-protocol-version", "2"),
        ("x-correlation-id", "rpc-1"),
        ("x-application-id", "app9"),
        ("x-application-version", "0.1.0"),
        ("x-session-id", "sess-1"),
        ("authorization", "Bearer tok"),
        ("x-xsrf-token", "from the cookie"),
        ("content-type", "application/vnd.twinbridge.rpc+msgpack"),
    ] {
        assert_eq!(request.header(name), value, "{name}");
    }
    assert_eq!(question.header("authorization"), "Bearer tok");
}

#[test]
fn the_token_routes_and_kept_answers_go_by_get() {
    for world in [World::web(), World::web_json()] {
        let token = IModelRpcProps {
            key: "k".to_owned(),
            i_twin_id: Some("tw/1".to_owned()),
            i_model_id: Some("im".to_owned()),
            changeset: Some(IModelChangeset {
                id: "cs".to_owned(),
                index: None,
            }),
        };
        let call = world.probe().cached(Value::Null, token);
        assert_eq!(world.pair.run(call).unwrap(), "im");
        let last = sent(&world).pop().unwrap();
        let query = match world.is_json() {
            true => "parameters=",
            false => "packed=",
        };
        let expected =
            format!("GET …/tw%2F1/imodel/im/changeset/cs/ProbeRpc-1.2.3-readCached?{query}");
        assert!(last.starts_with(&expected), "{last}");
    }
}

#[test]
fn requests_that_come_at_first_ask_once_who_answers() {
    let world = World::web();
    let probe = world.probe();
    let (one, two) = world.pair.run(join(probe.add(1, 1), probe.add(2, 2)));
    assert_eq!((one.unwrap(), two.unwrap()), (2, 4));
    assert_eq!(sent(&world).len(), 3);
    world.pair.run(probe.add(3, 3)).unwrap();
    assert_eq!(sent(&world).len(), 1);
}

#[test]
fn a_server_of_another_kind_is_spoken_to_in_its_json() {
    let world = World::web();
    // As iTwin's server answers, which knows nothing of ours.
    world.transport().then([
        Fault::Answers(200, V2, text("[]")),
        Fault::Answers(200, V2, text("7")),
    ]);
    assert_eq!(told(&world.pair.run(world.probe().add(2, 3))), "7");
    let seen = world.transport().seen();
    assert_eq!(seen[1].header("content-type"), "text/plain");
    // It is replaced by one of ours: arguments in JSON are understood, and the next are not JSON.
    assert_eq!(told(&world.pair.run(world.probe().add(2, 3))), "5");
    let not_a_number = world.pair.run(world.probe().real(f64::NAN));
    assert_eq!(told(&not_a_number), "NaN");
}

#[test]
fn a_server_that_says_nothing_of_itself_is_sent_json_and_asked_again_after_five_minutes() {
    let world = World::web();
    let nothing = || Fault::Answers(404, &[], text("no such page"));
    let stripped = || Fault::Strips(&["accept-post", "x-protocol-version"]);
    let faults = [nothing(), stripped(), stripped(), nothing(), stripped()];
    world.transport().then(faults);
    for later in [Duration::ZERO, Duration::ZERO, Duration::from_secs(5 * 60)] {
        let wait = world.pair.executor().sleep_until(world.pair.now() + later);
        world.pair.run(wait);
        assert_eq!(told(&world.pair.run(world.probe().add(2, 3))), "5");
    }
    let seen = world.transport().seen();
    let questions: Vec<_> = seen
        .iter()
        .map(|one| one.address.ends_with("-CONTROL-describeEndpoints"))
        .collect();
    assert_eq!(questions, [true, false, false, true, false]);
    assert_eq!(seen[2].header("content-type"), "text/plain");
}

#[test]
fn a_first_question_that_a_gateway_puts_off_is_a_fault_of_the_moment() {
    let world = World::web();
    let busy = &[("retry-after", "0.2")];
    world.transport().then([
        Fault::Answers(503, &[], text("busy")),
        Fault::Answers(429, busy, text("busy")),
    ]);
    let call = timed(&world, world.probe().real(f64::NAN));
    let (result, time) = world.pair.run(call);
    assert_eq!(told(&result), "NaN", "nothing was lost to JSON");
    assert_eq!(time, Duration::from_millis(700));
}

#[test]
fn a_first_question_that_is_never_answered_holds_calls_back_for_ten_seconds_and_no_longer() {
    let world = World::web();
    world.transport().then([Fault::Hangs]);
    let probe = world.probe();
    let mut impatient = probe.add(1, 1).deadline(Duration::from_secs(2));
    let mut first = Box::pin(timed(&world, probe.add(2, 2)));
    begin(&world, &mut impatient);
    begin(&world, &mut first);
    let late = world.pair.run(impatient);
    assert_eq!(told(&late), "refused: the deadline of 2000 ms passed");
    let later = timed(&world, probe.add(3, 3));
    let ((one, one_took), (two, two_took)) = world.pair.run(join(first, later));
    assert_eq!((told(&one).as_str(), told(&two).as_str()), ("4", "6"));
    assert_eq!(one_took, Duration::from_secs(10));
    assert_eq!(two_took, Duration::from_secs(8));
    assert_eq!(world.transport().aborted(), 1);
    let seen = world.transport().seen();
    assert_eq!(seen.len(), 3, "one question, and the two calls that waited");
    assert_eq!(seen[1].header("content-type"), "text/plain");
    // The answers told what the server speaks.
    assert_eq!(told(&world.pair.run(probe.real(f64::NAN))), "NaN");
}

#[test]
fn a_server_that_never_answers_the_first_question_costs_that_once() {
    let world = World::web();
    let stripped = || Fault::Strips(&["accept-post", "x-protocol-version"]);
    world
        .transport()
        .then([Fault::Hangs, stripped(), stripped()]);
    for wait in [Duration::from_secs(10), Duration::ZERO] {
        let (result, took) = world.pair.run(timed(&world, world.probe().add(2, 2)));
        assert_eq!((told(&result).as_str(), took), ("4", wait));
    }
    assert_eq!(
        world.transport().seen().len(),
        3,
        "one question and two calls"
    );
}

/// A world whose server is known already.
fn met() -> World {
    let world = World::web();
    world.pair.run(world.probe().nothing()).unwrap();
    world.transport().seen();
    world
}

#[test]
fn a_gateway_says_when_to_ask_again_in_seconds_or_by_a_date() {
    assert_eq!(UNIX_NOW, 1_700_000_000);
    for (retry_after, ms) in [
        ("1.5", 1500),
        ("Tue, 14 Nov 2023 22:13:23 GMT", 3000),
        ("soon", 500),
    ] {
        let world = met();
        let headers: &'static [_] = Vec::leak(vec![("retry-after", retry_after)]);
        world
            .transport()
            .then([Fault::Answers(503, headers, text(""))]);
        let (result, time) = world.pair.run(timed(&world, world.probe().add(2, 3)));
        assert_eq!(told(&result), "5");
        assert_eq!(time, Duration::from_millis(ms), "{retry_after}");
    }
}

#[test]
fn a_lost_connection_is_an_error_of_the_transport_and_the_call_is_not_repeated() {
    let errors: [fn() -> TransportError; 3] = [
        || TransportError::NotReached(cause("refused")),
        || TransportError::Broken(cause("reset")),
        || TransportError::CutOff(cause("reset")),
    ];
    for (error, words) in errors.into_iter().zip([
        "pipe: the server was not reached",
        "pipe: the connection broke before an answer came",
        "pipe: the answer was cut off",
    ]) {
        let world = met();
        let heard = Heard::default();
        let listener = heard.clone();
        let connection = world.connection.connection();
        let _guard = connection.listen(move |event| listener.hear(event));
        world.transport().then([Fault::Fails(error())]);
        let result = world.pair.run(world.probe().add(2, 3));
        assert_eq!(told(&result), words);
        assert_eq!(
            heard.take(),
            "Created Submitted (RequestCreated) (ConnectionErrorReceived) Rejected Disposed"
        );
        assert_eq!(world.transport().seen().len(), 1);
        let Err(CallError::Pipe(PipeError::Transport(kept))) = &result else {
            panic!("{result:?}");
        };
        assert!(kept.source().is_some(), "what the platform said is kept");
    }
}

#[test]
fn an_idempotent_call_is_sent_once_more_when_its_connection_broke_and_no_other() {
    let broken = || Fault::Fails(TransportError::Broken(cause("reset")));
    let token = IModelRpcProps {
        i_model_id: Some("im".to_owned()),
        ..IModelRpcProps::default()
    };
    let world = met();
    world.transport().then([broken()]);
    let cached = || world.probe().cached(Value::Null, token.clone());
    assert_eq!(told(&world.pair.run(cached())), "\"im\"");
    assert_eq!(world.transport().seen().len(), 2);
    world.transport().then([broken(), broken()]);
    assert_eq!(
        told(&world.pair.run(cached())),
        "pipe: the connection broke before an answer came"
    );
    assert_eq!(world.transport().seen().len(), 2);
    // An answer had begun: the call ran.
    let cut = Fault::Answers(
        200,
        V2,
        vec![
            Ok(Bytes::from_static(b"\"i")),
            Err(TransportError::CutOff(cause("reset"))),
        ],
    );
    world.transport().then([cut]);
    assert_eq!(
        told(&world.pair.run(cached())),
        "pipe: the answer was cut off"
    );
    assert_eq!(world.transport().seen().len(), 1);
}

#[test]
fn a_server_that_answers_rubbish_is_an_error_and_no_panic() {
    const PACKED: &[(&str, &str)] = &[
        ("x-protocol-version", "2"),
        ("content-type", "application/vnd.twinbridge.rpc+msgpack"),
    ];
    const PARTS: &[(&str, &str)] = &[("content-type", "multipart/form-data; boundary=b")];
    const HTML: &[(&str, &str)] = &[("content-type", "text/html")];
    for (status, headers, body, words) in [
        (
            200,
            HTML,
            "<html>welcome",
            "codec: the reply could not be decoded",
        ),
        (200, HTML, "", "codec: the reply could not be decoded"),
        (
            200,
            V2,
            "{\"a\":1}",
            "codec: the reply could not be decoded",
        ),
        (
            200,
            PACKED,
            "\u{1}\u{2}",
            "codec: the reply could not be decoded",
        ),
        (
            500,
            PACKED,
            "rubbish",
            "bentley-error/Server error (500) 500: Unknown server response error.",
        ),
        (
            200,
            PARTS,
            "--b",
            "bentley-error/Server error (200) 200: Unknown server response error.",
        ),
        (
            500,
            V2,
            "<html>",
            "bentley-error/Error 32768: Invalid JSON: \"<html>\"",
        ),
        (
            401,
            &[],
            r#"{"message":"Error: who are you?","isError":true}"#,
            "bentley-error/Server error (401) 401: Error: who are you?",
        ),
        (
            302,
            &[("location", "http://elsewhere.example")],
            "",
            "bentley-error/Server error (302) 302: Unknown server response code.",
        ),
        (404, V2, "{}", "bentley-error/ 32768: "),
        (
            500,
            V2,
            r#"{"message":"no such thing","errorNumber":65574,"name":"Not Found","isError":true}"#,
            "bentley-error/Not Found 65574: no such thing",
        ),
    ] {
        let world = met();
        world
            .transport()
            .then([Fault::Answers(status, headers, text(body))]);
        let result = world.pair.run(world.probe().add(2, 3));
        assert_eq!(told(&result), words, "{status} {body}");
        if let Err(CallError::Codec(error)) = &result {
            assert!(matches!(error, CodecError::Reply(_)));
        }
        // It goes on.
        assert_eq!(told(&world.pair.run(world.probe().add(2, 3))), "5");
    }
}

#[test]
fn an_answer_above_the_limit_is_not_taken_announced_or_not() {
    let world = World::web_with(WebClientOptions::default().max_reply_bytes(1000));
    world.pair.run(world.probe().nothing()).unwrap();
    for (headers, pieces) in [
        (
            &[("content-length", "1001")][..],
            vec![Err(TransportError::CutOff(cause("nobody reads it")))],
        ),
        (
            &[],
            (0..=100)
                .map(|_| Ok(Bytes::from_static(b"0123456789")))
                .collect(),
        ),
    ] {
        world
            .transport()
            .then([Fault::Answers(200, headers, pieces)]);
        let result = world.pair.run(world.probe().add(2, 3));
        assert_eq!(
            told(&result),
            "pipe: an answer of more than 1000 bytes was not taken"
        );
    }
}

#[test]
fn a_stream_whose_server_dies_or_lies_ends_with_an_error() {
    const STREAM: &[(&str, &str)] = &[("content-type", "application/vnd.twinbridge.rpc-stream")];
    let item = || Ok(Bytes::from_static(&[0, 1, 0, 0, 0, 7]));
    for (pieces, words) in [
        (vec![item()], "7, pipe: the answer was cut off"),
        (
            vec![item(), Err(TransportError::CutOff(cause("reset")))],
            "7, pipe: the answer was cut off",
        ),
        (
            vec![item(), Ok(Bytes::from_static(&[0, 255, 255, 255, 255]))],
            "7, pipe: the answer was cut off",
        ),
        (vec![item(), Ok(Bytes::from_static(&[1, 0, 0, 0, 0]))], "7"),
    ] {
        let world = met();
        world
            .transport()
            .then([Fault::Answers(200, STREAM, pieces)]);
        let stream = world.pair.run(world.probe().below(9)).unwrap();
        let items: Vec<_> = world.pair.run(stream.map(|item| told(&item)).collect());
        assert_eq!(items.join(", "), words);
    }
}

#[test]
fn a_call_that_nobody_waits_for_is_aborted_also_by_its_deadline() {
    let world = met();
    world.transport().then([Fault::Hangs, Fault::Hangs]);
    let mut call = world.probe().add(2, 3);
    begin(&world, &mut call);
    assert_eq!(world.transport().aborted(), 0);
    drop(call);
    assert_eq!(world.transport().aborted(), 1);
    let call = world.probe().add(2, 3).deadline(Duration::from_millis(50));
    let (result, time) = world.pair.run(timed(&world, call));
    assert_eq!(told(&result), "refused: the deadline of 50 ms passed");
    assert_eq!(time, Duration::from_millis(50));
    assert_eq!(world.transport().aborted(), 2);
}

#[test]
fn a_cancelled_request_is_aborted_and_sent_again_under_its_id() {
    let world = met();
    world.transport().then([Fault::Hangs]);
    let mut call = world.probe().add(2, 3);
    let handle = call.handle().unwrap();
    begin(&world, &mut call);
    handle.cancel();
    begin(&world, &mut call);
    assert_eq!(world.transport().aborted(), 1);
    assert!(handle.submit());
    assert_eq!(told(&world.pair.run(call)), "5");
    let seen = world.transport().seen();
    let ids: Vec<_> = seen
        .iter()
        .map(|one| one.header("x-correlation-id"))
        .collect();
    assert_eq!(ids, ["rpc-2", "rpc-2"]);
}

#[test]
fn what_cannot_be_in_a_header_is_not_sent() {
    let world = met();
    let options = RpcOptions::default()
        .request_context(|| RpcRequestContext::default().session_id("two\nlines"));
    let connection = RpcConnection::new(Arc::clone(&world.configuration), options);
    let probe = ProbeClient::new(RpcCaller::new(connection));
    assert_eq!(
        told(&world.pair.run(probe.add(2, 3))),
        "pipe: the request cannot be sent"
    );
    assert!(world.transport().seen().is_empty());
}

#[test]
fn calls_that_an_impl_makes_over_http_carry_its_activity_and_no_authorization_of_others() {
    use crate::activity::{OnwardClient, OnwardImpl, OnwardInterface, OnwardServer};
    use twinbridge_common::{
        RpcManager,
        rpc::{InProcessRpcConfiguration, RpcInterfaces, RpcRoutingToken},
    };
    let asked = |options: RpcOptions| {
        let world = World::web();
        let connection = RpcConnection::new(Arc::clone(&world.configuration), options);
        let client = ProbeClient::new(RpcCaller::new(connection));
        let service = RpcManager::default();
        service.register_impl(move || OnwardServer(OnwardImpl(client.clone())));
        let interfaces = RpcInterfaces::default().interface::<OnwardInterface>();
        let server = service.expose(&interfaces);
        let frontend = RpcManager::default();
        let reach = InProcessRpcConfiguration::new(server, world.pair.executor());
        let own = RpcOptions::default().request_context(|| {
            RpcRequestContext::default()
                .activity_id("act-7")
                .session_id("sess-7")
                .authorization("Bearer of the caller")
        });
        let _guard = frontend.connect(Arc::new(reach), &interfaces, own).unwrap();
        let onward: OnwardClient = frontend
            .get_client_for_interface(&RpcRoutingToken::DEFAULT)
            .unwrap();
        world.pair.run(onward.ask()).unwrap();
        let seen = world.transport().seen().pop().unwrap();
        ["x-correlation-id", "x-session-id", "authorization"]
            .map(|name| seen.header(name).to_owned())
    };
    assert_eq!(asked(RpcOptions::default()), ["act-7", "sess-7", ""]);
    let passed_on = RpcOptions::default().request_context(|| {
        let caller = RpcRequestContext::current().unwrap();
        RpcRequestContext::default().authorization(caller.authorization)
    });
    assert_eq!(
        asked(passed_on),
        ["act-7", "sess-7", "Bearer of the caller"]
    );
    assert_eq!(
        asked(RpcOptions::default().pass_authorization_on()),
        ["act-7", "sess-7", "Bearer of the caller"]
    );
    let own = || RpcRequestContext::default().authorization("Bearer of the service");
    let own = RpcOptions::default().request_context(own);
    assert_eq!(
        asked(own.pass_authorization_on()),
        ["act-7", "sess-7", "Bearer of the service"]
    );
}

#[test]
fn a_configuration_shows_what_it_is_without_secrets() {
    let world = World::web();
    let shown = format!("{:?}", world.configuration);
    assert!(
        shown.contains("http://service.example") && shown.contains("Unknown"),
        "{shown}"
    );
    assert!(!shown.contains("tok"), "{shown}");
}
