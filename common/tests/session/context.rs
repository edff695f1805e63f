//! What a handler knows of its call, and what it may hang on the call's session.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use twinbridge_common::{
    CallContext, CallError, FrontendIpc,
    ipc::{
        Answer, Declared, Delivery, HandlerGuard, Invocation, IpcSocket as _, Message, Outcome,
        Refusal, VersionPolicy, listen_fn,
    },
};

use crate::support::{Bench, NOTHING, arguments, by_name, handler_fn, method, send, words};

/// Serves `probe.run` with a function of its context.
fn probe<T, F>(
    bench: &Bench,
    answer: impl Fn(CallContext) -> F + Send + Sync + 'static,
) -> HandlerGuard
where
    T: serde::Serialize,
    F: Future<Output = T> + Send + 'static,
{
    let handler = handler_fn("probe", move |call: Invocation| -> Answer {
        let answer = answer(CallContext::current().unwrap());
        Box::pin(async move { call.done(&answer.await) })
    });
    bench
        .pair
        .backend()
        .handle_dynamic(handler, VersionPolicy::Exact)
        .unwrap()
}

#[test]
fn a_handler_knows_who_asked_and_until_when() {
    let bench = Bench::new();
    let _guard = probe(&bench, async |context: CallContext| {
        let origin = context.origin();
        (
            origin.session,
            origin.window.to_string(),
            context.channel().to_owned(),
            context.method().to_owned(),
            context.time_left().map(|left| left.as_millis() as u64),
            context.metadata().get("activity").map(str::to_owned),
        )
    });
    type Seen = (u64, String, String, String, Option<u64>, Option<String>);
    let page = bench.page();
    let caller = page
        .caller()
        .unwrap()
        .with_metadata("activity", "open")
        .with_metadata("activity", "read")
        .with_deadline(Duration::from_millis(700));
    let (channel, run) = ("probe".parse().unwrap(), "run".parse().unwrap());
    let seen: Seen = bench.pair.run(caller.call(channel, run, &NOTHING)).unwrap();
    assert_eq!(
        seen,
        (
            2,
            "main".to_owned(),
            "probe".to_owned(),
            "run".to_owned(),
            Some(700),
            Some("read".to_owned())
        )
    );
    let seen: Seen = bench
        .pair
        .run(by_name(&bench.other, "probe", "run", &NOTHING))
        .unwrap();
    assert_eq!(
        (seen.0, seen.1.as_str(), seen.4, seen.5),
        (1, "other", None, None)
    );
}

#[test]
fn the_current_context_is_that_of_the_innermost_call_and_is_put_back() {
    assert!(CallContext::current().is_none());
    let bench = Bench::new();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&seen);
    let _guard = probe(&bench, move |context: CallContext| {
        kept.lock().unwrap().push(context);
        std::future::ready(())
    });
    for method in ["outer", "inner"] {
        bench
            .pair
            .run(by_name::<()>(&bench.other, "probe", method, &NOTHING))
            .unwrap();
    }
    let contexts = std::mem::take(&mut *seen.lock().unwrap());
    let [outer, inner] = &contexts[..] else {
        panic!("two calls were made");
    };
    let current = || CallContext::current().map(|context| context.method().to_owned());
    outer.enter(|| {
        assert_eq!(current().unwrap(), "outer");
        inner.enter(|| assert_eq!(current().unwrap(), "inner"));
        assert_eq!(current().unwrap(), "outer");
        let panics = std::panic::AssertUnwindSafe(|| inner.enter(|| panic!("inside")));
        assert!(std::panic::catch_unwind(panics).is_err());
        assert_eq!(current().unwrap(), "outer");
        // A future keeps its own, wherever it is polled.
        let wrapped = inner.around(Box::pin(async { current() }));
        let polled = futures_util::FutureExt::now_or_never(wrapped).unwrap();
        assert_eq!(polled.unwrap(), "inner");
    });
    assert!(CallContext::current().is_none());
}

#[test]
fn blocking_work_runs_in_the_context_of_its_call() {
    let bench = Bench::new();
    let _guard = probe(&bench, |context: CallContext| {
        let work = context.blocking(|| CallContext::current().unwrap().method().to_owned());
        async { work.await.unwrap() }
    });
    let call = by_name::<String>(&bench.other, "probe", "deep", &NOTHING);
    assert_eq!(bench.pair.run(call).unwrap(), "deep");
}

#[test]
fn blocking_work_sees_that_its_call_was_cancelled() {
    let bench = Bench::new();
    let tokens = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&tokens);
    let _guard = probe(&bench, move |context: CallContext| {
        let kept = Arc::clone(&kept);
        let work = context.blocking(move || {
            let token = CallContext::current().unwrap().cancellation().clone();
            assert!(!token.is_cancelled());
            kept.lock().unwrap().push(token);
        });
        async {
            work.await.unwrap();
            std::future::pending::<()>().await;
        }
    });
    let page = bench.page();
    let mut dropped = by_name::<()>(&page, "probe", "run", &NOTHING);
    let mut overdue =
        by_name::<()>(&page, "probe", "run", &NOTHING).deadline(Duration::from_millis(5));
    let mut left = by_name::<()>(&page, "probe", "run", &NOTHING);
    for call in [&mut dropped, &mut overdue, &mut left] {
        send(call);
        bench.pair.settle();
    }
    let seen = || {
        let tokens = tokens.lock().unwrap();
        tokens
            .iter()
            .map(twinbridge_common::ipc::Cancellation::is_cancelled)
            .collect::<Vec<_>>()
    };
    assert_eq!(seen(), [false, false, false]);
    drop(dropped);
    bench.pair.settle();
    assert_eq!(seen(), [true, false, false]);
    assert_eq!(
        words(bench.pair.run(overdue)),
        "the deadline of 5 ms passed"
    );
    bench.pair.settle();
    assert_eq!(seen(), [true, true, false]);
    drop(page);
    drop(left);
    bench.pair.settle();
    assert_eq!(seen(), [true, true, true]);
}

#[test]
fn a_panic_in_blocking_work_is_a_refusal_that_the_handler_may_handle() {
    let bench = Bench::new();
    let _guard = probe(&bench, |context: CallContext| {
        let work = context.blocking::<(), _>(|| panic!("{} is too much", 7));
        async { work.await.unwrap_err().to_string() }
    });
    let call = by_name::<String>(&bench.other, "probe", "run", &NOTHING);
    assert_eq!(
        bench.pair.run(call).unwrap(),
        "the handler of probe.run panicked"
    );
    bench.is_logged_once(
        "a handler panicked, channel: \"probe\", method: \"run\", text: \"7 is too much\"",
    );
}

#[test]
fn what_belongs_to_a_page_is_told_when_its_session_ends_and_at_once_if_it_has() {
    let bench = Bench::new();
    let ends = Arc::new(Mutex::new(Vec::new()));
    let contexts = Arc::new(Mutex::new(Vec::new()));
    let (told, kept) = (Arc::clone(&ends), Arc::clone(&contexts));
    let _guard = probe(&bench, move |context: CallContext| {
        let told = Arc::clone(&told);
        let inner = context.clone();
        kept.lock().unwrap().push(context.clone());
        context.on_session_end(move || {
            told.lock().unwrap().push("first");
            // Asked for while the session is ending: told at once.
            let told = Arc::clone(&told);
            inner.on_session_end(move || told.lock().unwrap().push("second"));
        });
        std::future::ready(())
    });
    let page = bench.page();
    bench
        .pair
        .run(by_name::<()>(&page, "probe", "run", &NOTHING))
        .unwrap();
    assert_eq!(*ends.lock().unwrap(), [""; 0]);
    page.shutdown();
    bench.pair.settle();
    assert_eq!(*ends.lock().unwrap(), ["first", "second"]);
    let context = contexts.lock().unwrap().pop().unwrap();
    let told = Arc::clone(&ends);
    context.on_session_end(move || told.lock().unwrap().push("late"));
    assert_eq!(ends.lock().unwrap().last(), Some(&"late"));
    bench.others_are_undisturbed();
}

/// Says that it is gone, and may panic over it.
struct Kept(Arc<Mutex<Vec<&'static str>>>, bool);

impl Drop for Kept {
    fn drop(&mut self) {
        self.0.lock().unwrap().push("kept");
        assert!(!self.1, "while it was dropped");
    }
}

#[test]
fn what_is_kept_for_a_session_is_dropped_with_it_and_a_panic_there_harms_nobody() {
    for panics in [false, true] {
        let bench = Bench::new();
        let ends = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&ends);
        let _guard = probe(&bench, move |context: CallContext| {
            let session = context.session().unwrap();
            let extensions = session.extensions();
            let calls = extensions.get_or_insert_with(|| Mutex::new(0));
            extensions.get_or_insert_with(|| Kept(Arc::clone(&told), panics));
            // What is the call's own is not the session's.
            assert!(context.extensions().get::<Kept>().is_none());
            let told = Arc::clone(&told);
            context.on_session_end(move || told.lock().unwrap().push("told"));
            let mut calls = calls.lock().unwrap();
            *calls += 1;
            std::future::ready(*calls)
        });
        let page = bench.page();
        for expected in 1..=3 {
            let call = by_name::<u32>(&page, "probe", "run", &NOTHING);
            assert_eq!(bench.pair.run(call).unwrap(), expected);
        }
        page.shutdown();
        bench.pair.settle();
        assert_eq!(*ends.lock().unwrap(), ["kept", "told", "told", "told"]);
        let sessions = twinbridge_common::ipc::IpcSocketBackend::sessions(
            &bench.pair.backend().socket().unwrap(),
        );
        assert_eq!(
            sessions.len(),
            1,
            "the session is not the backend's any more"
        );
        bench.others_are_undisturbed();
    }
}

#[test]
fn a_window_calls_what_it_is_listed_with_and_host() {
    let bench = Bench::new();
    let host = handler_fn("host", |call: Invocation| -> Answer {
        let outcome = call.done(&"the host");
        Box::pin(std::future::ready(outcome))
    });
    let _host = bench
        .pair
        .backend()
        .handle_dynamic(host, VersionPolicy::Exact)
        .unwrap();
    let _probe = probe(&bench, |_| std::future::ready("probed"));
    let allowed = HashSet::from(["probe".parse().unwrap()]);
    let end = bench.pair.connect_allowed("side", allowed);
    let side = bench
        .pair
        .run(FrontendIpc::startup(end, Declared::default()))
        .unwrap();
    let call = |channel, method| by_name::<String>(&side, channel, method, &NOTHING);
    assert_eq!(bench.pair.run(call("probe", "run")).unwrap(), "probed");
    assert_eq!(bench.pair.run(call("host", "appInfo")).unwrap(), "the host");
    let text =
        "window `side` may not call `work`; list it with `Host::builder().window(\"side\", […])`";
    for method in ["add", "getVersion"] {
        assert_eq!(words(bench.pair.run(call("work", method))), text);
    }
    let line = format!("a call was refused, window: \"side\", refusal: {text}");
    assert_eq!(bench.log.problems(), [line.clone(), line]);
    bench.others_are_undisturbed();
}

#[test]
fn a_window_neither_sends_nor_hears_messages_it_is_not_listed_with() {
    let bench = Bench::new();
    let allowed = HashSet::from(["probe".parse().unwrap()]);
    let end = bench.pair.connect_allowed("side", allowed);
    let side = bench
        .pair
        .run(FrontendIpc::startup(end, Declared::default()))
        .unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let listen = |place: &'static str, channel: &str| {
        let heard = Arc::clone(&heard);
        listen_fn(channel.parse().unwrap(), move |message: &Message| {
            let channel = message.channel.to_string();
            heard.lock().unwrap().push((place, channel));
        })
    };
    let socket = bench.pair.backend().socket().unwrap();
    let page = side.socket().unwrap();
    let _listeners = ["probe", "work"].map(|channel| {
        (
            socket.listen(listen("backend", channel)),
            page.listen(listen("page", channel)),
        )
    });
    for channel in ["probe", "work"] {
        let channel = channel.parse().unwrap();
        let nothing = arguments(&[0_u8; 0]);
        page.send(
            &channel,
            &method("say"),
            nothing.clone(),
            Delivery::Reliable,
        )
        .unwrap();
        socket
            .send(&channel, &method("say"), nothing, Delivery::Reliable)
            .unwrap();
        bench.pair.settle();
    }
    let probe = "probe".to_owned();
    assert_eq!(
        *heard.lock().unwrap(),
        [("backend", probe.clone()), ("page", probe)]
    );
    bench.others_are_undisturbed();
}

#[test]
fn a_refusal_of_the_handlers_own_arrives_as_it_is() {
    let bench = Bench::new();
    let handler = handler_fn("moody", |_| {
        Box::pin(std::future::ready(Outcome::Refused(Refusal::Cancelled)))
    });
    let _guard = bench
        .pair
        .backend()
        .handle_dynamic(handler, VersionPolicy::Exact)
        .unwrap();
    let call = by_name::<()>(&bench.other, "moody", "run", &NOTHING);
    assert!(matches!(
        bench.pair.run(call),
        Err(CallError::Refused(Refusal::Cancelled))
    ));
}
