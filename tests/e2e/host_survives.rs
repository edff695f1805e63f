//! The host lives on, whatever the script of a page does.
//!
//! Each test looks at the id of the host's process before and after. What the policy of the
//! default app forbids is tried again in a host without one.

use std::collections::HashMap;

use serde_json::json;
use tempfile::TempDir;
use twinbridge::common::wire::{
    ChannelName, Codec, Frame, Hello, HelloBody, Metadata, MethodName, PROTOCOL, Payload, Request,
};
use twinbridge_window_driver::{Start, eventually, eventually_within};

use crate::explorer::{Explorer, twinbridge, unguarded_host};

const ATTACKS: &str = include_str!("attacks.js");

/// What a page of ours can reach: Tauri's schemes, ours, and its own origin by a relative address.
const ADDRESSES: [&str; 5] = [
    "ipc://localhost/x",
    "twinbridge://localhost/",
    "tauri://localhost/x",
    "/x",
    "asset://localhost/x",
];

/// Roads from each of four realms, with each of three bodies, to each address.
const REQUESTS: usize = 4 * 4 * 3 * ADDRESSES.len();

/// Posts bodies of every kind on every road; gives what came of each.
fn attack(start: Start, with_workers: bool) -> HashMap<String, String> {
    let explorer = Explorer::start(start);
    let host = explorer.window.process().unwrap();
    let outcomes = explorer
        .window
        .script_async(ATTACKS, &json!([ADDRESSES, with_workers]));
    explorer.assert_connected();
    assert_eq!(explorer.session(), 1);
    assert_eq!(explorer.window.process(), Some(host));
    let outcomes: HashMap<String, String> = outcomes
        .as_array()
        .unwrap()
        .iter()
        .map(|it| serde_json::from_value(it.clone()).unwrap())
        .collect();
    assert!(outcomes.len() > REQUESTS, "{outcomes:#?}");
    outcomes
}

#[test]
fn bodies_that_crash_the_engine_do_not_reach_it() {
    let outcomes = attack(unguarded_host(), true);
    // They did reach the host, and were answered as requests without a body.
    for place in ["top", "new frame", "about:blank", "srcdoc"] {
        for kind in ["blob", "file", "form"] {
            for (address, status) in [
                ("ipc://localhost/x", "500"),
                ("twinbridge://localhost/", "400"),
                ("tauri://localhost/x", "200"),
            ] {
                // A frame's origin is its page's.
                let what = format!("{place} {address} {kind} fetch");
                assert_eq!(outcomes[&what], status, "{what}");
                let what = format!("{place} {address} {kind} xhr");
                assert_eq!(outcomes[&what], status, "{what}");
            }
        }
    }
    assert_eq!(outcomes["top /x form request"], "200");
    assert_eq!(outcomes["worker ipc://localhost/x blob fetch"], "500");
    assert_eq!(outcomes["worker tauri://localhost/x blob fetch"], "200");
    assert_eq!(outcomes["form tauri://localhost/x"], "answered");
}

#[test]
fn nor_do_they_under_the_default_policy() {
    let outcomes = attack(twinbridge(), false);
    for (what, outcome) in [
        // The policy alone would leave these open.
        ("top tauri://localhost/x blob fetch", "200"),
        ("top /x form xhr", "200"),
        ("top twinbridge://localhost/ file fetch", "400"),
        ("top ipc://localhost/x blob fetch", "TypeError"),
        ("form tauri://localhost/x", "silence"),
    ] {
        assert_eq!(outcomes[what], outcome, "{what}");
    }
}

/// Gives the bridge what is no bytes, through the object that every script of the page has.
const MISUSE: &str = "
    const tries = [
        new Blob(['x']), new File(['x'], 'x'), new FormData(), 'text', null, {},
        new Proxy(new Uint8Array(60), {}), new ReadableStream(), new ArrayBuffer(60),
        Object.create(Uint8Array.prototype), new Uint8Array(64 * 1024 * 1024 + 1),
        new Uint8Array(60).fill(7),
    ];
    const outcomes = [];
    for (const body of tries) {
        try { await __TWINBRIDGE__.exchange(body); outcomes.push('taken') }
        catch (error) { outcomes.push(error.name) }
    }
    return outcomes;";

#[test]
fn the_bridge_takes_bytes_of_its_own_page_and_nothing_else() {
    let explorer = Explorer::start(unguarded_host());
    let host = explorer.window.process();
    let outcomes = explorer.window.script_async(MISUSE, &json!([]));
    let outcomes = outcomes.as_array().unwrap();
    assert_eq!(outcomes.len(), 12);
    let (mistakes, refused) = outcomes.split_at(10);
    assert!(mistakes.iter().all(|it| it == "TypeError"), "{outcomes:?}");
    // Too large, and of another page's session.
    assert!(refused.iter().all(|it| it == "Error"), "{outcomes:?}");
    explorer.assert_connected();
    assert_eq!(explorer.session(), 1);
    assert_eq!(explorer.window.process(), host);
}

/// Spies on what the init script touches while the bridge posts, and on what the engine reports.
const SPY: &str = r#"
    const kept = { then: Promise.prototype.then, species: Object.getOwnPropertyDescriptor(Promise, Symbol.species),
                   constructor: Object.getOwnPropertyDescriptor(Promise.prototype, 'constructor') };
    const seen = [];
    const note = value => {
        for (const look of [() => value.url, () => value.message, () => value.stack, () => value.blockedURI,
                            () => value.name, () => String(value)])
            try { const text = look(); if (/twinbridge:..localhost.[0-9a-f]/.test(text)) seen.push(text) } catch {}
    };
    for (const name of ['arrayBuffer', 'text', 'ok', 'status', 'clone', 'blob']) {
        const own = Object.getOwnPropertyDescriptor(Response.prototype, name);
        const spied = own.value
            ? { value(...given) { note(this); return Reflect.apply(own.value, this, given) } }
            : { get() { note(this); return Reflect.apply(own.get, this, []) } };
        Object.defineProperty(Response.prototype, name, { configurable: true, ...spied });
    }
    const promises = [];
    Object.defineProperty(Promise.prototype, 'constructor',
        { configurable: true, get() { promises.push(this); return Promise } });
    Promise.prototype.then = function (...given) { promises.push(this); return Reflect.apply(kept.then, this, given) };
    const [prepare] = arguments;
    if (prepare === 'document.open()') { document.open(); document.close() }
    if (prepare === 'forged events') {
        window.dispatchEvent(new Event('securitypolicyviolation'));
        window.dispatchEvent(new SecurityPolicyViolationEvent('securitypolicyviolation',
            { documentURI: 'x', violatedDirective: 'x', effectiveDirective: 'x', originalPolicy: 'x', statusCode: 0 }));
    }
    for (const target of [window, document]) target.addEventListener('securitypolicyviolation', note, true);
    if (globalThis.ReportingObserver)
        new ReportingObserver(reports => reports.forEach(it => note(it.body)), { buffered: true }).observe();
    new PerformanceObserver(list => list.getEntries().forEach(note)).observe({ type: 'resource', buffered: true });
    const { exchange } = __TWINBRIDGE__;
    note(Function.prototype.toString.call(exchange));
    const post = () => new Promise(resolve => {
        try {
            Reflect.apply(kept.then, exchange(new Uint8Array(4)),
                [() => resolve('taken'), error => { note(error); resolve(error.message) }]);
        } catch (error) { note(error); resolve(error.message) }
    });
    const answers = [await post()];
    // From now on the page's own policy blocks the bridge.
    const policy = document.createElement('meta');
    policy.httpEquiv = 'Content-Security-Policy';
    policy.content = "connect-src 'none'";
    (document.head ?? document.appendChild(document.createElement('html'))).append(policy);
    answers.push(await post());
    for (const promise of promises.slice()) Reflect.apply(kept.then, promise, [note, note]);
    await new Promise(resolve => setTimeout(resolve, 100));
    performance.getEntries().forEach(note);
    Promise.prototype.then = kept.then;
    Object.defineProperty(Promise.prototype, 'constructor', kept.constructor);
    return { seen, answers };"#;

#[test]
fn no_script_of_the_page_learns_where_the_bridge_posts_to() {
    const WRITTEN_OVER: &str = "the page was written over";
    const TOO_SHORT: &str = "400 not a batch: too short";
    const BLOCKED: &str = "the host gave no answer";
    for (prepare, answers) in [
        ("nothing", [TOO_SHORT, BLOCKED]),
        ("forged events", [TOO_SHORT, BLOCKED]),
        // It takes the guard's listener away, so the bridge posts no more.
        ("document.open()", [WRITTEN_OVER, WRITTEN_OVER]),
    ] {
        let explorer = Explorer::start_bare(unguarded_host().arg("--page").arg("bare.html"));
        let got = explorer.window.script_async(SPY, &json!([prepare]));
        let wanted = json!({ "seen": [], "answers": answers });
        assert_eq!(got, wanted, "{prepare}");
    }
}

#[test]
fn a_second_client_in_a_page_is_refused_and_the_first_stays() {
    let explorer = Explorer::start(unguarded_host().env("RUST_LOG", "twinbridge=debug"));
    // Another address is another copy of the client, with a memory of its own.
    let script = "
        const before = window.__TWINBRIDGE__;
        const client = await import('/twinbridge_explorer.js?again');
        await client.default('/twinbridge_explorer_bg.wasm');
        return before === window.__TWINBRIDGE__";
    let is_same = explorer.window.script_async(script, &json!([]));
    assert_eq!(is_same, json!(true));
    // It draws itself over the first one, and says what came of it.
    eventually("the refusal of the second client", || {
        let status = explorer.window.text("#status");
        let is_refused = status.contains("this page has a session already");
        is_refused.then_some(())
    });
    assert_eq!(explorer.log().matches("a page opens a session").count(), 1);
    assert!(!explorer.log().contains("the session ended"));
    explorer.reload();
    explorer.assert_connected();
    assert_eq!(explorer.session(), 2);
}

#[test]
fn a_page_that_stops_its_own_loading_keeps_its_session() {
    let explorer = Explorer::start(unguarded_host());
    for _ in 0..3 {
        // Every open post fails with it, the one that waits for the next reply among them.
        explorer
            .window
            .script("window.stop(); return null", &json!([]));
        explorer.assert_connected();
    }
    assert_eq!(explorer.session(), 1);
}

/// Bytes of memory that a process has had at most.
fn peak(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kibibytes = line.unwrap().split_whitespace().nth(1).unwrap();
    kibibytes.parse::<u64>().unwrap() * 1024
}

#[test]
fn a_flood_of_posts_in_one_turn_is_refused_at_the_pages_end() {
    let explorer = Explorer::start(unguarded_host());
    let host = explorer.window.process().unwrap();
    let before = peak(host);
    let script = "
        const outcomes = {};
        const count = outcome => { outcomes[outcome] = (outcomes[outcome] ?? 0) + 1 };
        const posts = [];
        for (let number = 0; number < 100_000; number++) {
            try { posts.push(__TWINBRIDGE__.exchange(new Uint8Array(40)).catch(error => count(error.message))) }
            catch (error) { count(error.message) }
        }
        await Promise.all(posts);
        return outcomes;";
    let outcomes = explorer.window.script_async(script, &json!([]));
    let count = |outcome: &str| outcomes[outcome].as_u64().unwrap();
    let (taken, refused) = (
        count("400 not a batch: too short"),
        count("too many posts are open"),
    );
    assert_eq!(taken + refused, 100_000, "{outcomes}");
    assert!((1..=64).contains(&taken), "{outcomes}");
    explorer.assert_connected();
    assert_eq!(explorer.session(), 1);
    assert_eq!(explorer.window.process(), Some(host));
    let grown = peak(host) - before;
    assert!(grown < 64 << 20, "the host grew by {grown} bytes");
}

/// Greets as a page of its own, sends the same call 100 000 times in one batch, and counts how the
/// calls ended, by the number of the ending, until all have.
const CALLS: &str = "
    const [key, hello, call] = arguments;
    const COUNT = 100_000;
    const frames = new Uint8Array(4 + hello.length + COUNT * (4 + call.length));
    const numbers = new DataView(frames.buffer);
    let end = 0;
    const push = frame => {
        numbers.setUint32(end, frame.length, true);
        frames.set(frame, end + 4);
        end += 4 + frame.length;
    };
    push(hello);
    for (let number = 1; number <= COUNT; number++) {
        push(call);
        numbers.setUint32(end - call.length + 1, number, true);
    }
    const post = async (sequence, acknowledged, frames) => {
        const bytes = new Uint8Array(50 + frames.length);
        bytes.set([1, 0, ...key.match(/../g).map(byte => parseInt(byte, 16)), ...Array(16).fill(7)]);
        const header = new DataView(bytes.buffer);
        header.setBigUint64(34, BigInt(sequence), true);
        header.setBigUint64(42, acknowledged, true);
        bytes.set(frames, 50);
        return new Uint8Array(await window.__TWINBRIDGE__.exchange(bytes));
    };
    const endings = {};
    let ended = 0;
    for (let answer = await post(1, 0n, frames); ; ) {
        const view = new DataView(answer.buffer);
        if (answer[1] === 1) throw new Error(new TextDecoder().decode(answer.subarray(2)));
        const sequence = view.getBigUint64(2, true);
        for (let at = 18; at < answer.length; at += 4 + view.getUint32(at, true))
            if (answer[at + 4] === 4) {
                ended += 1;
                const ending = answer[at + 9];
                endings[ending] = (endings[ending] ?? 0) + 1;
            }
        if (ended === COUNT) return endings;
        answer = await post(0, sequence, []);
    }";

#[test]
fn a_flood_of_calls_in_one_turn_is_answered_call_by_call() {
    let explorer = Explorer::start_bare(unguarded_host().arg("--page").arg("bare.html"));
    let host = explorer.window.process().unwrap();
    let before = peak(host);
    let hello = Frame::Hello(Hello {
        protocol: PROTOCOL,
        body: HelloBody::default(),
    });
    let call = Frame::Request(Request {
        call: 0,
        deadline_ms: 0,
        channel: ChannelName::literal("host"),
        method: MethodName::literal("appInfo"),
        metadata: Metadata::default(),
        arguments: Payload::encode(Codec::Json, &[0; 0]).unwrap(),
    });
    let key = "return window.__TWINBRIDGE__.key";
    let key = explorer.window.script(key, &json!([]));
    let arguments = json!([key, hello.to_bytes(), call.to_bytes()]);
    let endings = explorer.window.script_async(CALLS, &arguments);
    // Done, or refused as one too many.
    let count = |ending: &str| endings[ending].as_u64().unwrap_or(0);
    assert_eq!(count("0") + count("2"), 100_000, "{endings}");
    assert!(count("0") >= 4096, "{endings}");
    let go = "location.href = '/index.html'; return null";
    explorer.window.script(go, &json!([]));
    explorer.wait_until_ready();
    explorer.assert_connected();
    assert_eq!(explorer.window.process(), Some(host));
    let grown = peak(host) - before;
    assert!(grown < 512 << 20, "the host grew by {grown} bytes");
}

/// The app, and a second window whose page does what `page` does.
fn with_second(page: &str, says: &str) -> (Explorer, u32) {
    let explorer = Explorer::start(unguarded_host().arg("--second").arg(page));
    let host = explorer.window.process().unwrap();
    explorer.wait_for_log(&format!("a page says words=\"{says}\""));
    (explorer, host)
}

#[test]
fn a_page_in_an_endless_loop_is_nothing_to_another_window_and_can_be_closed() {
    let (explorer, host) = with_second("loop.html", "looping");
    for _ in 0..3 {
        explorer.assert_connected();
    }
    explorer.window.close_window("Second");
    explorer.assert_connected();
    assert_eq!(explorer.session(), 1);
    assert_eq!(explorer.window.process(), Some(host));
}

#[test]
fn a_page_that_alerts_for_ever_is_nothing_to_another_window_and_can_be_closed() {
    let (explorer, host) = with_second("alert.html", "alerting");
    for _ in 0..3 {
        explorer.assert_connected();
    }
    explorer.window.close_window("Second");
    explorer.assert_connected();
    assert_eq!(explorer.window.process(), Some(host));
}

#[test]
fn a_page_that_floods_the_host_with_requests_is_answered_and_another_window_lives_on() {
    let (explorer, host) = with_second("flood.html", "flooding");
    let slow = std::time::Duration::from_secs(300);
    eventually_within(slow, "the end of the flood", || {
        explorer
            .log()
            .contains("a page says words=\"flooded\"")
            .then_some(())
    });
    explorer.assert_connected();
    assert_eq!(explorer.session(), 1);
    assert_eq!(explorer.window.process(), Some(host));
}

#[test]
fn a_window_whose_page_hangs_closes_and_the_app_ends_with_it() {
    let data = TempDir::new().unwrap();
    let app = unguarded_host()
        .arg("--data-dir")
        .arg(data.path())
        .arg("--page")
        .arg("loop.html")
        .start();
    eventually("the loop", || {
        let log = std::fs::read_to_string(data.path().join("logs/twinbridge.log")).ok()?;
        log.contains("words=\"looping\"").then_some(())
    });
    app.close_window("Twinbridge");
    let end = app.wait();
    assert_eq!(end.code, Some(0), "{}", end.stderr);
}

#[test]
fn prototypes_spoilt_before_the_page_loads_its_client_do_not_hurt_the_host() {
    let explorer = Explorer::start_bare(unguarded_host().arg("--page").arg("bare.html"));
    let host = explorer.window.process();
    // Undone before the driver needs them; the bridge works in between all the same.
    let script = "
        const kept = [Response.prototype, Promise.prototype, Uint8Array.prototype, Array.prototype,
                      Function.prototype, Object.prototype]
            .map(owner => [owner, Object.getOwnPropertyDescriptors(owner)]);
        const [exchange, bytes] = [__TWINBRIDGE__.exchange, new Uint8Array(4)];
        const { then } = Promise.prototype;
        const [apply, define] = [Reflect.apply, Object.defineProperties];
        const broken = () => { throw new Error('spoilt') };
        for (const [owner, names] of [[Response.prototype, ['arrayBuffer', 'text', 'clone']],
                                      [Promise.prototype, ['then', 'catch']], [Array.prototype, ['push', 'map']],
                                      [Function.prototype, ['call', 'apply', 'bind']]])
            for (const name of names) owner[name] = broken;
        window.fetch = broken;
        let answer;
        try { answer = exchange(bytes) } catch (error) { answer = error.message }
        for (let at = 0; at < kept.length; at++) define(kept[at][0], kept[at][1]);
        return await answer.catch(error => error.message);";
    let got = explorer.window.script_async(script, &json!([]));
    assert_eq!(got, json!("400 not a batch: too short"));
    let go = "location.href = '/index.html'; return null";
    explorer.window.script(go, &json!([]));
    explorer.wait_until_ready();
    explorer.assert_connected();
    assert_eq!(explorer.window.process(), host);
}
