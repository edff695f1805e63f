//! Calls that cannot be answered: refused in words, logged once, and nobody else notices.

use std::time::Duration;

use futures_util::FutureExt as _;
use twinbridge_common::{
    IpcInterface as _,
    ipc::{CallContext, ChannelTaken, Declared, RegisterError, VersionPolicy},
    wire::{Bye, ByeCode, DeclaredInterface, Ending, Frame, Payload, Reply},
};

use crate::support::{
    Bench, NOTHING, Raw, WorkClient, WorkInterface, WorkServer, Worker, arguments, by_name,
    handler_fn, request, words,
};

/// The call gets this refusal, typed and raw alike, and the log says it once.
fn is_refused(channel: &str, method: &str, arguments: Payload, text: &str) {
    let bench = Bench::new();
    let raw = Raw::greeted(&bench.pair);
    let call = request(1, channel, method, arguments);
    assert_eq!(raw.refusal(&bench.pair, &call), text);
    assert_eq!(raw.endpoint.ended(), None);
    bench.is_logged_once(&format!(
        "a call was refused, window: \"raw\", refusal: {text}"
    ));
}

#[test]
fn an_unknown_channel_is_refused() {
    is_refused(
        "nobody",
        "add",
        arguments(&(1, 2)),
        "no handler is registered on channel `nobody`",
    );
}

#[test]
fn an_unknown_method_is_refused() {
    is_refused(
        "work",
        "subtract",
        arguments(&(1, 2)),
        "interface `work` has no method `subtract`",
    );
}

#[test]
fn too_few_arguments_are_refused_by_name() {
    is_refused(
        "work",
        "add",
        arguments(&(1,)),
        "work.add: argument 2, `right`, is missing",
    );
}

#[test]
fn too_many_arguments_are_refused() {
    is_refused(
        "work",
        "add",
        arguments(&(1, 2, 3)),
        "work.add: 3 arguments were given, the method has 2",
    );
}

#[test]
fn wrong_types_are_refused_by_argument_name_with_what_was_found() {
    is_refused(
        "work",
        "add",
        arguments(&(1, "two")),
        "work.add: argument 2, `right`, is wrong: MessagePack, byte 6: invalid type: string \"two\", expected u32",
    );
    is_refused(
        "work",
        "add",
        arguments(&(-1, 2)),
        "work.add: argument 1, `left`, is wrong: MessagePack, byte 2: invalid value: integer `-1`, expected u32",
    );
}

#[test]
fn arguments_that_are_no_array_are_refused() {
    is_refused(
        "work",
        "add",
        arguments(&7),
        "work.add: MessagePack, byte 0: malformed: arguments are not an array",
    );
    is_refused(
        "work",
        "any",
        Payload {
            bytes: b"\x91\xc1".into(),
            ..arguments(&7)
        },
        "work.any: argument 1, `value`, is wrong: MessagePack, byte 2: malformed: reserved first byte",
    );
}

#[test]
fn a_call_before_the_handshake_is_refused_and_the_session_goes_on() {
    let bench = Bench::new();
    let raw = Raw::connect(&bench.pair);
    let call = request(1, "work", "add", arguments(&(1, 2)));
    assert_eq!(
        raw.refusal(&bench.pair, &call),
        "channel `work` was called before the handshake ended"
    );
    raw.send(&crate::support::hello(1));
    raw.send(&call);
    let frames = raw.frames(&bench.pair);
    assert!(
        matches!(frames[..], [Frame::Welcome(_), Frame::Reply(_)]),
        "{frames:?}"
    );
    bench.is_logged_once(
        "a call was refused, window: \"raw\", refusal: channel `work` was called before the handshake ended",
    );
}

#[test]
fn a_handler_that_panics_refuses_its_call_and_runs_the_next() {
    for (method, text) in [
        ("panic", "as it was told to"),
        ("panicInPool", "as it was told to, on the pool"),
    ] {
        let bench = Bench::new();
        let page = bench.page();
        let call = by_name::<()>(&page, "work", method, &NOTHING);
        assert_eq!(
            words(bench.pair.run(call)),
            format!("the handler of work.{method} panicked")
        );
        let again = by_name::<u32>(&page, "work", "add", &(1, 2));
        assert_eq!(bench.pair.run(again).unwrap(), 3);
        bench.is_logged_once(&format!(
            "a handler panicked, channel: \"work\", method: \"{method}\", text: \"{text}\""
        ));
    }
}

#[test]
fn a_handler_that_panics_before_it_has_a_future_refuses_its_call() {
    let bench = Bench::new();
    let handler = handler_fn("early", |_| panic!("too early"));
    let _guard = bench
        .pair
        .backend()
        .handle_dynamic(handler, VersionPolicy::Exact)
        .unwrap();
    let call = by_name::<()>(&bench.other, "early", "run", &NOTHING);
    assert_eq!(
        words(bench.pair.run(call)),
        "the handler of early.run panicked"
    );
    assert!(CallContext::current().is_none());
    bench.is_logged_once(
        "a handler panicked, channel: \"early\", method: \"run\", text: \"too early\"",
    );
}

#[test]
fn a_handler_that_never_returns_is_stopped_by_its_deadline_and_others_go_on_meanwhile() {
    let bench = Bench::new();
    let page = bench.page();
    let work: WorkClient = page.client().unwrap();
    let mut never = work.never_in_time();
    assert!((&mut never).now_or_never().is_none());
    bench.pair.settle();
    assert_eq!(bench.worker.running(), 1);
    bench.others_are_undisturbed();
    assert_eq!(bench.pair.run(work.add(1, 2)).unwrap(), 3);
    assert_eq!(
        words(bench.pair.run(never)),
        "the deadline of 500 ms passed"
    );
    assert_eq!(bench.pair.now(), Duration::from_millis(500));
    bench.pair.settle();
    assert_eq!(bench.worker.running(), 0);
    bench.others_are_undisturbed();
}

#[test]
fn the_deadline_of_a_page_that_does_not_keep_its_own_is_logged_once() {
    let bench = Bench::new();
    let raw = Raw::greeted(&bench.pair);
    let Frame::Request(mut never) = request(1, "work", "never", arguments(&NOTHING)) else {
        unreachable!("it is a request");
    };
    never.deadline_ms = 200;
    raw.send(&Frame::Request(never));
    assert_eq!(raw.frames(&bench.pair), []);
    raw.wait(&bench.pair, Duration::from_millis(200));
    let frames = raw.frames(&bench.pair);
    assert!(
        matches!(&frames[..], [Frame::Reply(Reply { call: 1, .. })]),
        "{frames:?}"
    );
    bench.pair.settle();
    assert_eq!(bench.worker.running(), 0);
    bench.is_logged_once(
        "a call was refused, window: \"raw\", refusal: the deadline of 200 ms passed",
    );
}

#[test]
fn a_second_handler_on_one_channel_is_refused_and_the_first_goes_on() {
    let bench = Bench::new();
    let second = bench.pair.backend().handle(WorkServer(Worker::default()));
    let error = second.unwrap_err();
    assert_eq!(
        error,
        RegisterError::ChannelTaken(ChannelTaken {
            channel: WorkInterface::CHANNEL
        })
    );
    assert_eq!(
        error.to_string(),
        "channel `work` has a handler already; every interface needs a channel of its own"
    );
    bench.others_are_undisturbed();
}

#[test]
fn a_long_value_of_the_wrong_type_is_not_quoted_whole() {
    let bench = Bench::new();
    let secret = "s".repeat(100_000);
    let call = by_name::<i32>(&bench.other, "work", "add", &(secret, 2));
    let text = words(bench.pair.run(call));
    assert!(text.starts_with("work.add: "), "{text}");
    assert!(text.len() < 300, "{} bytes", text.len());
    assert!(bench.log.problems().iter().all(|line| line.len() < 500));
}

#[test]
fn a_declared_interface_without_a_handler_is_a_startup_error() {
    let bench = Bench::new();
    let declared = Declared::default()
        .interface::<WorkInterface>()
        .raw(DeclaredInterface {
            channel: "nobody".parse().unwrap(),
            version: "1.0.0".to_owned(),
            fingerprint: "000000000000000a".parse().unwrap(),
        });
    let startup = twinbridge_common::FrontendIpc::startup(bench.pair.connect("main"), declared);
    let error = bench.pair.run(startup).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the frontend does not fit the backend:\n  \
         `nobody`: the backend has no handler for it, the frontend was built with version 1.0.0; \
         register its handler in the backend, or rebuild the backend"
    );
    bench.is_logged_once(
        "`nobody`: the backend has no handler for it, the frontend was built with version 1.0.0; \
         register its handler in the backend, or rebuild the backend",
    );
}

#[test]
fn a_number_that_is_used_again_after_a_cancel_is_another_call() {
    let bench = Bench::new();
    let raw = Raw::greeted(&bench.pair);
    // All come before the task of the first call runs.
    raw.send(&request(1, "work", "never", arguments(&NOTHING)));
    raw.send(&Frame::Cancel { call: 1 });
    raw.send(&request(1, "work", "gate", arguments(&(7,))));
    assert_eq!(raw.frames(&bench.pair), []);
    assert_eq!(bench.worker.running(), 1);
    bench.worker.open(7);
    let replies = raw.frames(&bench.pair);
    let [Frame::Reply(reply)] = &replies[..] else {
        panic!("{replies:?}");
    };
    assert!(matches!(reply.ending, Ending::Done(_)), "{reply:?}");

    // What runs under such a number ends with the session.
    raw.send(&request(2, "work", "never", arguments(&NOTHING)));
    raw.send(&Frame::Cancel { call: 2 });
    raw.send(&request(2, "work", "never", arguments(&NOTHING)));
    bench.pair.settle();
    assert_eq!(bench.worker.running(), 1);
    raw.send(&Frame::Bye(Bye {
        code: ByeCode::Closed,
        text: "".into(),
    }));
    bench.pair.settle();
    assert_eq!(bench.worker.running(), 0);
    bench.others_are_undisturbed();
}
