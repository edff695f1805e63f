//! What each case of `client/suite.cjs` comes to, with the real server and with ours.
//!
//! Most rows hold for both. Where ours answers otherwise, it is by intent: it does not lose what the
//! real one loses.

use serde_json::{Value, json};

use crate::report::{Row, both, differs};

/// Every row.
pub(crate) fn all() -> Vec<Row> {
    let areas = [
        values(),
        bytes(),
        kept(),
        context(),
        life(),
        errors(),
        refusals(),
        sizes(),
    ];
    areas.into_iter().flatten().collect()
}

fn gave(value: &Value) -> Value {
    json!({ "gave": value })
}

fn threw(number: i64, name: &str, message: &str) -> Value {
    json!({ "threw": { "name": name, "message": message, "errorNumber": number } })
}

/// An HTTP status that the client knows nothing of: it drops the body.
fn status_alone(status: u16) -> Value {
    let name = format!("Server error ({status})");
    threw(status.into(), &name, "Unknown server response code.")
}

/// What an impl learns of the clients of these tests.
pub(crate) fn who() -> Value {
    json!({
        "activity": "case-n-n",
        "session": "sess-1",
        "application": "app9 0.1.0",
        "authorization": "Bearer tok",
    })
}

pub(crate) fn values() -> Vec<Row> {
    let text = json!({
        "gave": 5,
        "events": ["Created", "Submitted", "Resolved", "Disposed"],
        "http": [{
            "method": "POST", "version": "2", "status": 200, "type": "text/plain", "encoding": "gzip",
            "cache": null,
        }],
    });
    vec![
        both("numbers are added", text),
        both("a number with a fraction", gave(&json!(0.1 + 0.2))),
        both("a large number", gave(&json!(9_007_199_254_740_991_u64))),
        both(
            "text beyond ASCII",
            gave(&json!("h\u{e9}llo \u{20ac} \u{1f600} \u{0} \u{2028}")),
        ),
        both("an empty text", gave(&json!(""))),
        both(
            "an object without its undefined members",
            gave(&json!({ "a": 1, "b": [true, null], "d": { "e": {} } })),
        ),
        both("an array with a gap", gave(&json!([1, null, null, 0]))),
        both(
            "a date arrives as text",
            gave(&json!({ "at": "1970-01-01T00:00:00.000Z", "map": {} })),
        ),
        both("no result is undefined", gave(&json!("undefined"))),
        both("undefined comes back", gave(&json!("nothing"))),
        both("null is null", gave(&json!(null))),
        both("false is false", gave(&json!(false))),
        both("all arguments", gave(&json!("1 2 three"))),
        both(
            "an undefined argument between others",
            gave(&json!("1 none three")),
        ),
        both("arguments left out at the end", gave(&json!("1 none none"))),
    ]
}

pub(crate) fn bytes() -> Vec<Row> {
    let data = |data: &[u8]| json!({ "bytes": data });
    let alone = json!({
        "gave": data(&[255, 2, 1]),
        "http": [{ "method": "POST", "status": 200, "type": "application/octet-stream" }],
    });
    let within = json!({
        "gave": [
            { "name": "second", "data": data(&[9]), "inner": null },
            {
                "name": "first",
                "data": data(&[1, 2]),
                "inner": { "name": "inner", "data": data(b"\r\n--"), "inner": null },
            },
        ],
        "http": [{ "method": "POST", "status": 200, "type": "multipart/form-data" }],
    });
    vec![
        both("bytes both ways", alone),
        both("no bytes at all, both ways", gave(&data(&[]))),
        both("bytes as a result alone", gave(&data(&[7; 5]))),
        both("an empty result of bytes", gave(&data(&[]))),
        both("bytes within objects, both ways", within),
        differs(
            "no bytes at all within an object",
            "the real server drops empty parts, and misses them then",
            threw(32_768, "Error", "Cannot unmarshal missing binary value."),
            gave(&json!([{ "name": "empty", "data": data(&[]), "inner": null }])),
        ),
        both(
            "bytes within any value",
            gave(&json!({ "text": "x", "data": data(&[0, 255]), "more": [data(&[7])] })),
        ),
        differs(
            "bytes at the start of a list",
            "the real server sends the first element alone",
            gave(&data(&[1, 2])),
            gave(&json!([data(&[1, 2]), data(&[3, 4])])),
        ),
        both(
            "text that looks like a boundary",
            gave(&json!({ "text": "\r\n--boundary--\r\n", "data": data(b"--") })),
        ),
        differs(
            "a stream of bytes",
            "iTwin.js has no streams of this kind",
            threw(32_768, "Error", "streams are not for this server"),
            gave(&data(b"piece 0;piece 1;piece 2;")),
        ),
    ]
}

pub(crate) fn kept() -> Vec<Row> {
    let cached = "s-maxage=86400, max-age=172800, immutable";
    let kept = |cache: &str| {
        json!({
            "gave": "c:k1",
            "http": [{ "method": "GET", "status": 200, "cache": cache }],
        })
    };
    vec![
        differs(
            "a kept result",
            "the request has an authorization, so caches that many share keep nothing of ours",
            kept(cached),
            kept("private, max-age=172800, immutable"),
        ),
        both(
            "a kept result with too long arguments",
            json!({ "gave": 7002, "http": [{ "method": "POST", "status": 200, "cache": null }] }),
        ),
        // The client's own failure: its base64 has no letters beyond Latin-1.
        both(
            "a kept result with letters beyond Latin-1",
            json!({ "gave": "InvalidCharacterError", "http": [] }),
        ),
    ]
}

pub(crate) fn context() -> Vec<Row> {
    let changeset = json!({ "id": "cs", "index": 4 });
    vec![
        both(
            "the token is that of the address",
            gave(
                &json!({ "key": "im:cs", "iTwinId": "tw", "iModelId": "im", "changeset": changeset }),
            ),
        ),
        both(
            "a token without a changeset",
            gave(
                &json!({ "key": "k", "iTwinId": "tw%2F1", "iModelId": "im", "changeset": { "id": "" } }),
            ),
        ),
        both("who asks", gave(&who())),
        both(
            "the endpoints",
            gave(&json!([
                ["ProbeRpc", "1.2.3", true, 26],
                ["VersionedRpc", "1.3.0", false, 1]
            ])),
        ),
    ]
}

pub(crate) fn life() -> Vec<Row> {
    let fault =
        |status: &str, wait: u32| format!("TransientErrorReceived: {status}, again in {wait} ms");
    let once = |status: &str, code: u16| {
        json!({
            "gave": 2,
            "events": ["Created", "Submitted", status, fault(status, 500), "Resolved", "Disposed"],
            "http": [{ "status": code, "version": "2" }, { "status": 200 }],
        })
    };
    let told = fault("TooManyRequests", 30);
    let down = |wait| fault("BadGateway", wait);
    let mut for_good = threw(32_768, "Error", "Exceeded transient fault limit.");
    for_good["events"] = json!([
        "Created",
        "Submitted",
        "BadGateway",
        down(500),
        down(750),
        down(1250),
        down(2250),
        "Rejected",
        "Disposed",
    ]);
    vec![
        both(
            "pending twice",
            json!({
                "gave": 3,
                "events": [
                    "Created", "Submitted", "Pending", "PendingUpdateReceived: step 1",
                    "PendingUpdateReceived: step 2", "Resolved", "Disposed",
                ],
                "http": [{ "status": 202, "type": "text/plain" }, { "status": 202 }, { "status": 200 }],
            }),
        ),
        both(
            "a fault of the moment, and then a result",
            once("ServiceUnavailable", 503),
        ),
        both("a timeout before the server", once("GatewayTimeout", 504)),
        both("a request that took too long", once("RequestTimeout", 408)),
        both(
            "a fault with a time to wait",
            json!({
                "gave": 3,
                "events": [
                    "Created", "Submitted", "TooManyRequests", told, told, "Resolved", "Disposed",
                ],
            }),
        ),
        both("a gateway that is down for good", for_good),
        both(
            "nothing to give",
            json!({
                "threw": { "name": "Error (65604)", "message": "No Content", "errorNumber": 65604 },
                "http": [{ "status": 204 }],
            }),
        ),
        both(
            "not found, and no handler does anything",
            json!({
                "threw": { "name": "", "message": "", "errorNumber": 32768 },
                "events": ["Created", "Submitted", "NotFound", "Rejected", "Disposed"],
                "http": [{ "status": 404 }],
            }),
        ),
        both(
            "not found, stored and asked again",
            json!({
                "gave": "here is storable it",
                "http": [{ "status": 404 }, { "status": 200 }, { "status": 200 }],
            }),
        ),
        both(
            "a call that is cancelled, and submitted again",
            json!({
                "gave": ["waits", "number"],
                "events": ["Created", "Submitted", "Cancelled", "Submitted", "Resolved", "Disposed"],
            }),
        ),
    ]
}

pub(crate) fn errors() -> Vec<Row> {
    let twin = |others: Value| {
        let mut metadata = json!({
            "message": "twin bad",
            "iTwinErrorId": { "scope": "probe", "key": "oops" },
            "name": "oops",
            "isError": true,
            "left": 7,
        });
        metadata
            .as_object_mut()
            .unwrap()
            .extend(others.as_object().unwrap().clone());
        gave(&json!({
            "name": "oops",
            "message": "twin bad",
            "errorNumber": 32768,
            // What iTwin.js's clients always say; the error's own stands in the metadata.
            "iTwinErrorId": { "scope": "bentley-error", "key": "oops" },
            "metadata": metadata,
        }))
    };
    let kept = "clients of iTwin.js drop the body that comes with this status, so ours is 500";
    vec![
        both(
            "an error with a number",
            threw(65_574, "Not Found", "no such thing"),
        ),
        both(
            "an error known by name",
            threw(32_768, "TypeError", "plain bad"),
        ),
        both("an error with scope, key and members", twin(json!({}))),
        differs(
            "an error of a bad request",
            kept,
            status_alone(400),
            threw(65_542, "Bad Request", "by number"),
        ),
        differs(
            "an error of what is locked",
            kept,
            status_alone(403),
            threw(65_564, "Lock Not Held", "by number"),
        ),
        differs(
            "an error of what exists already",
            kept,
            status_alone(409),
            threw(65_547, "Duplicate Code", "by number"),
        ),
        both(
            "an error of what is not there",
            threw(65_574, "Not Found", "by number"),
        ),
        differs(
            "an error that is none elsewhere",
            "with 204 the error's own number is lost",
            threw(65_604, "Error (65604)", "No Content"),
            threw(65_579, "Nothing to undo", "by number"),
        ),
        differs(
            "an impl that panics",
            "what a panic says is for the log",
            threw(32_768, "Error", "as it was told to"),
            threw(
                32_768,
                "Error",
                "the handler of rpc/ProbeRpc.panics panicked",
            ),
        ),
        both(
            "no server",
            threw(-1, "Server error (-1)", "Server connection error."),
        ),
    ]
}

pub(crate) fn refusals() -> Vec<Row> {
    let version =
        "Backend version 1.3.0 does not match frontend version 1.4.0 for RPC interface answer.";
    vec![
        both(
            "an unknown interface",
            threw(
                32_768,
                "Error",
                "RPC interface \"UnknownRpc\" is not initialized.",
            ),
        ),
        both(
            "an unknown operation",
            threw(
                32_768,
                "Error",
                "RPC interface class \"ProbeRpc\" does not does not declare operation \"absent\"",
            ),
        ),
        differs(
            "a version that does not fit",
            "clients of iTwin.js drop the body that comes with 403",
            status_alone(403),
            threw(135_168, "RpcInterfaceStatus.IncompatibleVersion", version),
        ),
    ]
}

pub(crate) fn sizes() -> Vec<Row> {
    vec![
        both("fifty calls at once", gave(&json!(1))),
        both("48 MiB of bytes", gave(&json!(48 * 1024 * 1024))),
        both(
            "16 MiB of bytes as a result",
            gave(&json!([16 * 1024 * 1024, true])),
        ),
        both("a megabyte of text", gave(&json!(350_000))),
        both("more than the limit", status_alone(413)),
    ]
}
