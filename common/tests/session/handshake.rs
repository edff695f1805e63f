//! How two halves find out whether they fit, and what goes on before and without that.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::FutureExt as _;
use twinbridge_common::{
    FrontendIpc, IpcInterface as _,
    ipc::{
        Answer, Declared, HandlerGuard, InterfaceInfo, Invocation, IpcHandler, StartupError,
        VersionPolicy,
    },
    wire::{
        Bye, ByeCode, ChannelName, ClientKind, DeclaredInterface, Ending, Frame, HelloBody,
        PROTOCOL, Reply, Welcome, WelcomeBody,
    },
};

use crate::support::{
    Bench, Link, NOTHING, Raw, WorkInterface, arguments, by_name, hello, request, words,
};

/// A handler that was built with this version, with or without a contract.
struct Built {
    channel: &'static str,
    version: &'static str,
    interface: Option<&'static InterfaceInfo>,
}

impl IpcHandler for Built {
    fn channel_name(&self) -> ChannelName {
        self.channel.parse().unwrap()
    }

    fn version(&self) -> &str {
        self.version
    }

    fn interface(&self) -> Option<&'static InterfaceInfo> {
        self.interface
    }

    fn call(self: Arc<Self>, call: Invocation) -> Answer {
        let outcome = call.done(&"ran");
        Box::pin(std::future::ready(outcome))
    }
}

fn serve(
    bench: &Bench,
    channel: &'static str,
    version: &'static str,
    policy: VersionPolicy,
) -> HandlerGuard {
    serve_built(
        bench,
        Built {
            channel,
            version,
            interface: None,
        },
        policy,
    )
}

fn serve_built(bench: &Bench, built: Built, policy: VersionPolicy) -> HandlerGuard {
    let backend = bench.pair.backend();
    backend.handle_dynamic(Arc::new(built), policy).unwrap()
}

fn declared(channel: &str, version: &str) -> DeclaredInterface {
    DeclaredInterface {
        channel: channel.parse().unwrap(),
        version: version.to_owned(),
        fingerprint: "000000000000000a".parse().unwrap(),
    }
}

fn start(bench: &Bench, declared: Declared) -> Result<FrontendIpc, StartupError> {
    let end = bench.pair.connect("main");
    bench.pair.run(FrontendIpc::startup(end, declared))
}

fn start_any(bench: &Bench, declared: Declared) -> FrontendIpc {
    let end = bench.pair.connect("main");
    bench
        .pair
        .run(FrontendIpc::startup_any(end, declared))
        .unwrap()
}

#[test]
fn the_backend_decides_per_interface_what_fits() {
    for (backend, frontend, exact, compatible) in [
        ("1.0.0", "1.0.0", true, true),
        ("1.0.1", "1.0.0", false, true),
        ("1.0.0", "1.0.1", false, true),
        ("1.1.0", "1.0.0", false, true),
        ("1.0.0", "1.1.0", false, false),
        ("2.0.0", "1.0.0", false, false),
        ("0.1.1", "0.1.0", false, true),
        ("0.1.0", "0.1.1", false, false),
        ("1.0.0-a", "1.0.0-a", true, true),
        ("1.0.0-b", "1.0.0-a", false, false),
    ] {
        for (policy, fits) in [
            (VersionPolicy::Exact, exact),
            (VersionPolicy::Compatible, compatible),
        ] {
            let bench = Bench::new();
            let _guard = serve(&bench, "versioned", backend, policy);
            let declared = Declared::default().raw(declared("versioned", frontend));
            let started = start(&bench, declared.clone());
            assert_eq!(started.is_ok(), fits, "{backend} {frontend} {policy:?}");
            let page = start_any(&bench, declared);
            assert_eq!(page.verdicts()[0].fits, fits);
            let call = by_name::<String>(&page, "versioned", "run", &NOTHING);
            let answer = bench.pair.run(call);
            if fits {
                assert_eq!(answer.unwrap(), "ran");
            } else {
                assert_eq!(
                    words(answer),
                    format!("versioned version wrong: backend({backend}) vs. frontend({frontend})")
                );
            }
            // Asked for its version, an interface answers whatever was found.
            let version = by_name::<String>(&page, "versioned", "getVersion", &NOTHING);
            assert_eq!(bench.pair.run(version).unwrap(), backend);
        }
    }
}

#[test]
fn all_mismatches_are_shown_at_once() {
    let bench = Bench::new();
    let _older = serve(&bench, "older", "1.0.0", VersionPolicy::Exact);
    let _newer = serve(&bench, "newer", "2.0.0", VersionPolicy::Exact);
    let own = WorkInterface::info().fingerprint;
    let declared = Declared::default()
        .interface::<WorkInterface>()
        .raw(declared("older", "1.1.0"))
        .raw(declared("newer", "1.1.0"))
        .raw(declared("nobody", "3.0.0"))
        .raw(declared("work", "1.0.0"));
    let error = start(&bench, declared).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the frontend does not fit the backend:\n  \
             `older`: backend(1.0.0) vs. frontend(1.1.0); the backend is the older half: rebuild the backend\n  \
             `newer`: backend(2.0.0) vs. frontend(1.1.0); the frontend is the older half: rebuild the page\n  \
             `nobody`: the backend has no handler for it, the frontend was built with version 3.0.0; register its handler in the backend, or rebuild the backend\n  \
             `work`: backend(1.0.0#{own}) vs. frontend(1.0.0#000000000000000a); the signatures differ under one version: rebuild both halves, and raise the version"
        )
    );
    let StartupError::Mismatch { verdicts } = error else {
        panic!("it is a mismatch");
    };
    let fits: Vec<_> = verdicts.iter().map(|verdict| verdict.fits).collect();
    assert_eq!(fits, [true, false, false, false, false]);
    assert_eq!(bench.log.problems().len(), 4);
    bench.others_are_undisturbed();
}

#[test]
fn another_fingerprint_under_the_same_version_is_a_mismatch_only_where_versions_must_be_equal() {
    for (policy, fits) in [
        (VersionPolicy::Exact, false),
        (VersionPolicy::Compatible, true),
    ] {
        let bench = Bench::new();
        let built = Built {
            channel: "contract",
            version: "1.0.0",
            interface: Some(WorkInterface::info()),
        };
        let _guard = serve_built(&bench, built, policy);
        let page = start_any(
            &bench,
            Declared::default().raw(declared("contract", "1.0.0")),
        );
        assert_eq!(page.verdicts()[0].fits, fits);
    }
}

#[test]
fn an_interface_that_the_page_does_not_declare_is_no_mismatch() {
    let bench = Bench::new();
    let page = start(&bench, Declared::default()).unwrap();
    assert!(page.verdicts().is_empty());
    let call = by_name::<u32>(&page, "work", "add", &(1, 2));
    assert_eq!(bench.pair.run(call).unwrap(), 3);
}

#[test]
fn a_page_says_whether_it_was_compiled_against_the_contract() {
    for (declares, client) in [
        (Declared::default(), ClientKind::Rust),
        (Declared::dynamic(), ClientKind::Dynamic),
    ] {
        let bench = Bench::new();
        let link = Link::new(&bench.pair);
        let declares = declares.raw(declared("notes", "1.0.0"));
        let mut startup = Box::pin(FrontendIpc::startup_any(link.page.clone(), declares));
        assert!((&mut startup).now_or_never().is_none());
        let frames = link.up(usize::MAX);
        let [Frame::Hello(hello)] = &frames[..] else {
            panic!("{frames:?}");
        };
        assert_eq!(hello.body.client, client);
        assert_eq!(hello.body.interfaces, [declared("notes", "1.0.0")]);
    }
}

#[test]
fn a_page_that_does_not_fit_is_seen_off_by_startup() {
    let bench = Bench::new();
    let error = start(&bench, Declared::default().raw(declared("nobody", "1.0.0")));
    assert!(matches!(error, Err(StartupError::Mismatch { .. })));
    bench.pair.settle();
    let socket = bench.pair.backend().socket().unwrap();
    assert!(format!("{socket:?}").contains("sessions: 1"), "{socket:?}");
}

#[test]
fn the_host_answers_before_the_welcome_and_on_a_mismatch() {
    let bench = Bench::new();
    let _guard = serve(&bench, "host", "2.0.0", VersionPolicy::Exact);
    let raw = Raw::connect(&bench.pair);
    for (call, channel, method) in [(1, "host", "appInfo"), (2, "work", "getVersion")] {
        raw.send(&request(call, channel, method, arguments(&NOTHING)));
        match &raw.frames(&bench.pair)[..] {
            [
                Frame::Reply(Reply {
                    call: answered,
                    ending: Ending::Done(_),
                }),
            ] => assert_eq!(*answered, call),
            other => panic!("{other:?}"),
        }
    }
    let page = start_any(
        &bench,
        Declared::default()
            .raw(declared("host", "1.0.0"))
            .raw(declared("work", "9.0.0")),
    );
    let asked = by_name::<String>(&page, "work", "add", &(1, 2));
    assert_eq!(
        words(bench.pair.run(asked)),
        "work version wrong: backend(1.0.0) vs. frontend(9.0.0)"
    );
    raw.send(&Frame::Hello(twinbridge_common::wire::Hello {
        protocol: PROTOCOL,
        body: HelloBody {
            interfaces: vec![declared("host", "1.0.0")],
            ..HelloBody::default()
        },
    }));
    raw.frames(&bench.pair);
    raw.send(&request(3, "host", "appInfo", arguments(&NOTHING)));
    let frames = raw.frames(&bench.pair);
    assert!(
        matches!(
            &frames[..],
            [Frame::Reply(Reply {
                ending: Ending::Done(_),
                ..
            })]
        ),
        "{frames:?}"
    );
}

#[test]
fn a_page_may_ask_the_host_and_for_versions_before_it_greets() {
    let bench = Bench::new();
    let (link, text) = (
        Link::new(&bench.pair),
        "channel `work` was called before the handshake ended",
    );
    let caller = twinbridge_common::ipc::Caller::new(Arc::new(link.page.clone()));
    let call = |method: &str| {
        caller.call::<String>("work".parse().unwrap(), method.parse().unwrap(), &NOTHING)
    };
    assert_eq!(words(bench.pair.run(call("add"))), text);
    let mut version = call("getVersion");
    crate::support::send(&mut version);
    link.up(usize::MAX);
    link.down(usize::MAX);
    assert_eq!(bench.pair.run(version).unwrap(), "1.0.0");
}

#[test]
fn another_protocol_ends_the_session_with_both_numbers() {
    let bench = Bench::new();
    let raw = Raw::connect(&bench.pair);
    raw.send(&hello(PROTOCOL + 1));
    let what = format!(
        "the frontend speaks protocol {}, the backend protocol {PROTOCOL}; rebuild the older half",
        PROTOCOL + 1
    );
    raw.was_ended(&bench.pair, &what);
    bench.is_logged_once(&format!(
        "the session ended, window: \"raw\", reason: the peer broke the protocol: {what}"
    ));
}

/// What a page is told that greets over a pipe on which these frames come back.
fn startup_error(bench: &Bench, frames: &[Frame]) -> String {
    use futures_util::FutureExt as _;
    let link = Link::new(&bench.pair);
    let mut startup = Box::pin(FrontendIpc::startup(link.page.clone(), Declared::default()));
    assert!((&mut startup).now_or_never().is_none());
    for frame in frames {
        link.page.receive(&frame.to_bytes().into());
    }
    let error = startup.now_or_never().unwrap().unwrap_err();
    let source = std::error::Error::source(&error).unwrap();
    format!("{error}: {source}")
}

#[test]
fn a_page_is_told_why_its_handshake_failed() {
    let bench = Bench::new();
    let goodbye = Frame::Bye(Bye {
        code: ByeCode::Pipe,
        text: "the wire is cut".into(),
    });
    assert_eq!(
        startup_error(&bench, &[goodbye]),
        "the handshake failed: the session ended: the pipe failed: the wire is cut"
    );
    let welcome = Frame::Welcome(Welcome {
        protocol: PROTOCOL + 1,
        body: WelcomeBody::default(),
    });
    assert_eq!(
        startup_error(&bench, &[welcome]),
        "the handshake failed: the session ended: the peer broke the protocol: the backend speaks protocol 2, the frontend protocol 1; rebuild the older half"
    );
    assert_eq!(
        startup_error(&bench, &[hello(PROTOCOL)]),
        "the handshake failed: the session ended: the peer broke the protocol: a greeting came where none belongs"
    );
}

#[test]
fn a_second_greeting_ends_the_session() {
    let bench = Bench::new();
    let raw = Raw::greeted(&bench.pair);
    raw.send(&hello(PROTOCOL));
    raw.was_ended(&bench.pair, "a greeting came where none belongs");
    bench.is_logged_once(
        "the session ended, window: \"raw\", reason: the peer broke the protocol: a greeting came where none belongs",
    );
}

#[test]
fn a_welcome_that_nobody_asked_for_ends_the_session() {
    let bench = Bench::new();
    let welcome = Frame::Welcome(Welcome {
        protocol: PROTOCOL,
        body: WelcomeBody::default(),
    });
    let raw = Raw::greeted(&bench.pair);
    raw.send(&welcome);
    raw.was_ended(&bench.pair, "a welcome came where none belongs");
    let (link, page) = Link::started(&bench.pair);
    link.page.receive(&welcome.to_bytes().into());
    assert!(!page.is_valid());
    bench.others_are_undisturbed();
}

#[test]
fn a_page_that_does_not_greet_in_time_is_seen_off_and_told() {
    let bench = Bench::new();
    let raw = Raw::connect(&bench.pair);
    assert_eq!(
        raw.endpoint.poll(None).next_wakeup,
        Some(Duration::from_secs(10))
    );
    raw.wait(&bench.pair, Duration::from_secs(9));
    assert_eq!(raw.frames(&bench.pair), []);
    assert_eq!(raw.endpoint.ended(), None);
    raw.wait(&bench.pair, Duration::from_secs(1));
    let text = "the handshake was not finished within 10s";
    let goodbye = Frame::Bye(Bye {
        code: ByeCode::Pipe,
        text: text.into(),
    });
    assert_eq!(raw.frames(&bench.pair), [goodbye]);
    assert_eq!(raw.endpoint.ended().unwrap().to_string(), text);
    bench.is_logged_once(&format!(
        "the session ended, window: \"raw\", reason: {text}"
    ));
}

#[test]
fn a_page_that_greets_in_time_has_all_the_time_it_wants() {
    let bench = Bench::new();
    let raw = Raw::greeted(&bench.pair);
    raw.wait(&bench.pair, Duration::from_secs(3600));
    assert_eq!(raw.frames(&bench.pair), []);
    assert_eq!(raw.endpoint.ended(), None);
}

#[test]
fn a_startup_over_a_session_that_is_over_fails_at_once() {
    let bench = Bench::new();
    let page = start(&bench, Declared::default()).unwrap();
    let end = page.socket().unwrap();
    page.shutdown();
    let error = bench
        .pair
        .run(FrontendIpc::startup(end, Declared::default()))
        .unwrap_err();
    assert!(matches!(error, StartupError::Pipe(_)), "{error}");
}

#[test]
fn an_observer_hears_of_every_handshake_after_it_was_set() {
    let bench = Bench::new();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&heard);
    let socket = bench.pair.backend().socket().unwrap();
    socket.observe_handshakes(move |origin, verdicts| {
        let fits = verdicts.iter().filter(|verdict| verdict.fits).count();
        let window = origin.window.to_string();
        log.lock().unwrap().push((window, fits, verdicts.len()));
    });
    let declared = Declared::default()
        .interface::<WorkInterface>()
        .raw(declared("nobody", "1.0.0"));
    start_any(&bench, declared);
    assert_eq!(*heard.lock().unwrap(), [("main".to_owned(), 1, 2)]);
}
