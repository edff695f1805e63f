//! What scripts in the page can do to the bridge, and what they cannot.
//!
//! The key is known to every script of the main frame, so the guard is against what has it not,
//! and against nonsense. After each attempt the page's own session must be as good as before.

use serde_json::json;

use crate::explorer::{Explorer, unguarded_host};

/// Hands bytes to the bridge as a page's client does; gives what it throws, and the answer's bytes.
const POST: &str = "
    const [bytes] = arguments;
    try {
        const answer = await window.__TWINBRIDGE__.exchange(Uint8Array.from(bytes));
        return [null, [...new Uint8Array(answer)]];
    } catch (error) {
        return [error.message, []];
    }";

/// A page of our origin that is no client of the bridge, so that a test can be one.
fn open_bare() -> Explorer {
    Explorer::start_bare(unguarded_host().arg("--page").arg("bare.html"))
}

/// Goes on to the app's page, and shows that it gets its session.
fn assert_next_page_connects(explorer: &Explorer) {
    let go = "location.href = '/index.html'; return null";
    explorer.window.script(go, &json!([]));
    explorer.wait_until_ready();
    explorer.assert_connected();
}

/// A batch that has no frames, as the page would post it.
fn batch(key: [u8; 16], page: u8, sequence: u64) -> Vec<u8> {
    let mut bytes = vec![1, 0];
    bytes.extend(key);
    bytes.extend([page; 16]);
    bytes.extend(sequence.to_le_bytes());
    bytes.extend(0_u64.to_le_bytes());
    bytes
}

fn post(explorer: &Explorer, bytes: &[u8]) -> Result<Vec<u8>, String> {
    let answer = explorer.window.script_async(POST, &json!([bytes]));
    if let Some(problem) = answer[0].as_str() {
        return Err(problem.to_owned());
    }
    let bytes = answer[1].as_array().unwrap().iter();
    let bytes = bytes.map(|byte| u8::try_from(byte.as_u64().unwrap()).unwrap());
    Ok(bytes.collect())
}

/// The key of this window, as any script of its page can read it.
fn key(explorer: &Explorer) -> [u8; 16] {
    let script = "return window.__TWINBRIDGE__.key";
    let text = explorer.window.script(script, &json!([]));
    let text = text.as_str().unwrap();
    std::array::from_fn(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap())
}

#[test]
fn posts_without_the_key_are_refused_and_the_next_page_connects() {
    let explorer = open_bare();
    let mut wrong_key = key(&explorer);
    wrong_key[15] ^= 1;
    let good = batch(key(&explorer), 7, 1);
    // Of the same page, or the bridge would not let it out.
    let mut garbage: Vec<u8> = (0..5000_u32).map(|at| (at * 7 + 255) as u8).collect();
    garbage[18..34].fill(7);
    for (what, bytes, answer) in [
        ("nothing", vec![], "400 not a batch: too short"),
        ("garbage", garbage, "400 not a batch: another version"),
        (
            "truncated",
            good[..49].to_vec(),
            "400 not a batch: too short",
        ),
        (
            "no key",
            batch([0; 16], 7, 1),
            "403 the bridge key is wrong",
        ),
        (
            "wrong key",
            batch(wrong_key, 7, 1),
            "403 the bridge key is wrong",
        ),
    ] {
        assert_eq!(post(&explorer, &bytes), Err(answer.to_owned()), "{what}");
        assert!(
            explorer.log().contains(&answer[4..]),
            "{what}: {}",
            explorer.log()
        );
    }
    assert_next_page_connects(&explorer);
    assert_eq!(explorer.session(), 1);
}

#[test]
fn a_batch_of_a_page_that_is_gone_is_told_so() {
    let explorer = open_bare();
    let answer = post(&explorer, &batch(key(&explorer), 7, 2)).unwrap();
    assert_eq!(answer, b"\x01\x01the page was replaced");
    assert_next_page_connects(&explorer);
    assert_eq!(explorer.session(), 1);
}

#[test]
fn another_page_than_the_bridges_own_is_refused_and_ends_nothing() {
    let explorer = Explorer::open();
    let refused = post(&explorer, &batch(key(&explorer), 7, 1));
    assert_eq!(refused, Err("this page has a session already".to_owned()));
    explorer.assert_connected();
    assert_eq!(explorer.session(), 1);
}

#[test]
fn garbage_with_the_key_ends_that_session_only_and_the_next_page_begins_another() {
    let explorer = open_bare();
    let mut bytes = batch(key(&explorer), 7, 1);
    bytes.extend([3, 0, 0, 0, 0xFF, 0xFF, 0xFF]);
    let answer = post(&explorer, &bytes).unwrap();
    assert_eq!(answer[0], 1);
    assert_next_page_connects(&explorer);
    assert_eq!(explorer.session(), 2);
}

#[test]
fn the_bridge_takes_posts_and_nothing_else() {
    let explorer = Explorer::open();
    for method in ["GET", "HEAD", "PUT", "DELETE"] {
        let script = "return (await fetch('twinbridge://localhost/', { method: arguments[0] })
            .catch(() => ({ status: 'refused' }))).status";
        let status = explorer.window.script_async(script, &json!([method]));
        assert!(status == 405 || status == "refused", "{method}: {status}");
    }
    explorer.assert_connected();
}

#[test]
fn the_bridge_cannot_be_replaced_or_changed() {
    let explorer = Explorer::open();
    let attempts = [
        "window.__TWINBRIDGE__ = {}",
        "delete window.__TWINBRIDGE__",
        "Object.defineProperty(window, '__TWINBRIDGE__', { value: {} })",
        "window.__TWINBRIDGE__.key = '00'",
        "window.__TWINBRIDGE__.exchange = () => {}",
        "delete window.__TWINBRIDGE__.exchange",
        "window.__TWINBRIDGE__.more = 1",
        "Object.setPrototypeOf(window.__TWINBRIDGE__, {})",
    ];
    for attempt in attempts {
        let script = format!(
            "'use strict';
             const before = window.__TWINBRIDGE__;
             const entries = JSON.stringify(Object.entries(before));
             let refused = false;
             try {{ {} }} catch {{ refused = true }}
             return [refused, window.__TWINBRIDGE__ === before,
                     JSON.stringify(Object.entries(before)) === entries]",
            // In strict mode `delete` of a name is a mistake of syntax only for plain names.
            attempt
        );
        let got = explorer.window.script(&script, &json!([]));
        assert_eq!(got, json!([true, true, true]), "{attempt}");
    }
    explorer.assert_connected();
}

#[test]
fn a_frame_inside_the_page_has_no_bridge() {
    let explorer = Explorer::open();
    let script = "
        const bridges = [];
        const look = frame => bridges.push(typeof frame.contentWindow?.__TWINBRIDGE__);
        const [address] = arguments;
        for (const [name, value] of [['src', 'about:blank'], ['srcdoc', '<p>inside'],
                                     ['src', 'tauri://localhost/index.html'], ['src', address]]) {
            const frame = document.createElement('iframe');
            frame[name] = value;
            const end = new Promise(resolve => { frame.onload = frame.onerror = resolve });
            document.body.append(frame);
            look(frame);
            // A frame that is refused may say nothing at all.
            await Promise.race([end, new Promise(resolve => setTimeout(resolve, 300))]);
            try { look(frame) } catch { bridges.push('out of reach') }
        }
        return bridges;";
    let bridges = explorer
        .window
        .script_async(script, &json!(["https://example.org/"]));
    let bridges: Vec<_> = bridges.as_array().unwrap().iter().collect();
    assert_eq!(bridges.len(), 8);
    for bridge in bridges {
        assert!(
            bridge == "undefined" || bridge == "out of reach",
            "{bridge}"
        );
    }
    assert_eq!(explorer.session(), 1);
    explorer.assert_connected();
}

#[test]
fn a_page_that_spoils_its_own_globals_does_not_hurt_the_host() {
    let explorer = Explorer::open();
    // The WebDriver's own script needs these globals too, and may fail to return; the refused
    // navigation tells the test that it was done.
    let spoil = "
        const go = address => { location.href = address };
        const broken = () => { throw new Error('spoilt') };
        setTimeout(() => {
            window.fetch = broken;
            Response.prototype.arrayBuffer = broken;
            Response.prototype.text = broken;
            window.Uint8Array = broken;
            window.setTimeout = broken;
            Promise.prototype.then = broken;
            window.Promise = broken;
            Object.prototype.toJSON = broken;
            Array.prototype[Symbol.iterator] = broken;
            go('http://spoilt.invalid/');
        });
        return null;";
    let _ = explorer.window.try_script(spoil, &json!([]));
    explorer.wait_for_log("url=http://spoilt.invalid/");
    explorer.reload();
    assert_eq!(explorer.session(), 2);
    explorer.assert_connected();
}

#[test]
fn fetch_overwritten_after_load_does_not_reach_the_bridge() {
    let explorer = Explorer::open();
    let script = "window.stolen = 0; window.fetch = () => { window.stolen += 1 }; return null";
    explorer.window.script(script, &json!([]));
    explorer.assert_connected();
    let stolen = explorer.window.script("return window.stolen", &json!([]));
    assert_eq!(stolen, 0);
}
