//! Calls and messages of the backend to its pages.

use std::sync::{Arc, Mutex};

use twinbridge_common::{
    FrontendIpc,
    ipc::{Caller, IpcSocketBackend as _, PipeError},
};

use crate::support::{
    Bench, NOTHING, Raw, WorkClient, WorkServer, Worker, by_name, method, send, words,
};

/// The backend's caller to the page in this window.
fn caller_to(bench: &Bench, window: &str) -> Caller {
    let sessions = bench.pair.backend().socket().unwrap().sessions();
    let session = sessions
        .into_iter()
        .find(|session| &*session.origin().window == window);
    Caller::new(Arc::new(session.unwrap()))
}

#[test]
fn the_backend_calls_the_handlers_of_one_page() {
    let bench = Bench::new();
    let page = bench.page();
    let _guard = page.handle(WorkServer(Worker::default())).unwrap();
    let work = WorkClient::new(caller_to(&bench, "main"));
    assert_eq!(bench.pair.run(work.add(1, 2)).unwrap(), 3);
    assert_eq!(bench.pair.run(work.get_version()).unwrap(), "1.0.0");
    let other = WorkClient::new(caller_to(&bench, "other"));
    assert_eq!(
        words(bench.pair.run(other.add(1, 2))),
        "no handler is registered on channel `work`"
    );
    assert_eq!(
        words(bench.pair.run(work.panic())),
        "the handler of work.panic panicked"
    );
    assert_eq!(
        words(bench.pair.run(work.never_in_time())),
        "the deadline of 500 ms passed"
    );
}

#[test]
fn a_call_of_the_backend_is_cancelled_by_dropping_it() {
    let bench = Bench::new();
    let page = bench.page();
    let worker = Arc::new(Worker::default());
    let _guard = page.handle(WorkServer(Arc::clone(&worker))).unwrap();
    let work = WorkClient::new(caller_to(&bench, "main"));
    let mut call = work.never();
    send(&mut call);
    bench.pair.settle();
    assert_eq!(worker.running(), 1);
    drop(call);
    bench.pair.settle();
    assert_eq!(worker.running(), 0);
}

#[test]
fn calls_cross_in_both_directions_under_the_same_numbers() {
    let bench = Bench::new();
    let page = bench.page();
    let worker = Arc::new(Worker::default());
    let _guard = page.handle(WorkServer(Arc::clone(&worker))).unwrap();
    let down = WorkClient::new(caller_to(&bench, "main"));
    let up: WorkClient = page.client().unwrap();
    let (mut a, mut b) = (up.gate(1), down.gate(2));
    send(&mut a);
    send(&mut b);
    bench.pair.settle();
    worker.open(2);
    bench.worker.open(1);
    assert_eq!(bench.pair.run(a).unwrap(), 1);
    assert_eq!(bench.pair.run(b).unwrap(), 2);
}

#[test]
fn a_call_of_the_backend_ends_with_its_page() {
    let bench = Bench::new();
    let page = bench.page();
    let _guard = page.handle(WorkServer(Worker::default())).unwrap();
    let work = WorkClient::new(caller_to(&bench, "main"));
    let mut call = work.never();
    send(&mut call);
    bench.pair.settle();
    page.shutdown();
    assert_eq!(
        words(bench.pair.run(call)),
        "the session ended: the peer said goodbye"
    );
    let sessions = bench.pair.backend().socket().unwrap().sessions();
    assert_eq!(sessions.len(), 1);
    assert_eq!(sessions[0].origin().session, 1);
}

#[test]
fn a_page_that_is_dropped_is_gone() {
    let bench = Bench::new();
    let page = bench.page();
    let socket = bench.pair.backend().socket().unwrap();
    let reason = Arc::new(Mutex::new(None));
    let told = Arc::clone(&reason);
    socket.sessions()[1].on_end(move |reason| *told.lock().unwrap() = Some(reason.to_string()));
    drop(page);
    assert_eq!(
        reason.lock().unwrap().as_deref(),
        Some("the page went away")
    );
    assert_eq!(socket.sessions().len(), 1);
    bench.others_are_undisturbed();
}

#[test]
fn a_page_that_is_dropped_amid_what_it_answers_is_gone_all_the_same() {
    let bench = Bench::new();
    let page = bench.page();
    let worker = Arc::new(Worker::default());
    let guard = page.handle(WorkServer(Arc::clone(&worker))).unwrap();
    let work = WorkClient::new(caller_to(&bench, "main"));
    let mut call = work.never();
    send(&mut call);
    bench.pair.settle();
    assert_eq!(worker.running(), 1);
    drop((page, guard));
    assert_eq!(
        words(bench.pair.run(call)),
        "the session ended: the page went away"
    );
    bench.pair.settle();
    assert_eq!(worker.running(), 0);
}

#[test]
fn a_page_is_not_called_before_it_has_greeted() {
    let bench = Bench::new();
    let _raw = Raw::connect(&bench.pair);
    let work = WorkClient::new(caller_to(&bench, "raw"));
    assert_eq!(
        words(bench.pair.run(work.add(1, 2))),
        "channel `work` was called before the handshake ended"
    );
}

#[test]
fn a_message_goes_to_every_page_that_has_greeted_and_to_its_listeners_in_turn() {
    let bench = Bench::new();
    let page = bench.page();
    let _raw = Raw::connect(&bench.pair);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let listen = |page: &FrontendIpc, name: &'static str| {
        let heard = Arc::clone(&heard);
        page.handle_message("news".parse().unwrap(), move |message| {
            let text: (String,) = message.arguments.decode().unwrap();
            heard
                .lock()
                .unwrap()
                .push(format!("{name} {} {}", message.name, text.0));
        })
        .unwrap()
    };
    let first = listen(&page, "first");
    let _second = listen(&page, "second");
    let _third = listen(&bench.other, "other");
    let tell = |text: &str| {
        let news = "news".parse().unwrap();
        let backend = bench.pair.backend();
        backend
            .send_message(&news, &method("came"), &(text,))
            .unwrap();
        bench.pair.settle();
        let mut heard = std::mem::take(&mut *heard.lock().unwrap());
        heard.sort();
        heard
    };
    assert_eq!(tell("a"), ["first came a", "other came a", "second came a"]);
    first.remove();
    assert_eq!(tell("b"), ["other came b", "second came b"]);
}

#[test]
fn a_listener_that_panics_or_refuses_keeps_the_message_from_nobody() {
    let bench = Bench::new();
    let heard = Arc::new(Mutex::new(0));
    let count = Arc::clone(&heard);
    let news = || "news".parse().unwrap();
    let _bad = bench
        .other
        .handle_message(news(), |_| panic!("I do not like news"))
        .unwrap();
    let _good = bench
        .other
        .handle_message(news(), move |_| *count.lock().unwrap() += 1)
        .unwrap();
    let backend = bench.pair.backend();
    backend
        .send_message(&news(), &method("came"), &NOTHING)
        .unwrap();
    bench.pair.settle();
    assert_eq!(*heard.lock().unwrap(), 1);
    bench.is_logged_once("a listener panicked, channel: news, name: came");
}

#[test]
fn a_listener_may_detach_another_of_the_same_message() {
    let bench = Bench::new();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let second = Arc::new(Mutex::new(None));
    let (taken, first_heard) = (Arc::clone(&second), Arc::clone(&heard));
    let _first = bench
        .other
        .handle_message("news".parse().unwrap(), move |_| {
            first_heard.lock().unwrap().push("first");
            drop(taken.lock().unwrap().take());
        })
        .unwrap();
    let second_heard = Arc::clone(&heard);
    let listener = bench
        .other
        .handle_message("news".parse().unwrap(), move |_| {
            second_heard.lock().unwrap().push("second");
        })
        .unwrap();
    *second.lock().unwrap() = Some(listener);
    let backend = bench.pair.backend();
    backend
        .send_message(&"news".parse().unwrap(), &method("came"), &NOTHING)
        .unwrap();
    bench.pair.settle();
    assert_eq!(*heard.lock().unwrap(), ["first"]);
}

#[test]
fn a_handler_may_call_the_page_that_calls_it() {
    let bench = Bench::new();
    let page = bench.page();
    let _guard = page.handle(WorkServer(Worker::default())).unwrap();
    let down = Mutex::new(Some(WorkClient::new(caller_to(&bench, "main"))));
    let handler = crate::support::handler_fn("relay", move |call| {
        let down = down.lock().unwrap().clone().unwrap();
        Box::pin(async move {
            let sum = down.add(20, 3).await.unwrap();
            call.done(&sum)
        })
    });
    let _relay = bench
        .pair
        .backend()
        .handle_dynamic(handler, twinbridge_common::ipc::VersionPolicy::Exact)
        .unwrap();
    let call = by_name::<u32>(&page, "relay", "run", &NOTHING);
    assert_eq!(bench.pair.run(call).unwrap(), 23);
}

#[test]
fn a_message_without_pages_is_dropped_and_one_without_ipc_is_an_error() {
    let bench = Bench::new();
    bench.other.shutdown();
    bench.pair.settle();
    let backend = bench.pair.backend();
    let news = "news".parse().unwrap();
    backend
        .send_message(&news, &method("came"), &NOTHING)
        .unwrap();
    backend.shutdown();
    let error = backend.send_message(&news, &method("came"), &NOTHING);
    assert_eq!(words(error), PipeError::NotValid.to_string());
}
