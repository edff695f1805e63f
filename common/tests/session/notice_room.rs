//! Notifications that are sent faster than their page takes them.

use std::{
    sync::Arc,
    task::{Context, Wake, Waker},
};

use futures_util::{FutureExt as _, future::join_all};
use twinbridge_common::{Bytes, FrontendIpc, wire::Frame, wire::Limits};

use crate::{
    notices::{Heard, NewsReceiver, NewsSender},
    support::{Bench, Link, Raw},
};

/// Room for about three messages of this many bytes.
const LEN: usize = 10_000;

fn small() -> Bench {
    let mut limits = Limits::default();
    limits.max_queued_notification_bytes = 30_000;
    Bench::with(limits)
}

fn data() -> Bytes {
    Bytes::from(vec![7; LEN])
}

fn to(bench: &Bench, window: &str) -> NewsSender {
    let sender = bench.pair.backend().notification_sender_to(window);
    NewsSender::new(sender.unwrap())
}

/// The numbers of the messages in these frames.
fn numbers(frames: &[Frame]) -> Vec<u32> {
    let number = |frame: &Frame| match frame {
        Frame::Notification(notification) => {
            let mut arguments = notification.arguments.arguments().unwrap();
            arguments.next("number").unwrap()
        }
        other => panic!("{other:?}"),
    };
    frames.iter().map(number).collect()
}

#[derive(Debug, Default)]
struct Idle;

impl Wake for Idle {
    fn wake(self: Arc<Self>) {}
}

#[test]
fn a_reliable_notification_that_finds_no_room_is_an_error_and_nothing_is_lost() {
    let bench = small();
    let raw = Raw::greeted(&bench.pair);
    let news = to(&bench, "raw");
    for number in 0..3 {
        news.large(number, data()).now().unwrap();
    }
    let error = news.large(3, data()).now().unwrap_err();
    assert!(error.is_transient());
    assert_eq!(
        error.to_string(),
        "30078 bytes wait to be sent, the limit is 30000"
    );
    assert_eq!(raw.endpoint.load().queued_bytes, 30_078);
    assert_eq!(numbers(&raw.some_frames(1)), [0]);
    news.large(3, data()).now().unwrap();
    assert_eq!(numbers(&raw.frames(&bench.pair)), [1, 2, 3]);
    assert_eq!(raw.endpoint.load().counts.messages, 4);
    bench.others_are_undisturbed();
}

#[test]
fn a_sender_that_awaits_is_held_to_the_pace_of_its_page() {
    let bench = small();
    let (link, page) = Link::started(&bench.pair);
    let heard = Heard::default();
    let _listener = page.listen(NewsReceiver(heard.clone())).unwrap();
    let news = to(&bench, "raw");
    let told = Arc::new(std::sync::Mutex::new(0));
    let count = Arc::clone(&told);
    bench.pair.executor().spawn(Box::pin(async move {
        for number in 0..100 {
            news.large(number, data()).await.unwrap();
            *count.lock().unwrap() = number + 1;
        }
    }));
    let mut most = 0;
    for taken in 0..100 {
        bench.pair.settle();
        let ahead = *told.lock().unwrap() - taken;
        assert!(ahead <= 3, "{ahead} messages ahead");
        most = most.max(ahead);
        assert_eq!(link.down(1).len(), 1);
    }
    assert_eq!(most, 3);
    let all: Vec<_> = (0..100).map(|number| format!("large {number}")).collect();
    assert_eq!(heard.take(), all);
}

#[test]
fn senders_that_wait_keep_their_turn() {
    let bench = small();
    let raw = Raw::greeted(&bench.pair);
    let news = to(&bench, "raw");
    for number in 0..20 {
        let sent = news.large(number, data()).into_future();
        bench
            .pair
            .executor()
            .spawn(Box::pin(sent.map(|sent| sent.unwrap())));
        bench.pair.settle();
    }
    let mut heard = Vec::new();
    while heard.len() < 20 {
        heard.extend(numbers(&raw.some_frames(1)));
        bench.pair.settle();
    }
    assert_eq!(heard, (0..20).collect::<Vec<_>>());
}

#[test]
fn a_sender_that_gives_up_sends_nothing_and_leaves_nothing_behind() {
    let bench = small();
    let raw = Raw::greeted(&bench.pair);
    let news = to(&bench, "raw");
    for number in 0..3 {
        news.large(number, data()).now().unwrap();
    }
    let waker = Arc::new(Idle);
    let polled = Waker::from(Arc::clone(&waker));
    let mut waiting: Vec<_> = (3..10)
        .map(|number| news.large(number, data()).into_future())
        .collect();
    for sent in &mut waiting {
        // However often it is polled.
        for _ in 0..10 {
            let mut cx = Context::from_waker(&polled);
            assert!(sent.poll_unpin(&mut cx).is_pending());
        }
    }
    assert_eq!(Arc::strong_count(&waker), 2 + waiting.len());
    drop(waiting);
    assert_eq!(Arc::strong_count(&waker), 2);
    assert_eq!(numbers(&raw.frames(&bench.pair)), [0, 1, 2]);
}

#[test]
fn a_sender_that_waits_is_told_when_the_session_ends() {
    let bench = small();
    let raw = Raw::greeted(&bench.pair);
    let news = to(&bench, "raw");
    let all = join_all((0..9).map(|number| news.large(number, data()).into_future()));
    let mut all = Box::pin(all);
    assert!((&mut all).now_or_never().is_none());
    raw.endpoint
        .abandon(twinbridge_common::ipc::EndReason::PageGone);
    let ends: Vec<_> = bench
        .pair
        .run(all)
        .into_iter()
        .map(|sent| sent.is_ok())
        .collect();
    assert_eq!(
        ends,
        [true, true, true, false, false, false, false, false, false]
    );
}

#[test]
fn of_what_only_the_latest_counts_the_newest_waits_in_the_place_of_the_first() {
    let bench = small();
    let raw = Raw::greeted(&bench.pair);
    let news = to(&bench, "raw");
    news.progress(1).now().unwrap();
    news.came(100).now().unwrap();
    news.level(10).now().unwrap();
    for done in 2..=1000 {
        news.progress(done).now().unwrap();
    }
    news.level(11).now().unwrap();
    let counts = raw.endpoint.load().counts;
    assert_eq!((counts.messages, counts.replaced), (1003, 1000));
    assert!(raw.endpoint.load().queued_bytes < 200);
    assert_eq!(numbers(&raw.frames(&bench.pair)), [1000, 100, 11]);
    assert_eq!(raw.endpoint.load().queued_bytes, 0);
}

#[test]
fn there_is_always_room_for_what_only_the_latest_counts_of() {
    let bench = small();
    let raw = Raw::greeted(&bench.pair);
    let news = to(&bench, "raw");
    while news.large(0, data()).now().is_ok() {}
    for done in 1..=10 {
        news.progress(done).now().unwrap();
        news.progress(done)
            .into_future()
            .now_or_never()
            .unwrap()
            .unwrap();
    }
    assert_eq!(numbers(&raw.frames(&bench.pair)), [0, 0, 0, 10]);
}

#[test]
fn a_broadcast_reaches_the_others_at_once_and_waits_for_the_page_that_stands_still() {
    let bench = small();
    let raw = Raw::greeted(&bench.pair);
    let page = bench.page();
    let heard = Heard::default();
    let listen = |page: &FrontendIpc| page.listen(NewsReceiver(heard.clone())).unwrap();
    let _listeners = [listen(&page), listen(&bench.other)];
    let only = to(&bench, "raw");
    while only.large(0, data()).now().is_ok() {}
    let all = NewsSender::new(bench.pair.backend().notification_sender().unwrap());
    let mut sent = all.came(1).into_future();
    assert!((&mut sent).now_or_never().is_none());
    bench.pair.settle();
    assert_eq!(heard.take(), ["came 1", "came 1"]);
    raw.some_frames(1);
    sent.now_or_never().unwrap().unwrap();
    // Given up, it has reached the others all the same.
    while only.large(0, data()).now().is_ok() {}
    let mut sent = all.came(2).into_future();
    assert!((&mut sent).now_or_never().is_none());
    drop(sent);
    bench.pair.settle();
    assert_eq!(heard.take(), ["came 2", "came 2"]);
    assert_eq!(numbers(&raw.frames(&bench.pair)).last(), Some(&0));
    // A page that goes away keeps nobody waiting.
    while only.large(0, data()).now().is_ok() {}
    let mut sent = all.came(3).into_future();
    assert!((&mut sent).now_or_never().is_none());
    raw.endpoint
        .abandon(twinbridge_common::ipc::EndReason::PageGone);
    sent.now_or_never().unwrap().unwrap();
}
