//! Notifications on a page: kept for the first listener, in order, and gone with the last one.

use std::sync::{Arc, Mutex};

use futures_util::FutureExt as _;
use twinbridge_common::{
    Bytes, CallError, FrontendIpc,
    ipc::{
        Answer, Delivery, HandlerGuard, Invocation, IpcSocket as _, Listener, PipeError,
        VersionPolicy,
    },
    ipc_notifications,
};

use crate::support::{Bench, Link, NOTHING, Raw, arguments, by_name, handler_fn, method, words};

/// What the tests tell.
#[ipc_notifications(channel = "news", version = "1.0.0")]
pub(crate) trait News {
    fn came(&self, number: u32);
    fn large(&self, number: u32, data: Bytes);
    #[latest]
    fn progress(&self, done: u32);
    #[latest]
    fn level(&self, level: u32);
}

/// What a listener heard, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    fn add(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }

    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl News for Heard {
    fn came(&self, number: u32) {
        self.add(format!("came {number}"));
    }

    fn large(&self, number: u32, _: Bytes) {
        self.add(format!("large {number}"));
    }

    fn progress(&self, done: u32) {
        self.add(format!("progress {done}"));
    }

    fn level(&self, level: u32) {
        self.add(format!("level {level}"));
    }
}

/// Sends to one window.
fn to(bench: &Bench, window: &str) -> NewsSender {
    let sender = bench.pair.backend().notification_sender_to(window);
    NewsSender::new(sender.unwrap())
}

fn listen(page: &FrontendIpc, heard: &Heard) -> Listener {
    page.listen(NewsReceiver(heard.clone())).unwrap()
}

#[test]
fn what_is_sent_from_the_welcome_on_reaches_the_first_listener_in_order() {
    let bench = Bench::new();
    let link = Link::new(&bench.pair);
    let startup = FrontendIpc::startup(link.page.clone(), Default::default());
    let mut startup = Box::pin(startup);
    assert!((&mut startup).now_or_never().is_none());
    link.up(usize::MAX);
    // The welcome is on its way, and the page does not know of it.
    let news = to(&bench, "raw");
    news.came(1).now().unwrap();
    news.progress(50).now().unwrap();
    link.down(usize::MAX);
    news.came(2).now().unwrap();
    link.down(usize::MAX);
    let page = startup.now_or_never().unwrap().unwrap();
    let heard = Heard::default();
    let _listener = listen(&page, &heard);
    assert_eq!(heard.take(), [""; 0], "not while it is being attached");
    news.came(3).now().unwrap();
    link.down(usize::MAX);
    bench.pair.settle();
    news.came(4).now().unwrap();
    link.down(usize::MAX);
    assert_eq!(
        heard.take(),
        ["came 1", "progress 50", "came 2", "came 3", "came 4"]
    );
}

#[test]
fn only_the_first_listener_of_a_channel_finds_what_came_before_it() {
    let bench = Bench::new();
    let page = bench.page();
    let news = to(&bench, "main");
    news.came(1).now().unwrap();
    bench.pair.settle();
    let (first, second) = (Heard::default(), Heard::default());
    let listener = listen(&page, &first);
    bench.pair.settle();
    let also = listen(&page, &second);
    news.came(2).now().unwrap();
    bench.pair.settle();
    assert_eq!(first.take(), ["came 1", "came 2"]);
    assert_eq!(second.take(), ["came 2"]);
    // Somebody has listened, so nobody is waited for.
    drop((listener, also));
    news.came(3).now().unwrap();
    bench.pair.settle();
    let third = Heard::default();
    let _listener = listen(&page, &third);
    bench.pair.settle();
    assert_eq!(third.take(), [""; 0]);
}

#[test]
fn of_too_many_kept_messages_the_oldest_are_dropped_and_counted_and_that_is_logged_once() {
    let bench = Bench::new();
    let page = bench.page();
    let news = to(&bench, "main");
    let data = Bytes::from(vec![0; 100 * 1024]);
    for number in 0..20 {
        news.large(number, data.clone()).now().unwrap();
        bench.pair.settle();
    }
    bench.is_logged_once(
        "nobody has listened so far, and more messages came than are kept; the oldest are lost, \
         channel: \"news\"",
    );
    assert_eq!(page.socket().unwrap().load().counts.dropped, 10);
    let heard = Heard::default();
    let _listener = listen(&page, &heard);
    bench.pair.settle();
    let newest: Vec<_> = (10..20).map(|number| format!("large {number}")).collect();
    assert_eq!(heard.take(), newest);
}

#[test]
fn a_talkative_channel_that_nobody_hears_pushes_out_no_message_of_another() {
    let bench = Bench::new();
    let page = bench.page();
    to(&bench, "main").came(1).now().unwrap();
    let backend = bench.pair.backend();
    let (gossip, said) = ("gossip".parse().unwrap(), method("said"));
    // More than are kept, and so small that no room is left between them.
    for _ in 0..9000 {
        backend.send_message(&gossip, &said, &NOTHING).unwrap();
    }
    bench.pair.settle();
    assert!(page.socket().unwrap().load().counts.dropped > 0);
    to(&bench, "main").came(2).now().unwrap();
    bench.pair.settle();
    let heard = Heard::default();
    let _listener = listen(&page, &heard);
    bench.pair.settle();
    assert_eq!(heard.take(), ["came 1", "came 2"]);
}

#[test]
fn a_listener_that_is_attached_by_another_hears_of_the_next_message() {
    let bench = Bench::new();
    let page = bench.page();
    let late = Heard::default();
    let attached = Arc::new(Mutex::new(Vec::new()));
    let (socket, heard, guards) = (page.clone(), late.clone(), Arc::clone(&attached));
    let _first = page
        .handle_message("news".parse().unwrap(), move |_| {
            let listener = listen(&socket, &heard);
            guards.lock().unwrap().push(listener);
        })
        .unwrap();
    let news = to(&bench, "main");
    for number in 1..=3 {
        news.came(number).now().unwrap();
        bench.pair.settle();
    }
    assert_eq!(late.take(), ["came 2", "came 3", "came 3"]);
    attached.lock().unwrap().clear();
    news.came(4).now().unwrap();
    bench.pair.settle();
    assert_eq!(late.take(), [""; 0]);
    // The two hold each other: the listener its page, the page the listener.
    page.shutdown();
}

#[test]
fn a_listener_that_is_detached_among_kept_messages_hears_no_further_one() {
    let bench = Bench::new();
    let page = bench.page();
    let news = to(&bench, "main");
    for number in 1..=3 {
        news.came(number).now().unwrap();
    }
    bench.pair.settle();
    let own = Arc::new(Mutex::new(None));
    let (taken, count) = (Arc::clone(&own), Arc::new(Mutex::new(0)));
    let heard = Arc::clone(&count);
    let listener = page.handle_message("news".parse().unwrap(), move |_| {
        *heard.lock().unwrap() += 1;
        drop(taken.lock().unwrap().take());
    });
    *own.lock().unwrap() = Some(listener.unwrap());
    let (second, all) = (Heard::default(), Heard::default());
    let detached = listen(&page, &second);
    let _stays = listen(&page, &all);
    drop(detached);
    bench.pair.settle();
    assert_eq!(*count.lock().unwrap(), 1);
    assert_eq!(second.take(), [""; 0]);
    assert_eq!(all.take(), ["came 1", "came 2", "came 3"]);
}

#[test]
fn a_listener_and_a_handler_may_hold_the_guards_of_others() {
    let bench = Bench::new();
    let page = bench.page();
    let heard = Heard::default();
    let inner = listen(&page, &heard);
    let outer = page
        .handle_message("news".parse().unwrap(), move |_| {
            let _held = &inner;
        })
        .unwrap();
    outer.remove();
    to(&bench, "main").came(1).now().unwrap();
    bench.pair.settle();
    assert_eq!(heard.take(), [""; 0]);
    let backend = bench.pair.backend();
    let serve = |channel: &'static str, held: Option<HandlerGuard>| {
        let handler = handler_fn(channel, move |call: Invocation| -> Answer {
            let _held = &held;
            let outcome = call.done(&7);
            Box::pin(std::future::ready(outcome))
        });
        backend.handle_dynamic(handler, VersionPolicy::Exact)
    };
    let inner = serve("inner", None).unwrap();
    serve("outer", Some(inner)).unwrap().remove();
    let call = by_name::<u32>(&page, "inner", "run", &NOTHING);
    assert_eq!(
        words(bench.pair.run(call)),
        "no handler is registered on channel `inner`"
    );
}

#[test]
fn a_notification_goes_to_one_window_or_to_all() {
    let bench = Bench::new();
    let page = bench.page();
    let (main, other) = (Heard::default(), Heard::default());
    let _listeners = [listen(&page, &main), listen(&bench.other, &other)];
    to(&bench, "main").came(1).now().unwrap();
    to(&bench, "other").came(2).now().unwrap();
    let all = NewsSender::new(bench.pair.backend().notification_sender().unwrap());
    all.came(3).now().unwrap();
    bench.pair.run(all.came(4).into_future()).unwrap();
    bench.pair.settle();
    assert_eq!(main.take(), ["came 1", "came 3", "came 4"]);
    assert_eq!(other.take(), ["came 2", "came 3", "came 4"]);
}

#[test]
fn a_window_without_a_page_is_an_error_and_a_new_page_is_found_under_the_same_name() {
    let bench = Bench::new();
    let news = to(&bench, "main");
    let no_page = |error: CallError| {
        assert_eq!(
            error.to_string(),
            "window `main` shows no page that is connected"
        );
        assert!(matches!(error, CallError::Pipe(PipeError::NoPage { .. })));
    };
    no_page(news.came(1).now().unwrap_err());
    no_page(bench.pair.run(news.came(1).into_future()).unwrap_err());
    no_page(news.progress(1).now().unwrap_err());
    // A page that is loading is none so far.
    let loading = bench.pair.connect("main");
    no_page(news.came(1).now().unwrap_err());
    no_page(bench.pair.run(news.came(1).into_future()).unwrap_err());
    let invoke =
        bench
            .pair
            .backend()
            .invoke::<()>("main", "page".parse().unwrap(), method("ask"), &NOTHING);
    let error = bench.pair.run(invoke.unwrap()).unwrap_err();
    assert!(matches!(error, CallError::Pipe(PipeError::NoPage { .. })));
    drop(loading);
    for number in 1..=2 {
        let page = bench.page();
        let heard = Heard::default();
        let _listener = listen(&page, &heard);
        news.came(number).now().unwrap();
        bench.pair.settle();
        assert_eq!(heard.take(), [format!("came {number}")]);
        page.shutdown();
        bench.pair.settle();
    }
    no_page(news.came(3).now().unwrap_err());
}

#[test]
fn a_message_before_the_greeting_is_over_ends_the_session() {
    let bench = Bench::new();
    let raw = Raw::connect(&bench.pair);
    raw.send(&twinbridge_common::wire::Frame::Notification(
        twinbridge_common::wire::Notification {
            channel: "news".parse().unwrap(),
            name: method("came"),
            arguments: arguments(&(1,)),
        },
    ));
    raw.was_ended(&bench.pair, "a message came before the handshake ended");
}

#[test]
fn the_backend_keeps_no_messages_of_pages() {
    let bench = Bench::new();
    let page = bench.page().socket().unwrap();
    let (news, came) = ("news".parse().unwrap(), method("came"));
    page.send(&news, &came, arguments(&(1,)), Delivery::Reliable)
        .unwrap();
    bench.pair.settle();
    let heard = Heard::default();
    let socket = bench.pair.backend().socket().unwrap();
    let receiver = NewsReceiver(heard.clone());
    let _listener = socket.listen(twinbridge_common::ipc::IntoNotificationListener::<
        NewsInterface,
    >::into_notification_listener(receiver));
    page.send(&news, &came, arguments(&(2,)), Delivery::Reliable)
        .unwrap();
    bench.pair.settle();
    assert_eq!(heard.take(), ["came 2"]);
}
