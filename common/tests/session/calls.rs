//! Calls of a page: how they end, and how they are given up.

use std::{sync::atomic::Ordering, time::Duration};

use twinbridge_common::{
    BackendIpc, Bytes, CallError, FrontendIpc,
    ipc::{
        Caller, Delivery, IpcSocket as _, PipeError, Refusal, RegisterError, VersionPolicy,
        in_process,
    },
    wire::{ChannelName, Frame, MethodName, Value},
};

use crate::support::{
    Bench, Link, NOTHING, WorkClient, WorkServer, Worker, by_name, handler_fn, send, words,
};

#[test]
fn a_call_that_is_dropped_before_it_is_polled_is_never_sent() {
    let bench = Bench::new();
    let work: WorkClient = bench.other.client().unwrap();
    drop(work.never());
    bench.pair.settle();
    assert_eq!(bench.worker.begun.load(Ordering::Relaxed), 0);
}

#[test]
fn a_call_that_is_dropped_while_it_runs_drops_its_handler() {
    let bench = Bench::new();
    let work: WorkClient = bench.other.client().unwrap();
    let (mut first, mut second) = (work.never(), work.gate(1));
    send(&mut first);
    send(&mut second);
    bench.pair.settle();
    assert_eq!(bench.worker.running(), 2);
    drop(first);
    bench.pair.settle();
    assert_eq!(bench.worker.running(), 1);
    bench.worker.open(1);
    assert_eq!(bench.pair.run(second).unwrap(), 1);
    assert_eq!(bench.log.problems(), [""; 0]);
}

#[test]
fn a_call_that_is_dropped_after_it_was_queued_runs_for_a_moment_at_most() {
    let bench = Bench::new();
    let (link, page) = Link::started(&bench.pair);
    let mut call = by_name::<()>(&page, "work", "never", &NOTHING);
    send(&mut call);
    drop(call);
    let frames = link.up(usize::MAX);
    assert!(
        matches!(frames[..], [Frame::Request(_), Frame::Cancel { .. }]),
        "{frames:?}"
    );
    bench.pair.settle();
    assert_eq!(bench.worker.running(), 0);
    assert_eq!(link.down(usize::MAX), []);
}

#[test]
fn a_large_call_that_is_dropped_half_sent_never_runs() {
    let bench = Bench::new();
    let (link, page) = Link::started(&bench.pair);
    let work: WorkClient = page.client().unwrap();
    let mut call = work.echo(Bytes::from(vec![1; 4 * 1024 * 1024]));
    send(&mut call);
    assert!(link.up(1024 * 1024).len() > 1);
    let before = link.page.load().queued_bytes;
    assert!(before > 2 * 1024 * 1024);
    drop(call);
    // The rest is withdrawn, not sent.
    assert!(link.page.load().queued_bytes < 64);
    let frames = link.up(usize::MAX);
    assert!(
        matches!(&frames[..], [Frame::Part(rest)] if rest.total == 0),
        "{frames:?}"
    );
    bench.pair.settle();
    assert_eq!(bench.worker.begun.load(Ordering::Relaxed), 0);
    assert_eq!(link.back.endpoint.load().running_calls, 0);
    assert_eq!(link.page.load().pending_calls, 0);
}

#[test]
fn a_large_call_that_is_dropped_unsent_leaves_no_trace() {
    let bench = Bench::new();
    let (link, page) = Link::started(&bench.pair);
    let work: WorkClient = page.client().unwrap();
    let mut call = work.echo(Bytes::from(vec![1; 4 * 1024 * 1024]));
    send(&mut call);
    drop(call);
    assert_eq!(link.up(usize::MAX), []);
}

#[test]
fn the_nearest_deadline_counts_the_calls_before_the_callers_before_the_contracts() {
    let after = |set: fn(WorkClient) -> twinbridge_common::ipc::Call<()>, caller: Option<u64>| {
        let bench = Bench::new();
        let mut over = bench.other.caller().unwrap();
        if let Some(ms) = caller {
            over = over.with_deadline(Duration::from_millis(ms));
        }
        let text = words(bench.pair.run(set(WorkClient::new(over))));
        bench.pair.settle();
        assert_eq!(bench.worker.running(), 0);
        (text, bench.pair.now())
    };
    let passed = |ms: u64| {
        (
            format!("the deadline of {ms} ms passed"),
            Duration::from_millis(ms),
        )
    };
    assert_eq!(after(|work| work.never_in_time(), None), passed(500));
    assert_eq!(after(|work| work.never_in_time(), Some(2000)), passed(2000));
    assert_eq!(after(|work| work.never(), Some(300)), passed(300));
    let own: fn(WorkClient) -> _ = |work| work.never_in_time().deadline(Duration::from_millis(70));
    assert_eq!(after(own, None), passed(70));
    assert_eq!(after(own, Some(300)), passed(70));
}

#[test]
fn a_deadline_passes_at_the_caller_too_when_the_backend_hears_nothing() {
    let bench = Bench::new();
    let (link, page) = Link::started(&bench.pair);
    let work: WorkClient = page.client().unwrap();
    let mut call = work.add(1, 2).deadline(Duration::from_millis(100));
    send(&mut call);
    assert_eq!(
        link.page.poll(None).next_wakeup,
        Some(Duration::from_millis(100))
    );
    link.back.wait(&bench.pair, Duration::from_millis(100));
    link.page.poll(None);
    assert_eq!(words(bench.pair.run(call)), "the deadline of 100 ms passed");
    assert_eq!(link.page.load().pending_calls, 0);
}

#[test]
fn a_call_that_is_polled_often_runs_once() {
    let bench = Bench::new();
    let work: WorkClient = bench.other.client().unwrap();
    let mut call = work.gate(1);
    for _ in 0..10 {
        send(&mut call);
        bench.pair.settle();
    }
    bench.worker.open(1);
    assert_eq!(bench.pair.run(&mut call).unwrap(), 1);
    assert_eq!(bench.worker.begun.load(Ordering::Relaxed), 1);
    // A future that is done may be polled again; it runs nothing.
    assert!(bench.pair.run(call).is_err());
    bench.pair.settle();
    assert_eq!(bench.worker.begun.load(Ordering::Relaxed), 1);
}

#[test]
fn every_interface_answers_its_version() {
    let bench = Bench::new();
    let handler = handler_fn("dynamic", |call| {
        Box::pin(std::future::ready(call.unknown_method()))
    });
    let _guard = bench
        .pair
        .backend()
        .handle_dynamic(handler, VersionPolicy::Exact)
        .unwrap();
    for (channel, version) in [("work", "1.0.0"), ("dynamic", "0.1.0")] {
        let call = by_name::<String>(&bench.other, channel, "getVersion", &NOTHING);
        assert_eq!(bench.pair.run(call).unwrap(), version);
    }
    let work: WorkClient = bench.other.client().unwrap();
    assert_eq!(bench.pair.run(work.get_version()).unwrap(), "1.0.0");
    let nobody = by_name::<String>(&bench.other, "nobody", "getVersion", &NOTHING);
    assert_eq!(
        words(bench.pair.run(nobody)),
        "no handler is registered on channel `nobody`"
    );
}

#[test]
fn calls_by_name_take_and_give_values_of_any_kind() {
    let bench = Bench::new();
    let values = [
        Value::Null,
        Value::Int(-7),
        Value::Float(0.1),
        Value::from("text"),
        Value::bytes(b"\x00\xff"),
        Value::Array(vec![1.into(), Value::Undefined]),
        Value::Map(vec![(Value::Int(1), Value::Bool(true))]),
    ];
    for value in values {
        let call = by_name::<Value>(&bench.other, "work", "any", std::slice::from_ref(&value));
        assert_eq!(bench.pair.run(call).unwrap(), value);
    }
    let sum = by_name::<Value>(&bench.other, "work", "add", &[Value::Int(1), Value::Int(2)]);
    assert_eq!(bench.pair.run(sum).unwrap(), Value::Int(3));
    // A reply that is of another type than the caller says has run; the error says where.
    let wrong = by_name::<String>(&bench.other, "work", "add", &(1, 2));
    assert_eq!(
        words(bench.pair.run(wrong)),
        "the reply could not be decoded"
    );
}

#[test]
fn code_runs_without_ipc_and_is_told_so() {
    let (frontend, backend) = (FrontendIpc::default(), BackendIpc::default());
    assert!(!frontend.is_valid() && !backend.is_valid());
    let not_valid = "IPC is not valid: it was not started, or was shut down";
    assert_eq!(PipeError::NotValid.to_string(), not_valid);
    let (channel, name): (ChannelName, _) = ("work".parse().unwrap(), MethodName::GET_VERSION);
    assert_eq!(
        frontend.client::<WorkClient>().unwrap_err(),
        PipeError::NotValid
    );
    assert_eq!(frontend.caller().unwrap_err(), PipeError::NotValid);
    assert_eq!(
        frontend
            .call_backend::<()>(channel.clone(), name.clone(), &NOTHING)
            .unwrap_err(),
        PipeError::NotValid
    );
    assert_eq!(
        frontend.handle(WorkServer(Worker::default())).unwrap_err(),
        RegisterError::Pipe(PipeError::NotValid)
    );
    assert_eq!(
        frontend
            .handle_message(channel.clone(), |_| {})
            .unwrap_err(),
        PipeError::NotValid
    );
    assert_eq!(
        backend.handle(WorkServer(Worker::default())).unwrap_err(),
        RegisterError::Pipe(PipeError::NotValid)
    );
    assert!(matches!(
        backend.send_message(&channel, &name, &NOTHING),
        Err(CallError::Pipe(PipeError::NotValid))
    ));
    assert!(frontend.verdicts().is_empty());
    frontend.shutdown();
    backend.shutdown();
}

#[test]
fn the_shutdown_of_the_frontend_refuses_what_is_pending_and_stops_what_runs() {
    let bench = Bench::new();
    let page = bench.page();
    let work: WorkClient = page.client().unwrap();
    let mut call = work.never();
    send(&mut call);
    bench.pair.settle();
    page.shutdown();
    assert!(!page.is_valid());
    assert_eq!(
        words(bench.pair.run(call)),
        "the session ended: the peer said goodbye"
    );
    bench.pair.settle();
    assert_eq!(bench.worker.running(), 0);
    assert_eq!(
        words(bench.pair.run(work.add(1, 2))),
        "the session ended: the peer said goodbye"
    );
    bench.others_are_undisturbed();
}

#[test]
fn the_shutdown_of_the_backend_refuses_what_is_pending_in_every_page() {
    let bench = Bench::new();
    let pages = [bench.page(), bench.page()];
    let mut calls = pages.each_ref().map(|page| {
        let work: WorkClient = page.client().unwrap();
        work.never()
    });
    calls.iter_mut().for_each(send);
    bench.pair.settle();
    bench.pair.backend().shutdown();
    for (page, call) in pages.iter().zip(calls) {
        assert_eq!(
            words(bench.pair.run(call)),
            "the session ended: the peer said goodbye"
        );
        assert!(!page.is_valid());
    }
    bench.pair.settle();
    assert_eq!(bench.worker.running(), 0);
    assert!(!bench.other.is_valid());
}

#[test]
fn a_backend_that_shuts_down_inside_a_message_still_says_goodbye() {
    let bench = Bench::new();
    let page = bench.page();
    let backend = bench.pair.backend().clone();
    let news = twinbridge_common::ipc::listen_fn("news".parse().unwrap(), move |_| {
        backend.shutdown();
    });
    let _listener = bench.pair.backend().socket().unwrap().listen(news);
    let work: WorkClient = page.client().unwrap();
    let mut call = work.never();
    send(&mut call);
    let end = page.socket().unwrap();
    end.send(
        &"news".parse().unwrap(),
        &"stop".parse().unwrap(),
        crate::support::arguments(&NOTHING),
        Delivery::Reliable,
    )
    .unwrap();
    assert_eq!(
        words(bench.pair.run(call)),
        "the session ended: the peer said goodbye"
    );
}

#[test]
fn a_handler_answers_while_its_guard_lives() {
    let pair = in_process::pair();
    let guard = pair
        .backend()
        .handle(WorkServer(Worker::default()))
        .unwrap();
    let page = pair
        .run(FrontendIpc::startup(
            pair.connect("main"),
            Default::default(),
        ))
        .unwrap();
    let work: WorkClient = page.client().unwrap();
    let mut running = work.never_in_time();
    send(&mut running);
    guard.remove();
    assert!(matches!(
        pair.run(work.add(1, 2)),
        Err(CallError::Refused(Refusal::UnknownChannel { .. }))
    ));
    // What was running goes on.
    assert_eq!(words(pair.run(running)), "the deadline of 500 ms passed");
    let _again = pair
        .backend()
        .handle(WorkServer(Worker::default()))
        .unwrap();
    assert_eq!(pair.run(work.add(1, 2)).unwrap(), 3);
}

#[test]
fn a_caller_over_an_ended_session_is_told_at_once() {
    let bench = Bench::new();
    let page = bench.page();
    let caller: Caller = page.caller().unwrap();
    page.shutdown();
    let call = caller.call::<u32>("work".parse().unwrap(), "add".parse().unwrap(), &(1, 2));
    assert!(matches!(
        futures_util::FutureExt::now_or_never(call),
        Some(Err(CallError::Pipe(PipeError::Ended(_))))
    ));
}
