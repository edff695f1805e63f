//! Where streams go: from page to backend, through a proxy, to callers without types, and with
//! blocking work inside.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    time::Duration,
};

use futures_util::{StreamExt as _, stream};
use twinbridge_common::{
    CallContext, CallError, FrontendIpc, IpcStream,
    ipc::{
        Answer, Declared, Invocation, IpcSocketBackend as _, Task, VersionPolicy,
        in_process::{self, Executor},
    },
    wire::{Codec, Ending, Frame, Limits, Payload, Reply},
};

use crate::{
    flow::{Bench, FlowClient, FlowError, FlowServer, Source, all, is_idle},
    support::{NOTHING, arguments, handler_fn, request, words},
};

/// The backend's client of what the page serves.
fn down(bench: &Bench) -> FlowClient {
    bench.pair.backend().client("main").unwrap()
}

#[test]
fn a_page_streams_to_the_backend_as_the_backend_to_a_page() {
    let bench = Bench::new();
    let source = Arc::new(Source::default());
    let _guard = bench.page.handle(FlowServer(Arc::clone(&source))).unwrap();
    let (items, error) = bench.pair.run(async {
        let stream = down(&bench).fail_at(20_000).await.unwrap();
        all(stream).await
    });
    assert_eq!(items, (0..20_000).collect::<Vec<_>>());
    assert!(matches!(
        error,
        Some(CallError::App(FlowError::Dry { count: 20_000 }))
    ));
    // Both directions under the same numbers.
    let mut up = bench.pair.run(bench.flow.forever()).unwrap();
    let mut from_page = bench.pair.run(down(&bench).forever()).unwrap();
    for number in 0..100 {
        assert_eq!(bench.pair.run(up.next()).unwrap().unwrap(), number);
        assert_eq!(bench.pair.run(from_page.next()).unwrap().unwrap(), number);
    }
    let load = bench.backend_load();
    assert_eq!((load.open_streams, load.consumed_streams), (1, 1));
    drop(from_page);
    bench.pair.settle();
    assert_eq!((source.open(), bench.source.open()), (0, 1));
    let mut from_page = bench.pair.run(down(&bench).forever()).unwrap();
    bench.page.shutdown();
    bench.pair.settle();
    assert_eq!((source.open(), bench.source.open()), (0, 0));
    drop(up);
    let (_, error) = bench.pair.run(async {
        let mut last = None;
        while let Some(item) = from_page.next().await {
            last = Some(item);
        }
        ((), last.unwrap().unwrap_err())
    });
    assert_eq!(
        error.to_string(),
        "the session ended: the peer said goodbye"
    );
}

#[test]
fn a_proxy_passes_a_stream_on_and_what_ends_it() {
    let bench = Bench::new();
    let source = Arc::new(Source::default());
    let _guard = bench.page.handle(FlowServer(Arc::clone(&source))).unwrap();
    let flow = Arc::new(Mutex::new(down(&bench)));
    let proxy = handler_fn("proxy", move |call: Invocation| -> Answer {
        let flow = flow.lock().unwrap().clone();
        Box::pin(async move {
            match call.method.as_str() {
                "forever" => call.streaming(flow.forever().await.unwrap()),
                "panic" => call.streaming(flow.panic().await.unwrap()),
                _ => call.streaming(flow.fail_at(3).await.unwrap()),
            }
        })
    });
    let _proxy = bench
        .pair
        .backend()
        .handle_dynamic(proxy, VersionPolicy::Exact)
        .unwrap();
    let end = bench.pair.connect("other");
    let other = bench
        .pair
        .run(FrontendIpc::startup(end, Declared::default()))
        .unwrap();
    let caller = other.caller().unwrap();
    let call = |method: &str| {
        let (channel, method) = ("proxy".parse().unwrap(), method.parse().unwrap());
        caller.call::<IpcStream<u32, FlowError>>(channel, method, &NOTHING)
    };
    let (items, error) = bench
        .pair
        .run(async { all(call("fail").await.unwrap()).await });
    assert_eq!(items, [0, 1, 2]);
    assert!(matches!(
        error,
        Some(CallError::App(FlowError::Dry { count: 3 }))
    ));
    let (items, error) = bench
        .pair
        .run(async { all(call("panic").await.unwrap()).await });
    assert_eq!(items, [0, 1, 2]);
    assert_eq!(
        error.unwrap().to_string(),
        "the handler of flow.panic panicked"
    );
    // Credit and the drop go through as well.
    let mut stream = bench.pair.run(call("forever")).unwrap();
    bench.pair.settle();
    let made = source.made();
    assert!(made <= 2 * 8192 + 1, "{made}");
    for number in 0..50_000 {
        assert_eq!(bench.pair.run(stream.next()).unwrap().unwrap(), number);
    }
    assert!(source.made() > made);
    drop(stream);
    bench.pair.settle();
    assert_eq!(source.open(), 0);
    assert!(is_idle(&bench.backend_load()));
    // The end of the page between them is told in words.
    let mut stream = bench.pair.run(call("forever")).unwrap();
    bench.page.shutdown();
    let error = bench.pair.run(async {
        loop {
            if let Err(error) = stream.next().await.unwrap() {
                break error;
            }
        }
    });
    assert_eq!(
        error.to_string(),
        "the session ended: the peer said goodbye"
    );
}

#[test]
fn a_caller_that_speaks_json_gets_its_items_in_json() {
    let bench = Bench::new();
    let raw = bench.raw(Limits::default());
    let mut call = request(1, "flow", "failAt", arguments(&NOTHING));
    let Frame::Request(asked) = &mut call else {
        unreachable!("it is a call");
    };
    asked.arguments = Payload::encode(Codec::Json, &(2,)).unwrap();
    raw.send(&call);
    let frames = raw.frames(&bench.pair);
    let json = |text: &'static str| Payload {
        codec: Codec::Json,
        bytes: text.as_bytes().into(),
        attachments: Vec::new(),
    };
    let item = |text| Frame::StreamItem {
        call: 1,
        item: json(text),
    };
    let streaming = Frame::Reply(Reply {
        call: 1,
        ending: Ending::Streaming,
    });
    assert_eq!(frames[..3], [streaming, item("0"), item("1")]);
    let [
        Frame::StreamEnd {
            failure:
                Some(Ending::Failed {
                    scope,
                    key,
                    payload,
                    ..
                }),
            ..
        },
    ] = &frames[3..]
    else {
        panic!("{frames:?}");
    };
    assert_eq!((&**scope, &**key), ("flow", "dry"));
    assert_eq!(*payload, Some(json(r#"{"Dry":{"count":2}}"#)));
    // A refusal half-way is in the same codec.
    let Frame::Request(asked) = &mut call else {
        unreachable!("it is a call");
    };
    (asked.call, asked.method) = (2, "panic".parse().unwrap());
    asked.arguments = Payload::encode(Codec::Json, &NOTHING).unwrap();
    raw.send(&call);
    match raw.frames(&bench.pair).last() {
        Some(Frame::StreamEnd {
            failure: Some(Ending::Refused { payload, .. }),
            ..
        }) => assert_eq!(
            *payload,
            json(r#"{"panicked":{"channel":"flow","method":"panic"}}"#)
        ),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_stream_runs_in_the_context_of_its_call_and_may_start_blocking_work_there() {
    let bench = Bench::new();
    let (contexts, _) = bench
        .pair
        .run(async { all(bench.flow.context().await.unwrap()).await });
    assert_eq!(contexts[0].0, "context");
    let (items, error) = bench
        .pair
        .run(async { all(bench.flow.work(100).await.unwrap()).await });
    assert_eq!(items, (0..100).collect::<Vec<_>>());
    assert!(error.is_none());
    assert!(CallContext::current().is_none());
    assert_eq!(bench.backend_load().counts.overruns, 0);
}

/// The executor of a pair, with threads for what blocks.
#[derive(Debug)]
struct WithThreads {
    world: Arc<dyn Executor>,
    threads: Arc<AtomicUsize>,
}

impl Executor for WithThreads {
    fn spawn(&self, task: Task) {
        self.world.spawn(task);
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) {
        let threads = Arc::clone(&self.threads);
        threads.fetch_add(1, Ordering::AcqRel);
        std::thread::spawn(move || {
            work();
            threads.fetch_sub(1, Ordering::AcqRel);
        });
    }

    fn now(&self) -> Duration {
        self.world.now()
    }

    fn sleep_until(&self, at: Duration) -> Task {
        self.world.sleep_until(at)
    }
}

#[test]
fn blocking_work_of_a_stream_that_was_dropped_counts_until_it_stops() {
    let mut limits = Limits::default();
    limits.max_running_calls = 2;
    let bench = Bench::with(limits);
    let (begun, begins) = mpsc::channel();
    let (go, gate) = mpsc::channel::<()>();
    let gate = Arc::new(Mutex::new(gate));
    let handler = handler_fn("slow", move |call: Invocation| -> Answer {
        let (begun, gate) = (begun.clone(), Arc::clone(&gate));
        let works = stream::repeat(()).then(move |()| {
            let (begun, gate) = (begun.clone(), Arc::clone(&gate));
            CallContext::current().unwrap().blocking(move || {
                begun.send(CallContext::current().unwrap()).unwrap();
                gate.lock().unwrap().recv().unwrap();
            })
        });
        let items = IpcStream::<(), FlowError>::of(works.map(|_| ()));
        Box::pin(std::future::ready(call.streaming(items)))
    });
    let backend = bench.pair.backend();
    let _guard = backend
        .handle_dynamic(handler, VersionPolicy::Exact)
        .unwrap();
    let threads = Arc::new(AtomicUsize::new(0));
    let executor: Arc<dyn Executor> = Arc::new(WithThreads {
        world: bench.pair.executor(),
        threads: Arc::clone(&threads),
    });
    let socket = backend.socket().unwrap();
    let page = in_process::connect(&socket, "threads", &executor, None);
    let page = bench
        .pair
        .run(FrontendIpc::startup(page, Declared::default()))
        .unwrap();
    let caller = page.caller().unwrap();
    let call = || {
        let (channel, method) = ("slow".parse().unwrap(), "f".parse().unwrap());
        caller.call::<IpcStream<()>>(channel, method, &NOTHING)
    };
    let back = socket.sessions()[1].clone();
    for running in 1..=2 {
        let stream = bench.pair.run(call()).unwrap();
        bench.pair.settle();
        let context = begins.recv().unwrap();
        assert!(!context.cancellation().is_cancelled());
        drop(stream);
        bench.pair.settle();
        assert!(context.cancellation().is_cancelled());
        assert_eq!(back.load().overrunning_calls, running);
    }
    assert_eq!(
        words(bench.pair.run(call())),
        "2 calls are running, the limit is 2"
    );
    for _ in 0..2 {
        go.send(()).unwrap();
    }
    while threads.load(Ordering::Acquire) > 0 {
        std::thread::yield_now();
    }
    let load = back.load();
    assert_eq!((load.overrunning_calls, load.counts.overruns), (0, 2));
}
