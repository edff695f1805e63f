//! What happens at the limits of a session.

use twinbridge_common::{
    Bytes,
    ipc::{Caller, Delivery, IpcSocket as _},
    wire::{Frame, Limits},
};

use crate::support::{
    Bench, Link, NOTHING, Raw, WorkClient, arguments, by_name, method, request, send, words,
};

#[test]
fn a_call_beyond_the_most_that_may_run_is_refused_as_busy() {
    let mut limits = Limits::default();
    limits.max_running_calls = 2;
    let bench = Bench::with(limits);
    let page = bench.page();
    let work: WorkClient = page.client().unwrap();
    let mut running = [work.gate(1), work.gate(2)];
    running.iter_mut().for_each(send);
    bench.pair.settle();
    let text = "2 calls are running, the limit is 2";
    let error = bench.pair.run(work.add(1, 2)).unwrap_err();
    assert!(error.is_transient());
    assert_eq!(error.to_string(), text);
    bench.is_logged_once(&format!(
        "a call was refused, window: \"main\", refusal: {text}"
    ));
    bench.worker.open(1);
    let [first, _second] = running;
    bench.pair.run(first).unwrap();
    assert_eq!(bench.pair.run(work.add(1, 2)).unwrap(), 3);
}

#[test]
fn a_page_that_does_not_read_costs_bounded_memory() {
    let mut limits = Limits::default();
    limits.max_queued_bytes = 100 * 1024;
    limits.max_queued_notification_bytes = 80 * 1024;
    let bench = Bench::with(limits);
    let raw = Raw::greeted(&bench.pair);
    let note = arguments(&[Bytes::from(vec![0; 40 * 1024])]);
    let tell = || {
        raw.endpoint.send(
            &"news".parse().unwrap(),
            &method("came"),
            note.clone(),
            Delivery::Reliable,
        )
    };
    tell().unwrap();
    tell().unwrap();
    let error = tell().unwrap_err();
    assert_eq!(
        error.to_string(),
        "81968 bytes wait to be sent, the limit is 81920"
    );
    let caller = Caller::new(std::sync::Arc::new(raw.endpoint.clone()));
    let call = caller.call::<()>(
        "page".parse().unwrap(),
        method("ask"),
        &[Bytes::from(vec![0; 40 * 1024])],
    );
    let error = bench.pair.run(call).unwrap_err();
    assert!(error.is_transient());
    assert_eq!(
        error.to_string(),
        "81968 bytes wait to be sent, the limit is 102400"
    );
    // A broadcast fails for this page alone.
    let heard = std::sync::Arc::new(std::sync::Mutex::new(0));
    let count = std::sync::Arc::clone(&heard);
    let _listener = bench
        .other
        .handle_message("news".parse().unwrap(), move |_| {
            *count.lock().unwrap() += 1
        })
        .unwrap();
    let socket = bench.pair.backend().socket().unwrap();
    let told = socket.send(
        &"news".parse().unwrap(),
        &method("came"),
        note.clone(),
        Delivery::Reliable,
    );
    assert!(told.is_err());
    bench.pair.settle();
    assert_eq!(*heard.lock().unwrap(), 1);
    assert_eq!(raw.frames(&bench.pair).len(), 2);
    tell().unwrap();
    bench.others_are_undisturbed();
}

#[test]
fn a_page_that_asks_and_does_not_read_is_refused_and_then_seen_off() {
    let mut limits = Limits::default();
    limits.max_queued_bytes = 4000;
    let bench = Bench::with(limits);
    let raw = Raw::greeted(&bench.pair);
    for call in 0..1000 {
        raw.send(&request(call, "work", "add", arguments(&(1, 2))));
        bench.pair.settle();
        assert!(raw.endpoint.load().queued_bytes < 9000);
    }
    let reason = raw.endpoint.ended().unwrap().to_string();
    assert!(
        reason.ends_with("bytes wait to be read, the limit is 4000"),
        "{reason}"
    );
    let refused = bench.log.problems();
    assert!(
        refused
            .iter()
            .any(|line| line.contains("bytes of replies wait to be read, the limit is 4000")),
        "{refused:#?}"
    );
    bench.others_are_undisturbed();
}

#[test]
fn one_message_always_fits_an_empty_queue() {
    let mut limits = Limits::default();
    limits.max_queued_notification_bytes = 10;
    let bench = Bench::with(limits);
    let raw = Raw::greeted(&bench.pair);
    let note = arguments(&[Bytes::from(vec![0; 1024])]);
    raw.endpoint
        .send(
            &"news".parse().unwrap(),
            &method("came"),
            note,
            Delivery::Reliable,
        )
        .unwrap();
    assert_eq!(raw.frames(&bench.pair).len(), 1);
}

#[test]
fn a_message_larger_than_the_peer_takes_is_an_error_and_the_largest_goes_in_one_frame() {
    let bench = Bench::new();
    let raw = Raw::greeted(&bench.pair);
    let largest = 256 * 1024;
    // A byte string of this length has six bytes before it: the array's and its own.
    let note = |len: usize| arguments(&[Bytes::from(vec![0; len - 6])]);
    let tell = |len| {
        raw.endpoint.send(
            &"news".parse().unwrap(),
            &method("came"),
            note(len),
            Delivery::Reliable,
        )
    };
    assert_eq!(
        tell(largest + 1).unwrap_err().to_string(),
        "a message of 262145 bytes exceeds the limit of 262144 bytes"
    );
    tell(largest).unwrap();
    let frames = raw.frames(&bench.pair);
    assert!(matches!(frames[..], [Frame::Notification(_)]), "one frame");
    let (link, page) = Link::started(&bench.pair);
    let heard = std::sync::Arc::new(std::sync::Mutex::new(0));
    let count = std::sync::Arc::clone(&heard);
    let _listener = page
        .handle_message("news".parse().unwrap(), move |message| {
            *count.lock().unwrap() = message.arguments.len();
        })
        .unwrap();
    link.back
        .endpoint
        .send(
            &"news".parse().unwrap(),
            &method("came"),
            note(largest),
            Delivery::Reliable,
        )
        .unwrap();
    link.down(usize::MAX);
    assert_eq!(*heard.lock().unwrap(), largest);
    assert!(page.is_valid());
}

#[test]
fn large_calls_and_replies_come_whole() {
    let bench = Bench::new();
    let work: WorkClient = bench.other.client().unwrap();
    let data: Vec<u8> = (0..3_000_001_u32).map(|n| (n % 251) as u8).collect();
    let data = Bytes::from(data);
    assert_eq!(bench.pair.run(work.echo(data.clone())).unwrap(), data);
}

#[test]
fn a_large_call_counts_as_one_that_runs_when_it_is_whole() {
    let mut limits = Limits::default();
    limits.max_running_calls = 1;
    let bench = Bench::with(limits);
    let page = bench.page();
    let mut never = by_name::<()>(&page, "work", "never", &NOTHING);
    send(&mut never);
    bench.pair.settle();
    let work: WorkClient = page.client().unwrap();
    let large = work.echo(Bytes::from(vec![0; 1024 * 1024]));
    assert_eq!(
        words(bench.pair.run(large)),
        "1 calls are running, the limit is 1"
    );
}

#[test]
fn a_frame_limit_below_one_piece_ends_the_session() {
    let bench = Bench::new();
    let raw = Raw::connect(&bench.pair);
    let Frame::Hello(mut greeting) = crate::support::hello(1) else {
        unreachable!("it is a greeting");
    };
    greeting.body.limits.max_frame_bytes = 1000;
    raw.send(&Frame::Hello(greeting));
    raw.was_ended(
        &bench.pair,
        "the peer takes frames of 1000 bytes at most, 131088 are needed",
    );
    raw.send(&request(1, "work", "add", arguments(&(1, 2))));
    bench.others_are_undisturbed();
}
