//! What may overtake what.

use std::sync::{Arc, Mutex};

use twinbridge_common::{
    Bytes,
    ipc::{Answer, Delivery, Invocation, IpcSocket as _, VersionPolicy, listen_fn},
    wire::Frame,
};

use crate::support::{
    Bench, Link, NOTHING, Raw, WorkClient, arguments, by_name, handler_fn, method, request, send,
};

#[test]
fn calls_may_finish_in_any_order() {
    let bench = Bench::new();
    let work: WorkClient = bench.other.client().unwrap();
    let (mut first, mut second) = (work.gate(1), work.gate(2));
    send(&mut first);
    send(&mut second);
    bench.pair.settle();
    bench.worker.open(2);
    assert_eq!(bench.pair.run(second).unwrap(), 2);
    send(&mut first);
    bench.worker.open(1);
    assert_eq!(bench.pair.run(first).unwrap(), 1);
}

#[test]
fn messages_arrive_in_the_order_they_were_sent_whatever_their_size() {
    let bench = Bench::new();
    let page = bench.page();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&heard);
    let listener = listen_fn("news".parse().unwrap(), move |message| {
        let (number, _): (u32, Bytes) = message.arguments.decode().unwrap();
        log.lock().unwrap().push(number);
    });
    let _listener = bench.pair.backend().socket().unwrap().listen(listener);
    let end = page.socket().unwrap();
    for number in 0..300_u32 {
        let len = if number % 3 == 0 { 200 * 1024 } else { 10 };
        let body = arguments(&(number, Bytes::from(vec![0; len])));
        end.send(
            &"news".parse().unwrap(),
            &method("came"),
            body,
            Delivery::Reliable,
        )
        .unwrap();
    }
    bench.pair.settle();
    assert_eq!(*heard.lock().unwrap(), (0..300).collect::<Vec<_>>());
}

#[test]
fn a_message_is_handled_before_the_reply_that_was_sent_after_it() {
    let bench = Bench::new();
    let page = bench.page();
    let backend = bench.pair.backend().clone();
    let handler = handler_fn("teller", move |call: Invocation| -> Answer {
        let (len,): (usize,) = call.arguments.decode().unwrap();
        backend
            .send_message(&"news".parse().unwrap(), &method("came"), &NOTHING)
            .unwrap();
        let outcome = call.done(&Bytes::from(vec![0; len]));
        backend
            .send_message(&"news".parse().unwrap(), &method("came"), &NOTHING)
            .unwrap();
        Box::pin(std::future::ready(outcome))
    });
    let _guard = bench
        .pair
        .backend()
        .handle_dynamic(handler, VersionPolicy::Exact)
        .unwrap();
    let heard = Arc::new(Mutex::new(0));
    let count = Arc::clone(&heard);
    let _listener = page
        .handle_message("news".parse().unwrap(), move |_| {
            *count.lock().unwrap() += 1
        })
        .unwrap();
    for (calls, len) in [10, 1_000_000].into_iter().enumerate() {
        let call = by_name::<Bytes>(&page, "teller", "tell", &(len,));
        let reply = bench.pair.run(async {
            let reply = call.await.unwrap();
            (reply.len(), *heard.lock().unwrap())
        });
        assert_eq!(reply, (len, 2 * (calls + 1)));
    }
}

#[test]
fn a_message_is_handled_before_the_call_that_was_made_after_it() {
    let bench = Bench::new();
    let page = bench.page();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (heard, called) = (Arc::clone(&seen), Arc::clone(&seen));
    let listener = listen_fn("news".parse().unwrap(), move |_| {
        heard.lock().unwrap().push("message");
    });
    let _listener = bench.pair.backend().socket().unwrap().listen(listener);
    let handler = handler_fn("probe", move |call: Invocation| -> Answer {
        called.lock().unwrap().push("call");
        let outcome = call.done(&());
        Box::pin(std::future::ready(outcome))
    });
    let _guard = bench
        .pair
        .backend()
        .handle_dynamic(handler, VersionPolicy::Exact)
        .unwrap();
    let end = page.socket().unwrap();
    end.send(
        &"news".parse().unwrap(),
        &method("came"),
        arguments(&NOTHING),
        Delivery::Reliable,
    )
    .unwrap();
    bench
        .pair
        .run(by_name::<()>(&page, "probe", "run", &NOTHING))
        .unwrap();
    assert_eq!(*seen.lock().unwrap(), ["message", "call"]);
}

#[test]
fn a_cancel_does_not_wait_behind_64_mebibytes() {
    let bench = Bench::new();
    let (link, page) = Link::started(&bench.pair);
    let work: WorkClient = page.client().unwrap();
    let mut never = work.never();
    send(&mut never);
    link.up(usize::MAX);
    bench.pair.settle();
    assert_eq!(bench.worker.running(), 1);
    let mut large = work.echo(Bytes::from(vec![0; 64 * 1024 * 1024]));
    send(&mut large);
    assert!(matches!(link.up(1)[..], [Frame::Part(_)]));
    drop(never);
    // The next frame of all is the cancel, with 63 MiB still waiting.
    assert!(matches!(link.up(1)[..], [Frame::Cancel { .. }, ..]));
    bench.pair.settle();
    assert_eq!(bench.worker.running(), 0);
    assert!(link.page.load().queued_bytes > 63 * 1024 * 1024);
    // A whole small call fits between two pieces as well.
    let mut add = work.add(1, 2);
    send(&mut add);
    assert!(matches!(link.up(1)[..], [Frame::Request(_), ..]));
    bench.pair.settle();
    assert!(matches!(link.down(1)[..], [Frame::Reply(_)]));
    assert_eq!(bench.pair.run(add).unwrap(), 3);
}

#[test]
fn large_replies_take_turns() {
    let bench = Bench::new();
    let raw = Raw::greeted(&bench.pair);
    let len = 1024 * 1024;
    for call in [1, 2] {
        raw.send(&request(call, "work", "bytes", arguments(&(len,))));
    }
    let frames = raw.frames(&bench.pair);
    let messages: Vec<_> = frames
        .iter()
        .map(|frame| match frame {
            Frame::Part(part) => part.message,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(messages.len(), 18);
    assert!(
        messages.chunks(2).all(|turn| turn[0] != turn[1]),
        "{messages:?}"
    );
}
